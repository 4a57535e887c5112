"""The type of a field's value: the rows of the value table (docs: values)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal[
    "bool", "int", "decimal", "float", "str", "enum", "set", "date", "datetime", "time", "year", "bytes",
    "json", "number", "rows", "row", "any",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ValueType:
    """The type of a field's value.

    Attributes:
        kind: the row of the value table. `number`, `json` and `any` serve contracts that name no source
            type; `rows` is a list of maps of `columns`, `row` one such map.
        minimum, maximum: of an int or year; of a TIMESTAMP, in seconds since 1970.
        precision, scale: of a decimal, in digits; of a FLOAT(M,D), `scale` alone; of BIT(n), n in `precision`.
        fsp: fractional digits of a datetime's or time's seconds.
        length: of text in characters; of bytes, and of text when `byte_length`, in bytes.
        fixed: BINARY(n): padded with zero bytes to `length`; CHAR(n): trailing spaces do not count.
        single: FLOAT, of single precision.
        text: of a float or JSON: stored as its text, which holds what DynamoDB's numbers and maps do not.
        spatial: of bytes: a shape, see `wkb`.
        values: the members of an enum or set, in the column's order.
        members: of a set that a JSON column keeps as an array: `S` for text, `N` for whole numbers.
        columns: of `rows` and `row`: the name and type of each column.
        required: of `rows` and `row`: the columns of which each row must have a value.
        tag, variants: of JSON that has one of several shapes: the member that says which, and the members of each.
        collation: the source column's collation, where known.
    """

    kind: Kind
    minimum: int | None = None
    maximum: int | None = None
    precision: int | None = None
    scale: int | None = None
    fsp: int = 0
    length: int | None = None
    byte_length: bool = False
    fixed: bool = False
    single: bool = False
    text: bool = False
    spatial: bool = False
    values: tuple[str, ...] = ()
    members: Literal["", "S", "N"] = ""
    columns: Mapping[str, ValueType] = field(default_factory=dict, hash=False)
    required: frozenset[str] = frozenset()
    tag: str = ""
    variants: Mapping[str, Mapping[str, ValueType]] = field(default_factory=dict, hash=False)
    collation: str | None = None
    source: str = ""


ANY = ValueType("any")
STR = ValueType("str")
INT = ValueType("int", minimum=-(2**63), maximum=2**64 - 1)
NUMBER = ValueType("number")
BOOL = ValueType("bool")
BYTES = ValueType("bytes")
JSON = ValueType("json")
FLOAT = ValueType("float")


_MEMBERS: Mapping[str, Literal["S", "N"]] = {"SS": "S", "NS": "N"}


def declared(type_: ValueType, wire: str) -> ValueType:
    """What a column's values are to an attribute of DynamoDB type `wire`.

    A TINYINT(1) is an integer where it is declared a number: many hold more than 0 and 1. A float or JSON that is
    declared text keeps what only text can hold. JSON that is declared a set is an array whose order means nothing.
    """
    if type_.kind == "json" and wire in _MEMBERS:
        return ValueType("set", members=_MEMBERS[wire], source=type_.source)
    if type_.kind == "bool" and wire == "N" and type_.source.lower().startswith("tinyint"):
        return ValueType("int", minimum=-128, maximum=127, collation=type_.collation, source=type_.source)
    return replace(type_, text=True) if type_.kind in {"float", "json"} and wire == "S" else type_
