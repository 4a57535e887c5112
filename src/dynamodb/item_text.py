"""Items as JSON, made of records or of instances at once, for requests that carry many of them.

As with `compiled`, what is not as most records are makes the function raise, and the item is made the long way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

import orjson

from crossfade.dal.admitted import admission
from crossfade.dal.key import Key
from crossfade.dal.source import Source
from crossfade.dynamodb.compiled import raw_of
from crossfade.dynamodb.limits import MAX_ITEM_BYTES
from crossfade.dynamodb.wire import binary_text

if TYPE_CHECKING:
    from crossfade.dal.entity import Binding
    from crossfade.dynamodb.codec import Codec, StoredField

_LONGEST = MAX_ITEM_BYTES // 4  # characters, of which each may be four bytes
_LONG = 100  # characters, from which a text that may have them is quoted sooner by orjson

# Around what stands under a DynamoDB type, in JSON, and the expression for it.
_JSON: Mapping[str, tuple[str, str, str]] = {
    "S": ("", "quote({0})", ""),
    "N": ('"', "{0}", '"'),
    "BOOL": ("", "truth[{0}]", ""),
    "B": ('"', "binary({0})", '"'),
}


def texter(codec: Codec) -> Source | None:
    """The source of what makes the JSON of an entity's item, but for `_rev` and the last brace, of a record.

    None for entities whose items have more than their fields, or have them elsewhere: keys that are made of fields,
    index keys, a time to live, an envelope.
    """
    if not _of_fields_alone(codec):
        return None
    names: dict[str, Any] = {}
    taken = [f"a{number} = record[{name!r}]" for number, name in enumerate(codec.fields)]
    return _source("record", [*taken, *_text(codec, names), "return text"], names)


def put_texter(codec: Codec, binding: Binding[Any]) -> Source | None:
    """The source of what gives the values of the key of an instance, and the key with that JSON; it checks all values.

    It raises one of `IRREGULAR` at what cannot be stored, and at what is not as most are. None where `texter` gives
    none, and where a record has more than its instance.
    """
    entity, names = codec.entity, dict[str, Any]()
    taken = binding.unpacked(names)
    if taken is None or not _of_fields_alone(codec) or entity.writable != set(entity.fields):
        return None
    variables = {name: f"a{number}" for number, name in enumerate(entity.fields)}
    for number, (name, attribute) in enumerate(entity.fields.items()):
        taken += admission(entity, name, number, names, filled=not attribute.nullable)
    names["key"] = Key.of
    values = "".join(f"{variables[name]}, " for name in entity.key)
    key = ", ".join(f"{name!r}: {variables[name]}" for name in entity.key)
    return _source(
        "given", [*taken, *_text(codec, names, canonical=True), f"return ({values}), (key({{{key}}}), text)"], names
    )


def _of_fields_alone(codec: Codec) -> bool:
    keys = codec.keys
    return not (keys.made or keys.index_names or codec.ttl_attribute is not None or codec.entity.envelope is not None)


def _source(given: str, lines: Iterable[str], names: Mapping[str, Any]) -> Source:
    body = "\n".join(f"    {line}" for line in lines)
    return Source(f"def codec({given}):\n{body}\n", names)


def _text(codec: Codec, names: dict[str, Any], *, canonical: bool = False) -> Iterator[str]:
    """The lines that leave the JSON in `text`, of values in `a0`, `a1` ..."""
    names |= {
        "quote": encode_basestring,
        "truth": {True: "true", False: "false"},
        "binary": binary_text,
        "dumps": _dumps,
    }
    parts = [_literal(f"{{{_dumps(codec.type_attribute)}:{_dumps(codec.type_value)}")]
    for number, of in enumerate(codec.fields.values()):
        if (unfit := _unfit(codec, of, f"a{number}")) is not None:
            yield f"if {unfit}:"
            yield '    raise ValueError("a key")'
        piece = _piece(codec, of, number, names, canonical=canonical)
        if of.how.scalar is not None and not codec.entity.fields[of.name].nullable:
            parts.append(piece)
            continue
        if of.how.scalar is None:
            names[f"encode{number}"] = of.how.encode
            yield f"a{number} = None if a{number} is None else encode{number}(a{number})"
        yield f"a{number} = '' if a{number} is None else f'{piece}'"
        parts.append(f"{{a{number}}}")
    yield f"text = f'{''.join(parts)}'"
    yield f"if len(text) > {_LONGEST}:"
    yield '    raise ValueError("long")'


def _unfit(codec: Codec, of: StoredField, value: str) -> str | None:
    """The condition on which a field is not surely what it must be as a key; None where there is none."""
    limit, attribute = codec.keys.limit(of.path[0]), codec.entity.fields[of.name]
    if limit is None:
        return None
    type_, most = attribute.value_type, limit // 4  # characters, of which each may be four bytes
    if type_.kind == "int" and of.how.wire == "N":
        return None
    null = f"{value} is not None and " if attribute.nullable else ""
    short = type_.kind == "str" and type_.length is not None and type_.length <= most
    return f"{null}not {value}" if short else f"{null}not 0 < len(str({value})) <= {most}"


def _piece(codec: Codec, of: StoredField, number: int, names: dict[str, Any], *, canonical: bool) -> str:
    """A field's JSON, as a part of an f-string in single quotes."""
    how, name = of.how, f",{_dumps(of.path[-1])}:"
    if how.scalar is None or how.wire is None:
        return f"{_literal(name)}{{dumps(a{number})}}"
    type_ = codec.entity.fields[of.name].value_type
    times = type_.kind in {"date", "datetime", "time"}
    before, made, after = _JSON["N" if times else how.wire]  # nothing in them needs quoting
    if type_.kind == "str" and (type_.length is None or type_.length > _LONG):
        made = "json({0}).decode()"
    made = made.format(raw_of(codec, of, number, names, canonical=canonical))
    return f"{_literal(f'{name}{{{_dumps(how.wire)}:{before}')}{{{made}}}{_literal(f'{after}}}')}"


def _literal(text: str) -> str:
    """A text as it stands in an f-string in single quotes."""
    # What holds a double quote, Python shows in single ones.
    return repr(f'"{text}')[2:-1].replace("{", "{{").replace("}", "}}")


def _dumps(value: Any) -> str:
    return orjson.dumps(value, default=binary_text).decode()
