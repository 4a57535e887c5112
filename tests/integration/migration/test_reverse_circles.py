"""Rows that refer to each other in circles come back, whatever interrupts; those that refer to nothing do not."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossfade.migration.reverse_rows import Rows
from tests.integration.migration.emptied import emptied, letters, unusual
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer
from tests.integration.unusual.tables import Row, content

# No order of inserts makes a circle of these; and the root, which has no parent, cannot be.
STRICT = "ALTER TABLE nodes MODIFY parent INT NOT NULL"
CIRCLES = {2, 3, 4, -5, 2147483647}
CHAIN = {1, 5, 6, 7, 9}
NODES = ("backfill", "--reverse", "--entity", "NODE")


@pytest.fixture
def copied(
    sql_server: SqlServer, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The unusual database, copied."""
    del dynamodb_endpoint
    monkeypatch.chdir(tmp_path)
    with unusual(sql_server, table_prefix) as world:
        yield world


@pytest.fixture
def target(copied: World, sql_server: SqlServer) -> Iterator[World]:
    """Its tables without rows, and nodes that want parents."""
    with emptied(copied, sql_server, STRICT) as world:
        yield world


def nodes(world: World, ids: set[int]) -> list[Row]:
    """Some of the nodes, whole."""
    return [row for row in content(world.url)["nodes"].values() if int(row["id"]) in ids]


def assert_circles_alone(copied: World, target: World) -> None:
    """The circles are there, and the chain that begins nowhere is told."""
    assert nodes(target, CIRCLES | CHAIN) == nodes(copied, CIRCLES)
    reasons = {letter["key"]["id"]: letter["reason"] for letter in letters()}
    assert reasons.keys() == CHAIN
    assert reasons.pop(1) == "parent: wants a value, and has none"
    assert set(reasons.values()) == {"there is no such NODE"}


def test_circles_that_may_not_be_broken(copied: World, target: World) -> None:
    code, out = run(*NODES, *target.arguments)
    assert code == 3
    assert "10 items: 5 written, 0 present, 0 expired, 5 dead letters" in out
    assert_circles_alone(copied, target)


class Killed(BaseException):
    """As good as a kill: nothing is caught, nothing is saved."""


def test_killed_before_what_refers_to_nothing_is_deleted(
    copied: World, target: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*arguments: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Rows, "prune", kill)
        with pytest.raises(Killed):
            run(*NODES, *target.arguments)
    assert len(nodes(target, CIRCLES | CHAIN)) == 9
    assert run(*NODES, *target.arguments)[0] == 3
    assert_circles_alone(copied, target)
    assert run(*NODES, *target.arguments)[1].startswith("complete already")


def test_stopped_in_the_last_try_nothing_refers_to_nothing(
    copied: World, target: World, monkeypatch: pytest.MonkeyPatch
) -> None:

    again = Rows.again

    def stop(self: Rows, batch: Any, *, unchecked: bool = False) -> Any:
        made = again(self, batch, unchecked=unchecked)
        if unchecked:
            os.kill(os.getpid(), signal.SIGINT)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(Rows, "again", stop)
        assert run(*NODES, *target.arguments)[0] == 130
    assert nodes(target, CIRCLES | CHAIN) == nodes(copied, CIRCLES)
    assert run(*NODES, *target.arguments)[0] == 3
    assert_circles_alone(copied, target)
