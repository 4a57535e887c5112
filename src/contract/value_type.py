"""The type of a field's value: the rows of the value table (docs: values)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        values: the members of an enum or set, in the column's order.
        columns: of `rows` and `row`: the name and type of each column.
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
    values: tuple[str, ...] = ()
    columns: Mapping[str, ValueType] = field(default_factory=dict, hash=False)
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
