"""Straight-line checks: for each entity one function from what a caller gave to the fields of a record.

A value that is canonical already, as most are, is seen to be by one expression. Any other goes the long way, which
makes it canonical or says why it cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from crossfade.contract.canonical import MAX_DIGITS
from crossfade.contract.model import Entity
from crossfade.contract.template import Slot
from crossfade.contract.value_type import ValueType
from crossfade.dal.checks import stored_value
from crossfade.dal.errors import InvalidValue
from crossfade.dal.source import Source


def admitter(entity: Entity) -> Source:
    """The source of what makes the writable fields of a record canonical; derived ones are None in it."""
    names: dict[str, Any] = {"absent": dict.fromkeys(entity.fields)}
    lines, values = ["def codec(given):", f"    if len(given) < {len(entity.fields)}:"], []
    lines.append("        given = {**absent, **given}")
    for number, name in enumerate(entity.fields):
        if name not in entity.writable:
            values.append(f"        {name!r}: None,")
            continue
        lines.append(f"    a{number} = given[{name!r}]")
        lines += [f"    {line}" for line in admission(entity, name, number, names)]
        values.append(f"        {name!r}: a{number},")
    return Source("\n".join([*lines, "    return {", *values, "    }", ""]), names)


def admission(entity: Entity, name: str, number: int, names: dict[str, Any], *, filled: bool = False) -> Iterator[str]:
    """The lines that make a field's value in `a0`, `a1` ... canonical.

    Args:
        entity: whose field.
        name: a field that the application writes.
        number: of the variable.
        names: takes what the lines refer to.
        filled: whether they raise at None.
    """
    type_, value = entity.fields[name].value_type, f"a{number}"
    known = _FITS.get(type_.kind) if not _folded_key(entity, name) else None
    fits = known(type_, number, names) if known is not None else ""
    names |= {"Decimal": Decimal, "UTC": UTC, "datetime": datetime}
    names |= {"stored": partial(stored_value, entity), "filled": partial(_filled, entity)}
    long = f"{value} = {'filled' if filled else 'stored'}({name!r}, {value})"
    if not fits:
        yield long
        return
    null = "" if filled else f"{value} is not None and "
    yield f"if {null}not ({fits.format(value)}):"
    yield f"    {long}"


def _filled(entity: Entity, name: str, value: Any) -> Any:
    made = stored_value(entity, name, value)
    if made is None:
        raise InvalidValue(name, "must not be null", entity=entity.name)
    return made


# By kind: the expression that is true of canonical values of a type alone; an empty one where none is known.


def _bool(type_: ValueType, number: int, names: dict[str, Any]) -> str:
    del type_, number, names
    return "type({0}) is bool"


def _int(type_: ValueType, number: int, names: dict[str, Any]) -> str:
    del number, names
    low = "" if type_.minimum is None else f"{int(type_.minimum)} <= "
    high = "" if type_.maximum is None else f" <= {int(type_.maximum)}"
    return f"type({{0}}) is int and {low}{{0}}{high}" if low or high else "type({0}) is int"


def _decimal(type_: ValueType, number: int, names: dict[str, Any]) -> str:
    """Of the column's own scale, so that nothing is to be rounded; zero has a sign, which is looked at."""
    precision, scale = type_.precision or MAX_DIGITS, type_.scale or 0
    if precision > MAX_DIGITS:
        return ""
    names[f"step{number}"] = Decimal(1).scaleb(-scale)
    sign = "{0} > 0" if type_.minimum == 0 else "{0}"
    return (
        f"type({{0}}) is Decimal and {{0}}.same_quantum(step{number}) and {sign} "
        f"and {{0}}.adjusted() < {precision - scale}"
    )


def _str(type_: ValueType, number: int, names: dict[str, Any]) -> str:
    """Of ASCII alone, so that bytes are characters and all is text; the empty one may be refused as a key."""
    del number, names
    length = "" if type_.length is None else f" and len({{0}}) <= {type_.length}"
    padded = " and {0}[-1] != ' '" if type_.fixed else ""
    return f"type({{0}}) is str and {{0}} and {{0}}.isascii(){length}{padded}"


def _datetime(type_: ValueType, number: int, names: dict[str, Any]) -> str:
    del number, names
    unit = 10 ** (6 - type_.fsp)
    exact = f" and not {{0}}.microsecond % {unit}" if unit > 1 else ""
    range_ = " and 1970 < {0}.year < 2038" if type_.maximum is not None else ""
    return f"type({{0}}) is datetime and {{0}}.tzinfo is UTC and not {{0}}.fold{exact}{range_}"


def _enum(type_: ValueType, number: int, names: dict[str, Any]) -> str:
    names[f"values{number}"] = frozenset(type_.values)
    return f"type({{0}}) is str and {{0}} and {{0}} in values{number}"


def _folded_key(entity: Entity, name: str) -> bool:
    """Whether a field is a key by itself in a form that may be empty although the value is not."""
    only = (t.parts[0] for t in entity.keys.values() if len(t.parts) == 1)
    return any(isinstance(slot, Slot) and slot.field == name and bool(slot.fold or slot.spec) for slot in only)


_FITS: Mapping[str, Callable[[ValueType, int, dict[str, Any]], str]] = {
    "bool": _bool,
    "datetime": _datetime,
    "decimal": _decimal,
    "enum": _enum,
    "int": _int,
    "str": _str,
}
