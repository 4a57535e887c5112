"""The shuttle, beside its patterns: what its tables are watched for, and lifetimes to the millisecond."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.dal import BatchResult, Key
from crossfade.dal.errors import CapacityExceeded, InvalidValue
from crossfade.dynamodb.alarms import alarms
from examples.shuttle.service import CONTRACT, JOB_KEPT, Shuttle
from examples.shuttle.sessions import OFFLINE_KEPT, ONLINE_KEPT
from examples.shuttle.times import milliseconds
from tests.shop.opening import KINDS, opened
from tests.shop.world import Clock


@contextmanager
def shuttled(kind: str, folder: Path, clock: Clock) -> Iterator[Shuttle]:
    """The shuttle on an empty store whose clock stands."""
    with opened(CONTRACT, kind, folder, clock) as app:
        yield Shuttle(app, lambda: int(clock.now.timestamp() * 1000))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("user", "kept"), [(1, ONLINE_KEPT), (None, OFFLINE_KEPT)])
def test_a_session_is_there_until_its_last_millisecond(
    kind: str, user: int | None, kept: timedelta, tmp_path: Path
) -> None:
    clock = Clock()
    with shuttled(kind, tmp_path, clock) as shuttle:
        stored = shuttle.sessions.store("one", "a.example.com", "token", user_id=user)
        clock.now += kept - timedelta(milliseconds=1)
        assert shuttle.sessions.get("one") == stored
        assert [session.id for session in shuttle.sessions.of_shop("a.example.com")] == ["one"]
        clock.now += timedelta(milliseconds=1)
        assert shuttle.sessions.get("one") is None
        assert list(shuttle.sessions.of_shop("a.example.com")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_is_kept_for_ninety_days(kind: str, tmp_path: Path) -> None:
    clock = Clock()
    with shuttled(kind, tmp_path, clock) as shuttle:
        shuttle.shops.install("a.example.com", "A shop", "token")
        job = shuttle.jobs.queue("a.example.com", "IMPORT")
        assert job.id is not None
        assert job.expires_at - job.created_at == milliseconds(JOB_KEPT)
        clock.now += timedelta(days=90, milliseconds=-1)
        assert [j.id for j in shuttle.jobs.by_status("QUEUED").items] == [job.id]
        clock.now += timedelta(milliseconds=1)
        assert shuttle.jobs.get(job.id) is None
        assert shuttle.jobs.by_status("QUEUED").items == []


def test_throttling_is_watched_on_the_table_and_on_every_index() -> None:
    watched = {
        (metric.index, metric.name)
        for alarm in alarms(load(CONTRACT))
        for metric in alarm.metrics
        if metric.table == "InavorShuttleTable" and alarm.name.endswith("-throttling")
    }
    places = (None, "GSI1", "GSI2", "GSI3", "StatusIndex")
    assert watched == {(place, f"{kind}ThrottleEvents") for place in places for kind in ("Read", "Write")}


def test_tokens_are_in_no_text_of_an_entity(tmp_path: Path) -> None:
    with shuttled("memory", tmp_path, Clock()) as shuttle:
        assert "very-secret" not in repr(shuttle.shops.install("a.example.com", "A shop", "very-secret"))


def test_who_could_not_be_signed_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shuttled("memory", tmp_path, Clock()) as shuttle:
        for n in (1, 2):
            shuttle.sessions.store(f"s{n}", "a.example.com", "token", user_id=n)
        refused = BatchResult([Key(id="s1")], [(Key(id="s2"), CapacityExceeded("too many requests"))])
        repository = shuttle.sessions._sessions
        monkeypatch.setattr(repository, "delete_many", lambda keys: refused)
        with pytest.raises(CapacityExceeded):
            shuttle.sessions.end_all("a.example.com")


def test_nobody_stays_signed_in_to_a_shop_that_is_forgotten(tmp_path: Path) -> None:
    with shuttled("memory", tmp_path, Clock()) as shuttle:
        for domain in ("a.example.com", "b.example.com"):
            shuttle.shops.install(domain, "A shop", "token")
            shuttle.sessions.store(f"offline_{domain}", domain, "token")
        assert shuttle.shops.forget("a.example.com")
        assert shuttle.sessions.get("offline_a.example.com") is None
        assert shuttle.sessions.get("offline_b.example.com") is not None


@pytest.mark.parametrize("status", ["QUEUED", "PROCESSING", "CANCELLED", "DONE"])
def test_a_job_finishes_in_a_final_state_only(status: Any, tmp_path: Path) -> None:
    with shuttled("memory", tmp_path, Clock()) as shuttle:
        shuttle.shops.install("a.example.com", "A shop", "token")
        job = shuttle.jobs.queue("a.example.com", "IMPORT")
        shuttle.jobs.start(job.id or "")
        with pytest.raises(InvalidValue, match="COMPLETED or FAILED"):
            shuttle.jobs.finish(job.id or "", status)
        assert [j.id for j in shuttle.jobs.by_status("PROCESSING").items] == [job.id]
