"""A share of the keys one stage ahead on real servers, which grows and shrinks under live writes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

import crossfade
from crossfade.dal.share import slot
from crossfade.dal.stage import Stage
from tests.images.polling import wait_until
from tests.integration.migration.live import Live, dual_writing, move
from tests.integration.migration.relaying import relaying
from tests.integration.migration.scribes import Scribes
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.migration.writers import Writers

NOTES = Path(__file__).parent / "notes" / "contract.json"


@pytest.fixture
def notes(
    mysql_database: str, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Live]:
    """Some notes in shadow, copied."""
    monkeypatch.chdir(tmp_path)
    world = World(NOTES, mysql_database, table_prefix)
    world.make(20)
    with dual_writing(world) as made:
        made.world.stream()
        # DynamoDB Local's own bug: an iterator of a stream that is empty is no good once there is something in it.
        made.repository("NOTE").put({"id": 1, "title": "first"})
        move(made, "advance", Stage.SHADOW, "--force")
        yield made


def standing(live: Live) -> tuple[str, int]:
    """The stage, and the share that is ahead."""
    code, out = run("stage", "show", *live.world.arguments, "--json")
    assert code == 0
    of = json.loads(out)[live.group]
    return of["stage"], of["ahead"]


def dies(live: Live, where: str, verb: str, *more: str) -> None:
    """Let a mover die where it calls something; then end what it left."""
    if os.fork() == 0:
        with patch(where, lambda *_, **__: os._exit(9)):
            run("stage", verb, *live.world.arguments, "--why", "a test", *more)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 9
    assert run("stage", "release", *live.world.arguments)[0] == 0


def test_a_share_is_live_and_comes_back_under_live_writes(notes: Live) -> None:
    with relaying(notes.world), Scribes(notes.world) as scribes:
        scribes.wait(30)
        dies(notes, "crossfade.mysql.stage_rows.StageRows.move", "advance", "--share", "40", "--force")
        assert standing(notes) == ("shadow", 0)
        dies(notes, "crossfade.dynamodb.stage_item.StageItems.follow", "advance", "--share", "40", "--force")
        assert standing(notes) == ("shadow", 40)
        scribes.wait(60)
        dies(notes, "crossfade.migration.way_back.WayBack._drain", "rollback", "--share", "10", "--quiet", "0.2")
        assert standing(notes) == ("shadow", 40)
        move(notes, "rollback", Stage.SHADOW, "--share", "10", "--quiet", "0.2")
        assert standing(notes) == ("shadow", 10)
        scribes.wait(60)
        move(notes, "advance", Stage.SHADOW, "--share", "70", "--force")
        scribes.wait(60)
        move(notes, "advance", Stage.LIVE, "--force")
        scribes.wait(30)
    move(notes, "rollback", Stage.SHADOW, "--quiet", "0.2")  # which reads to the end what the relay has not yet
    notes.drain()
    assert run("verify", *notes.world.arguments)[0] == 0
    scribes.assert_kept("mysql", "dynamodb")


def test_a_share_of_the_shop_is_compared_and_then_not(live: Live) -> None:
    live.world.stream()
    with relaying(live.world), Writers(live.world) as writers:
        move(live, "advance", Stage.DUAL_WRITE, "--share", "30", "--force")
        writers.wait(10)
        for to in (Stage.SHADOW, Stage.LIVE):
            move(live, "advance", to, "--force")
        move(live, "advance", Stage.LIVE, "--share", "30")
        writers.wait(10)
        assert standing(live) == ("live", 30)
        move(live, "rollback", Stage.LIVE)
        move(live, "rollback", Stage.SHADOW, "--quiet", "0.2")
        writers.wait(5)
    live.drain()
    writers.assert_kept("mysql")
    live.assert_equal()


def test_a_share_that_mysql_does_not_follow_keeps_the_group_from_coming_back(notes: Live) -> None:
    for to in (Stage.LIVE, Stage.RAMP_DOWN):
        move(notes, "advance", to, "--force")
    move(notes, "advance", Stage.RAMP_DOWN, "--share", "30", "--force")
    entity = notes.app.contract.entities["NOTE"]
    keys = range(5_000, 5_060)
    ahead = {key for key in keys if slot(entity, {"id": key}) < 30}
    with relaying(notes.world):
        notes.repository("NOTE").put_many([{"id": key, "title": "new"} for key in keys])
        wait_until(lambda: followed(notes, keys) >= set(keys) - ahead)
        assert not followed(notes, keys) & ahead
    move(notes, "rollback", Stage.RAMP_DOWN)
    move(notes, "rollback", Stage.LIVE)
    code, out = run("stage", "rollback", *notes.world.arguments)
    assert (code, "MySQL did not follow for a while: run `crossfade backfill --reverse`" in out) == (2, True)


def followed(notes: Live, keys: range) -> set[int]:
    """Which of the keys MySQL has."""
    with crossfade.open(notes.world.contract, mysql_url=notes.world.url, stage="mysql") as app:
        return {key["id"] for key in app.repository("NOTE").get_many(list(keys))}
