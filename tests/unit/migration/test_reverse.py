"""The way back on the embedded stores: what leads where, and what is left of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from crossfade.app import open_stores
from crossfade.dynamodb.calls import Calls
from crossfade.migration.backfill import backfill
from crossfade.migration.options import BackfillOptions, BackfillResult
from crossfade.migration.reverse import backfill_reverse
from crossfade.migration.stores import Stores
from crossfade.mysql import insert_rows
from examples.shop.shop import CONTRACT

REVERSE = BackfillOptions(checkpoint="reverse.json", workers=1)
# Its own parent; two of a circle; a grandchild and a child of these.
CATEGORIES = {1: 1, 2: 3, 3: 2, 4: 9, 9: 2}


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """Categories in circles, copied, and an emptied SQLite database."""
    monkeypatch.chdir(tmp_path)
    # Embedded stores of one process are one.
    with open_stores(CONTRACT, embedded=True, table_prefix=f"{uuid4().hex}_") as opened:
        rows = [{"id": number, "name": f"c{number}"} for number in CATEGORIES]
        insert_rows(opened.mysql.engine, opened.mysql.schema, "categories", rows)
        for number, parent in CATEGORIES.items():
            execute(
                opened, sa.text("UPDATE categories SET parent_id = :p WHERE id = :n").bindparams(p=parent, n=number)
            )
        assert backfill(opened, BackfillOptions(), lambda event: None).counts.written == len(CATEGORIES)
        execute(opened, sa.text("UPDATE categories SET parent_id = NULL"), sa.text("DELETE FROM categories"))
        yield opened


def execute(stores: Stores, *statements: sa.Executable) -> None:
    """Run statements on SQLite."""
    with stores.mysql.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def parents(stores: Stores) -> dict[int, int | None]:
    """The parent of every category there is."""
    with stores.mysql.engine.connect() as connection:
        return {row.id: row.parent_id for row in connection.execute(sa.text("SELECT id, parent_id FROM categories"))}


def back(stores: Stores, options: BackfillOptions = REVERSE) -> BackfillResult:
    """Take them back."""
    return backfill_reverse(stores, options, lambda event: None)


def letters() -> dict[str, str]:
    """The reasons of the dead letters, by key or place."""
    lines = Path("reverse.json.dead.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return {str(letter.get("key") or letter["position"]): letter["reason"] for letter in found}


def items(stores: Stores) -> tuple[Calls, str, dict[int, Any]]:
    """How to write items, where the categories are, and the categories by id."""
    calls, table = Calls(stores.dynamodb.clients), stores.dynamodb.layout.of("CATEGORY").table
    found = calls.read("Scan", TableName=table)["Items"]
    return calls, table, {int(item["id"]["N"]): item for item in found}


def test_circles_come_back(stores: Stores) -> None:
    done = back(stores)
    assert (done.status, done.counts.written, done.counts.dead) == ("complete", len(CATEGORIES), 0)
    assert parents(stores) == CATEGORIES
    assert list(Path().glob("*.waiting.*")) == []


def test_connections_check_references_again(stores: Stores) -> None:
    back(stores)
    with stores.mysql.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1


def test_what_leads_nowhere_in_the_end_is_told_and_leaves_nothing(stores: Stores) -> None:
    calls, table, found = items(stores)
    shelf = stores.dynamodb.layout.of("CATEGORY")
    calls.write("DeleteItem", TableName=table, Key=shelf.key_in(found[2]))
    done = back(stores)
    assert (done.counts.rows, done.counts.written, done.counts.dead) == (4, 1, 3)
    assert parents(stores) == {1: 1}
    assert letters() == {str({"id": n}): "there is no such CATEGORY" for n in (3, 4, 9)}


def test_an_item_that_cannot_be_read_is_told(stores: Stores) -> None:
    calls, table, found = items(stores)
    calls.write("PutItem", TableName=table, Item={**found[1], "name": {"N": "7"}})
    done = back(stores)
    assert (done.counts.rows, done.counts.written, done.counts.dead) == (5, 4, 1)
    assert letters() == {"['c1', 'c1']": "the attribute name is of type N, not S"}


def test_again_it_is_complete_already(stores: Stores) -> None:
    back(stores)
    again = back(stores)
    assert (again.already, again.counts.written) == (True, len(CATEGORIES))
