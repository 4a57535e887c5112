"""Pages of items, read from their JSON straight into records: what else an item holds is not even looked at.

msgspec reads each attribute as what the contract says it is. Where an item is not as crossfade writes it, the page is
not read here, and the reader of every form has it instead (`Codec.decode`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import DecodeError, Struct, defstruct
from msgspec.json import Decoder

from crossfade.dal.source import Source
from crossfade.dynamodb.codec import DELETED, Codec
from crossfade.dynamodb.compiled import IRREGULAR, made_record, place
from crossfade.dynamodb.transport import Answer, PageReader
from crossfade.dynamodb.wire import decode_binary, holds_binary

_Field = tuple[str, str, Any]

_PLAIN = frozenset({"SS", "NS"})
"""What is no scalar, and has nothing binary in it."""


class S(Struct, gc=False):
    """A text."""

    S: str


class N(Struct, gc=False):
    """A number."""

    N: str


class B(Struct, gc=False):
    """Bytes."""

    B: bytes


class BOOL(Struct, gc=False):
    """A truth value."""

    BOOL: bool


SCALARS: Mapping[str, type[Struct]] = {"S": S, "N": N, "B": B, "BOOL": BOOL}


def loose(codec: Codec) -> bool:
    """Whether an entity's items have attributes that are read as they are, and may have binary values within."""
    return any(of.how.scalar is None and of.how.wire not in _PLAIN for of in codec.fields.values())


def page_reader(codec: Codec) -> PageReader:
    """What reads the JSON of a Query's or Scan's answer, where all its items are live ones of the entity.

    It gives the answer with `Records` in place of `Items`; None for a page that it does not read.
    """
    try:
        item = _item(codec)
    except ValueError:  # msgspec has no field for an attribute with a quote, a backslash or a control character
        return lambda body: None
    page = defstruct(
        "Page",
        [
            ("Items", list[item]),  # type: ignore[valid-type]  # made above
            ("Count", int, 0),
            ("LastEvaluatedKey", dict[str, Any] | None, None),
            ("ConsumedCapacity", Any, None),
        ],
    )
    decode, records = Decoder(page).decode, straight(codec).function()
    binary = loose(codec)

    def read(body: bytes) -> Answer | None:
        if binary and holds_binary(body):
            return None
        try:
            found: Any = decode(body)
            answer: Answer = {"Records": records(found.Items), "Count": found.Count}
        except (DecodeError, *IRREGULAR):
            return None
        if found.LastEvaluatedKey is not None:
            answer["LastEvaluatedKey"] = decode_binary(found.LastEvaluatedKey)
        if found.ConsumedCapacity is not None:
            answer["ConsumedCapacity"] = found.ConsumedCapacity
        return answer

    return read


def straight(codec: Codec) -> Source:
    """The source of what makes records of the items of a page; it raises at an item that is no live one."""
    names: dict[str, Any] = {}
    lines = ["def codec(items):", "    records = []", "    for item in items:"]
    lines.append(f"        if item.deleted is not None or item.{_type(codec)}.S != {codec.type_value['S']!r}:")
    lines.append('            raise ValueError("no live item of the entity")')
    if codec.entity.envelope is not None:
        lines.append("        inside = item.inside.M")
    for number, of in enumerate(codec.fields.values()):
        lines.append(f"        a{number} = {place(of)}.a{number}")
    lines.append("        records.append({")
    lines += [f"            {line}" for line in made_record(codec, names, lambda number, wire: f"a{number}.{wire}")]
    return Source("\n".join([*lines, "        })", "    return records", ""]), names)


def _type(codec: Codec) -> str:
    """The name under which the type attribute is read: it may be a field as well."""
    numbered = enumerate(codec.fields.values())
    return next((f"a{number}" for number, of in numbered if of.path == (codec.type_attribute,)), "type")


def _item(codec: Codec) -> type[Struct]:
    """The type of an item. Its names are ours: an attribute may be called what Python has no name for."""
    inside: list[_Field] = []
    top: list[_Field] = [("deleted", DELETED, Any)]
    if _type(codec) == "type":
        top.append(("type", codec.type_attribute, S))
    for number, of in enumerate(codec.fields.values()):
        known = SCALARS[of.how.wire or ""] if of.how.scalar is not None else Any
        (top if len(of.path) == 1 else inside).append((f"a{number}", of.path[-1], known))
    if codec.entity.envelope is not None:
        held = defstruct("Map", [("M", struct("Inside", inside))])
        top.append(("inside", codec.entity.envelope, held))
    return struct("Item", top)


def struct(name: str, fields: Sequence[_Field]) -> type[Struct]:
    """A type whose fields have names here and in JSON, and may all be absent; the garbage collector passes over it."""
    optional = [(n, of | None, None) for n, _, of in fields]
    return defstruct(name, optional, rename={n: json for n, json, _ in fields}, gc=False)
