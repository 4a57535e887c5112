"""The calendar: PR1 to PR10, and its HTTP answers.

1 agenda of a week, 2 one across New Year, 3 one event, 4 validated create, 5 update of the version that was read, 6
delete, 7 a whole series, 8 the end of a series, 9 a year's events with a tag, 10 preferences and figures.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from crossfade.dal import Range
from crossfade.dal.errors import DuplicateKey, MissingReference, NotFound, VersionConflict
from examples.productivity.entities import Event, Instance, Master
from examples.productivity.errors import InvalidEvent
from examples.productivity.seed import USERS, seed
from examples.productivity.service import Calendar, Entry
from examples.productivity.web import create_app
from tests.systems.system import System, contract_path

NOON = datetime(2031, 6, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Own:
    """A calendar that nobody has used."""

    def __init__(self, app: Any) -> None:
        self.calendar = Calendar(app)
        self.app = app
        self.user = f"user-{uuid.uuid4().hex[:12]}"

    def event(self, start: datetime = NOON, title: str = "Lunch", **fields: Any) -> Event:
        """An event of an hour."""
        return self.calendar.create(self.plain(start, title, **fields))

    def plain(self, start: datetime = NOON, title: str = "Lunch", **fields: Any) -> Event:
        """The same, not written yet."""
        return Event(user_id=self.user, title=title, **_hour(start), **{**_NO_TAGS, **fields})

    def master(self, start: datetime = NOON, title: str = "Standup", **fields: Any) -> Master:
        """A series of an hour a week."""
        given = {**_NO_TAGS, "rrule": "FREQ=WEEKLY;BYDAY=MO", "exdate": [], **fields}
        return self.calendar.begin_series(Master(user_id=self.user, title=title, **_hour(start), **given))

    def instance(self, master: Master, week: int, **fields: Any) -> Instance:
        """An occurrence that is an hour later than it should be."""
        due = master.start_utc + timedelta(weeks=week)
        given = {"title": f"week {week}", **_hour(due + HOUR), **_NO_TAGS, "modified_fields": ["start_utc"], **fields}
        instance = Instance(
            user_id=self.user, master_id=stored_id(master), day=due.date(), recurrence_id=due, **given
        )  # fmt: skip
        return self.calendar.differ(instance)


_NO_TAGS: dict[str, Any] = {"tags": frozenset(), "reminder_minutes": frozenset()}


def _hour(start: datetime) -> dict[str, Any]:
    return {"start_utc": start, "end_utc": start + HOUR}


def stored_id(entry: Event | Master) -> str:
    """The id of a stored event or series."""
    assert entry.id is not None
    return entry.id


def titles(entries: list[Entry]) -> list[str]:
    """The titles, in order."""
    return [entry.title for entry in entries]


def agenda_of_a_week(own: Own) -> None:
    monday = datetime(2031, 6, 2, tzinfo=UTC)
    last = own.event(monday + timedelta(days=7, milliseconds=-1), "last")
    own.event(monday + timedelta(days=7), "next week")
    own.event(monday - timedelta(milliseconds=1), "last week")
    first = own.event(monday, "first", status="TENTATIVE")
    master = own.master(monday + timedelta(days=1), "series")
    moved = own.instance(master, 0, title="moved")
    found = own.calendar.agenda(own.user, monday, monday + timedelta(days=7))
    assert found == [first, master, moved, last]
    assert own.calendar.agenda(own.user, monday - timedelta(days=400), monday - timedelta(days=300)) == []
    assert own.calendar.agenda(own.user + "x", monday, monday + timedelta(days=7)) == []


def agenda_across_new_year(own: Own) -> None:
    eve = datetime(2031, 12, 29, tzinfo=UTC)
    starts = [eve + timedelta(days=d, hours=h) for d, h in ((6, 0), (2, 23), (3, 0), (0, 0), (4, 12), (2, 5))]
    for start in starts:
        own.event(start, f"{start:%m-%d %H}")
    own.event(eve + timedelta(days=7), "next week")
    found = own.calendar.agenda(own.user, eve, eve + timedelta(days=7))
    assert [entry.start_utc for entry in found] == sorted(starts)
    assert {entry.start_utc.year for entry in found} == {2031, 2032}
    paged, cursor = [], None
    while True:
        page = own.app.repository(Event).find(
            "agenda", user_id=own.user, start_utc=Range(ge=eve, lt=eve + timedelta(days=7)), limit=2, cursor=cursor
        )
        paged += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == found


def one_event(own: Own) -> None:
    made = own.event(
        title="é" * 500, description="Bring paper", is_all_day=True, location="Room 1", color="#0af",
        tags=frozenset({"work", "q2"}), reminder_minutes=frozenset({10, 9, 60}),
    )  # fmt: skip
    assert (made.version, made.status, made.start_tzid) == (1, "CONFIRMED", "UTC")
    assert made.created_at == made.updated_at
    assert own.calendar.event(own.user, stored_id(made)) == made
    assert (made.tags, made.reminder_minutes) == (frozenset({"work", "q2"}), frozenset({9, 10, 60}))
    with pytest.raises(NotFound):
        own.calendar.event(own.user + "x", stored_id(made))


def validated_create(own: Own) -> None:
    for fields, problems in (
        ({"title": ""}, {"title"}),
        ({"title": "x" * 501, "end_utc": NOON}, {"title", "end_utc"}),
        ({"start_tzid": "Europe/Atlantis", "reminder_minutes": frozenset({-1})}, {"start_tzid", "reminder_minutes"}),
    ):
        event = own.plain()
        for name, value in fields.items():
            setattr(event, name, value)
        with pytest.raises(InvalidEvent) as caught:
            own.calendar.create(event)
        assert set(caught.value.problems) == problems
    made = own.event()
    with pytest.raises(DuplicateKey):
        own.calendar.create(own.plain(id=made.id))
    assert own.calendar.agenda(own.user, NOON, NOON + HOUR) == [made]


def update_of_what_was_read(own: Own) -> None:
    made = own.event(tags=frozenset({"work"}))
    key = stored_id(made)
    second = own.calendar.update(own.user, key, {"title": "Dinner", "tags": frozenset({"family"})}, version=1)
    assert (second.version, second.title, second.tags) == (2, "Dinner", frozenset({"family"}))
    with pytest.raises(VersionConflict) as caught:
        own.calendar.update(own.user, key, {"title": "Breakfast"}, version=1)
    assert (caught.value.current_version, caught.value.current) == (2, second)
    later = _hour(NOON + timedelta(days=400))
    assert own.calendar.update(own.user, key, later, version=None).version == 3
    assert own.calendar.agenda(own.user, NOON, NOON + HOUR) == []
    assert titles(own.calendar.agenda(own.user, later["start_utc"], later["end_utc"])) == ["Dinner"]
    with pytest.raises(InvalidEvent):
        own.calendar.update(own.user, key, {"end_utc": NOON}, version=3)
    with pytest.raises(NotFound):
        own.calendar.update(own.user, "0" * 26, {"title": "x"}, version=1)


def delete(own: Own) -> None:
    made = own.event()
    key = stored_id(made)
    with pytest.raises(VersionConflict) as caught:
        own.calendar.delete(own.user, key, version=7)
    assert caught.value.current_version == 1
    own.calendar.delete(own.user, key, version=1)
    with pytest.raises(NotFound):
        own.calendar.delete(own.user, key)
    assert own.calendar.agenda(own.user, NOON, NOON + HOUR) == []


def whole_series(own: Own) -> None:
    master = own.master(exdate=["2031-06-16"])
    third, first = own.instance(master, 3), own.instance(master, 1)
    assert first.day == date(2031, 6, 9)
    assert own.calendar.series(stored_id(master)) == [master, first, third]
    again = own.instance(master, 1, title="week 1 again")
    assert (again.version, titles(list(own.calendar.series(stored_id(master))))[1]) == (2, "week 1 again")
    with pytest.raises(NotFound):
        own.calendar.series("0" * 26)
    master.id = "0" * 26
    with pytest.raises(MissingReference):
        own.instance(master, 1)


def end_of_a_series(own: Own) -> None:
    master = own.master()
    kept = [own.instance(master, week) for week in (0, 1, 2)]
    for week in range(3, 30):
        own.instance(master, week)
    until = NOON + timedelta(weeks=2)
    for _ in range(2):
        ended = own.calendar.end_series(own.user, stored_id(master), until)
        assert ended.rrule_until == until
        assert own.calendar.series(stored_id(master)) == [ended, *kept]
    assert own.app.repository(Master).delete({"user_id": own.user, "id": master.id})
    with pytest.raises(NotFound):
        own.calendar.series(stored_id(master))
    assert own.calendar.agenda(own.user, NOON, NOON + timedelta(weeks=5)) == []
    with pytest.raises(NotFound):
        own.calendar.end_series(own.user, stored_id(master), until)


def of_a_year_with_a_tag(own: Own) -> None:
    work = frozenset({"work"})
    first = own.event(datetime(2031, 1, 1, tzinfo=UTC), "first", tags=work | {"a"})
    own.event(NOON, "other", tags=frozenset({"workshop"}))
    own.event(datetime(2032, 1, 1, tzinfo=UTC), "next", tags=work)
    series = own.master(NOON, "series", tags=work)
    last = own.event(datetime(2031, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "last", tags=work)
    assert own.calendar.tagged(own.user, 2031, "work") == [first, series, last]
    assert titles(own.calendar.tagged(own.user, 2032, "work")) == ["next"]
    assert own.calendar.tagged(own.user, 2031, "wor") == []


def preferences_and_figures(own: Own) -> None:
    assert own.calendar.meta(own.user) is None
    assert own.calendar.prefer(own.user, weekStart="MO").version == 1
    found = own.calendar.prefer(own.user, zones=["Europe/Berlin", "UTC"])
    assert (found.version, found.preferences) == (2, {"weekStart": "MO", "zones": ["Europe/Berlin", "UTC"]})
    own.event(status="TENTATIVE")
    own.event()
    counted = own.calendar.count_events(own.user, 2031)
    assert counted.stats == {"2031": {"CONFIRMED": 1, "TENTATIVE": 1, "CANCELLED": 0}}
    assert own.calendar.meta(own.user) == counted
    assert counted.preferences == found.preferences
    seeded = own.calendar.meta(USERS[0])
    assert seeded is not None
    assert sum(seeded.stats["2025"].values()) + sum(seeded.stats["2026"].values()) == 60


def over_http(own: Own) -> None:
    with TestClient(create_app(own.app)) as client:
        events = f"/users/{own.user}/events"
        new = {
            "title": "Lunch",
            "start_utc": "2031-06-02T14:00:00+02:00",
            "end_utc": "2031-06-02T13:00:00Z",
            "tags": ["x"],
        }
        made = client.post(events, json=new)
        path = made.headers["Location"]
        assert (made.status_code, made.headers["ETag"], path) == (201, '"1"', f"{events}/{made.json()['id']}")
        assert client.get(path).json() == made.json()
        assert client.get(path, headers={"If-None-Match": '"1"'}).status_code == 304
        again = client.post(events, json={**new, "id": made.json()["id"]})
        assert (again.status_code, again.json()["error"]) == (409, "DuplicateKey")
        for wrong in ({**new, "title": ""}, {**new, "end_utc": new["start_utc"]}, {**new, "color": 1}, {"title": "x"}):
            assert client.post(events, json=wrong).status_code == 422
        _changed_over_http(client, path)
        week = {"start": "2031-06-02T00:00:00Z", "end": "2031-06-09T00:00:00Z"}
        agenda = client.get(f"/users/{own.user}/agenda", params=week).json()
        assert [(entry["kind"], entry["title"]) for entry in agenda] == [("EVENT", "Late lunch")]
        assert client.get(f"/users/{own.user}/agenda", params={**week, "tag": "y"}).json() == []
        assert client.get(f"/users/{own.user}/agenda").status_code == 422
        stale = client.delete(path, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["current_version"]) == (412, 4)
        assert client.delete(path, headers={"If-Match": '"4"'}).status_code == 204
        assert [client.request(verb, path).status_code for verb in ("GET", "DELETE")] == [404, 404]
        assert client.patch(path, json={"title": "x"}, headers={"If-Match": "*"}).status_code == 412


def _changed_over_http(client: TestClient, path: str) -> None:
    """From version 1 to 4."""
    second = client.patch(path, json={"title": "Long lunch"}, headers={"If-Match": '"1"'})
    assert (second.status_code, second.headers["ETag"]) == (200, '"2"')
    for headers, version, status in (
        ({"If-Match": '"1"'}, {}, 412),
        ({"If-Match": 'W/"2"'}, {}, 412),
        ({}, {"version": 1}, 409),
    ):
        stale = client.patch(path, json={"title": "Lost", **version}, headers=headers)
        assert (stale.status_code, stale.headers["ETag"]) == (status, '"2"')
        assert (stale.json()["current_version"], stale.json()["current"]) == (2, second.json())
    assert client.patch(path, json={"title": "Lost"}).status_code == 428
    assert client.patch(path, json={"end_utc": "2031-06-02T12:00:00Z", "version": 2}).status_code == 422
    assert client.patch(path, json={"version": 2, "title": "Late lunch"}).headers["ETag"] == '"3"'
    last = client.patch(path, json={"location": None}, headers={"If-Match": '"1", "3"'})
    assert (last.status_code, last.json()["version"]) == (200, 4)


def _on(attempt: Callable[[Own], None]) -> Callable[[Any], None]:
    return lambda app: attempt(Own(app))


_PATTERNS = (
    agenda_of_a_week, agenda_across_new_year, one_event, validated_create, update_of_what_was_read, delete,
    whole_series, end_of_a_series, of_a_year_with_a_tag, preferences_and_figures,
)  # fmt: skip
SYSTEM = System(
    name="productivity",
    contract=contract_path("productivity"),
    patterns={
        **{f"PR{n} {attempt.__name__}": _on(attempt) for n, attempt in enumerate(_PATTERNS, 1)},
        "HTTP": _on(over_http),
    },
    seed=seed,
)
