"""What an entry is: days in a row, a day, a time of a day, or something to do.

The contract holds each to its members (`variants`); here is what it cannot say: that nothing ends before it begins.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

from examples.calendsync.entities import (
    EntryKind,
    EntryKindAllDay,
    EntryKindMultiDay,
    EntryKindTask,
    EntryKindTimed,
)
from examples.calendsync.errors import BackToFront

ALL_DAY = EntryKindAllDay(type="AllDay")


def multi_day(start: date, end: date) -> EntryKindMultiDay:
    """From one day to another, both included."""
    return {"type": "MultiDay", "start": start.isoformat(), "end": end.isoformat()}


def timed(start: datetime, end: datetime) -> EntryKindTimed:
    """From one point in time to another, to the second."""
    return {"type": "Timed", "start": _text(start), "end": _text(end)}


def task(*, completed: bool = False) -> EntryKindTask:
    """Something to do on a day."""
    return {"type": "Task", "completed": completed}


def first_day(kind: EntryKind) -> date | None:
    """The day on which an entry begins, in UTC; None where its kind does not say.

    Raises:
        BackToFront: it ends before it begins.
    """
    match kind:
        case {"type": "MultiDay" | "Timed", "start": str(start), "end": str(end)}:
            if end < start:
                raise BackToFront(start, end)
            with suppress(ValueError):  # no date: the contract's check of `kind` tells it
                return date.fromisoformat(start[:10])
    return None


def _text(moment: datetime) -> str:
    # Not strftime: its %Y has no leading zeros on every platform.
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
