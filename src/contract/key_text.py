"""The text of one value as a key has it, and the value read back from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crossfade.contract.types import ValueType


def iso(moment: datetime, fsp: int) -> str:
    """Fixed-width ISO 8601 in UTC with `fsp` fractional digits and Z: sorts as time."""
    return moment.astimezone(UTC).isoformat("T", "microseconds")[: 20 + fsp if fsp else 19] + "Z"


def clock(size: timedelta, fsp: int) -> str:
    """A TIME as MySQL writes it: `-838:59:59.000`, hours with two digits at least."""
    micros = size // timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, fraction = divmod(micros, 1_000_000)
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + (f".{fraction:06d}"[: fsp + 1] if fsp else "")


def read_clock(text: str) -> timedelta:
    """The TIME that `clock` wrote. Raises ValueError for anything else."""
    match = re.fullmatch(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?", text)
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    size = timedelta(
        hours=int(match[2]),
        minutes=int(match[3]),
        seconds=int(match[4]),
        microseconds=int((match[5] or "0").ljust(6, "0")),
    )
    return -size if match[1] else size


def plain_text(value: Any, type_: ValueType) -> str:
    """The text of a value without a format spec. Raises TypeError for what has none."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso(value, type_.fsp)
        case date():
            return value.isoformat()
        case timedelta():
            return clock(value, type_.fsp)
        case bytes():
            return value.hex()
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value)
        case int() | str():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no key text")


def read_text(text: str, type_: ValueType) -> Any:
    """The value that `plain_text` wrote. Raises ValueError for anything else."""
    return _READ.get(type_.kind, str)(text)


def text_width(type_: ValueType) -> int | None:
    """The number of characters of every text of a type, or None where it varies."""
    measure = _WIDTH.get(type_.kind)
    return measure(type_) if measure else None


def _read_bool(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in {"true", "false"} else _reject(text)


def _reject(text: str) -> Any:
    raise ValueError(f"not a value of this slot: {text!r}")


def _read_decimal(text: str) -> Decimal:
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else _reject(text)


def _read_int(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d+", text) else _reject(text)


_READ: dict[str, Callable[[str], Any]] = {
    "bool": _read_bool,
    "int": _read_int,
    "year": _read_int,
    "decimal": _read_decimal,
    "number": lambda t: _read_int(t) if "." not in t else _read_decimal(t),
    "float": float,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": read_clock,
    "bytes": bytes.fromhex,
}
_WIDTH: dict[str, Callable[[ValueType], int | None]] = {
    "date": lambda t: 10,
    "datetime": lambda t: 20 + (t.fsp + 1 if t.fsp else 0),
    "bytes": lambda t: 2 * t.length if t.fixed and t.length else None,
}
