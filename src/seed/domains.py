"""Columns whose values must differ: how many different ones there are, and which one is number k."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crossfade.contract.source import SourceColumn
from crossfade.contract.types import ValueType
from crossfade.seed.draw import Draw

PLENTY = 2**31
"""From so many values on, no table has more rows."""

_CODE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_DAY = date(2023, 1, 1)
FIRST = datetime(2023, 1, 1, tzinfo=UTC)
"""The first of the points in time that are told apart; `_FIRST_DAY` is its day."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The different values of a column: `size` of them, `at(k)` for k below it.

    Values that differ also differ for a column that compares without regard to case, accents or trailing spaces.
    """

    size: int
    at: Callable[[int], Any]


def domain(column: SourceColumn, draw: Draw, *, sequence: bool = False) -> Domain | None:
    """The different values of a column; None for a type that has none to count on (JSON, shapes).

    Args:
        column: the column.
        draw: makes codes and tokens look random.
        sequence: whether numbers count from 1 (a line number of an order) instead of being drawn.
    """
    type_ = column.type
    if type_.kind == "bytes":
        return _bytes(type_, draw) if type_.length else None
    if type_.kind == "str":
        return _text(type_, draw, sequence=sequence)
    maker = _PLAIN.get(type_.kind)
    return maker(type_) if maker else None


def _ints(type_: ValueType) -> Domain:
    low, high = max(type_.minimum or 0, 0), type_.maximum or 2**63 - 1
    return Domain(high - low, lambda k: k + low + 1)


def _decimals(type_: ValueType) -> Domain:
    unit = Decimal(1).scaleb(-(type_.scale or 0))
    return Domain(10 ** (type_.precision or 10) - 1, lambda k: (k + 1) * unit)


def _sets(type_: ValueType) -> Domain:
    members = type_.values
    return Domain(2 ** len(members), lambda k: frozenset(m for b, m in enumerate(members) if k >> b & 1))


def _moments(type_: ValueType) -> Domain:
    # A TIMESTAMP ends in 2038.
    return Domain(400_000_000 if type_.maximum else 2**37, lambda k: FIRST + timedelta(seconds=k))


_PLAIN: dict[str, Callable[[ValueType], Domain]] = {
    "bool": lambda t: Domain(2, bool),
    "int": _ints,
    "year": lambda t: Domain(150, lambda k: 2000 + k if k < 56 else 1900 + k - 55),
    "decimal": _decimals,
    "float": lambda t: Domain(2**24 if t.single else 2**53, lambda k: float(k + 1)),
    "enum": lambda t: Domain(len(t.values), lambda k: t.values[k]),
    "set": _sets,
    "date": lambda t: Domain(2_000_000, lambda k: _FIRST_DAY + timedelta(days=k)),
    "datetime": _moments,
    "time": lambda t: Domain(839 * 3600 - 1, lambda k: timedelta(seconds=k)),
}


def _bytes(type_: ValueType, draw: Draw) -> Domain:
    length = type_.length or 8
    if type_.precision is not None:
        return Domain(2**type_.precision, lambda k: k.to_bytes(length))
    if length == 16 and type_.fixed:
        return Domain(2**63, lambda k: uuid_at(draw, k).bytes)
    if length >= 8:
        return Domain(2**63, lambda k: draw.content(k, min(length, 32)))
    return Domain(256**length - 1, lambda k: (k + 1).to_bytes(length))


def _text(type_: ValueType, draw: Draw, *, sequence: bool) -> Domain:
    length = type_.length or 2**16
    if length == 36 and not sequence:
        return Domain(2**63, lambda k: str(uuid_at(draw, k)))
    if type_.fixed and length == 26 and not sequence:
        return Domain(2**63, lambda k: ulid_at(draw, k, 1_700_000_000_000 + k))
    if length >= 20:
        return Domain(2**63, lambda k: draw.content(k, min(length, 64) // 2 if length >= 32 else 10).hex())
    size = len(_CODE) ** min(length, 12)
    factor = 2_654_435_761  # prime, and no divisor of a power of 36: every k gives another code
    return Domain(size, lambda k: _digits((k * factor + 7) % size, min(length, 12), _CODE))


def _digits(number: int, count: int, alphabet: str) -> str:
    found = []
    for _ in range(count):
        number, digit = divmod(number, len(alphabet))
        found.append(alphabet[digit])
    return "".join(reversed(found))


def uuid_at(draw: Draw, k: int, milliseconds: int | None = None) -> uuid.UUID:
    """A UUID, another one for each k: version 7 with a time (RFC 9562), else version 4."""
    bits, more = draw.bits(k), draw.bits(k + 2**62)
    if milliseconds is None:
        number = (bits >> 16) << 80 | (more & 0xFFF) << 64 | (bits & 0xFFFF) | ((more >> 12 & 0x3FFFFFFFFFFF) << 16)
        return uuid.UUID(int=number & ~(0xF << 76) & ~(3 << 62) | 4 << 76 | 2 << 62)
    number = milliseconds << 80 | (bits >> 52) << 64 | (bits & (2**52 - 1)) << 10 | (more & 0x3FF)
    return uuid.UUID(int=number | 7 << 76 | 2 << 62)


def ulid_at(draw: Draw, k: int, milliseconds: int) -> str:
    """A ULID, another one for each k."""
    number = milliseconds << 80 | draw.bits(k) << 16 | draw.bits(k + 2**62) & 0xFFFF
    return _digits(number, 26, _CROCKFORD)
