"""What a field can hold: one table of value types drives codec, comparison and repair (docs: values).

`canonical` gives the one Python value that both stores will hold, or says why there is none. It runs
before either store sees a value, so that both refuse the same input with the same words.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal

from crossfade.contract.errors import InvalidValue

Kind = Literal[
    "bool", "int", "decimal", "float", "str", "enum", "set", "date", "datetime", "time", "year", "bytes",
    "json", "number", "rows", "row", "any",
]  # fmt: skip

# "Numbers can have up to 38 digits of precision" and 1E-130 to 9.99...E+125:
# Amazon DynamoDB Developer Guide, "Supported data types and naming rules", Number.
MAX_DIGITS = 38
MIN_EXPONENT, MAX_EXPONENT = -130, 125

# MySQL 8.4 Reference Manual, 13.2.3: TIME lies between -838:59:59 and 838:59:59.
MAX_TIME = timedelta(hours=838, minutes=59, seconds=59)

_INT_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}
_TEXT_BYTES = {"tinytext": 2**8 - 1, "text": 2**16 - 1, "mediumtext": 2**24 - 1, "longtext": 2**32 - 1}
_BLOB_BYTES = {"tinyblob": 2**8 - 1, "blob": 2**16 - 1, "mediumblob": 2**24 - 1, "longblob": 2**32 - 1}


@dataclass(frozen=True, slots=True)
class ValueType:
    """The type of a field's value.

    Attributes:
        kind: the row of the value table. `number`, `json` and `any` serve contracts that name no source
            type; `rows` is a list of maps of `columns`, `row` one such map.
        minimum, maximum: of an int or year.
        precision, scale: of a decimal, in digits.
        fsp: fractional digits of a datetime's or time's seconds.
        length: of text in characters; of bytes, and of text when `byte_length`, in bytes.
        fixed: BINARY(n): padded with zero bytes to `length`.
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
    columns: Mapping[str, ValueType] = field(default_factory=dict)
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

_SQL_TYPE = re.compile(
    r"^\s*(?P<name>[a-z]+(?:\s+(?:precision|varying))?)\s*(?:\((?P<args>.*)\))?\s*(?P<rest>[\w\s]*)$",
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
    return BOOL if bits == 1 else ValueType("bytes", length=(bits + 7) // 8, fixed=True)


def _decimal(name: str, args: str, numbers: list[int], unsigned: bool) -> ValueType:
    del name, args
    precision, scale = (numbers + [10, 0][len(numbers) :])[:2]
    return ValueType("decimal", precision=precision, scale=scale, minimum=0 if unsigned else None)


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
    "float": lambda n, a, ns, u: ValueType("float", single=_length(ns, 0) <= 24),
    **dict.fromkeys(("double", "real", "double precision"), lambda n, a, ns, u: ValueType("float")),
    **dict.fromkeys(
        ("char", "varchar", "nchar", "nvarchar", "character", "character varying"),
        lambda n, a, ns, u: ValueType("str", length=_length(ns)),
    ),
    **{n: (lambda n, a, ns, u: ValueType("str", length=_TEXT_BYTES[n], byte_length=True)) for n in _TEXT_BYTES},
    "enum": lambda n, a, ns, u: ValueType("enum", values=_members(a)),
    "set": lambda n, a, ns, u: ValueType("set", values=_members(a)),
    "date": lambda n, a, ns, u: ValueType("date"),
    **dict.fromkeys(("datetime", "timestamp"), lambda n, a, ns, u: ValueType("datetime", fsp=_length(ns, 0))),
    "time": lambda n, a, ns, u: ValueType("time", fsp=_length(ns, 0)),
    "year": lambda n, a, ns, u: ValueType("year", minimum=0, maximum=2155),
    "binary": lambda n, a, ns, u: ValueType("bytes", length=_length(ns), fixed=True),
    "varbinary": lambda n, a, ns, u: ValueType("bytes", length=_length(ns)),
    **{n: (lambda n, a, ns, u: ValueType("bytes", length=_BLOB_BYTES[n])) for n in _BLOB_BYTES},
    "json": lambda n, a, ns, u: JSON,
    **dict.fromkeys(
        ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
         "geometrycollection"),
        lambda n, a, ns, u: BYTES,
    ),
}  # fmt: skip


def canonical(value: Any, type_: ValueType, name: str) -> Any:
    """The value both stores will hold for `value`, or an error.

    Numbers are rescaled and datetimes rounded as MySQL in strict mode rounds them; what MySQL or
    DynamoDB would refuse is refused here.

    Args:
        value: what the application gave. None is None for every type.
        type_: the field's type.
        name: the field's name, for the message.

    Raises:
        InvalidValue: the field cannot hold it.
    """
    if value is None:
        return None
    try:
        return _CANONICAL[type_.kind](value, type_, name)
    except _Reason as reason:
        raise InvalidValue(name, str(reason)) from None


