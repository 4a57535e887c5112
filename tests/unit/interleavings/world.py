"""Both stores, made once, and set back before each run."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from crossfade.contract import load
from crossfade.contract.plan import plan_contract
from crossfade.dal.stage import Standing
from crossfade.dynamodb import DynamoDBStore, create_tables
from crossfade.dynamodb.codec import DELETED, REV
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.wire import Item
from crossfade.migration.dual_write import Groups
from crossfade.migration.stores import Stores
from crossfade.mysql import create_sqlite_file, open_store
from crossfade.mysql.install import install
from tests.unit.direct import directly
from tests.unit.dynamodb.opened import impatient
from tests.unit.imitation import imitation

HERE = Path(__file__).parent
CONTRACT = load(HERE / "contract.json")
PLANS = plan_contract(CONTRACT)
START = datetime(2034, 5, 1, 12, tzinfo=UTC)
PREFIX = "t_"
GROUP = "all"
TABLES = ("notes", "pages")
_OWN = ("crossfade_stage", "crossfade_outbox", "crossfade_history", "crossfade_rev", "crossfade_parked")
FIRST_ID = 7_331_000
"""The outbox counts on from here: no other number looks like its ids."""

Record = Mapping[str, Any]
Records = Mapping[tuple[str, int], Record]
"""What there is: records by entity and id."""


@dataclass
class World:
    """Both stores, side by side.

    Attributes:
        stores: they.
        raw: a connection of its own to the database.
        groups: what the participants share.
        now: the time.
    """

    stores: Stores
    raw: sqlite3.Connection
    now: datetime = START
    groups: Groups = field(init=False)
    _kept: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        install(self.stores.mysql.engine, list(CONTRACT.groups), START)
        self.groups = Groups.open(self.stores, self.clock)
        outbox = self.groups.outboxes[GROUP]
        outbox._skips = True  # as on MySQL; SQLite is told nothing of locks

    def clock(self) -> datetime:
        """The time."""
        return self.now

    def later(self) -> None:
        """Let an hour pass."""
        self.now += timedelta(hours=1)

    def reset(self, standing: Standing, records: Records, *, copied: bool) -> None:
        """Let the group stand somewhere, with these records, which DynamoDB has if they are copied."""
        self.now = START
        self.raw.execute("BEGIN")
        for table in (*TABLES, *_OWN, "sqlite_sequence"):
            self.raw.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this file
        self.raw.execute("INSERT INTO sqlite_sequence VALUES ('crossfade_outbox', ?)", (FIRST_ID,))
        there = (GROUP, standing.stage.value, standing.epoch, standing.ahead, str(START))
        self.raw.execute(
            "INSERT INTO crossfade_stage (group_name, stage, epoch, ahead, changed_at) VALUES (?, ?, ?, ?, ?)", there
        )
        for (entity, _), record in records.items():
            marks = ", ".join("?" * len(record))
            self.raw.execute(f"INSERT INTO {entity.lower()}s VALUES ({marks})", tuple(record.values()))  # noqa: S608 - names of this file
        self.raw.execute("COMMIT")
        found = self.expected(records) if copied else {}
        for table in _tables().values():
            table.items.clear()
        key = repr(found)
        if key not in self._kept:
            for (table, text), item in found.items():
                self.client.put_item(TableName=table, Item={**item, REV: {"S": f"tok-before-{len(text)}"}})
            self._kept[key] = {name: copy.deepcopy(table.items) for name, table in _tables().items()}
        for name, items in self._kept[key].items():
            _tables()[name].items.update(copy.deepcopy(items))

    @property
    def client(self) -> Any:
        """What DynamoDB is asked with."""
        return self.stores.dynamodb.clients.writes

    def rows(self, *tables: str) -> str:
        """What is committed in some tables."""
        return repr([self.raw.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in tables])  # noqa: S608 - names of this file

    def items(self) -> str:
        """Every item, tombstones and tokens included."""
        held = {name: table.all_items() for name, table in _tables().items()}
        return repr({name: sorted(repr(item.to_json()) for item in items) for name, items in held.items()})

    def records(self) -> dict[tuple[str, int], Record]:
        """What MySQL holds."""
        names = {"NOTE": ("id", "title"), "PAGE": ("id", "slug", "title")}
        rows = ((e, dict(zip(n, r, strict=True))) for e, n in names.items() for r in self._all(e))
        return {(entity, record["id"]): record for entity, record in rows}

    def _all(self, entity: str) -> list[tuple[Any, ...]]:
        return self.raw.execute(f"SELECT * FROM {entity.lower()}s").fetchall()  # noqa: S608 - names of this file

    def found(self) -> dict[tuple[str, str], Item]:
        """What DynamoDB holds of them, without tokens; tombstones are absences."""
        control = self.stores.dynamodb.layout.control_table
        items = [(n, i.to_json()["Attributes"]) for n, t in _tables().items() if n != control for i in t.all_items()]
        return {(name, _key(i)): {n: v for n, v in i.items() if n != REV} for name, i in items if DELETED not in i}

    def expected(self, records: Records) -> dict[tuple[str, str], Item]:
        """What DynamoDB is to hold of some records."""
        layout = self.stores.dynamodb.layout
        made = (
            item for (entity, _), record in records.items() for item in expected_items(layout, entity, dict(record))
        )
        return {(item.table, _key(item.item)): item.item for item in made}


def _key(item: Item) -> str:
    return str((item.get("PK") or item["pk"])["S"])


def _tables() -> dict[str, Any]:
    return dict(dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables)


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """Both stores, empty."""
    file = folder / "mysql.sqlite"
    create_sqlite_file(file, (HERE / "schema.sql").read_text(encoding="utf-8"))
    mysql = open_store(CONTRACT, f"sqlite:///{file}", clock=lambda: START)
    sa.event.listen(mysql.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    with imitation() as client, directly():
        create_tables(client, CONTRACT, PREFIX)
        dynamodb = DynamoDBStore(
            mysql.contract, client, prefix=PREFIX, clock=lambda: START, pacer=impatient(), tombstones=True
        )
        raw = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA synchronous = OFF")
        with Stores(mysql.contract, mysql, dynamodb) as stores:
            yield World(stores, raw)
        raw.close()
