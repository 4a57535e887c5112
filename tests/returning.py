"""A contract's stores in the stage live: what is written is written in DynamoDB, and synced back by hand."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crossfade.dal.key import Key
from crossfade.dal.memory_state import ident
from crossfade.dal.stage import Stage
from crossfade.migration.relay_back import BackRelay, Returned
from crossfade.migration.stores import Stores
from crossfade.migration.sync_back import SyncBack, SyncedBack
from crossfade.mysql import MySQLStore
from crossfade.mysql.install import install
from crossfade.mysql.scan import Scan, Span
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read, run
from tests.conformance.backend import Backend


class Returning:
    """Two empty stores, the group in live.

    Args:
        mysql, dynamodb: the stores, on one contract.
    """

    def __init__(self, mysql: Backend, dynamodb: Backend) -> None:
        assert isinstance(mysql.store, MySQLStore)
        store: Any = dynamodb.store
        self.clock, self._mysql, self._dynamodb = dynamodb.clock, mysql, dynamodb
        self.engine = mysql.store.engine
        self.stores = Stores(mysql.store.contract, mysql.store, store)
        self.rows = StageRows(list(mysql.contract.groups))
        (self.group,) = mysql.contract.groups
        install(self.engine, [self.group], self.clock())
        self.move(Stage.LIVE)
        self.sync = SyncBack(self.stores, self.rows, self.group, self.clock)
        self.relay = BackRelay(self.sync)

    def of(self, entity: str) -> Any:
        """An entity's repository on DynamoDB."""
        return self._dynamodb.of(entity)

    def back(self, entity: str, key: Any) -> SyncedBack:
        """Sync one entity back."""
        return self.sync.sync(entity, self.key(entity, key))

    def turn(self, *of: tuple[str, Any]) -> Returned:
        """One turn of the relay."""
        return self.relay.turn([(entity, self.key(entity, key)) for entity, key in of])

    def later(self) -> None:
        """Let time pass until whatever is parked is due."""
        self.clock.advance(minutes=6)
        self._mysql.clock.now = self.clock.now

    def key(self, entity: str, given: Any) -> Key:
        """A key, of a mapping that has it or of its only value."""
        fields = self.stores.contract.entities[entity].key
        return Key({f: given[f] for f in fields} if isinstance(given, dict) else {fields[0]: given})

    def move(self, stage: Stage) -> None:
        """Let the group stand at a stage, without any ceremony."""
        standing = read(self.engine, self.rows.look)[self.group]
        run(self.engine, lambda t: self.rows.move(t, self.group, standing.to(stage), self.clock()))

    def records(self, entity: str) -> dict[Any, dict[str, Any]]:
        """What MySQL has of an entity, by key, but for what is expired."""
        of = self.stores.contract.entities[entity]
        found = Scan(self.stores.mysql, entity).read(Span(), 10**6).records
        return {ident(of, record): record for record in found}

    def row(self, table: str, **where: Any) -> dict[str, Any] | None:
        """A row of MySQL, every column."""
        rows = self.all(table, **where)
        return rows[0] if rows else None

    def all(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of MySQL, every column, in the order of the table's identity."""
        tables = self.stores.mysql.tables
        target = tables.table(table)
        chosen = sa.select(target).where(*(target.c[name] == value for name, value in where.items()))
        ordered = chosen.order_by(*(target.c[name] for name in tables.identity(table)))
        return [dict(row._mapping) for row in read(self.engine, lambda t: t.rows(ordered))]

    def execute(self, *statements: str) -> None:
        """Run statements in MySQL."""
        with self.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()

    def assert_equal(self, *entities: str) -> None:
        """MySQL's records are DynamoDB's, those of these entities or of all."""
        for entity in entities or self.stores.contract.entities:
            repository = self.of(entity)
            found = {key: record for key, record in self.records(entity).items() if not self._expired(entity, record)}
            keys = [self.key(entity, record) for record in found.values()]
            of = self.stores.contract.entities[entity]
            assert found == {ident(of, record): record for record in repository.get_many(keys).values()}

    def _expired(self, entity: str, record: dict[str, Any]) -> bool:
        return self.stores.dynamodb.layout.of(entity).prepare.expired(record)