class _Reason(Exception):
    """Why a value does not fit; `canonical` adds the field's name."""


def _expect(value: Any, *classes: type) -> None:
    if not isinstance(value, classes) or (isinstance(value, bool) and bool not in classes):
        wanted = " or ".join(c.__name__ for c in classes)
        raise _Reason(f"wants {wanted}, not {type(value).__name__}")


def _canonical_bool(value: Any, type_: ValueType, name: str) -> bool:
    del type_, name
    if value in (0, 1) and isinstance(value, (bool, int)):
        return bool(value)
    raise _Reason(f"wants bool, not {type(value).__name__}")


def _canonical_int(value: Any, type_: ValueType, name: str) -> int:
    del name
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    _expect(value, int)
    low, high = type_.minimum, type_.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise _Reason(f"is out of range: from {low} to {high}")
    return int(value)


def _finite(value: Any) -> Decimal:
    if isinstance(value, float):
        raise _Reason("wants Decimal or int, not float: binary floating point cannot hold it exactly")
    _expect(value, Decimal, int)
    number = Decimal(value)
    if not number.is_finite():
        raise _Reason("wants a number: NaN and infinity exist on neither store")
    return number


def check_dynamodb_number(number: Decimal) -> None:
    """Raise InvalidValue unless DynamoDB can hold `number`: 38 digits, 1E-130 to 9.99E+125."""
    digits = number.normalize().as_tuple()
    if len(digits.digits) > MAX_DIGITS:
        raise InvalidValue("number", f"has {len(digits.digits)} significant digits, DynamoDB holds {MAX_DIGITS}")
    if number and not MIN_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise InvalidValue("number", "is outside DynamoDB's range of 1E-130 to 9.99E+125")


def _number_limits(number: Decimal) -> Decimal:
    try:
        check_dynamodb_number(number)
    except InvalidValue as error:
        raise _Reason(error.reason) from None
    return number


def _canonical_decimal(value: Any, type_: ValueType, name: str) -> Decimal:
    del name
    number = _finite(value)
    precision, scale = type_.precision or MAX_DIGITS, type_.scale or 0
    if number.adjusted() >= precision - scale and number:
        raise _Reason(f"is out of range: {precision - scale} digits before the point at most")
    _number_limits(number)
    try:
        rounded = number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise _Reason(f"does not fit {precision} digits with {scale} after the point") from None
    if rounded.adjusted() >= precision - scale and rounded:
        raise _Reason(f"is out of range: {precision - scale} digits before the point at most")
    if type_.minimum == 0 and rounded < 0:
        raise _Reason("is out of range: the column is unsigned")
    return rounded or abs(rounded)  # no minus zero


def _canonical_number(value: Any, type_: ValueType, name: str) -> int | Decimal:
    del type_, name
    number = _number_limits(_finite(value))
    return int(number) if number == number.to_integral_value() else number.normalize()


def _canonical_float(value: Any, type_: ValueType, name: str) -> float:
    del name
    _expect(value, float, int)
    number = float(value)
    if not math.isfinite(number):
        raise _Reason("wants a number: NaN and infinity exist on neither store")
    if type_.single:
        try:
            number = float(struct.unpack("<f", struct.pack("<f", number))[0])
        except OverflowError:
            raise _Reason("is out of range for single precision") from None
    _number_limits(Decimal(repr(number)))
    return number + 0.0 or 0.0  # minus zero has no DynamoDB form


def _canonical_str(value: Any, type_: ValueType, name: str) -> str:
    del name
    _expect(value, str)
    try:
        size = len(value.encode()) if type_.byte_length else len(value)
    except UnicodeEncodeError:
        raise _Reason("holds a lone surrogate, which is not text") from None
    if type_.length is not None and size > type_.length:
        raise _Reason(f"is {size} {'bytes' if type_.byte_length else 'characters'} long, {type_.length} fit")
    return str(value)


def _canonical_enum(value: Any, type_: ValueType, name: str) -> str:
    del name
    _expect(value, str)
    if value not in type_.values:
        raise _Reason(f"wants one of {', '.join(map(repr, type_.values))}, not {value!r}")
    return str(value)


def _canonical_set(value: Any, type_: ValueType, name: str) -> frozenset[Any]:
    del name
    _expect(value, set, frozenset, list, tuple)
    members = frozenset(value)
    unknown = sorted(repr(m) for m in members if type_.values and m not in type_.values)
    if unknown:
        raise _Reason(f"wants members of {', '.join(map(repr, type_.values))}, not {', '.join(unknown)}")
    return members


