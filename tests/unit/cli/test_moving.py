"""`crossfade install`, `stage`, `relay`, `shadow` and `uninstall` on SQLite and a DynamoDB imitation in the process."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import click
import pytest

import crossfade
from crossfade.dal.errors import SchemaMismatch, StoreUnavailable
from crossfade.dal.observation import Batch, Observation, ReadDifference, Totals, Window, window_start
from crossfade.migration.cutover import MoveRefused
from crossfade.mysql import create
from crossfade.mysql.observations import MySQLObservations
from crossfade.mysql.own_tables import METADATA
from tests.unit.cli.embedded import SHOP, Run


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> crossfade.App:
    """The installed shop in dual_write, with a category."""
    run("install")
    run("stage", "advance", "--why", "to begin")
    app = crossfade.open(SHOP, stage="installed", embedded=True, table_prefix=f"{tmp_path.name}-")
    app.repository("CATEGORY").create({"name": "Books"})
    return app


def observe(tmp_path: Path, totals: Totals, *mismatches: Observation) -> None:
    """Let shadow reads have seen something now."""
    engine = create(f"sqlite:///{tmp_path / '.crossfade/mysql.sqlite'}")
    window = Window("shop", "USER", window_start(datetime.now(UTC)))
    MySQLObservations(engine).add(Batch({window: totals}, mismatches))
    engine.dispose()


def test_what_is_installed_is_printed_first_and_made_once(run: Run) -> None:
    code, planned = run("install", "--dry-run")
    assert code == 0
    made = [line.split()[2] for line in planned.splitlines() if line.startswith("CREATE TABLE")]
    assert made == [table.name for table in METADATA.sorted_tables]
    code, out = run("install")
    assert (code, out) == (0, f"{planned}done\n")
    assert run("install") == (0, "nothing to do\n")
    assert json.loads(run("install", "--json")[1]) == {"statements": []}


def test_uninstalling_is_refused_in_between(run: Run, shop: crossfade.App) -> None:
    shop.close()
    with pytest.raises(click.ClickException, match=r"stands at dual_write: first roll back to mysql .*--force") as told:
        run("uninstall")
    assert not isinstance(told.value, click.UsageError)  # whose message is how to call the command
    code, planned = run("uninstall", "--force", "--dry-run")
    assert code == 0
    assert planned.splitlines() == [f"DROP TABLE {table.name};" for table in METADATA.sorted_tables]
    assert run("stage", "rollback")[0] == 0
    with pytest.raises(click.ClickException, match="no terminal to ask at: --yes"):
        run("uninstall")
    assert run("stage", "show")[0] == 0
    assert run("uninstall", "--yes") == (0, f"{planned}done\n")
    assert run("uninstall") == (0, "nothing to do\n")


def test_a_stage_that_was_not_installed_says_how(run: Run) -> None:
    for command in (["stage", "show"], ["shadow", "report"], ["relay", "--once"]):
        with pytest.raises(SchemaMismatch, match="run `crossfade install`"):
            run(*command)


def test_where_groups_stand_and_how_they_came_there(run: Run, shop: crossfade.App) -> None:
    shop.close()
    code, out = run("stage", "show")
    assert (code, out.splitlines()) == (
        0,
        [
            "shop: dual_write (epoch 1), 0 changes to carry over",
            "  before the next stage: no backfill has come to its end: run `crossfade backfill`",
            "  before the next stage: no verification has come to its end: run `crossfade verify`",
        ],
    )
    assert json.loads(run("stage", "show", "--json")[1])["shop"]["outbox"] == {"rows": 0, "age": 0.0, "failing": 0}
    (line,) = run("stage", "history")[1].splitlines()
    assert line.split(" ", 2)[2].startswith("UTC mysql -> dual_write by ")
    assert line.endswith(": to begin")
    (moved,) = json.loads(run("stage", "history", "--json")[1])
    assert (moved["from"], moved["stage"], moved["epoch"], moved["forced"]) == ("mysql", "dual_write", 1, False)


def test_a_move_without_evidence_is_refused_but_for_a_reason(run: Run, shop: crossfade.App) -> None:
    shop.close()
    code, out = run("stage", "advance")
    assert (code, out.splitlines()[0]) == (2, "shop: dual_write -> shadow")
    assert [line[:26] for line in out.splitlines()[1:]] == ["  against it: no backfill ", "  against it: no verificat"]
    with pytest.raises(Exception, match="--force needs a reason"):
        run("stage", "advance", "--force")
    code, out = run("stage", "advance", "--force", "--why", "a try", "--dry-run")
    assert code == 2
    code, out = run("stage", "advance", "--force", "--why", "a try", "--json")
    assert (code, json.loads(out)["to"]) == (0, "shadow")
    assert run("stage", "history")[1].splitlines()[1].endswith("forced: a try")
    assert run("stage", "rollback")[1].splitlines()[-1] == "shop stands at dual_write (epoch 3)"


def test_a_reason_stands_on_the_line_of_its_move(run: Run) -> None:
    run("install")
    forged = "done\n2026-01-01 00:00:00 UTC live -> mysql by \x1b[1mroot"
    run("stage", "advance", "--why", forged)
    (line,) = run("stage", "history")[1].splitlines()
    assert line.endswith(r": done\x0a2026-01-01 00:00:00 UTC live -> mysql by \x1b[1mroot")
    assert json.loads(run("stage", "history", "--json")[1])[0]["why"] == forged


def test_there_is_nothing_before_the_first_stage(run: Run) -> None:
    run("install")
    with pytest.raises(MoveRefused, match="mysql is the first stage"):
        run("stage", "rollback")
    with pytest.raises(Exception, match="--group wants one of shop"):
        run("stage", "advance", "--group", "shops")


RELAYED = {
    "there": {"taken": 1, "carried": 1, "failed": 0, "errors": []},
    "back": {"taken": 0, "keys": 0, "written": 0, "deleted": 0, "same": 0, "parked": 0, "errors": []},
    "errors": [],
}


def test_the_relay_carries_over_what_its_writer_could_not_and_lists_what_fails(
    run: Run, shop: crossfade.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> Any:
        raise StoreUnavailable("nobody is there", store="dynamodb")

    with monkeypatch.context() as patch:
        patch.setattr("crossfade.migration.sync.Sync.look", unavailable)
        patch.setattr("crossfade.mysql.outbox.GRACE", timedelta())
        patch.setattr("crossfade.mysql.outbox._BACKOFF", timedelta())
        made = shop.repository("CATEGORY").create({"name": "Late"})
        shop.close()
        assert run("relay", "--list") == (0, "")
        assert run("relay", "--once")[0] == 1
        code, out = run("relay", "--list")
        assert code == 1
        assert f"entity CATEGORY id={made['id']}: 1 tries since " in out
        assert out.splitlines()[-1] == "  nobody is there"
        (listed,) = json.loads(run("relay", "--list", "--json")[1])
        assert (listed["group"], listed["attempts"], listed["error"]) == ("shop", 1, "nobody is there")
    code, out = run("relay", "--once", "--json")
    assert (code, json.loads(out)) == (0, RELAYED)
    assert run("relay", "--list") == (0, "")
    with pytest.raises(Exception, match="no group 'shops'; there are shop"):
        run("relay", "--group", "shops")


def test_what_is_left_to_its_writer_is_waited_for_once(
    run: Run, shop: crossfade.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> Any:
        raise StoreUnavailable("nobody is there", store="dynamodb")

    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    with monkeypatch.context() as patch:
        patch.setattr("crossfade.migration.sync.Sync.look", unavailable)
        shop.repository("CATEGORY").create({"name": "Late"})
        shop.close()
    event = Mock(**{"is_set.return_value": False, "wait": wait})
    monkeypatch.setattr("crossfade.cli.relay.threading", Mock(Event=lambda: event))
    monkeypatch.setattr("crossfade.cli.relay._now", lambda: datetime.now(UTC) + timedelta(seconds=sum(waited)))
    code, out = run("relay", "--once", "--json")
    assert (code, json.loads(out), waited) == (0, RELAYED, [2.0])
    assert run("relay", "--once", "--json") == (0, "")
    assert waited == [2.0]


def seen(at: datetime) -> Observation:
    """A mismatch."""
    difference = ReadDifference("first_name", "Ann", "An\x1bn", "id=7")
    return Observation("shop", "USER", "get", "sha256:0", "mismatch", "", at, (difference,), ({"id": "7"},))


def test_what_shadow_reads_saw(run: Run, shop: crossfade.App, tmp_path: Path) -> None:
    shop.close()
    assert run("shadow", "report")[1].splitlines()[1] == "no read was compared"
    observe(tmp_path, Totals(equal=98, mismatch=1, candidate_failed=1, skipped=5), seen(datetime.now(UTC)))
    code, out = run("shadow", "report")
    assert code == 1
    assert [line.split() for line in out.splitlines() if "USER" in line and "│" in line] == [
        ["│", "USER", "│", "98", "│", "1", "│", "1", "│", "5", "│", "6.162%", "│"]
    ]
    assert out.splitlines()[-1] == "2 of 100 differed or failed: 2.000%, at most 6.162% (95 % confidence)"
    assert "unsettled" not in out
    assert "id=7: first_name: Ann → An" in out
    assert "\x1b" not in out
    code, text = run("shadow", "report", "--json", "--examples", "0")
    told = json.loads(text)
    assert (code, told["mismatches"], told["entities"]["USER"]["compared"]) == (1, [], 99)
    assert told["total"]["rate"] == 0.02
    assert json.loads(run("shadow", "report", "--json")[1])["mismatches"][0]["keys"] == [{"id": "7"}]
    observe(tmp_path, Totals(unsettled=3))
    assert "what was on its way did not arrive: does `crossfade relay` run?" in run("shadow", "report")[1]


def test_what_was_seen_before_a_move_counts_no_more_and_can_be_forgotten(
    run: Run, shop: crossfade.App, tmp_path: Path
) -> None:
    shop.close()
    observe(tmp_path, Totals(equal=1, mismatch=1), seen(datetime.now(UTC)))
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    code, out = run("shadow", "report", "--since", tomorrow)
    assert (code, out.splitlines()[-1]) == (0, "no read was compared")
    assert run("shadow", "forget", "--before", "2020-01-01") == (0, "shop: forgotten\n")
    assert run("shadow", "report")[0] == 1
    assert run("shadow", "forget", "--before", tomorrow)[0] == 0
    assert run("shadow", "report")[0] == 0


def test_how_good_compared_reads_must_be_is_an_option(run: Run, shop: crossfade.App, tmp_path: Path) -> None:
    shop.close()
    run("stage", "advance", "--force", "--why", "a try")
    observe(tmp_path, Totals(equal=98, mismatch=1, candidate_failed=1))
    code, out = run("stage", "advance", "--dry-run")
    assert code == 2
    assert "  against it: 100 reads were compared, of 10,000: see `crossfade shadow report`" in out.splitlines()
    assert (
        "of 100 compared reads 1 differed and 1 failed on the other store: up to 6.162% of all may, over 0.100%" in out
    )
    _, out = run("stage", "advance", "--dry-run", "--comparisons", "100", "--mismatches", "7")
    assert "reads were compared" not in out
    assert "compared reads" not in out
