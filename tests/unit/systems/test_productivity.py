"""The calendar's HTTP interface, beside its patterns: ids that a path can say, bodies that JSON cannot, and sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from crossfade.contract import load
from crossfade.dal.memory import MemoryStore
from examples.productivity.service import CONTRACT
from examples.productivity.web import create_app
from tests.shop.opening import StoreApp

EVENTS = "/users/ada/events"
NEW: dict[str, Any] = {"title": "Lunch", "start_utc": "2031-06-02T12:00:00Z", "end_utc": "2031-06-02T13:00:00Z"}
WEEK = {"start": "2031-06-02T00:00:00Z", "end": "2031-06-09T00:00:00Z"}
LOADED = load(CONTRACT)


@pytest.fixture
def client() -> Iterator[TestClient]:
    """The application on an empty store in memory."""

    def now() -> datetime:
        return datetime(2031, 6, 1, tzinfo=UTC)

    with TestClient(create_app(StoreApp(LOADED, MemoryStore(LOADED, clock=now), now))) as made:
        yield made


def stored(client: TestClient, user: str = "ada") -> list[str]:
    """The ids of a user's events."""
    return [entry["id"] for entry in client.get(f"/users/{user}/agenda", params=WEEK).json()]


@pytest.mark.parametrize(
    ("user", "event"),
    [("ada", "a b"), ("ada", "é"), ("ada", "100%"), ("ada", "a?b#c"), ("ada", "..."), ("ada", "x "),
     ("ann%20%C3%A9%3F", "one"), ("a%25b", "one"), ("a%22%3Cb", "one")],
)  # fmt: skip
def test_an_event_is_where_its_location_says(user: str, event: str, client: TestClient) -> None:
    made = client.post(f"/users/{user}/events", json={**NEW, "id": event})
    assert (made.status_code, made.json()["id"]) == (201, event.rstrip())
    assert made.headers["Location"].startswith(f"/users/{user}/events/")
    assert made.headers["Location"].isascii()
    assert client.get(made.headers["Location"]).json() == made.json()
    assert client.delete(made.headers["Location"]).status_code == 204


def test_a_percent_sign_is_encoded(client: TestClient) -> None:
    # The test client decodes a path twice, a server once: so the event is not read from there.
    assert client.post(EVENTS, json={**NEW, "id": "a%2Fb"}).headers["Location"] == f"{EVENTS}/a%252Fb"


@pytest.mark.parametrize(
    "event", ["", " ", "/", "a/b", ".", "..", ". ", "a\r\nSet-Cookie: b", "\n", "a\n", "\x00", "\x7f", "\x85"]
)
def test_an_id_that_no_path_can_say_is_refused(event: str, client: TestClient) -> None:
    answer = client.post(EVENTS, json={**NEW, "id": event})
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "id"])
    assert stored(client) == []


@pytest.mark.parametrize("user", ["a%0D%0Ab", "a%0A", "%00", "%2E", "%2E%2E"])
def test_so_is_such_a_user(user: str, client: TestClient) -> None:
    answer = client.post(f"/users/{user}/events", json=NEW)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["path", "user_id"])
    assert client.get(f"/users/{user}/agenda", params=WEEK).status_code == 422


@pytest.mark.parametrize("body", ['{"title": NaN}', '{"version": -Infinity}', '{"\\ud800": 1}'])
def test_a_body_that_json_cannot_say_back_is_refused(body: str, client: TestClient) -> None:
    path = client.post(EVENTS, json=NEW).headers["Location"]
    before = client.get(path).json()
    for method, url in (("POST", EVENTS), ("PATCH", path)):
        answer = client.request(method, url, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert {frozenset(problem) for problem in answer.json()["detail"]} == {frozenset({"type", "loc", "msg"})}
    assert stored(client) == [before["id"]]
    assert client.get(path).json() == before


def test_sets_are_in_order(client: TestClient) -> None:
    tags, reminders = [f"t{n:02}" for n in range(20)], [5, 10, 60]
    made = client.post(EVENTS, json={**NEW, "tags": tags[::-1], "reminder_minutes": reminders[::-1]})
    path = made.headers["Location"]
    (entry,) = client.get("/users/ada/agenda", params=WEEK).json()
    stale = client.patch(path, json={"title": "Late", "version": 7}).json()["current"]
    for body in (made.json(), client.get(path).json(), entry, stale):
        assert (body["tags"], body["reminder_minutes"]) == (tags, reminders)