def _canonical_date(value: Any, type_: ValueType, name: str) -> date:
    del type_, name
    if isinstance(value, datetime):
        raise _Reason("wants date, not datetime")
    _expect(value, date)
    return date(value.year, value.month, value.day)


def _round(fraction: int, fsp: int) -> int:
    unit: int = 10 ** (6 - fsp)
    return (fraction + unit // 2) // unit * unit


def _canonical_datetime(value: Any, type_: ValueType, name: str) -> datetime:
    del name
    _expect(value, datetime)
    if value.tzinfo is None:
        raise _Reason("wants an aware datetime: one without a time zone could be any of 24 hours")
    moment = value.astimezone(UTC)
    try:
        return moment.replace(microsecond=0) + timedelta(microseconds=_round(moment.microsecond, type_.fsp))
    except OverflowError:
        raise _Reason("is out of range: until the year 9999") from None


def _canonical_time(value: Any, type_: ValueType, name: str) -> timedelta:
    del name
    _expect(value, timedelta)
    sign = -1 if value < timedelta(0) else 1
    size = abs(value)
    rounded = timedelta(days=size.days, seconds=size.seconds, microseconds=_round(size.microseconds, type_.fsp))
    if rounded > MAX_TIME:
        raise _Reason("is out of range: from -838:59:59 to 838:59:59")
    return sign * rounded


def _canonical_year(value: Any, type_: ValueType, name: str) -> int:
    year = _canonical_int(value, type_, name)
    if year and not 1901 <= year <= 2155:
        raise _Reason("is out of range: 0, or from 1901 to 2155")
    return year


def _canonical_bytes(value: Any, type_: ValueType, name: str) -> bytes:
    del name
    _expect(value, bytes, bytearray, memoryview)
    content = bytes(value)
    if type_.length is not None and len(content) > type_.length:
        raise _Reason(f"is {len(content)} bytes long, {type_.length} fit")
    return content.ljust(type_.length, b"\0") if type_.fixed and type_.length else content


def _canonical_json(value: Any, type_: ValueType, name: str) -> Any:
    match value:
        case None | bool() | str():
            return value
        case dict():
            for key in value:
                _expect(key, str)
            return {k: _canonical_json(v, type_, name) for k, v in value.items()}
        case list() | tuple():
            return [_canonical_json(v, type_, name) for v in value]
        case float():
            number = _canonical_float(value, FLOAT, name)
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
        case int() | Decimal():
            number = _canonical_number(value, NUMBER, name)
            return number if isinstance(number, int) else float(number)
        case _:
            raise _Reason(f"wants a JSON value, not {type(value).__name__}")


def _canonical_row(value: Any, type_: ValueType, name: str) -> dict[str, Any]:
    _expect(value, dict)
    unknown = sorted(set(value) - set(type_.columns))
    if unknown:
        raise _Reason(f"has no {', '.join(map(repr, unknown))}: its columns are {', '.join(type_.columns)}")
    return {c: canonical(value.get(c), t, f"{name}.{c}") for c, t in type_.columns.items()}


def _canonical_rows(value: Any, type_: ValueType, name: str) -> list[dict[str, Any]]:
    _expect(value, list, tuple)
    return [_canonical_row(row, type_, name) for row in value]


def _canonical_any(value: Any, type_: ValueType, name: str) -> Any:
    """A value of a contract that names no source type: anything DynamoDB has a type for."""
    match value:
        case bytes() | bytearray() | memoryview():
            return bytes(value)
        case set() | frozenset():
            return frozenset(_canonical_any(v, type_, name) for v in value)
        case dict():
            return {k: v if v is None else _canonical_any(v, type_, name) for k, v in value.items()}
        case list() | tuple():
            return [v if v is None else _canonical_any(v, type_, name) for v in value]
        case bool():
            return value
        case int() | Decimal():
            return _canonical_number(value, type_, name)
        case _:
            return _canonical_str(value, STR, name)


_CANONICAL: dict[Kind, Callable[[Any, ValueType, str], Any]] = {
    "bool": _canonical_bool,
    "int": _canonical_int,
    "decimal": _canonical_decimal,
    "number": _canonical_number,
    "float": _canonical_float,
    "str": _canonical_str,
    "enum": _canonical_enum,
    "set": _canonical_set,
    "date": _canonical_date,
    "datetime": _canonical_datetime,
    "time": _canonical_time,
    "year": _canonical_year,
    "bytes": _canonical_bytes,
    "json": _canonical_json,
    "rows": _canonical_rows,
    "row": _canonical_row,
    "any": _canonical_any,
}
