"""Made-up entries around a day: of twenty, three last several days, four a day, nine a time, and four are tasks.

`python -m examples.calendsync.seed` writes them to the store that is configured, through the repositories.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import click

import crossfade
from crossfade.dal.errors import CrossfadeError
from examples.calendsync.entities import Calendar, Entry, EntryKind
from examples.calendsync.environment import default_region
from examples.calendsync.kinds import ALL_DAY, multi_day, task, timed
from examples.calendsync.roles import Role
from examples.calendsync.service import CONTRACT, Calendars
from examples.shop.backend import Backend

_TWENTY = ("MultiDay",) * 3 + ("AllDay",) * 4 + ("Timed",) * 9 + ("Task",) * 4
_AROUND = 14  # days before and after the highlighted one
_LONGEST = 5  # days that an entry goes on after its first one
_FIRST, _LAST = date.min + timedelta(_AROUND), date.max - timedelta(_AROUND + _LONGEST)
_HIGHLIGHTED = 5  # one entry of so many lies on that day
_PEOPLE: tuple[tuple[str, Role], ...] = (("ada", "owner"), ("ben", "writer"), ("cleo", "reader"))
_TITLES = {
    "MultiDay": ("Conference", "Holidays", "Sprint", "Fair"),
    "AllDay": ("Birthday", "Public holiday", "Release day", "Inventory"),
    "Timed": ("Stand-up", "Review", "Interview", "Lunch", "Dentist", "Planning"),
    "Task": ("Send the invoice", "Water the plants", "Call back", "Read the contract"),
}


def entries(calendar_id: str, highlighted: date, count: int, number: int = 0) -> Iterator[Entry]:
    """Entries around a day, the same for the same arguments.

    Args:
        calendar_id: the calendar that they are for.
        highlighted: the day; from 0001-01-15 to 9999-12-12, for there are no dates beyond.
        count: how many.
        number: another one gives other entries.
    """
    draw = random.Random(f"{number} {highlighted}")  # noqa: S311 - made-up rows, no secret
    names: list[str] = []
    while len(names) < count:
        names += draw.sample(_TWENTY, len(_TWENTY))
    for i, name in enumerate(names[:count]):
        day = highlighted + timedelta(0 if i % _HIGHLIGHTED == 0 else draw.randint(-_AROUND, _AROUND))
        yield Entry(
            calendar_id=calendar_id,
            title=draw.choice(_TITLES[name]),
            date=day,
            kind=_kind(name, day, draw),
            location=draw.choice((None, "Room 1", "At home")) if name != "Task" else None,
        )


def _kind(name: str, day: date, draw: random.Random) -> EntryKind:
    match name:
        case "MultiDay":
            return multi_day(day, day + timedelta(draw.randint(1, _LONGEST)))
        case "AllDay":
            return ALL_DAY
        case "Task":
            return task(completed=draw.random() < 0.5)
        case _:
            start = datetime.combine(day, time(draw.randint(8, 17), draw.choice((0, 15, 30, 45))), UTC)
            return timed(start, start + timedelta(minutes=draw.choice((15, 30, 60, 90, 180))))


def sow(backend: Backend, calendar_id: str, highlighted: date, count: int, number: int = 0) -> int:
    """Write entries into a calendar that is there; arguments as for `entries`.

    Returns:
        How many were written.

    Raises:
        CrossfadeError: the first reason for which one was not, if one was not.
    """
    done = backend.repository(Entry).put_many(entries(calendar_id, highlighted, count, number))
    if done.failed:
        raise done.failed[0][1]
    return len(done.written)


def demo(backend: Backend) -> str:
    """A calendar with an owner, a writer and a reader, who are the same each time; returns its id."""
    calendars = Calendars(backend)
    owner, *others = (
        (calendars.user_by_email(f"{name}@example.org") or calendars.sign_up(f"{name}@example.org", name.title()), role)
        for name, role in _PEOPLE
    )
    made = calendars.create(str(owner[0].id), "Demo", "#3b82f6", "Made-up entries.")
    for user, role in others:
        calendars.invite(str(owner[0].id), str(made.id), str(user.id), role)
    return str(made.id)


@click.command()
@click.option("--calendar-id", help="The calendar to write into; else a new one, with three members.")
@click.option("--highlighted-day", type=click.DateTime(["%Y-%m-%d"]), help="The day they lie around; default today.")
@click.option("--count", type=click.IntRange(1, 100_000), default=40, show_default=True, help="How many entries.")
@click.option("--seed", "number", type=int, default=0, show_default=True, help="Another number gives other entries.")
def main(calendar_id: str | None, highlighted_day: datetime | None, count: int, number: int) -> None:
    """Write made-up entries into a calendar of the store that is configured."""
    default_region()
    day = (highlighted_day or datetime.now(UTC)).date()
    if not _FIRST <= day <= _LAST:
        raise click.BadParameter(f"{day} is not from {_FIRST} to {_LAST}", param_hint="--highlighted-day")
    try:
        with crossfade.open(os.environ.get("CROSSFADE_CONTRACT") or CONTRACT) as app:
            if calendar_id is not None and app.repository(Calendar).get(calendar_id) is None:
                raise click.ClickException(f"there is no calendar {calendar_id}")
            chosen = calendar_id or demo(app)
            written = sow(app, chosen, day, count, number)
    except CrossfadeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{written} entries around {day} in the calendar {chosen}")


if __name__ == "__main__":
    main()
