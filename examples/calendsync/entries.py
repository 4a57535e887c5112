"""What stands in calendars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from crossfade.dal import between
from crossfade.dal.errors import InvalidValue, MissingReference, NotFound
from examples.calendsync.entities import Entry, EntryKind, Membership
from examples.calendsync.errors import Forbidden
from examples.calendsync.kinds import first_day, task
from examples.calendsync.roles import Role, Roles
from examples.shop.backend import Backend, every


class Entries:
    """The entries of all calendars.

    Args:
        backend: an open `crossfade.App`.
    """

    def __init__(self, backend: Backend) -> None:
        self._roles = Roles(backend.repository(Membership))
        self._entries = backend.repository(Entry)

    def add(
        self,
        as_user: str,
        calendar_id: str,
        title: str,
        kind: EntryKind,
        on: date | None = None,
        *,
        description: str | None = None,
        location: str | None = None,
    ) -> Entry:
        """Write an entry into a calendar.

        Args:
            as_user: who writes it.
            calendar_id: the calendar.
            title: of the entry.
            kind: see `kinds`.
            on: the day; needed where the kind does not say it.
            description: of the entry.
            location: of the entry.

        Raises:
            Forbidden: for readers, and others than members.
            BackToFront: it ends before it begins.
            InvalidValue: `kind` is none, or there is no day.
        """
        self._roles.need(as_user, calendar_id, "writer")
        day = first_day(kind) or on
        if day is None:
            raise InvalidValue("date", "must not be null: this kind does not say it", entity="ENTRY")
        entry = Entry(
            calendar_id=calendar_id, title=title, kind=kind, date=day, description=description, location=location
        )
        try:
            return self._entries.create(entry)
        except MissingReference:  # the calendar was deleted since
            raise Forbidden("writer") from None

    def entry(self, as_user: str, entry_id: str) -> Entry:
        """An entry by id.

        Raises:
            NotFound: there is no such entry.
            Forbidden: for others than the members of its calendar.
        """
        return self._entry(as_user, entry_id, "reader")

    def entries(self, as_user: str, calendar_id: str, first: date, last: date) -> list[Entry]:
        """The entries of a calendar that begin from one day to another, both included, by day.

        Raises:
            Forbidden: for others than its members.
        """
        self._roles.need(as_user, calendar_id, "reader")
        return list(every(self._entries, "of_calendar", calendar_id=calendar_id, date=between(first, last)))

    def edit(self, as_user: str, entry_id: str, changes: Mapping[str, Any]) -> Entry:
        """Change an entry; another kind brings its day along. Errors as for `add` and `entry`.

        Raises:
            Forbidden: also where the user does not write in the calendar that it is moved to.
            InvalidValue: also for a day other than the one that the entry's kind says.
        """
        found = self._entry(as_user, entry_id, "writer")
        target = changes.get("calendar_id", found.calendar_id)
        if target != found.calendar_id:
            self._roles.need(as_user, target, "writer")
        try:
            return self._entries.update(found.id, {**changes, **_day(found, changes)})
        except MissingReference:  # the calendar was deleted since
            raise Forbidden("writer") from None

    def complete(self, as_user: str, entry_id: str, *, completed: bool = True) -> Entry:
        """Say whether a task is done. Errors as for `entry`; an entry that is no task is left as it is."""
        found = self._entry(as_user, entry_id, "writer")
        if found.kind["type"] != "Task":
            return found
        return self._entries.update(found.id, {"kind": task(completed=completed)})

    def erase(self, as_user: str, entry_id: str) -> bool:
        """Delete an entry. Errors as for `entry`."""
        return self._entries.delete(self._entry(as_user, entry_id, "writer").id)

    def _entry(self, as_user: str, entry_id: str, needed: Role) -> Entry:
        found = self._entries.get(entry_id)
        if found is None:
            raise NotFound("there is no such entry", entity="ENTRY", key={"id": entry_id})
        self._roles.need(as_user, found.calendar_id, needed)
        return found


def _day(found: Entry, changes: Mapping[str, Any]) -> dict[str, date]:
    """The day that another kind brings along; without one, a day that the entry's kind does not say is refused."""
    if "kind" in changes:
        day = first_day(changes["kind"])
        return {"date": day} if day else {}
    if "date" in changes and first_day(found.kind) not in (None, changes["date"]):
        raise InvalidValue("date", "is said by the kind: change that one", entity="ENTRY")
    return {}
