"""Straight-line decoders: for each entity one function from a row, as the driver gives it, to the record.

What it makes is what `Projection.records` makes of rows whose columns have their types.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crossfade.contract.coerce import to_type
from crossfade.contract.types import ValueType
from crossfade.dal.source import Source

if TYPE_CHECKING:
    from crossfade.mysql.projection import Projection

# By the column's type: the class whose values are the column's own, and what else is to be done with them.
_OWN = {"int": ("int", ""), "year": ("int", ""), "str": ("str", ""), "enum": ("str", ""), "float": ("float", "")}
_OWN |= {"datetime": ("datetime", ".replace(tzinfo=UTC)")}
_BOOLS = {0: False, 1: True}


def decoder(projection: Projection) -> Source:
    """The source of what makes a record of a row, and of the fields that are made of further rows."""
    names: dict[str, Any] = {"UTC": UTC, "datetime": datetime, "Decimal": Decimal, "bools": _BOOLS}
    values = [f"v{place}" for place in range(len(projection.types))]
    lines = ["def codec(row, many):", f"    {', '.join(values)}, = row"]
    for place, type_ in enumerate(projection.types):
        lines.append(f"    v{place} = {_decoded(projection, place)}")
        names[f"decode{place}"] = type_.decoded
    fields = {name: _field(projection, name, names) for name in projection.entity.fields}
    if any(name.startswith("read") for name in names):
        lines.append(f"    row = {', '.join(values)},")
    lines += ["    record = {", *(f"        {name!r}: {made}," for name, made in fields.items()), "    }"]
    lines += _templates(projection, names)
    return Source("\n".join([*lines, "    return record", ""]), names)


def _decoded(projection: Projection, place: int) -> str:
    type_: ValueType = projection.types[place].value_type
    value, otherwise = f"v{place}", f"decode{place}(v{place})"
    if type_.kind == "bool":
        return f"bools[{value}] if {value} in bools else {otherwise}"
    if type_.kind == "decimal" and projection.are_columns[place]:
        return f"{value} if {value}.__class__ is Decimal else {otherwise}"  # it has its column's scale
    if (own := _OWN.get(type_.kind)) is None or type_.fixed or type_.spatial:
        return f"None if {value} is None else {otherwise}"
    name, then = own
    return f"{value}{then} if {value}.__class__ is {name} else {otherwise}"


def _field(projection: Projection, name: str, names: dict[str, Any]) -> str:
    """The expression for a field's value."""
    if (place := projection.places.get(name, projection.joined.get(name))) is not None:
        return f"v{place}"
    if name in projection.to_many:
        return f"many[{name!r}]"
    if (chain := projection.chains.get(name)) is not None:
        number = len(names)
        names |= {f"type{number}": projection.entity.fields[name].value_type, "to_type": to_type}
        names[f"otherwise{number}"] = chain.otherwise
        texts = ", ".join(f"v{place}" for place in chain.texts)
        nothing = " and ".join(f"v{place} is None" for place in dict.fromkeys(chain.present))
        joined = f"{chain.separator!r}.join([t for t in ({texts},) if t is not None])"
        return f"otherwise{number} if {nothing} else to_type({joined}, type{number}, {name!r})"
    if (read := projection.readers.get(name)) is not None:
        names[made := f"read{len(names)}"] = read
        return f"{made}(row)"
    return "None"


def _templates(projection: Projection, names: dict[str, Any]) -> Iterator[str]:
    for name in projection.templates:
        names[made := f"template{len(names)}"] = projection.value
        yield f"    record[{name!r}] = {made}({name!r}, (), record)"
