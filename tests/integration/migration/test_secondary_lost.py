"""A secondary that is gone, or does not answer: the application sees no error, and does not wait for long."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy.engine import make_url

import crossfade
from crossfade.dal.repository import Repository
from crossfade.dal.stage import Stage
from tests.integration.migration.following import followed
from tests.integration.migration.live import Live, move
from tests.integration.migration.passage import Fault, Passage, passage

_LOG = logging.getLogger(__name__)

LONGEST = 15.0
"""Seconds for which an operation may wait: much more than it does, for the machine may be busy."""


@dataclass
class Used:
    """An application that is used."""

    app: crossfade.App

    def __post_init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.made: dict[int, str] = {}

    @property
    def categories(self) -> Repository[dict[str, Any]]:
        """What is written."""
        return self.app.repository("CATEGORY")

    def use(self, name: str) -> None:
        """Write and read in every way; each is acknowledged, and takes its time."""
        categories = self.categories
        made = self._timed("create", lambda: categories.create({"name": name}))
        key = made["id"]
        assert self._timed("get", lambda: categories.get(key)) == made
        self._timed("update", lambda: categories.update(key, {"name": f"{name} again"}))
        self._timed("unit of work", lambda: self._unit(key, f"{name} in a unit"))
        self.made[key] = f"{name} in a unit"
        gone = self._timed("create", lambda: categories.create({"name": f"{name}, gone"}))["id"]
        assert self._timed("delete", lambda: categories.delete(gone))
        many = self._timed("get_many", lambda: categories.get_many([*self.made, gone]))
        assert {of["id"]: of["name"] for of in many.values()} == self.made
        assert self._timed("find", lambda: self.app.repository("PRODUCT").find("listing", limit=2)).items

    def _unit(self, key: int, name: str) -> None:
        with self.app.unit_of_work() as work:
            work.repository("CATEGORY").update(key, {"name": name})
            work.commit()

    def _timed(self, name: str, act: Callable[[], Any]) -> Any:
        began = time.monotonic()
        result = act()
        self.seconds[name] = max(self.seconds.get(name, 0.0), time.monotonic() - began)
        return result

    def told(self, what: str) -> None:
        """Log the longest waits; none may be too long."""
        _LOG.info("%s %s", what, {name: round(seconds, 2) for name, seconds in self.seconds.items()})
        assert max(self.seconds.values()) < LONGEST


@contextmanager
def opened(live: Live, url: str) -> Iterator[Used]:
    """An application of the live shop."""
    settings: dict[str, Any] = {"mysql_url": url, "table_prefix": live.world.prefix, "stage": "installed"}
    with crossfade.open(live.world.contract, **settings) as app:
        yield Used(app)


@contextmanager
def by_dynamodb(live: Live, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Used, Passage]]:
    """An application with a way of its own to DynamoDB."""
    at = urlsplit(endpoint)
    with passage(at.hostname or "", at.port or 80) as way:
        with monkeypatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{way.port}")
            opening = opened(live, live.world.url)
            used = opening.__enter__()
        try:
            yield used, way
        finally:
            opening.__exit__(None, None, None)


@pytest.mark.parametrize("how", ["closed", "stalled"])
@pytest.mark.parametrize("stage", [Stage.DUAL_WRITE, Stage.SHADOW])
def test_dynamodb_that_follows(
    how: Fault, stage: Stage, live: Live, dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if stage is Stage.SHADOW:
        move(live, "advance", stage, "--force")
    with by_dynamodb(live, dynamodb_endpoint, monkeypatch) as (used, way):
        used.use("there")
        with way.broken(how):
            used.use("gone")
            assert live.depth() > 0
        used.told(f"{stage}, DynamoDB {how}:")
        used.use("there again")
    live.clock.now = datetime.now(UTC) + timedelta(minutes=10)  # what the relay is to try again later is due
    live.drain()
    live.assert_equal()


@pytest.mark.parametrize("how", ["closed", "stalled"])
def test_mysql_that_follows(how: Fault, live: Live) -> None:
    live.world.stream()
    move(live, "advance", Stage.SHADOW, "--force")
    move(live, "advance", Stage.LIVE, "--force")
    at = make_url(live.world.url)
    with passage(at.host or "", at.port or 3306) as way:
        url = at.set(host="127.0.0.1", port=way.port).render_as_string(hide_password=False)
        with opened(live, url) as used:
            used.use("there")
            with way.broken(how):
                began = time.monotonic()
                while time.monotonic() - began < 2.5:  # what is known of the stage is asked for each second
                    used.use(f"gone {time.monotonic() - began}")
            used.told(f"live, MySQL {how}:")
            used.use("there again")
    followed(live)
    with crossfade.open(live.world.contract, mysql_url=live.world.url, stage="mysql") as app:
        stored = app.repository("CATEGORY").get_many(list(used.made))
    assert {key["id"]: of["name"] for key, of in stored.items()} == used.made
