"""Straight-line codecs: for each entity one function from item to record, and one back, made from its fields.

What they take is what crossfade writes. What somebody else wrote in another form, or wrongly, makes them raise, and
`Codec` then looks at field by field: it knows every form, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, Inexact
from typing import TYPE_CHECKING, Any

import orjson

from crossfade.contract.types import EXACT, ValueType
from crossfade.dal.source import Source
from crossfade.dynamodb.forms import always_fits

if TYPE_CHECKING:
    from crossfade.dynamodb.codec import Codec, StoredField

IRREGULAR = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What compiled functions raise at what is not as crossfade writes it."""

# What would have to be rounded is not as crossfade writes it.
_STRICT = EXACT.copy()
_STRICT.traps[Inexact] = True

# By a field's type and how it is stored: the expression for the value of what stands under the DynamoDB type, `{0}`,
# and for that of a value. The field's own functions know every form: they are asked where one is not as most are.
_NAMES: Mapping[str, Any] = {
    "Decimal": Decimal,
    "STRICT": _STRICT,
    "UTC": UTC,
    "Z": orjson.OPT_UTC_Z,
    "digits": int.__repr__,
    "json": orjson.dumps,
    "moment": datetime.fromisoformat,
}
_READ: Mapping[tuple[str, str | None], str] = {
    ("bool", "BOOL"): "{0}",
    ("datetime", "S"): "at if (at := moment({0})).tzinfo is UTC else {value}({0})",
    ("decimal", "N"): "Decimal({0}).quantize({step}, None, STRICT) or {zero}",
    ("enum", "S"): "{0}",
    ("int", "N"): "int({0})",
    ("str", "S"): "{0}",
    ("year", "N"): "int({0})",
}
_WRITE: Mapping[tuple[str, str | None], str] = {
    ("bool", "BOOL"): "{0}",
    # In a sixth of `isoformat`'s time, but without a fraction where it is zero.
    ("datetime", "S"): "json({0}, None, Z){cut} if {0}.tzinfo is UTC{part} else {raw}({0})",
    # Of the column's own digits: there are zeros to take off, and no exponent.
    ("decimal", "N"): 'str({0}).rstrip("0").rstrip(".") if {0}.same_quantum({step}) else {raw}({0})',
    ("enum", "S"): "{0}",
    ("int", "N"): "digits({0})",  # of nothing but a whole number
    ("str", "S"): "{0}",
    ("year", "N"): "digits({0})",
}
_CANONICAL: Mapping[tuple[str, str | None], str] = {("decimal", "N"): 'str({0}).rstrip("0").rstrip(".")'}
"""The same of values that have just been made canonical."""
_SCALES = range(1, 7)
"""Those whose numbers Python writes without an exponent: its General Decimal Arithmetic writes one below 1E-6."""


def decoder(codec: Codec) -> Source:
    """The source of what makes records of an entity's items."""
    names: dict[str, Any] = {}
    lines = ["def codec(item):"]
    if codec.entity.envelope is not None:
        lines.append(f'    inside = item[{codec.entity.envelope!r}]["M"]')
    for number, of in enumerate(codec.fields.values()):
        lines.append(f"    a{number} = {place(of)}.get({of.path[-1]!r})")
    record = made_record(codec, names, lambda number, wire: f"a{number}[{wire!r}]")
    return Source("\n".join([*lines, "    return {", *(f"        {line}" for line in record), "    }", ""]), names)


def made_record(codec: Codec, names: dict[str, Any], raw: Callable[[int, str], str]) -> Iterator[str]:
    """The lines of a record, of attributes that are in `a0`, `a1` ..., or None.

    Args:
        codec: the entity's.
        names: takes what the lines refer to.
        raw: the expression for what stands under the DynamoDB type of an attribute of such a number.
    """
    for number, of in enumerate(codec.fields.values()):
        yield f"{of.name!r}: {_absent(of)} if a{number} is None else {_value(codec, of, number, names, raw)},"


def encoder(codec: Codec) -> Source:
    """The source of what makes the fields of an entity's items, without keys, of records."""
    names: dict[str, Any] = {"check": codec.keys.check}
    lines = ["def codec(record):", f"    item = {{{codec.type_attribute!r}: {codec.type_value!r}}}"]
    if codec.entity.envelope is not None:
        lines.append(f'    inside = item[{codec.entity.envelope!r}] = {{"M": {{}}}}')
        lines.append('    inside = inside["M"]')
    for number, of in enumerate(codec.fields.values()):
        lines += [f"    a{number} = record[{of.name!r}]", f"    if a{number} is not None:"]
        lines += [f"        {line}" for line in _stored(codec, of, number, names)]
    return Source("\n".join([*lines, "    return item", ""]), names)


