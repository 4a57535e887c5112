"""Numbers, and values of types of MariaDB's own, by a column's name and type."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from crossfade.contract.source import SourceColumn
from crossfade.contract.types import ValueType
from crossfade.seed.domains import uuid_at
from crossfade.seed.draw import Draw
from crossfade.seed.names import snake
from crossfade.seed.values import Value, as_float, decimals, whole, word

# Least, most, skew: the first pattern found in the column's name decides.
_RANGES: tuple[tuple[str, str, str, float], ...] = (
    (r"latitude|(^|_)lat$", "-85", "85", 0),
    (r"longitude|(^|_)(lng|lon|long)$", "-180", "180", 0),
    (r"stock|inventory", "0", "500", 0.3),
    (r"quantity|qty", "1", "10", 1),
    (r"rating|stars|score$", "1", "5", 0),
    (r"(^|_)age$", "18", "90", 0),
    (r"percent|discount|rate$|share$", "0", "100", 0.5),
    (r"total|revenue|salary", "5", "2000", 0.8),
    (r"price|amount|cost|fee|fine|charge|balance|paid|deposit|debt|tax|money|value", "1", "500", 0.8),
    (r"year", "1990", "2025", 0),
    (r"millis|duration_ms", "60000", "600000", 0),
    (r"minutes|duration|length", "5", "240", 0),
    (r"bytes|filesize|file_size", "1000", "10000000", 0.9),
    (r"width|height|depth|weight", "1", "200", 0.3),
    (r"priority|level|floors|rank|position|sort|order_?index", "1", "10", 0.5),
    (r"count|hits|views|likes|points|copies|pages|number_of|num_", "0", "300", 0.8),
    (r"version|revision", "1", "1", 0),
)


def by_name(column: SourceColumn, draw: Draw) -> Value | None:
    """Values for a column whose name says what they are; None where it says nothing."""
    type_ = column.type
    if type_.kind == "any":
        return _of_mariadb(type_, draw)
    if type_.kind not in {"int", "decimal", "float"}:
        return None
    name = snake(column.name)
    found = next(((low, high, skew) for pattern, low, high, skew in _RANGES if re.search(pattern, name)), None)
    return ranged(type_, draw, Decimal(found[0]), Decimal(found[1]), found[2]) if found else None


def ranged(
    type_: ValueType, draw: Draw, low: Decimal, high: Decimal, skew: float, step: Decimal | None = None
) -> Value:
    """Numbers from `low` to `high`, as far as the column holds them."""
    least, most = limits(type_)
    low, high = max(low, least), min(high, most)
    high = max(low, high)
    if type_.kind == "float":
        span = float(high - low)
        power = 1 + skew
        if step:
            steps = whole(draw, int(low / step), int(high / step), skew)
            return lambda i: as_float(float(steps(i) * step), type_)
        return lambda i: as_float(float(low) + span * draw.unit(i) ** power, type_)
    if type_.kind == "decimal":
        unit = Decimal(1).scaleb(-(type_.scale or 0))
        return decimals(type_, draw, low, high, skew, max(1, int((step or unit) / unit)))
    size = max(1, int(step or 1))
    numbers = whole(draw, -(-int(low) // size), int(high) // size, skew)
    return lambda i: numbers(i) * size


def limits(type_: ValueType) -> tuple[Decimal, Decimal]:
    """The least and the most that a column of numbers holds."""
    if type_.kind == "decimal":
        digits = (type_.precision or 10) - (type_.scale or 0)
        most = Decimal(10) ** digits - Decimal(1).scaleb(-(type_.scale or 0))
        return Decimal(0) if type_.minimum == 0 else -most, most
    if type_.kind == "float":
        return Decimal(0) if type_.minimum == 0 else Decimal("-1e30"), Decimal("1e30")
    return Decimal(type_.minimum or 0), Decimal(2**63 - 1 if type_.maximum is None else type_.maximum)


def _of_mariadb(type_: ValueType, draw: Draw) -> Value | None:
    makers: dict[str, Callable[[int], str]] = {
        "uuid": lambda i: str(uuid_at(draw, i)),
        "inet4": lambda i: ".".join(str(b) for b in draw.content(i, 4)),
        "inet6": lambda i: "2001:db8::" + ":".join(f"{b:x}" for b in draw.content(i, 4)),
    }
    return makers.get(word(type_))
