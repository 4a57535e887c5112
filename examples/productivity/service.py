"""What the application does. Which store answers, it never learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from heapq import merge
from pathlib import Path
from typing import Any

from crossfade.dal import F, Range, Repository
from crossfade.dal.condition import Condition
from crossfade.dal.errors import Conflict, DuplicateKey, NotFound
from examples.productivity.checks import check
from examples.productivity.entities import Event, Instance, Master, UserMeta
from examples.shop.backend import Backend, every, retried

CONTRACT = Path(__file__).parents[2] / "contracts" / "examples" / "productivity" / "migrationContract.json"
Entry = Event | Master | Instance
"""What stands in a calendar."""


class Calendar:
    """Everybody's calendars.

    Args:
        backend: an opened `crossfade.App`, or what is like it.
    """

    def __init__(self, backend: Backend) -> None:
        self._events: Repository[Event] = backend.repository(Event)
        self._masters: Repository[Master] = backend.repository(Master)
        self._instances: Repository[Instance] = backend.repository(Instance)
        self._meta: Repository[UserMeta] = backend.repository(UserMeta)

    # ------------------------------------------------------------------------------------------ agenda

    def agenda(self, user_id: str, start: datetime, end: datetime, *, tag: str | None = None) -> list[Entry]:
        """What begins from `start` to before `end`, in that order; across New Year, too (PR1, PR2).

        Series are in it where they begin. Occurrences that do not differ from their series are not stored: whoever
        shows a series repeats it.

        Args:
            user_id: whose.
            start, end: with a time zone.
            tag: only what has it.
        """
        where: Condition | None = None if tag is None else F("tags").contains(tag)
        args: dict[str, Any] = {"user_id": user_id, "start_utc": Range(ge=start, lt=end), "where": where}
        kinds: tuple[Repository[Any], ...] = (self._events, self._masters, self._instances)
        return list(merge(*(every(kind, "agenda", **args) for kind in kinds), key=lambda entry: entry.start_utc))

    def tagged(self, user_id: str, year: int, tag: str) -> list[Entry]:
        """What begins in a year, by UTC, and has a tag (PR9)."""
        return self.agenda(user_id, datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), tag=tag)

    # ------------------------------------------------------------------------------------------ events

    def event(self, user_id: str, event_id: str) -> Event:
        """One event (PR3). Raises NotFound."""
        found = self._events.get({"user_id": user_id, "id": event_id})
        if found is None:
            raise NotFound("there is no such event", entity="EVENT", key={"user_id": user_id, "id": event_id})
        return found

    def create(self, event: Event) -> Event:
        """Put an event into a calendar (PR4); its id is made where it has none.

        Raises:
            InvalidEvent: it makes no sense.
            DuplicateKey: it has an id that another one has.
        """
        check(vars(event))
        return self._events.create(event)

    def update(self, user_id: str, event_id: str, changes: Mapping[str, Any], *, version: int | None) -> Event:
        """Change an event, if it still has the version that was read (PR5).

        Args:
            user_id, event_id: which one.
            changes: the new values, by field.
            version: the one that was read; None changes whatever is there.

        Raises:
            NotFound: there is no such event.
            VersionConflict: it has another version by now; the error carries the event as it is.
            InvalidEvent: it would make no sense.
        """
        if version is None:
            return retried(lambda: self._change(user_id, event_id, changes, None))
        return self._change(user_id, event_id, changes, version)

    def delete(self, user_id: str, event_id: str, *, version: int | None = None) -> None:
        """Take an event out of a calendar (PR6).

        Raises:
            NotFound: there is no such event.
            VersionConflict: it has another version.
        """
        if not self._events.delete({"user_id": user_id, "id": event_id}, version=version):
            raise NotFound("there is no such event", entity="EVENT", key={"user_id": user_id, "id": event_id})

    # ------------------------------------------------------------------------------------------ series

    def begin_series(self, master: Master) -> Master:
        """Put a series into a calendar. Raises InvalidEvent."""
        check(vars(master))
        return self._masters.create(master)

    def differ(self, instance: Instance) -> Instance:
        """Let an occurrence of a series be otherwise; what it was before is replaced.

        Raises:
            InvalidEvent: it makes no sense.
            MissingReference: there is no such series.
        """
        check(vars(instance))
        return self._instances.put(instance)

    def series(self, master_id: str) -> list[Master | Instance]:
        """A whole series by its id alone: the master, then what differs from it, by date (PR7). Raises NotFound."""
        masters = self._masters.find("series", id=master_id).items
        if not masters:
            raise NotFound("there is no such series", entity="MASTER", key={"id": master_id})
        return [*masters, *every(self._instances, "series", master_id=master_id)]

    def end_series(self, user_id: str, master_id: str, until: datetime) -> Master:
        """Let a series end: nothing of it begins after `until`, and what differed later is deleted (PR8).

        The end comes first: if this is interrupted, what is left over lies behind it, and the same again deletes it.

        Raises:
            NotFound: there is no such series.
        """
        master = self._masters.update({"user_id": user_id, "id": master_id}, {"rrule_until": until})
        mine = {"user_id": user_id, "master_id": master_id}
        later = [i for i in every(self._instances, "of_master", **mine) if i.recurrence_id > until]
        done = self._instances.delete_many({**mine, "day": instance.day} for instance in later)
        if done.failed:
            raise done.failed[0][1]
        return master

    # ------------------------------------------------------------------------------------------- users

    def meta(self, user_id: str) -> UserMeta | None:
        """What a user prefers, and their figures (PR10); None where nothing was ever said."""
        return self._meta.get(user_id)

    def prefer(self, user_id: str, **preferences: Any) -> UserMeta:
        """Change some of a user's preferences (PR10)."""
        return self._changed(user_id, lambda meta: {"preferences": {**meta.preferences, **preferences}})

    def count_events(self, user_id: str, year: int) -> UserMeta:
        """Count a year's events by status, and keep the figures (PR10)."""
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        within = Range(ge=start, lt=end)
        statuses = ("CONFIRMED", "TENTATIVE", "CANCELLED")
        counted = {s: self._events.count("agenda", user_id=user_id, start_utc=within, status=s) for s in statuses}
        return self._changed(user_id, lambda meta: {"stats": {**meta.stats, str(year): counted}})

    def _change(self, user_id: str, event_id: str, changes: Mapping[str, Any], version: int | None) -> Event:
        now = self.event(user_id, event_id)
        if version in {None, now.version}:
            check({**vars(now), **changes})
        # What was checked is what is changed, also where the caller names no version.
        key = {"user_id": user_id, "id": event_id}
        return self._events.update(key, changes, version=now.version if version is None else version)

    def _changed(self, user_id: str, changes: Callable[[UserMeta], Mapping[str, Any]]) -> UserMeta:
        """Change what is kept of a user, from what it is now; it is there from then on."""

        def change() -> UserMeta:
            found = self._meta.get(user_id)
            if found is not None:
                return self._meta.update(user_id, changes(found), version=found.version)
            fresh = UserMeta(user_id=user_id, preferences={}, stats={})
            try:
                return self._meta.create(replace(fresh, **changes(fresh)))
            except DuplicateKey as error:
                raise Conflict("somebody was faster", entity="USER_META", key=error.key) from error

        return retried(change)
