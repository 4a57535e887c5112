"""The years, months, days ... that a range of time spans, for partitions that are made of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from crossfade.contract.slots import enumerable
from crossfade.contract.template import Slot

# Beyond this a range over many partitions is a mistake, or a scan in disguise.
MAX_PARTITIONS = 1_000


def moments(low: Any, high: Any, slot: Slot) -> Iterator[date]:
    """One moment of every partition from `low` to `high`."""
    unit = enumerable(slot)
    assert unit is not None  # noqa: S101 - narrows the type; the planner enumerates by such slots only
    moment, count = low, 0
    while moment is not None and _start(moment, unit) <= high:
        count += 1
        if count > MAX_PARTITIONS:
            raise ValueError(f"{slot.field} spans more than {MAX_PARTITIONS} partitions: ask for a shorter range")
        yield moment
        moment = _next(_start(moment, unit), unit)


_UNITS = "YmdHMS"
_START = {"m": {"month": 1}, "d": {"day": 1}, "H": {"hour": 0}, "M": {"minute": 0}, "S": {"second": 0}}
_STEP = {"d": timedelta(days=1), "H": timedelta(hours=1), "M": timedelta(minutes=1), "S": timedelta(seconds=1)}


def _start(moment: date, unit: str) -> date:
    """The first moment of the year, month, day ... in which `moment` lies."""
    finer: dict[str, Any] = {}
    for code in _UNITS[_UNITS.index(unit) + 1 :]:
        if isinstance(moment, datetime) or code in "md":
            finer |= _START[code]
    return moment.replace(**finer, **({"microsecond": 0} if isinstance(moment, datetime) else {}))


def _next(start: date, unit: str) -> date | None:
    try:
        match unit:
            case "Y":
                return start.replace(year=start.year + 1)
            case "m":
                return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
            case _:
                return start + _STEP[unit]
    except (ValueError, OverflowError):
        return None  # the end of the calendar
