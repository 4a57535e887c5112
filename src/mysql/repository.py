"""Repositories on MySQL: each call is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeVar

import sqlalchemy as sa

from crossfade.dal.base import BaseRepository, Tools
from crossfade.dal.entity import Binding, Record
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Update
from crossfade.dal.query import Query
from crossfade.dal.repository import BatchResult
from crossfade.mysql.batch import Batch
from crossfade.mysql.errors import STORE
from crossfade.mysql.records import Records
from crossfade.mysql.transaction import Hooks, Transaction, read, run
from crossfade.mysql.write import Access, Writer

T = TypeVar("T")
R = TypeVar("R")


class MySQLRepository(BaseRepository[T]):
    """The entities of one kind on MySQL, MariaDB or SQLite.

    Args:
        engine: from `engine.create`.
        access: reads and writes the entity; asked when it is first needed.
        binding, tools: as for every repository.
        hooks: makes what goes along with each transaction that writes.
    """

    store: ClassVar[str] = STORE

    def __init__(
        self,
        engine: sa.Engine,
        access: Access,
        binding: Binding[T],
        tools: Tools,
        hooks: Callable[[], Hooks] | None = None,
    ) -> None:
        super().__init__(binding, tools)
        self._engine = engine
        self._access = access
        self._hooks = hooks

    @property
    def _records(self) -> Records:
        return self._access.records(self.entity.name)

    @property
    def _writer(self) -> Writer:
        return self._access.writer(self.entity.name)

    @property
    def _batch(self) -> Batch:
        return Batch(self._writer, self._run)

    def _get_many(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        records = self._records
        return read(self._engine, lambda t: records.get_many(t, keys), single=records.is_single(keys))

    def _find(self, query: Query) -> Sequence[Record]:
        records = self._records
        return read(self._engine, lambda t: records.find(t, query), single=records.is_one_page(query))

    def _count(self, query: Query) -> int:
        records = self._records
        return read(self._engine, lambda t: records.count(t, query))

    def _create(self, record: Record) -> Record:
        writer = self._writer
        return self._stored(lambda t: writer.create(t, record))

    def _put(self, record: Record) -> Record:
        writer = self._writer
        return self._stored(lambda t: writer.put(t, record))

    def _update(self, update: Update) -> Record:
        writer = self._writer

        def work(transaction: Transaction) -> Mapping[str, object]:
            writer.update(transaction, update)
            return update.key

        return self._stored(work)

    def _delete(self, delete: Delete) -> bool:
        writer = self._writer
        return self._run(lambda t: writer.delete(t, delete))

    def _put_many(self, records: Sequence[Record]) -> BatchResult:
        return self._batch.put(records, self._put)

    def _delete_many(self, keys: Sequence[Key]) -> BatchResult:
        return self._batch.delete(keys, lambda key: self._delete(Delete(key)))

    def _stored(self, write: Callable[[Transaction], Mapping[str, object]]) -> Record:
        """Write, and read what is stored then, in one transaction."""
        records = self._records

        def work(transaction: Transaction) -> Record:
            written = write(transaction)
            key = Key({f: written[f] for f in self.entity.key})
            return records.written(transaction, key)

        return self._run(work)

    def _run(self, work: Callable[[Transaction], R]) -> R:
        return run(self._engine, work, hooks=self._hooks)
