"""The one Python value that both stores will hold for a value, or the reason why there is none."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from crossfade.contract.errors import InvalidValue
from crossfade.contract.value_type import FLOAT, NUMBER, STR, Kind, ValueType
from crossfade.contract.variants import misfit
from crossfade.contract.wkb import normal

# "Numbers can have up to 38 digits of precision" and 1E-130 to 9.99...E+125:
# Amazon DynamoDB Developer Guide, "Supported data types and naming rules", Number.
MAX_DIGITS = 38
MIN_EXPONENT, MAX_EXPONENT = -130, 125

# Decimal's own context would round to 28 digits, silently.
EXACT = Context(prec=1000, rounding=ROUND_HALF_UP)

# A JSON column keeps integers of 64 bits; MySQL turns larger ones into doubles.
_JSON_INTEGERS = range(-(2**63), 2**64)
# "Nested attributes up to 32 levels deep" (Amazon DynamoDB Developer Guide, "Constraints"), of which an
# envelope takes one.
_JSON_DEPTH = 31
# MySQL 8.4 Reference Manual, 13.5: "The JSON document exceeds the maximum depth" of 100.
_JSON_TEXT_DEPTH = 100

# MySQL 8.4 Reference Manual, 13.2.2: TIMESTAMP goes from 1970-01-01 00:00:01 UTC to this.
_TIMESTAMP_START = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
_TIMESTAMP_END = datetime(2038, 1, 19, 3, 14, 7, 499_999, tzinfo=UTC)

# MySQL 8.4 Reference Manual, 13.2.3: TIME lies between -838:59:59 and 838:59:59.
MAX_TIME = timedelta(hours=838, minutes=59, seconds=59)


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
    if isinstance(value, Decimal) and _whole(value):
        value = int(value)
    _expect(value, int)
    low, high = type_.minimum, type_.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise _Reason(f"is out of range: from {low} to {high}")
    return int(value)


def _whole(number: Decimal) -> bool:
    # int() of 1E+999999 would take its time.
    return number.is_finite() and number.adjusted() < MAX_DIGITS and number == number.to_integral_value()


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
    digits = number.normalize(EXACT).as_tuple()
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
    rounded = number
    if number.adjusted() < precision - scale or not number:
        rounded = number.quantize(Decimal(1).scaleb(-scale), context=EXACT)
    if rounded.adjusted() >= precision - scale and rounded:
        raise _Reason(f"is out of range: {precision - scale} digits before the point at most")
    _number_limits(rounded)
    if type_.minimum == 0 and rounded < 0:
        raise _Reason("is out of range: the column is unsigned")
    return rounded or abs(rounded)  # no minus zero


def _canonical_number(value: Any, type_: ValueType, name: str) -> int | Decimal:
    del type_, name
    number = _number_limits(_finite(value))
    return int(number) if number == number.to_integral_value() else number.normalize(EXACT)


def _canonical_float(value: Any, type_: ValueType, name: str) -> float:
    del name
    _expect(value, float, int)
    try:
        number = float(value)
    except OverflowError:
        raise _Reason("is out of range for double precision") from None
    if not math.isfinite(number):
        raise _Reason("wants a number: NaN and infinity exist on neither store")
    if type_.scale is not None:
        number = round(number, type_.scale)
    if type_.minimum == 0 and number < 0:
        raise _Reason("is out of range: the column is unsigned")
    if type_.single:
        try:
            number = float(struct.unpack("<f", struct.pack("<f", number))[0])
        except OverflowError:
            raise _Reason("is out of range for single precision") from None
    if type_.text:
        return number
    _number_limits(Decimal(repr(number)))
    return number + 0.0 or 0.0  # minus zero has no DynamoDB form


def _canonical_str(value: Any, type_: ValueType, name: str) -> str:
    del name
    _expect(value, str)
    if type_.fixed:
        value = value.rstrip(" ")
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise _Reason("holds a lone surrogate, which is not text") from None
    size = len(encoded) if type_.byte_length else len(value)
    if type_.length is not None and size > type_.length:
        raise _Reason(f"is {size} {'bytes' if type_.byte_length else 'characters'} long, {type_.length} fit")
    return str(value)


def _canonical_enum(value: Any, type_: ValueType, name: str) -> str:
    del name
    _expect(value, str)
    if value not in type_.values:
        raise _Reason(f"wants one of {', '.join(map(repr, type_.values))}")
    return str(value)


def _canonical_set(value: Any, type_: ValueType, name: str) -> frozenset[Any]:
    _expect(value, set, frozenset, list, tuple)
    if type_.members:
        return frozenset(_canonical_member(member, type_, name) for member in value)
    for member in value:
        _expect(member, *((str,) if type_.values else (str, int, Decimal, bytes)))
    members = frozenset(value)
    if type_.values and not members <= set(type_.values):
        raise _Reason(f"wants members of {', '.join(map(repr, type_.values))}")
    if len({int if isinstance(m, Decimal) else type(m) for m in members}) > 1:
        raise _Reason("wants members of one type: all text, all numbers or all bytes")
    return members


def _canonical_member(value: Any, type_: ValueType, name: str) -> Any:
    if type_.members == "S":
        return _canonical_str(value, STR, name)
    _expect(value, int)
    return _json_number(_canonical_number(value, NUMBER, name))


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
    try:
        moment: datetime = value.astimezone(UTC)
        rounded = moment.replace(microsecond=0) + timedelta(microseconds=_round(moment.microsecond, type_.fsp))
    except OverflowError:
        raise _Reason("is out of range: from the year 1 to 9999") from None
    if type_.maximum is not None and (rounded < _TIMESTAMP_START or moment > _TIMESTAMP_END):
        raise _Reason("is out of range: a TIMESTAMP lies between 1970-01-01 00:00:01 and 2038-01-19 03:14:07 UTC")
    return rounded


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
    if type_.spatial:
        return _shape(content)
    if type_.length is not None and len(content) > type_.length:
        raise _Reason(f"is {len(content)} bytes long, {type_.length} fit")
    if type_.precision is not None:  # BIT(n) is a number: it is padded on the left
        if int.from_bytes(content) >= 2**type_.precision:
            raise _Reason(f"is over {type_.precision} bits")
        return content.rjust(type_.length or 0, b"\0")
    return content.ljust(type_.length, b"\0") if type_.fixed and type_.length else content


def _shape(content: bytes) -> bytes:
    try:
        return normal(content)
    except ValueError as error:
        raise _Reason(str(error)) from None


def _canonical_document(value: Any, type_: ValueType, name: str) -> Any:
    document = _canonical_json(value, type_, name)
    if type_.variants and (reason := misfit(document, type_.tag, type_.variants)):
        raise _Reason(reason)
    return document


def _canonical_json(value: Any, type_: ValueType, name: str, depth: int = 0) -> Any:
    deepest = _JSON_TEXT_DEPTH - 1 if type_.text else _JSON_DEPTH
    if depth > deepest:
        raise _Reason(f"is nested over {deepest} levels deep")
    match value:
        case None | bool():
            return value
        case str():
            return _canonical_str(value, STR, name)
        case dict():
            return {_json_key(k, type_, name): _canonical_json(v, type_, name, depth + 1) for k, v in value.items()}
        case list() | tuple():
            return [_canonical_json(v, type_, name, depth + 1) for v in value]
        case float():
            number = _canonical_float(value, replace(FLOAT, text=type_.text), name)
            if type_.text:
                return number
            return int(number) if number.is_integer() and int(number) in _JSON_INTEGERS else number
        case int() | Decimal():
            return _json_number(_canonical_number(value, NUMBER, name))
        case _:
            raise _Reason(f"wants a JSON value, not {type(value).__name__}")


def _json_key(key: Any, type_: ValueType, name: str) -> str:
    _expect(key, str)
    if not key and not type_.text:
        raise _Reason("has an empty key, which DynamoDB's maps do not take")
    return _canonical_str(key, STR, name)


def _json_number(number: int | Decimal) -> int | float:
    if isinstance(number, int):
        if number not in _JSON_INTEGERS:
            raise _Reason("is out of range: integers in JSON have 64 bits")
        return number
    if Decimal(repr(float(number))) != number:
        raise _Reason("cannot hold the number exactly: fractions in JSON are double precision")
    return float(number)


def _canonical_row(value: Any, type_: ValueType, name: str) -> dict[str, Any]:
    _expect(value, dict)
    unknown = sorted(set(value) - set(type_.columns))
    if unknown:
        raise _Reason(f"has no {', '.join(map(repr, unknown))}: its columns are {', '.join(type_.columns)}")
    made = {c: canonical(value.get(c), t, f"{name}.{c}") for c, t in type_.columns.items()}
    for column, found in made.items():
        if found is None and column in type_.required:
            raise InvalidValue(f"{name}.{column}", "wants a value, and has none")
    return made


def _canonical_rows(value: Any, type_: ValueType, name: str) -> list[dict[str, Any]]:
    _expect(value, list, tuple)
    return [_canonical_row(row, type_, f"{name}[{number}]") for number, row in enumerate(value)]


def _canonical_any(value: Any, type_: ValueType, name: str) -> Any:
    """A value of a contract that names no source type: anything DynamoDB has a type for."""
    match value:
        case bytes() | bytearray() | memoryview():
            return bytes(value)
        case set() | frozenset():
            return _canonical_set(value, type_, name)
        case dict():
            return {
                _json_key(k, type_, name): v if v is None else _canonical_any(v, type_, name) for k, v in value.items()
            }
        case list() | tuple():
            return [v if v is None else _canonical_any(v, type_, name) for v in value]
        case bool():
            return value
        case int() | float() | Decimal():
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
    "json": _canonical_document,
    "rows": _canonical_rows,
    "row": _canonical_row,
    "any": _canonical_any,
}
