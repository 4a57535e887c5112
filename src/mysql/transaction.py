"""Transactions: begun, run and ended with our errors, and never left open."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from crossfade.dal.errors import StoreError
from crossfade.mysql.errors import Deadlock, guarded
from crossfade.mysql.sqlite import WRITE

R = TypeVar("R")

# A deadlock's victim has been rolled back, so its work can be made again; others go on in the meantime.
DEADLOCK_TRIES = 8
_FIRST_PAUSE = 0.01  # seconds at most; twice as long each time


class Transaction:
    """One transaction on one connection. Leaving its block without `commit()` rolls back.

    Args:
        engine: from `engine.create`.
        writes: whether it will write; on SQLite it then waits for other writers at its beginning.
    """

    def __init__(self, engine: sa.Engine, *, writes: bool) -> None:
        self._engine = engine
        self._writes = writes
        self._connection: sa.Connection | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rollback()

    def begin(self) -> None:
        """Take a connection and begin."""
        self._connection = guarded(self._engine, self._begun)

    def _begun(self) -> sa.Connection:
        connection = self._engine.connect()
        try:
            connection = connection.execution_options(**{WRITE: self._writes})
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def execute(
        self, statement: sa.Executable, parameters: Sequence[Mapping[str, Any]] | None = None
    ) -> sa.CursorResult[Any]:
        """Run a statement.

        Raises:
            StoreError: what the server refused. It has undone this statement; a Deadlock, everything.
        """
        connection = self.connection
        try:
            return guarded(self._engine, lambda: connection.execute(statement, parameters))
        except StoreError as error:
            error.request_id = _connection_id(connection)
            raise

    def rows(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """Run a SELECT and fetch everything. Raises as `execute`."""
        result = self.execute(statement)
        return guarded(self._engine, result.all)

    def commit(self) -> None:
        """Make everything last, and give the connection back.

        Raises:
            OutcomeUnknown: the connection was lost before the server answered.
            StoreError: it was not committed.
        """
        try:
            guarded(self._engine, self.connection.commit, committing=True)
        finally:
            self.rollback()

    def rollback(self) -> None:
        """Undo everything, and give the connection back. Without effect on a transaction that has ended."""
        connection, self._connection = self._connection, None
        if connection is not None:
            guarded(self._engine, connection.close)

    @property
    def connection(self) -> sa.Connection:
        """The connection, while the transaction is open."""
        if self._connection is None:
            raise RuntimeError("this transaction has ended")
        return self._connection


def run(engine: sa.Engine, work: Callable[[Transaction], R]) -> R:
    """Run `work` in a transaction of its own and commit it; after a deadlock, again.

    Raises:
        Conflict: a deadlock in every try, or a lock that was not given.
        StoreError: as `work` and `Transaction.commit`.
    """
    for attempt in range(DEADLOCK_TRIES - 1):
        try:
            return _once(engine, work)
        except Deadlock:
            # Victims that come back all at once deadlock all over again.
            time.sleep(random.uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311 - spreads tries, keeps no secret
    return _once(engine, work)


def _once(engine: sa.Engine, work: Callable[[Transaction], R]) -> R:
    with Transaction(engine, writes=True) as transaction:
        result = work(transaction)
        transaction.commit()
    return result


def read(engine: sa.Engine, work: Callable[[Transaction], R]) -> R:
    """Run `work`, which only reads, on one snapshot of the database."""
    with Transaction(engine, writes=False) as transaction:
        return work(transaction)


def _connection_id(connection: sa.Connection) -> str | None:
    """MySQL's number of the connection, as its own logs have it."""
    if connection.invalidated or connection.closed:
        return None
    thread_id = getattr(connection.connection.dbapi_connection, "thread_id", None)
    return str(thread_id()) if thread_id else None
