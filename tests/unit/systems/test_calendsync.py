"""The calendars, beside their patterns: made-up entries, the command's options, and owners who leave at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crossfade.contract import load, parse_schema
from crossfade.dal.memory import MemoryStore
from examples.calendsync.deploy import arguments
from examples.calendsync.entities import Entry
from examples.calendsync.errors import LastOwner
from examples.calendsync.kinds import first_day
from examples.calendsync.seed import demo, entries, main, sow
from examples.calendsync.service import CONTRACT, Calendars
from tests.shop.opening import StoreApp

DAY = date(2026, 3, 2)
LOADED = load(CONTRACT)
SCHEMA = parse_schema(CONTRACT.with_name("schema.sql").read_text(encoding="utf-8"))


def app() -> StoreApp:
    """An application on an empty store in memory."""

    def now() -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    return StoreApp(LOADED, MemoryStore(LOADED, clock=now), now)


def test_every_foreign_key_is_a_reference() -> None:
    owners = {entity.source_table: entity for entity in LOADED.entities.values()}
    for table in SCHEMA.tables.values():
        entity = owners[table.name]
        keys = {(key.columns, owners[key.table].name, key.on_delete) for key in table.foreign_keys}
        assert keys == {(r.fields, r.entity, r.on_delete) for r in entity.references}


@pytest.mark.parametrize("count", [20, 100, 1000])
def test_kinds_come_in_their_proportion(count: int) -> None:
    found = Counter(entry.kind["type"] for entry in entries("c", DAY, count))
    share = {name: n * 100 // count for name, n in found.items()}
    assert share == {"MultiDay": 15, "AllDay": 20, "Timed": 45, "Task": 20}


def test_entries_lie_around_the_highlighted_day_and_on_it() -> None:
    made = list(entries("c", DAY, 200))
    assert all(abs(entry.date - DAY) <= timedelta(14) for entry in made)
    assert sum(entry.date == DAY for entry in made) >= 40
    assert all(first_day(entry.kind) in {None, entry.date} for entry in made)


def test_entries_are_the_same_for_the_same_arguments() -> None:
    def told(number: int) -> list[Entry]:
        return list(entries("c", DAY, 30, number))

    assert told(0) == told(0) != told(1)
    assert told(0)[:25] == list(entries("c", DAY, 25))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["tables", "apply"]),
        ({"force": True, "dry_run": True}, ["tables", "apply", "--dry-run"]),
        ({"table_name": "team"}, ["tables", "apply", "--table-names", "team"]),
        ({"destroy": True}, ["tables", "destroy"]),
        ({"destroy": True, "force": True, "table_name": "team"},
         ["tables", "destroy", "--table-names", "team", "--force"]),
    ],
)  # fmt: skip
def test_the_options_of_its_own_command(
    options: dict[str, Any], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSFADE_CONTRACT", "other.json")
    given = {"destroy": False, "force": False, "dry_run": False, "table_name": None} | options
    assert arguments(**given) == [*expected[:2], "--contract", "other.json", *expected[2:]]


def test_the_seeds_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("CROSSFADE_EMBEDDED", "1")
    monkeypatch.setenv("CROSSFADE_EMBEDDED_PATH", str(tmp_path))
    monkeypatch.setenv("CROSSFADE_STAGE", "mysql")
    day = ["--highlighted-day", str(DAY)]
    first = CliRunner().invoke(main, [*day, "--count", "21"])
    assert first.output.startswith(f"21 entries around {DAY} in the calendar ")
    calendar = first.output.split()[-1]
    again = CliRunner().invoke(main, [*day, "--calendar-id", calendar, "--count", "3", "--seed", "1"])
    assert again.output == f"3 entries around {DAY} in the calendar {calendar}\n"
    wrong = CliRunner().invoke(main, ["--calendar-id", "none"])
    assert (wrong.exit_code, wrong.output) == (1, "Error: there is no calendar none\n")


@pytest.mark.parametrize("day", ["0001-01-14", "0001-01-05", "9999-12-13", "9999-12-30"])
def test_days_with_no_dates_around_them_are_refused_before_anything_is_written(
    day: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("CROSSFADE_EMBEDDED", "1")
    monkeypatch.setenv("CROSSFADE_EMBEDDED_PATH", str(tmp_path))
    monkeypatch.setenv("CROSSFADE_STAGE", "mysql")
    done = CliRunner().invoke(main, ["--highlighted-day", day, "--count", "20"])
    assert done.exit_code == 2
    assert done.output.endswith(f"--highlighted-day: {day} is not from 0001-01-15 to 9999-12-12\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("day", [date(1, 1, 15), date(9999, 12, 12)])
def test_the_first_and_the_last_day_have_all_their_entries(day: date) -> None:
    backend = app()
    assert sow(backend, demo(backend), day, 1000) == 1000


class Interrupted:
    """An application in which something happens before the next unit of work begins."""

    def __init__(self, inner: StoreApp) -> None:
        self._inner = inner
        self.meanwhile: Callable[[], object] | None = None
        self.repository = inner.repository

    def unit_of_work(self) -> Any:
        """A unit of work, once that is done."""
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return self._inner.unit_of_work()


@pytest.mark.parametrize("third", [False, True])
def test_owners_who_leave_at_once_leave_one_behind(third: bool) -> None:
    backend = Interrupted(app())
    calendars = Calendars(backend)
    people = sorted(str(calendars.sign_up(f"{n}@example.org", n).id) for n in "abc")
    calendar = str(calendars.create(people[0], "Team", "#000000").id)
    for user in people[1:]:
        calendars.invite(people[0], calendar, user, "owner" if third or user == people[1] else "reader")
    # The second owner goes after the first one has seen that there is another.
    backend.meanwhile = lambda: calendars.remove(people[1], calendar, people[1])
    if third:
        calendars.remove(people[0], calendar, people[0])
        assert [m.user.id for m in calendars.members(people[2], calendar)] == [people[2]]
        return
    with pytest.raises(LastOwner):
        calendars.remove(people[0], calendar, people[0])
    assert {m.user.id: m.role for m in calendars.members(people[0], calendar)} == {
        people[0]: "owner",
        people[2]: "reader",
    }
