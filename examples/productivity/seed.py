"""Two years of a few people's calendars: the same every time.

    python -m examples.productivity.seed

writes them to the store that the environment names (`CROSSFADE_STAGE` and so on).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import crossfade
from examples.productivity.entities import Event, Instance, Master
from examples.productivity.service import CONTRACT, Calendar
from examples.shop.backend import Backend

USERS = ("ada", "ben", "cleo", "dan")
START = datetime(2025, 1, 6, 9, tzinfo=UTC)
"""A Monday, two years of which are filled."""
_TITLES = ("Review", "Lunch", "Dentist", "Planning", "Call", "Flight", "Concert", "Workshop")
_STATUSES = {"CONFIRMED": 80, "TENTATIVE": 15, "CANCELLED": 5}
_TAGS = ("work", "family", "travel", "health")


def seed(backend: Backend) -> None:
    """Write some three hundred entities: four users, with events, series, occurrences that differ, and preferences.

    Args:
        backend: an opened `crossfade.App`, or what is like it, on an empty store.
    """
    draw, calendar = random.Random(5), Calendar(backend)  # noqa: S311 - made-up data, the same every time
    for user in USERS:
        for _ in range(60):
            calendar.create(Event(user_id=user, **_fields(draw)))
        for _ in range(3):
            _series(draw, calendar, user)
        calendar.prefer(user, weekStart=draw.choice(["MO", "SU"]), timezone="Europe/Berlin")
        for year in (2025, 2026):
            calendar.count_events(user, year)


def _fields(draw: random.Random) -> dict[str, Any]:
    start = START + timedelta(days=draw.randrange(720), minutes=15 * draw.randrange(40))
    return {
        "title": draw.choice(_TITLES),
        "start_utc": start,
        "end_utc": start + timedelta(minutes=draw.choice([15, 30, 60, 90])),
        "start_tzid": draw.choice(["Europe/Berlin", "America/New_York", "UTC"]),
        "status": draw.choices(list(_STATUSES), list(_STATUSES.values()))[0],
        "location": draw.choice([None, "Room 1", "Online"]),
        "tags": frozenset(draw.sample(_TAGS, draw.randrange(3))),
        "reminder_minutes": frozenset(draw.sample([5, 10, 30, 60], draw.randrange(3))),
    }


def _series(draw: random.Random, calendar: Calendar, user: str) -> None:
    fields = _fields(draw)
    master = calendar.begin_series(Master(user_id=user, rrule="FREQ=WEEKLY", exdate=[], **fields))
    for week in (1, 3):
        moved = timedelta(weeks=week, hours=1)
        start = fields["start_utc"] + timedelta(weeks=week)
        changed = {**fields, "start_utc": fields["start_utc"] + moved, "end_utc": fields["end_utc"] + moved}
        calendar.differ(
            Instance(
                user_id=user, master_id=master.id or "", day=start.date(), recurrence_id=start,
                modified_fields=["start_utc", "end_utc"], **changed,
            )
        )  # fmt: skip


if __name__ == "__main__":
    with crossfade.open(CONTRACT) as app:
        seed(app)
