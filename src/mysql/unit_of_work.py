"""Units of work on MySQL: one transaction, in which every read takes a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa

from crossfade.contract.model import Entity
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import StoreError
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.unit_of_work import BaseUnitOfWork
from crossfade.mysql.errors import STORE
from crossfade.mysql.transaction import Hooks, Transaction
from crossfade.mysql.write import Access


class MySQLUnitOfWork(BaseUnitOfWork):
    """All or nothing in one transaction.

    A write is made, and refused, at the call. What `get` read is locked until the end: others wait for it, and
    fail with Conflict where they wait too long; two units that wait for each other are a Conflict in one of them.
    """

    store: ClassVar[str] = STORE

    def __init__(
        self,
        engine: sa.Engine,
        access: Access,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
        hooks: Callable[[], Hooks] | None = None,
    ) -> None:
        super().__init__(bind, prepare, actions)
        self._access = access
        self._transaction = Transaction(engine, writes=True, hooks=hooks() if hooks else None)

    def _begin(self) -> None:
        self._transaction.begin()

    def _commit(self) -> None:
        self._transaction.commit()

    def _rollback(self) -> None:
        self._transaction.rollback()

    def _get(self, entity: Entity, key: Key) -> Record | None:
        records = self._access.records(entity.name)
        try:
            return records.lock(self._transaction, key)
        except StoreError:
            # After a deadlock the server has undone what was written before: the rest must not be committed.
            self.fail()
            raise

    def _create(self, entity: Entity, record: Record) -> Record:
        return self._access.writer(entity.name).create(self._transaction, record)

    def _put(self, entity: Entity, record: Record) -> None:
        self._access.writer(entity.name).put(self._transaction, record)

    def _update(self, entity: Entity, update: Update) -> None:
        self._access.writer(entity.name).update(self._transaction, update)

    def _delete(self, entity: Entity, delete: Delete) -> None:
        self._access.writer(entity.name).delete(self._transaction, delete)
