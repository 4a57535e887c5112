"""Values by type alone: where neither the contract nor a column's name says more."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crossfade.contract.source import SourceColumn
from crossfade.contract.types import ValueType
from crossfade.seed.draw import Draw, Weighted, zipf

Value = Callable[[int], Any]
"""A column's value in row i."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that rows are made in: from `start` up to `end`, the run's fixed now."""

    start: datetime
    end: datetime

    @property
    def microseconds(self) -> int:
        """Its length."""
        return (self.end - self.start) // _MICROSECOND


def moment_at(span: Span, u: float, fsp: int) -> datetime:
    """A point in time of the span, with `fsp` fractional digits."""
    unit: int = 10 ** (6 - fsp)
    return span.start + timedelta(microseconds=int(u * max(span.microseconds, 1)) // unit * unit)


def by_type(column: SourceColumn, draw: Draw, span: Span) -> Value | None:
    """Values of a column's type; None for text, and for a type that crossfade does not have."""
    maker = _MAKERS.get(column.type.kind)
    if word(column.type) in _SHAPES:
        return _geometry(column, draw)
    if column.type.kind == "set":
        return sets(column.type.values, draw, fewest(column), 3)
    return maker(column.type, draw, span) if maker else None


def word(type_: ValueType) -> str:
    """The name of the MySQL type, such as `bigint`."""
    return type_.source.lower().split("(")[0].split(" ")[0]


def whole(draw: Draw, low: int, high: int, skew: float = 0.0) -> Value:
    """Whole numbers from `low` to `high`."""
    size = high - low + 1
    if skew == 0:
        return lambda i: low + draw.below(i, size)
    return lambda i: low + zipf(draw.unit(i), size, skew)


