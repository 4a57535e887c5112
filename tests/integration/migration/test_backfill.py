"""Backfill from MySQL into DynamoDB Local."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crossfade.cli.main import cli
from crossfade.dal.errors import SchemaMismatch
from crossfade.dynamodb import delete_tables
from crossfade.dynamodb.calls import Calls
from crossfade.migration.backfill import backfill
from crossfade.migration.checkpoint_item import ItemPlace
from crossfade.migration.chunk import Sizes
from crossfade.migration.counters import Counters
from crossfade.migration.errors import CheckpointBusy, CheckpointForeign, Refused
from crossfade.migration.events import ChunkDone, Event
from crossfade.migration.options import BackfillOptions
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.mysql.highest import highest
from tests.integration.migration.world import World
from tests.tables import streamless_tables


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code and what a command says."""
    result = CliRunner().invoke(cli, ["backfill", *arguments], standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return int(result.return_value or 0), result.stdout, result.stderr


def log(path: str = ".crossfade/backfill.json.log.jsonl") -> list[dict[str, Any]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def execute(stores: Stores, statement: str) -> None:
    """Change the source."""
    with stores.mysql.engine.begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("how", [(), ("--workers", "1"), ("--processes", "2"), ("--offline",)])
def test_the_target_holds_what_the_source_holds(shop: World, how: tuple[str, ...]) -> None:
    code, out, err = run(*shop.arguments, *how)
    assert code == 0, err
    shop.assert_equal()
    assert " 0 present, 0 expired, 0 dead letters" in out or " expired, 0 dead letters" in out
    assert run(*shop.arguments, *how)[1].startswith("complete already")


def test_what_is_there_is_left_and_counters_follow(shop: World) -> None:
    assert run(*shop.arguments, "--entity", "USER", "--checkpoint", "users.json")[0] == 0
    with shop.open() as stores:
        control = stores.dynamodb.layout.control_table
        key = {"pk": {"S": "counter|USER"}}
        counter = stores.dynamodb.clients.reads.get_item(TableName=control, Key=key)["Item"]
        assert int(counter["value"]["N"]) == highest(stores.mysql, "USER", "id")
    code, out, _ = run(*shop.arguments, "--json")
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    done = [e for e in events if e["event"] == "chunk_done"]
    assert {e["entity"]: (e["written"] > 0, e["present"] > 0) for e in done if e["rows"]}["USER"] == (False, True)
    finished = events[-1]
    assert (finished["event"], finished["status"], finished["currency"]) == ("finished", "complete", "USD")
    shop.assert_equal()


def test_an_id_that_mysql_gave_is_given_to_nobody_else(shop: World) -> None:
    with shop.open() as stores:
        counters = Counters(stores, Calls(stores.dynamodb.clients))
        before = highest(stores.mysql, "CATEGORY", "id")
        assert before is not None
        execute(stores, "INSERT INTO categories (name) VALUES ('of a moment')")
        execute(stores, "DELETE FROM categories WHERE name = 'of a moment'")
        execute(stores, "ALTER TABLE categories COMMENT = '\n) ENGINE=InnoDB AUTO_INCREMENT=9'")
        assert highest(stores.mysql, "CATEGORY", "id") == before
        assert counters.raise_("CATEGORY") == before + 1
        assert counters.last("CATEGORY") == before + 1
        assert counters.look("CATEGORY") is None


def test_a_dry_run_writes_nothing(shop: World) -> None:
    code, out, _ = run(*shop.arguments, "--dry-run", "--max-write-units", "10")
    assert code == 0
    assert "nothing was written" in out
    assert "s at least under --max-write-units" in out
    plan = json.loads(run(*shop.arguments, "--dry-run", "--json")[1])
    assert plan["write_units"] == sum(e["write_units"] for e in plan["entities"]) > 0
    assert shop.found() == {}
    assert not Path(".crossfade").exists()
    assert run(*shop.arguments)[0] == 0
    units = log()[-1]["units"]
    assert units == pytest.approx(plan["write_units"], rel=0.05)


def test_the_same_backfill_started_twice(shop: World) -> None:
    with shop.open() as stores:
        options = BackfillOptions(checkpoint="c.json")
        answers: list[str] = []

        def second(event: Event) -> None:
            if not answers and isinstance(event, ChunkDone):
                try:
                    backfill(stores, options, lambda e: None)
                except CheckpointBusy as error:
                    answers.append(str(error))

        assert backfill(stores, options, second).status == "complete"
    assert ["in use by another run" in a for a in answers] == [True]
    shop.assert_equal()


def test_a_checkpoint_in_the_control_table(shop: World) -> None:
    with shop.open() as stores:
        options = BackfillOptions(checkpoint="dynamodb:nightly", sizes=Sizes(first=10, least=10, most=10))
        stop = Stop(threading.Event())

        def end(event: Event) -> None:
            if isinstance(event, ChunkDone):
                stop.event.set()

        first = backfill(stores, options, end, stop=stop)
        assert (first.status, first.counts.rows > 0) == ("interrupted", True)
        # As a run that died leaves it.
        died = ItemPlace(stores.dynamodb, "nightly")
        with pytest.raises(CheckpointBusy, match="--take-over"):
            backfill(stores, options, lambda e: None)
        again = backfill(stores, replace(options, take_over=True), lambda e: None)
        assert again.status == "complete"
        with pytest.raises(CheckpointBusy, match="taken over"):
            died.write("{}")
        assert backfill(stores, options, lambda e: None).already
    shop.assert_equal()


def test_a_table_made_anew_is_another_target(shop: World) -> None:
    assert run(*shop.arguments)[0] == 0
    with shop.open() as stores:
        name = stores.dynamodb.layout.of("USER").table
        delete_tables(stores.dynamodb.clients.reads, [name])
        with pytest.raises(SchemaMismatch, match=f"no table {name}.*crossfade tables apply"):
            run(*shop.arguments)
        streamless_tables(stores.dynamodb.clients.reads, stores.contract, shop.prefix)
    with pytest.raises(CheckpointForeign, match="its target tables"):
        run(*shop.arguments)
    assert run(*shop.arguments, "--restart")[0] == 0
    shop.assert_equal()


def test_offline_is_refused_where_there_are_items(shop: World) -> None:
    assert run(*shop.arguments, "--entity", "USER")[0] == 0
    with pytest.raises(Refused, match="holds items of USER already"):
        run(*shop.arguments, "--offline", "--checkpoint", "other.json")


def test_an_unknown_entity_is_refused(shop: World) -> None:
    with pytest.raises(Refused, match="no entity 'USERS'; there are"):
        run(*shop.arguments, "--entity", "USERS")


def test_a_row_that_no_item_can_hold_is_a_dead_letter_once(shop: World) -> None:
    with shop.open() as stores:
        execute(stores, "UPDATE products SET description = REPEAT('x', 60000) WHERE id <= 2")
        execute(stores, "ALTER TABLE products MODIFY description LONGTEXT")
        execute(stores, "UPDATE products SET description = REPEAT('secret', 80000) WHERE id = 2")
    code, out, err = run(*shop.arguments, "--checkpoint", "c.json")
    assert (code, "1 dead letter" in out, "c.json.dead.jsonl" in err) == (3, True, True), (out, err)
    (letter,) = [json.loads(line) for line in Path("c.json.dead.jsonl").read_text().splitlines()]
    assert (letter["entity"], letter["key"], "bytes" in letter["reason"]) == ("PRODUCT", {"id": 2}, True)
    assert run(*shop.arguments, "--checkpoint", "c.json")[0] == 3
