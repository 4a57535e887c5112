"""Dual writes of what MySQL changes along with a row: ON UPDATE CASCADE, which shows in no statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.contract.plan import plan_contract
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.prepare import Preparer
from crossfade.dal.stage import Stage
from crossfade.dynamodb import DynamoDBStore, create_tables
from crossfade.migration.dual_write import Groups
from crossfade.migration.stores import Stores
from crossfade.mysql import create_sqlite_file, open_store
from crossfade.mysql.install import install
from crossfade.mysql.transaction import read, run
from tests.unit.dynamodb.opened import START, impatient
from tests.unit.imitation import imitation

SCHEMA = """
CREATE TABLE authors (id INT NOT NULL, code VARCHAR(20) NOT NULL, PRIMARY KEY (id), UNIQUE KEY by_code (code));
CREATE TABLE books (
  id INT NOT NULL, author VARCHAR(20) NOT NULL, PRIMARY KEY (id),
  CONSTRAINT by_author FOREIGN KEY (author) REFERENCES authors (code) ON DELETE CASCADE ON UPDATE CASCADE
);
"""


def table(name: str, entity: str, text: str) -> dict[str, Any]:
    """A table of one entity, which has an id and a text."""
    attributes = [
        {"name": "id", "type": "N", "source_column": "id", "source_type": "int", "nullable": False},
        {"name": text, "type": "S", "source_column": text, "source_type": "varchar(20)", "nullable": False},
        {"name": "PK", "type": "S", "plumbing": True,
         "transformation": {"type": "string-format", "format": f"{entity}#{{id}}"}},
    ]  # fmt: skip
    return {
        "table": name, "type": "single-entity", "source_table": name.lower(), "entity_type": entity, "pk": "PK",
        "key": ["id"], "id": {"field": "id", "strategy": "given"}, "attributes": attributes,
    }  # fmt: skip


CONTRACT = {
    "version": "2",
    "groups": {"all": ["AUTHOR", "BOOK"]},
    "tables": [table("Authors", "AUTHOR", "code"), table("Books", "BOOK", "author")],
}


@pytest.fixture
def groups(tmp_path: Path) -> Iterator[Groups]:
    """Both stores, in dual_write."""
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT), encoding="utf-8")
    create_sqlite_file(tmp_path / "mysql.sqlite", SCHEMA)
    mysql = open_store(load(tmp_path / "contract.json"), f"sqlite:///{tmp_path / 'mysql.sqlite'}", clock=lambda: START)
    with imitation() as client:
        create_tables(client, mysql.contract, "")
        dynamodb = DynamoDBStore(mysql.contract, client, clock=lambda: START, pacer=impatient())
        install(mysql.engine, ["all"], START)
        with Stores(mysql.contract, mysql, dynamodb) as stores:
            made = Groups.open(stores, lambda: START)
            run(mysql.engine, lambda t: made.rows.move(t, "all", standing(made).to(Stage.DUAL_WRITE), START))
            yield made


def standing(groups: Groups) -> Any:
    """Where the group stands."""
    return read(groups.stores.mysql.engine, groups.rows.look)["all"]


def of(groups: Groups, entity: str) -> Any:
    """A repository of MySQL, which writes to both."""
    contract = groups.stores.contract
    tools = Tools(
        Preparer(contract.entities[entity], lambda: START), plan_contract(contract)[entity], CursorSigner(b"test")
    )
    hooks = groups.hooks({"all": standing(groups)})
    return groups.stores.mysql.repository(bind(contract, entity), tools, hooks)


@pytest.mark.parametrize("write", ["update", "put"])
def test_what_refers_to_a_column_that_changes_is_carried_over(groups: Groups, write: str) -> None:
    of(groups, "AUTHOR").create({"id": 1, "code": "old"})
    of(groups, "BOOK").create({"id": 7, "author": "old"})
    if write == "update":
        of(groups, "AUTHOR").update(1, {"code": "new"})
    else:
        of(groups, "AUTHOR").put({"id": 1, "code": "new"})
    assert of(groups, "BOOK").get(7) == {"id": 7, "author": "new"}
    items = groups.stores.dynamodb.clients.reads.scan(TableName="Books")["Items"]
    assert [item["author"] for item in items] == [{"S": "new"}]
