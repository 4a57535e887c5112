"""MySQL's column types as value types."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from crossfade.contract.value_type import BOOL, JSON, ValueType

_INT_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}
_TEXT_BYTES = {"tinytext": 2**8 - 1, "text": 2**16 - 1, "mediumtext": 2**24 - 1, "longtext": 2**32 - 1}
_BLOB_BYTES = {"tinyblob": 2**8 - 1, "blob": 2**16 - 1, "mediumblob": 2**24 - 1, "longblob": 2**32 - 1}

_SQL_TYPE = re.compile(
    r"^\s*(?P<name>[a-z]+(?:\s+(?:precision|varying))?)\s*(?:\((?P<args>.*)\))?\s*(?P<rest>(?:[a-z_]\w*(?:\s+|$))*)$",
    re.I | re.S,
)
_QUOTED = re.compile(r"'((?:[^'\\]|''|\\.)*)'")


def parse_sql_type(text: str, *, collation: str | None = None) -> ValueType:
    """The value type of a MySQL column type, as `information_schema.columns.column_type` writes it.

    Args:
        text: such as `decimal(10,2)`, `int unsigned`, `enum('a','b')`, `datetime(6)`.
        collation: the column's collation, kept for checks.

    Raises:
        ValueError: the type is not one that MySQL has.
    """
    match = _SQL_TYPE.match(text)
    if match is None:
        raise ValueError(f"not a MySQL column type: {text!r}")
    name, args, rest = match["name"].lower(), match["args"], match["rest"].lower()
    numbers = [int(n) for n in re.findall(r"\d+", args or "")] if name not in {"enum", "set"} else []
    builder = _BUILDERS.get(name)
    if builder is None:
        raise ValueError(f"not a MySQL column type: {text!r}")
    built = builder(name, args or "", numbers, "unsigned" in rest)
    return replace(built, collation=collation, source=text)


def _integer(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del args
    if name == "tinyint" and numbers[:1] == [1] and not unsigned:
        return BOOL
    bits = 8 * _INT_BYTES[name]
    return (
        ValueType("int", minimum=0, maximum=2**bits - 1)
        if unsigned
        else ValueType("int", minimum=-(2 ** (bits - 1)), maximum=2 ** (bits - 1) - 1)
    )


def _bit(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del name, args, unsigned
    bits = numbers[0] if numbers else 1
    return BOOL if bits == 1 else ValueType("bytes", length=(bits + 7) // 8, fixed=True, precision=bits)


def _decimal(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del name, args
    precision, scale = (numbers + [10, 0][len(numbers) :])[:2]
    return ValueType("decimal", precision=precision, scale=scale, minimum=0 if unsigned else None)


def _float(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del args
    scaled = len(numbers) == 2
    single = name == "float" and (scaled or _length(numbers, 0) <= 24)
    return ValueType("float", single=single, scale=numbers[1] if scaled else None, minimum=0 if unsigned else None)


def _text(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del args, unsigned
    return ValueType("str", length=_length(numbers), fixed=name in {"char", "nchar", "character"})


def _moment(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del args, unsigned
    starts = 1 if name == "timestamp" else None
    return ValueType("datetime", fsp=_length(numbers, 0), minimum=starts, maximum=2**31 - 1 if starts else None)


def _members(text: str) -> tuple[str, ...]:
    return tuple(m.replace("''", "'").replace("\\'", "'").replace("\\\\", "\\") for m in _QUOTED.findall(text))


def _length(numbers: list[int], default: int = 1) -> int:
    return numbers[0] if numbers else default


_Builder = Callable[[str, str, list[int], bool], ValueType]
_BUILDERS: dict[str, _Builder] = {
    **dict.fromkeys(_INT_BYTES, _integer),
    **dict.fromkeys(("bool", "boolean"), lambda n, a, ns, u: BOOL),
    "bit": _bit,
    **dict.fromkeys(("decimal", "numeric", "dec", "fixed"), _decimal),
    **dict.fromkeys(("float", "double", "real", "double precision"), _float),
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar", "character", "character varying"), _text),
    **{n: (lambda n, a, ns, u: ValueType("str", length=_TEXT_BYTES[n], byte_length=True)) for n in _TEXT_BYTES},
    "enum": lambda n, a, ns, u: ValueType("enum", values=_members(a)),
    "set": lambda n, a, ns, u: ValueType("set", values=_members(a)),
    "date": lambda n, a, ns, u: ValueType("date"),
    **dict.fromkeys(("datetime", "timestamp"), _moment),
    "time": lambda n, a, ns, u: ValueType("time", fsp=_length(ns, 0)),
    "year": lambda n, a, ns, u: ValueType("year", minimum=0, maximum=2155),
    "binary": lambda n, a, ns, u: ValueType("bytes", length=_length(ns), fixed=True),
    "varbinary": lambda n, a, ns, u: ValueType("bytes", length=_length(ns)),
    **{n: (lambda n, a, ns, u: ValueType("bytes", length=_BLOB_BYTES[n])) for n in _BLOB_BYTES},
    "json": lambda n, a, ns, u: JSON,
    **dict.fromkeys(
        ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
         "geometrycollection", "geomcollection"),
        lambda n, a, ns, u: ValueType("bytes", spatial=True),
    ),
}  # fmt: skip