def place(of: StoredField) -> str:
    """Where a field's attribute lies, in what is made here: in the item, or in the envelope."""
    return "item" if len(of.path) == 1 else "inside"


def _absent(of: StoredField) -> str:
    """What an absent attribute means: None, an empty set or an empty list of its own."""
    means = of.absent()
    return "None" if means is None else "[]" if means == [] else "frozenset()"


def _value(codec: Codec, of: StoredField, number: int, names: dict[str, Any], raw: Callable[[int, str], str]) -> str:
    how, type_ = of.how, codec.entity.fields[of.name].value_type
    if how.scalar is not None and how.wire is not None:
        names.update(_NAMES)
        own = {"value": how.scalar.value, "step": _step(type_), "zero": _step(type_) * 0}
        known = _READ.get((type_.kind, how.wire), "{value}({0})")
        return _named(known, own, number, names).format(raw(number, how.wire))
    names[f"decode{number}"] = how.decode
    made = f"decode{number}(a{number})"
    return f'None if "NULL" in a{number} else {made}' if how.wire is None else made


def raw_of(codec: Codec, of: StoredField, number: int, names: dict[str, Any], *, canonical: bool = False) -> str:
    """The expression for what stands under the DynamoDB type of a scalar, of the value in `a0`, `a1` ...

    Args:
        codec: the entity's.
        of: the field.
        number: its number.
        names: takes what the expression refers to.
        canonical: whether the value has just been made so.
    """
    type_, how = codec.entity.fields[of.name].value_type, of.how
    assert how.scalar is not None  # noqa: S101 - narrows the type; others are made by `encode`
    known = (_CANONICAL if canonical else {}).get((type_.kind, how.wire)) or _WRITE.get((type_.kind, how.wire))
    if known is None or (type_.kind == "decimal" and not (always_fits(type_) and type_.scale in _SCALES)):
        known = "{raw}({0})"
    cut = "[1:-1].decode()" if type_.fsp in {0, 6} else f'[1:{21 + type_.fsp}].decode() + "Z"'
    known = known.replace("{cut}", cut).replace("{part}", " and {0}.microsecond" if type_.fsp else "")
    own: dict[str, Any] = {"raw": how.scalar.raw, "step": _step(type_)}
    names.update(_NAMES)
    return _named(known, own, number, names).format(f"a{number}")


def _step(type_: ValueType) -> Decimal:
    return Decimal(1).scaleb(-(type_.scale or 0))


def _named(known: str, own: Mapping[str, Any], number: int, names: dict[str, Any]) -> str:
    """An expression with a field's own names in it; `names` takes what they stand for."""
    for name, value in own.items():
        if f"{{{name}}}" in known:
            names[f"{name}{number}"] = value
            known = known.replace(f"{{{name}}}", f"{name}{number}")
    return known


def _stored(codec: Codec, of: StoredField, number: int, names: dict[str, Any]) -> Iterator[str]:
    how, key = of.how, len(of.path) == 1 and of.path[0] in codec.keys.table.key_types
    stored = f"{place(of)}[{of.path[-1]!r}]"
    if how.scalar is not None:
        made = f"{{{how.wire!r}: {raw_of(codec, of, number, names)}}}"
        yield f"{stored} = {_checked(codec, of, number, made) if key else made}"
        return
    names[f"encode{number}"] = how.encode
    yield f"a{number} = encode{number}(a{number})"  # None where it is to be absent
    yield f"if a{number} is not None:"
    yield f"    {stored} = {f'check({of.path[0]!r}, a{number})' if key else f'a{number}'}"


def _checked(codec: Codec, of: StoredField, number: int, made: str) -> str:
    """A key's value, looked at where it may be empty or too long: four bytes a character are the most."""
    kind = codec.entity.fields[of.name].value_type.kind
    checked = f"check({of.path[0]!r}, {made})"
    if of.how.wire != codec.keys.table.key_types.get(of.path[0]):
        return checked
    if kind == "int":
        return made
    limit = codec.keys.limit(of.path[0])
    return f"{made} if 0 < len(a{number}) <= {limit // 4} else {checked}" if kind == "str" and limit else checked
