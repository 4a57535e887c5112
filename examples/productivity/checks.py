"""Whether an event makes sense: pure, and the same for single events, series and their occurrences."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from examples.productivity.errors import InvalidEvent

LONGEST_TITLE = 500
_LONGEST_REMINDER = 4 * 7 * 24 * 60  # minutes: four weeks
_RRULE = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,+-]+)*")


def check(fields: Mapping[str, Any]) -> None:
    """Refuse an event that makes no sense.

    Args:
        fields: the whole event, by field; those that are absent or None are not looked at.

    Raises:
        InvalidEvent: with every problem.
    """
    given = {name: value for name in _TESTS if (value := fields.get(name)) is not None}
    problems = {name: problem for name, value in given.items() if (problem := _TESTS[name](value))}
    start, end = fields.get("start_utc"), fields.get("end_utc")
    if start is not None and end is not None and end <= start:
        problems["end_utc"] = "is not after start_utc"
    if problems:
        raise InvalidEvent(problems)


def _title(text: str) -> str | None:
    return None if 1 <= len(text) <= LONGEST_TITLE else f"has {len(text)} characters, not 1 to {LONGEST_TITLE}"


def _zone(name: str) -> str | None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"is no time zone: {name!r}"
    return None


def _reminders(minutes: frozenset[int]) -> str | None:
    fits = all(0 <= each <= _LONGEST_REMINDER for each in minutes)
    return None if fits else f"lies outside of 0 to {_LONGEST_REMINDER} minutes"


def _rrule(text: str) -> str | None:
    return None if _RRULE.fullmatch(text) else f"is no recurrence rule: {text!r}"


_TESTS: Mapping[str, Callable[[Any], str | None]] = {
    "title": _title, "start_tzid": _zone, "reminder_minutes": _reminders, "rrule": _rrule,
}  # fmt: skip
