"""The way back, killed at any moment and gone on with, makes the rows that it makes undisturbed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.polling import wait_until
from tests.integration.migration.emptied import emptied, execute
from tests.integration.migration.forking import forks
from tests.integration.migration.test_reverse import rows
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer

KILLS = 16
LOG = Path(".crossfade/reverse.json.log.jsonl")


@pytest.fixture
def target(shop: World, mysql_server: SqlServer) -> Iterator[World]:
    """The shop's items, circles among its categories, and a database with its tables and no rows."""
    execute(
        shop.url,
        "UPDATE categories SET parent_id = id WHERE id % 5 = 0",
        "UPDATE categories SET parent_id = id + 2 WHERE id % 5 = 1 AND id < 140",
        "UPDATE categories SET parent_id = id - 2 WHERE id % 5 = 3 AND id < 140",
    )
    assert run("backfill", *shop.arguments)[0] == 0
    with emptied(shop, mysql_server) as world:
        yield world


def test_killed_again_and_again(shop: World, target: World, tmp_path: Path) -> None:
    chance = random.Random(7)
    arguments = ["backfill", "--reverse", *target.arguments, "--workers", "2", "--chunk-rows", "4"]
    with forks(tmp_path / "output") as forked:
        for _ in range(KILLS):
            code = forked.killed(arguments, LOG, chance.randrange(8), chance.random() * 0.03)
            assert code == -signal.SIGKILL, f"the run came to its end (exit code {code}): it wants more rows"
        forked.begin(*arguments)
        assert forked.end() == 0, (tmp_path / "output").read_text()
    assert rows(target) == rows(shop)
    assert run("verify", *target.arguments, "--pause", "0")[0] == 0


def test_killed_while_circles_are_written(shop: World, target: World, tmp_path: Path) -> None:
    chance = random.Random(8)
    arguments = ["backfill", "--reverse", *target.arguments]
    with forks(tmp_path / "output") as forked:
        for _ in range(8):
            lines, moment = chance.randrange(1, 4), chance.random() * 0.03
            if forked.killed(arguments, LOG, lines, moment, having="wait for what they refer to") == 0:
                break
        forked.begin(*arguments)
        assert forked.end() == 0, (tmp_path / "output").read_text()
    assert rows(target) == rows(shop)


def test_ctrl_c_ends_it_after_the_pages_in_flight_and_says_how_to_go_on(
    shop: World, target: World, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    arguments = ["backfill", "--reverse", *target.arguments, "--chunk-rows", "4"]
    with forks(output) as forked:
        pid = forked.begin(*arguments)
        wait_until(lambda: LOG.stat().st_size > 2000, errors=(FileNotFoundError,))
        os.kill(pid, signal.SIGINT)
        assert forked.end() == 130, output.read_text()
        assert "the same command goes on where this run ended (.crossfade/reverse.json)" in output.read_text()
        forked.begin(*arguments)
        assert forked.end() == 0, output.read_text()
    assert rows(target) == rows(shop)
    total = sum(len(rows(shop)[table]) for table in ("users", "products", "categories", "orders", "shopping_carts"))
    assert f"{total:,} items: {total:,} written, 0 present" in output.read_text()
