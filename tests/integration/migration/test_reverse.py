"""The way back on MySQL, MariaDB and DynamoDB Local: an emptied database is filled again, row for row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossfade.cli.main import main
from crossfade.contract.errors import CrossfadeError
from crossfade.migration.errors import CheckpointForeign, Refused
from examples.shop.shop import CONTRACT
from tests.integration.migration.emptied import emptied, execute, letters
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer
from tests.integration.unusual.tables import Row, content

TABLES = ("users", "products", "categories", "orders", "shopping_carts")
REVERSE = ("backfill", "--reverse")


@pytest.fixture
def copied(
    sql_server: SqlServer, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The shop, copied."""
    del dynamodb_endpoint
    monkeypatch.chdir(tmp_path)
    with sql_server.database() as url:
        world = World(CONTRACT, url, table_prefix)
        world.make(60)
        assert run("backfill", *world.arguments)[0] == 0
        yield world


@pytest.fixture
def target(copied: World, sql_server: SqlServer) -> Iterator[World]:
    """The shop's items, and a database with its tables and no rows."""
    with emptied(copied, sql_server) as world:
        yield world


def rows(world: World) -> dict[str, list[Row]]:
    """Every row, but for what the shop's contract leaves out: the ids of an order's items."""
    return {
        table: sorted(
            ({n: v for n, v in row.items() if (table, n) != ("order_items", "id")} for row in found.values()), key=repr
        )
        for table, found in content(world.url).items()
    }


def test_every_row_comes_back(copied: World, target: World, capfd: pytest.CaptureFixture[str]) -> None:
    code, out = run(*REVERSE, *target.arguments)
    assert code == 0, out
    assert rows(target) == rows(copied)
    total = sum(len(rows(copied)[table]) for table in TABLES)
    assert f"{total:,} items: {total:,} written, 0 present, 0 expired, 0 dead letters" in out
    assert run("verify", *target.arguments, "--pause", "0")[0] == 0
    assert run(*REVERSE, *target.arguments)[1].startswith("complete already")
    assert "ORDER: no field has order_items.id: the server gives values" in Path(
        ".crossfade/reverse.json.log.jsonl"
    ).read_text(encoding="utf-8")
    assert capfd.readouterr().err == ""


def test_rows_that_are_there_are_left(target: World) -> None:
    assert run(*REVERSE, *target.arguments)[0] == 0
    execute(target.url, "UPDATE products SET name = 'mine' LIMIT 3", "DELETE FROM shopping_carts LIMIT 2")
    code, out = run(*REVERSE, "--restart", *target.arguments)
    assert code == 0
    assert "2 written" in out
    assert sum(row["name"] == "mine" for row in rows(target)["products"]) == 3


def test_ids_go_on_behind_the_restored_ones(copied: World, target: World) -> None:
    import crossfade  # noqa: PLC0415 - the application's own interface, in this test alone

    assert run(*REVERSE, *target.arguments)[0] == 0
    highest = max(int(row["id"]) for row in rows(copied)["categories"])
    with crossfade.open(target.contract, mysql_url=target.url, stage="mysql") as app:
        assert app.repository("CATEGORY").create({"name": "new"})["id"] > highest


def test_a_part_alone(target: World) -> None:
    code, out = run(*REVERSE, "--entity", "USER", "--entity", "CATEGORY", *target.arguments)
    assert code == 0, out
    assert {table for table, found in rows(target).items() if found} == {"users", "categories"}
    # Its orders, without its products: none refers to nothing.
    assert run(*REVERSE, "--restart", "--entity", "ORDER", *target.arguments)[0] == 3
    assert {letter["reason"] for letter in letters()} == {"there is no such PRODUCT"}


def test_a_table_that_wants_more_than_the_contract_has_is_refused(target: World) -> None:
    execute(target.url, "ALTER TABLE order_items ADD COLUMN colour VARCHAR(9) NOT NULL")
    with pytest.raises(CrossfadeError, match=r"without order_items\.colour, which no field of ORDER has"):
        run(*REVERSE, *target.arguments)
    code, out = run(*REVERSE, "--dry-run", *target.arguments)
    assert code == 2
    assert "cannot begin: no row can be made without order_items.colour" in out


def test_triggers_are_asked_about(target: World) -> None:
    execute(target.url, "CREATE TRIGGER shout BEFORE INSERT ON categories FOR EACH ROW SET NEW.name = UPPER(NEW.name)")
    with pytest.raises(Refused, match="--with-triggers"):
        run(*REVERSE, *target.arguments)
    code, out = run(*REVERSE, "--with-triggers", "--dry-run", "--json", *target.arguments)
    plan = json.loads(out)
    assert (code, plan["obstacles"]) == (0, [])
    assert [e["triggers"] for e in plan["entities"] if e["entity"] == "CATEGORY"] == [["shout"]]
    # What a trigger changes is not what was given.
    assert run(*REVERSE, "--with-triggers", *target.arguments)[0] == 3
    assert "name: MySQL would keep another value" in {letter["reason"] for letter in letters()}


def test_the_plan(copied: World, target: World) -> None:
    code, out = run(*REVERSE, "--dry-run", *target.arguments)
    assert code == 0
    found = rows(copied)
    assert f"{target.prefix}Categories: about {len(found['categories'])} items" in out
    assert f"ORDER: from {target.prefix}Users into orders (0 rows there), order_items (0 rows there)" in out
    assert "nothing was written" in out
    assert not any(rows(target).values())
    assert not Path(".crossfade/reverse.json").exists()


def test_machines_are_told_in_json(copied: World, target: World) -> None:
    code, out = run(*REVERSE, "--json", *target.arguments)
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    assert {event["event"] for event in events} == {"told", "page_done", "finished"}
    total = sum(len(rows(copied)[table]) for table in TABLES)
    assert (events[-1]["status"], events[-1]["rows"], events[-1]["written"]) == ("complete", total, total)


def test_a_checkpoint_is_of_one_direction(target: World) -> None:
    with pytest.raises(CheckpointForeign, match=r"it is of a backfill, not of a backfill --reverse"):
        run(*REVERSE, "--checkpoint", ".crossfade/backfill.json", *target.arguments)
    assert run(*REVERSE, *target.arguments)[0] == 0
    with pytest.raises(CheckpointForeign, match=r"it is of a backfill --reverse, not of a backfill"):
        run("backfill", "--checkpoint", ".crossfade/reverse.json", *target.arguments)


@pytest.mark.parametrize("lost", ["mysql", "dynamodb"])
def test_a_store_that_cannot_be_reached(
    target: World, lost: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = [*REVERSE, *target.arguments]
    if lost == "mysql":
        arguments += ["--mysql-url", "mysql://nobody@127.0.0.1:1/nothing"]
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    told = capfd.readouterr().err
    assert told.startswith("crossfade: ")
    assert "127.0.0.1:1" in told
    assert not Path(".crossfade/reverse.json").exists()
