"""The way back from DynamoDB's authority, under live writes and reads of both directions."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from click.testing import CliRunner

import crossfade
from crossfade.cli.main import cli
from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.key import Key
from crossfade.dal.stage import Stage, Standing
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.retry import Pacer
from crossfade.dynamodb.stage_item import StageItems
from crossfade.migration.board import PATIENCE
from crossfade.migration.errors import Refused
from crossfade.migration.feed import Feed
from crossfade.migration.routed import RoutedStore
from tests.integration.migration.emptied import execute
from tests.integration.migration.live import Live, move
from tests.integration.migration.relaying import relaying
from tests.integration.migration.test_verify import run
from tests.integration.migration.writers import Writers


def test_there_and_back_under_live_writes(live: Live) -> None:
    live.world.stream()
    with relaying(live.world), Writers(live.world) as writers:
        for _ in range(2):
            move(live, "advance", Stage.SHADOW, "--force")
            move(live, "advance", Stage.LIVE, "--force")
            writers.wait(10)
            move(live, "advance", Stage.RAMP_DOWN)
            writers.wait(5)
            move(live, "rollback", Stage.LIVE)
            move(live, "rollback", Stage.SHADOW, "--quiet", "0.2")
            writers.wait(10)
            move(live, "rollback", Stage.DUAL_WRITE)
    live.drain()
    writers.assert_kept("mysql")
    live.assert_equal()


def lives(live: Live) -> None:
    """Let the group stand in live, and its streams be read back."""
    live.world.stream()
    for to in (Stage.SHADOW, Stage.LIVE):
        move(live, "advance", to, "--force")


def test_mysql_gives_no_id_again_that_dynamodb_gave(live: Live) -> None:
    lives(live)
    categories = live.repository("CATEGORY")
    gone = categories.create({"name": "gone"})
    categories.delete(gone["id"])
    move(live, "rollback", Stage.SHADOW, "--quiet", "0.1")
    assert categories.create({"name": "next"})["id"] > gone["id"]


# Where a mover dies: what it calls there, and the stage that the group stands in then.
DEATHS = {
    "before it announces": ("crossfade.dynamodb.stage_item.StageItems.announce", Stage.LIVE),
    "before it holds": ("crossfade.dynamodb.stage_item.StageItems.hold", Stage.LIVE),
    "while it holds": ("crossfade.migration.way_back.WayBack._drain", Stage.LIVE),
    "before it moves the row": ("crossfade.mysql.stage_rows.StageRows.move", Stage.LIVE),
    "after it moved the row": ("crossfade.mysql.outbox.Outbox.done", Stage.SHADOW),
    "while it reads what is late": ("crossfade.migration.way_back.WayBack.after", Stage.SHADOW),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_mover_that_dies_leaves_the_stage_before_or_after(live: Live, death: str) -> None:
    lives(live)
    categories = live.repository("CATEGORY")
    made = categories.create({"name": "before"})
    where, stage = DEATHS[death]
    if os.fork() == 0:
        with patch(where, lambda *_, **__: os._exit(9)):
            run("stage", "rollback", *live.world.arguments, "--quiet", "0.1")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 9
    code, out = run("stage", "release", *live.world.arguments)
    assert (code, f"{live.group} stands at {stage} " in out) == (0, True), out
    assert categories.update(made["id"], {"name": "after"})["name"] == "after"
    if stage is Stage.LIVE:
        move(live, "rollback", Stage.SHADOW, "--quiet", "0.1")
    with crossfade.open(live.world.contract, mysql_url=live.world.url, stage="mysql") as app:
        assert app.repository("CATEGORY").get_many([made["id"]])[Key({"id": made["id"]})]["name"] == "after"


def test_a_write_waits_for_a_release(live: Live) -> None:
    lives(live)
    made = live.repository("CATEGORY").create({"name": "before"})
    with live.world.open() as stores:
        items = StageItems(stores.dynamodb.layout, Calls(stores.dynamodb.clients))
        view = items.look(live.group)
        assert view is not None
        token = items.announce(live.group, view.standing)
        assert token is not None
        assert items.hold(live.group, view.standing, token)
    waited: list[float] = []

    def released(seconds: float) -> None:
        if not waited:
            assert run("stage", "release", *live.world.arguments)[0] == 0
        waited.append(seconds)

    world = live.world  # its own process may still have a lease; this one comes later
    with crossfade.open(world.contract, mysql_url=world.url, table_prefix=world.prefix, stage="installed") as app:
        assert isinstance(app.store, RoutedStore)
        app.store.board.pacer = Pacer(PATIENCE, sleep=released, clock=lambda: 0.0)
        assert app.repository("CATEGORY").update(made["id"], {"name": "after"})["name"] == "after"
    assert waited


def test_a_move_that_was_made_is_not_failed_by_what_comes_after_it(live: Live) -> None:
    lives(live)
    gone = StoreUnavailable("nobody is there", store="dynamodb")
    with patch("crossfade.migration.way_back.WayBack.after", side_effect=gone):
        result = CliRunner().invoke(cli, ["stage", "rollback", *live.world.arguments, "--quiet", "0.1"])
    assert result.exit_code == 0
    assert f"{live.group} stands at shadow; what came late could not be looked at: nobody is there" in result.stderr
    assert "run `crossfade verify`" in result.stderr
    assert live.repository("CATEGORY").create({"name": "after"})["id"]


@pytest.mark.parametrize("room", [0, 1_000])
def test_mysql_gives_no_id_that_dynamodb_gave_since_the_counters_were_raised(live: Live, room: int) -> None:
    lives(live)
    categories, given = live.repository("CATEGORY"), list[int]()
    categories.create({"name": "before"})
    announce = StageItems.announce

    def announced(items: StageItems, group: str, standing: Standing) -> str | None:
        given.append(categories.create({"name": "gone"})["id"])
        categories.delete(given[-1])
        return announce(items, group, standing)

    with patch.object(StageItems, "announce", announced), patch("crossfade.migration.counters._ROOM", room):
        move(live, "rollback", Stage.SHADOW, "--quiet", "0.1")
    assert categories.create({"name": "next"})["id"] > max(given)


def test_what_comes_too_late_is_told(live: Live) -> None:
    lives(live)
    execute(live.world.url, "UPDATE crossfade_history SET at = at - INTERVAL 1 HOUR")
    made = datetime.now(UTC) - timedelta(minutes=30)
    move(live, "rollback", Stage.SHADOW, "--quiet", "0.1")
    with Feed(live.groups, [live.group], lambda: datetime.now(UTC)) as feed:
        told = feed._dropped(live.group, [[made], [datetime.now(UTC)]]).errors
    assert f"1 entities of {live.group} changed in DynamoDB while it decided, which came too late" in str(told)


def test_what_mysql_cannot_hold_keeps_the_authority_where_it_is(live: Live) -> None:
    lives(live)
    execute(live.world.url, "ALTER TABLE categories ADD CHECK (name <> 'unfit')")
    live.repository("CATEGORY").create({"name": "unfit"})
    with pytest.raises(Refused, match="1 entity could not be synced back to MySQL: see `crossfade relay --list`"):
        run("stage", "rollback", *live.world.arguments, "--quiet", "0.1")
    assert "live (epoch 3)" in run("stage", "show", *live.world.arguments)[1]
    code, out = run("relay", "--list", *live.world.arguments)
    assert code == 1
    assert "back CATEGORY" in out
