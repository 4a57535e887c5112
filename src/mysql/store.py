"""The relational store of one contract: opened once, shared by every repository."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from crossfade.contract.load import resolve
from crossfade.contract.model import Contract
from crossfade.contract.source import SourceSchema
from crossfade.dal.base import Tools
from crossfade.dal.entity import Binding
from crossfade.dal.prepare import Clock, Preparer
from crossfade.mysql.check import check_schema
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.errors import STORE, guarded
from crossfade.mysql.records import Records
from crossfade.mysql.repository import MySQLRepository
from crossfade.mysql.schema import reflect
from crossfade.mysql.tables import Tables
from crossfade.mysql.transaction import Hooks
from crossfade.mysql.unit_of_work import MySQLUnitOfWork
from crossfade.mysql.ways import Way, ways
from crossfade.mysql.write import Writer


def _now() -> datetime:
    return datetime.now(UTC)


class MySQLStore:
    """A store on MySQL, MariaDB, or their stand-in SQLite. Safe to share between threads.

    The tables are read from the database when they are first needed.

    Args:
        contract: the contract.
        engine: from `engine.create`; closed with the store.
        clock: gives the current time as an aware datetime.
        hooks: makes what goes along with each transaction that writes, where nothing else is said.
    """

    name = STORE

    def __init__(
        self,
        contract: Contract,
        engine: sa.Engine,
        *,
        clock: Clock = _now,
        hooks: Callable[[], Hooks] | None = None,
    ) -> None:
        self.engine = engine
        self._hooks = hooks
        self._given = contract
        self._clock = clock
        self._lock = threading.RLock()
        self._records: dict[str, Records] = {}
        self._writers: dict[str, Writer] = {}

    @cached_property
    def schema(self) -> SourceSchema:
        """The database's tables.

        Raises:
            StoreUnavailable: it cannot be reached, or refuses the credentials.
        """
        return guarded(self.engine, lambda: reflect(self.engine))

    @cached_property
    def contract(self) -> Contract:
        """The contract, with the types that it leaves to the database.

        Raises:
            StoreUnavailable: the contract is not locked, and the database cannot be reached.
        """
        plain = (a for e in self._given.entities.values() for a in e.fields.values() if a.column is not None)
        locked = all(a.value_type.source for a in plain) or self._given.definition is None
        return self._given if locked else resolve(self._given, self.schema)

    @cached_property
    def tables(self) -> Tables:
        """The database's tables, as statements name them. Raises StoreUnavailable."""
        return Tables(self.schema, dialect_name(self.engine), self.contract)

    def ways(self, entity: str) -> list[Way]:
        """The ways from joined rows to the records of an entity.

        Raises:
            SchemaMismatch: nothing leads back from a joined row.
        """
        return ways(self.tables, self.contract.entities[entity], self.records(entity))

    def records(self, entity: str) -> Records:
        """Reads an entity.

        Raises:
            SchemaMismatch: the database lacks a table or a column of it.
        """
        with self._lock:
            if entity not in self._records:
                definition = self.contract.entities[entity]
                self._records[entity] = Records(self.tables, definition, Preparer(definition, self._clock))
            return self._records[entity]

    def writer(self, entity: str) -> Writer:
        """Writes an entity. Raises as `records`."""
        with self._lock:
            if entity not in self._writers:
                definition = self.contract.entities[entity]
                prepare = Preparer(definition, self._clock)
                self._writers[entity] = Writer(self.contract, self.tables, definition, prepare, self.records)
            return self._writers[entity]

    def repository(
        self, binding: Binding[Any], tools: Tools, hooks: Callable[[], Hooks] | None = None
    ) -> MySQLRepository[Any]:
        """See `Store.repository`; `hooks` makes what goes along with each transaction that writes."""
        return MySQLRepository(self.engine, self, binding, tools, hooks or self._hooks)

    def unit_of_work(
        self,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
        hooks: Callable[[], Hooks] | None = None,
    ) -> MySQLUnitOfWork:
        """See `Store.unit_of_work`; `hooks` makes what goes along with its transaction."""
        return MySQLUnitOfWork(self.engine, self, bind, prepare, actions, hooks or self._hooks)

    def check(self) -> None:
        """See `Store.check`."""
        check_schema(self.contract, guarded(self.engine, lambda: reflect(self.engine)))

    def close(self) -> None:
        """See `Store.close`."""
        self.engine.dispose()