def decimals(type_: ValueType, draw: Draw, low: Decimal, high: Decimal, skew: float = 0.0, step: int = 1) -> Value:
    """Exact numbers from `low` to `high`, multiples of `step` units of the last digit."""
    scale = type_.scale or 0
    unit = Decimal(1).scaleb(-scale)
    first, last = -(-int(low.scaleb(scale)) // step), int(high.scaleb(scale)) // step
    numbers = whole(draw, first, max(first, last), skew)
    return lambda i: (numbers(i) * step * unit).quantize(unit)


def _bools(type_: ValueType, draw: Draw, span: Span) -> Value:
    del type_, span
    return lambda i: draw.unit(i) < 0.5


def _ints(type_: ValueType, draw: Draw, span: Span) -> Value:
    del span
    return whole(draw, max(type_.minimum or 0, 0), min(type_.maximum or 1000, 1000), 0.5)


def _decimals(type_: ValueType, draw: Draw, span: Span) -> Value:
    del span
    precision, scale = type_.precision or 10, type_.scale or 0
    high = min(Decimal(10) ** (precision - scale) - Decimal(1).scaleb(-scale), Decimal(1000))
    return decimals(type_, draw, Decimal(0), high)


def _floats(type_: ValueType, draw: Draw, span: Span) -> Value:
    del span
    return lambda i: as_float(draw.unit(i) * 1000, type_)


def as_float(number: float, type_: ValueType) -> float:
    """The nearest number that the column holds."""
    found = round(number, 3 if type_.scale is None else type_.scale)
    return float(struct.unpack("<f", struct.pack("<f", found))[0]) if type_.single else found


def _enums(type_: ValueType, draw: Draw, span: Span) -> Value:
    del span
    # The first member is mostly the ordinary one.
    options = Weighted(type_.values, [1 / (k + 1) for k in range(len(type_.values))])
    return lambda i: options.at(draw.unit(i))


def sets(members: tuple[Any, ...], draw: Draw, low: int, high: int) -> Value:
    """Some of `members`: from `low` to `high` of them."""
    high = min(high, len(members))
    sizes = whole(draw.of("size"), min(low, high), high)

    def value(i: int) -> frozenset[Any]:
        size, first = sizes(i), draw.below(i, len(members))
        return frozenset(members[(first + k) % len(members)] for k in range(size))

    return value


def fewest(column: SourceColumn) -> int:
    """The fewest members of a SET: where NULL is another value, DynamoDB cannot tell it from the empty set."""
    return 1 if column.nullable else 0


def _dates(type_: ValueType, draw: Draw, span: Span) -> Value:
    del type_
    return lambda i: moment_at(span, draw.unit(i), 0).date()


def moments(type_: ValueType, draw: Draw, span: Span) -> Value:
    """Points in time of a span, in the column's precision."""
    return lambda i: moment_at(span, draw.unit(i), type_.fsp)


def _times(type_: ValueType, draw: Draw, span: Span) -> Value:
    del span
    unit: int = 10 ** (6 - type_.fsp)
    return lambda i: timedelta(microseconds=draw.below(i, 86_400_000_000) // unit * unit)


def _years(type_: ValueType, draw: Draw, span: Span) -> Value:
    del type_
    return whole(draw, span.end.year - 30, span.end.year)


def _bytes(type_: ValueType, draw: Draw, span: Span) -> Value:
    del span
    length = type_.length or 16
    if type_.precision is not None:
        bits = type_.precision
        return lambda i: draw.below(i, 2**bits).to_bytes(length)
    if type_.fixed:
        return lambda i: draw.content(i, length)
    sizes = whole(draw.of("length"), 1, min(length, 64))
    return lambda i: draw.content(i, sizes(i))


def _json(type_: ValueType, draw: Draw, span: Span) -> Value:
    del type_
    tags = sets(("new", "sale", "gift", "return", "vip"), draw.of("tags"), 0, 3)
    numbers = whole(draw.of("number"), 0, 100)

    def value(i: int) -> Any:
        since = moment_at(span, draw.unit(i), 0).date()
        return {"active": draw.bits(i) % 4 > 0, "level": numbers(i), "since": str(since), "tags": sorted(tags(i))}

    return value


_MAKERS: dict[str, Callable[[ValueType, Draw, Span], Value]] = {
    "bool": _bools, "int": _ints, "decimal": _decimals, "float": _floats, "enum": _enums,
    "date": _dates, "datetime": moments, "time": _times, "year": _years, "bytes": _bytes, "json": _json,
}  # fmt: skip

# ------------------------------------------------------------------------------------------- shapes

# OGC 06-103r4, 8.2.8: the well-known binary's numbers of its types.
_WKB = {"point": 1, "linestring": 2, "polygon": 3, "multipoint": 4, "multilinestring": 5, "multipolygon": 6}
_SHAPES = frozenset({*_WKB, "geometry", "geometrycollection", "geomcollection"})


def _geometry(column: SourceColumn, draw: Draw) -> Value:
    kind = word(column.type)

    def value(i: int) -> bytes:
        x = round(draw.unit(2 * i) * 160 - 80, 6)
        y = round(draw.unit(2 * i + 1) * 160 - 80, 6)
        return _shape(kind if kind in _WKB else "point", x, y, collection=kind.endswith("collection"))

    return value


def _shape(kind: str, x: float, y: float, *, collection: bool) -> bytes:
    square = [(x, y), (x, y + 1), (x + 1, y + 1), (x + 1, y), (x, y)]
    parts = {
        "point": struct.pack("<2d", x, y),
        "linestring": _points(square[:3]),
        "polygon": struct.pack("<I", 1) + _points(square),
    }
    if kind.startswith("multi"):
        single = kind.removeprefix("multi")
        content = struct.pack("<IBI", 1, 1, _WKB[single]) + parts[single]
    else:
        content = parts[kind]
    shape = struct.pack("<BI", 1, _WKB[kind]) + content
    return struct.pack("<BII", 1, 7, 1) + shape if collection else shape


def _points(points: list[tuple[float, float]]) -> bytes:
    return struct.pack("<I", len(points)) + b"".join(struct.pack("<2d", x, y) for x, y in points)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY = date(1970, 1, 1)
