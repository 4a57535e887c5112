"""What the calendars refuse for reasons of their own; everything else is one of crossfade's errors."""

from __future__ import annotations


class CalendarError(Exception):
    """The base of the calendars' own errors."""


class Forbidden(CalendarError):
    """The user's role in the calendar does not allow it. Whether there is such a calendar is not told."""

    def __init__(self, needed: str) -> None:
        self.needed = needed
        super().__init__(f"needs the role {needed}, or more")


class LastOwner(CalendarError):
    """The calendar would be left without an owner."""


class BackToFront(CalendarError):
    """The entry ends before it begins."""

    def __init__(self, start: str, end: str) -> None:
        self.start = start
        self.end = end
        super().__init__(f"{end} is before {start}")
