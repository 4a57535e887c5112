"""From one type of value to another as MySQL does it inside an expression, and into a field at its end."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crossfade.contract.fold import folded
from crossfade.contract.key_text import clock, read_clock
from crossfade.contract.types import ValueType, canonical

_NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
# MySQL writes a DOUBLE without an exponent while it has no more digits than this (my_gcvt).
_PLAIN_DIGITS = 15


def truth(value: Any) -> bool | None:
    """What a value means as a condition."""
    if value is None:
        return None
    number = as_number(value)
    return number is not None and number != 0


def as_number(value: Any, type_: ValueType | None = None) -> int | Decimal | float | None:
    """The value in a calculation: a text counts by the number it starts with, as binary floating point.

    Args:
        value: any value of an expression.
        type_: its type, for the fractional digits of a time.
    """
    match value:
        case None | Decimal() | float():
            return value
        case int():
            return int(value)
        case date():
            return _digits((as_text(value, type_) or "").replace("-", ""))
        case timedelta():
            return _digits(as_text(value, type_) or "")
        case _:
            match = _NUMBER.match(as_text(value) or "")
            return float(match[0]) if match else 0.0


def _digits(text: str) -> int | Decimal:
    digits = text.replace(":", "").replace(" ", "")
    return Decimal(digits) if "." in digits else int(digits)


def as_text(value: Any, type_: ValueType | None = None) -> str | None:
    """The value as MySQL writes it where it wants text.

    Args:
        value: any value of an expression.
        type_: its column's type, for fractional digits and the order of a set's members.
    """
    if value is None or isinstance(value, str):
        return value
    writer = next((w for kind, w in _WRITERS.items() if isinstance(value, kind)), None)
    return writer(value, type_) if writer else json_text(value)


def json_text(value: Any) -> str:
    """A JSON value as MySQL writes it: keys by length, then by their bytes."""
    match value:
        case dict():
            keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
            return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {json_text(value[k])}" for k in keys) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(json_text, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _datetime_text(value: datetime, type_: ValueType | None) -> str:
    fsp = type_.fsp if type_ else 6 if value.microsecond else 0
    text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
    return text + (f".{value.microsecond:06d}"[: fsp + 1] if fsp else "")


def _time_text(value: timedelta, type_: ValueType | None) -> str:
    return clock(value, type_.fsp if type_ else 6 if value.microseconds else 0)


def _set_text(value: frozenset[Any], type_: ValueType | None) -> str:
    known = list(type_.values) if type_ else []
    return ",".join(sorted(map(str, value), key=lambda m: (known.index(m) if m in known else len(known), m)))


def _float_text(value: float, type_: ValueType | None) -> str:
    del type_
    if value.is_integer() and abs(value) < 10**_PLAIN_DIGITS:
        return str(int(value))
    return repr(value).replace("e+", "e").replace("e-0", "e-")


# bool before int and datetime before date: the first class that fits decides.
_WRITERS: dict[type, Callable[[Any, ValueType | None], str]] = {
    bool: lambda v, t: "1" if v else "0",
    int: lambda v, t: str(v),
    Decimal: lambda v, t: format(v, "f"),
    float: _float_text,
    datetime: _datetime_text,
    date: lambda v, t: v.isoformat(),
    timedelta: _time_text,
    frozenset: _set_text,
    bytes: lambda v, t: v.decode(errors="replace"),
}


def as_time(value: Any) -> date | datetime | None:
    """The value where MySQL wants a date or a point in time; None for what is none."""
    if isinstance(value, date) or value is None:
        return value
    text = (as_text(value) or "").strip()
    try:
        if len(text) <= 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def collated(text: str, collation: str | None) -> str:
    """A text whose equality and order are those of `text` under a collation of MySQL's.

    Args:
        text: the text.
        collation: such as `utf8mb4_general_ci`; None for MySQL's default, utf8mb4_0900_ai_ci.
    """
    name = collation or "utf8mb4_0900_ai_ci"
    if name == "binary":
        return text
    if name.endswith("_0900_ai_ci"):
        return folded(text, "ai-ci")
    if "_0900_" not in name:  # of all collations, only binary and UCA 9.0.0's mind trailing spaces
        text = text.rstrip(" ")
    if name.endswith(("_bin", "_as_cs")):
        return text
    if not name.endswith("_as_ci"):
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return text.casefold()


def compare(left: Any, right: Any, collation: str | None) -> int | None:
    """Minus one, zero or one, as MySQL orders two values of whatever types; None if either is null."""
    if left is None or right is None:
        return None
    one, other = _comparable(left, right, collation)
    if one is None or other is None:
        return None
    return int(one > other) - int(one < other)


def _comparable(left: Any, right: Any, collation: str | None) -> tuple[Any, Any]:
    if isinstance(left, bytes) or isinstance(right, bytes):
        return _raw(left), _raw(right)
    if {type(left), type(right)} == {timedelta, str}:
        spans = _duration(left), _duration(right)
        return spans if None not in spans else (as_text(left), as_text(right))
    temporal = isinstance(left, date) or isinstance(right, date)
    if temporal and all(isinstance(v, (date, str)) for v in (left, right)):
        return _moment(left), _moment(right)
    if all(isinstance(v, (bool, int, Decimal, float, date, timedelta)) for v in (left, right)):
        return _same_numbers(as_number(left), as_number(right))
    if any(isinstance(v, (bool, int, Decimal, float)) for v in (left, right)):
        return tuple(float(as_number(v) or 0) for v in (left, right))  # type: ignore[return-value]  # two of them
    return collated(as_text(left) or "", collation), collated(as_text(right) or "", collation)


def _same_numbers(left: Any, right: Any) -> tuple[Any, Any]:
    return (float(left), float(right)) if isinstance(left, float) or isinstance(right, float) else (left, right)


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else (as_text(value) or "").encode()


def _duration(value: timedelta | str) -> timedelta | None:
    if isinstance(value, timedelta):
        return value
    text = value.strip()
    try:
        return read_clock(f"{text}:00" if text.count(":") == 1 else text)
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    moment = as_time(value)
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def to_type(value: Any, type_: ValueType, name: str) -> Any:
    """What a field of `type_` holds for the value of an expression.

    Raises:
        InvalidValue: the field cannot hold it.
    """
    if value is None:
        return None
    change = _TO.get(type_.kind)
    return canonical(change(value, type_) if change else value, type_, name)


def _to_exact(value: Any, type_: ValueType) -> Any:
    number = Decimal(repr(value)) if isinstance(value, float) else as_number(value)
    if isinstance(number, float):  # what a text starts with, exactly as it is written there
        match = _NUMBER.match(as_text(value) or "")
        number = Decimal(match[0].strip()) if match else Decimal(0)
    if type_.kind in {"int", "year"} and isinstance(number, Decimal):
        return int(number.to_integral_value(ROUND_HALF_UP))
    return number


def _to_any(value: Any, type_: ValueType) -> Any:
    del type_
    if isinstance(value, float):
        return Decimal(repr(value))
    return as_text(value) if isinstance(value, (date, timedelta)) else value


def _to_date(value: Any, type_: ValueType) -> Any:
    del type_
    moment = as_time(value)
    return moment.date() if isinstance(moment, datetime) else moment


_TO: dict[str, Callable[[Any, ValueType], Any]] = {
    "str": lambda v, t: as_text(v),
    "enum": lambda v, t: as_text(v),
    "int": _to_exact,
    "year": _to_exact,
    "decimal": _to_exact,
    "number": _to_exact,
    "float": lambda v, t: float(as_number(v) or 0),
    "bool": lambda v, t: truth(v),
    "date": _to_date,
    "datetime": lambda v, t: _moment(v),
    "time": lambda v, t: _duration(v) if isinstance(v, str) else v,
    "bytes": lambda v, t: _raw(v),
    "set": lambda v, t: frozenset(v.split(",")) - {""} if isinstance(v, str) else v,
    "any": _to_any,
}
