"""Transactions: begun, run and ended with our errors, and never left open."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import sqlalchemy as sa

from crossfade.dal.errors import OutcomeUnknown, StoreError, StoreUnavailable
from crossfade.dal.telemetry import asked, error_type
from crossfade.mysql.connections import GAPS, ended
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.errors import Deadlock, guarded
from crossfade.mysql.prepared import Prepared, Row, Written, executed, fetched
from crossfade.mysql.sqlite import UNCHECKED, WRITE
from crossfade.mysql.watch import Watch

R = TypeVar("R")

_NOTHING: Mapping[str, Any] = {}

# A deadlock's victim has been rolled back, so its work can be made again; others go on in the meantime.
DEADLOCK_TRIES = 8
_FIRST_PAUSE = 0.01  # seconds at most; twice as long each time
_AT_ONCE = 1.0  # seconds within which a connection that was lost before says so; a server that is frozen says nothing


class Hooks(Protocol):
    """What goes along with one transaction that writes."""

    def begun(self, transaction: Transaction) -> None:
        """Called when it has begun; may raise, which ends it."""

    def committing(self, transaction: Transaction) -> None:
        """Called before it commits; may write more, or raise, which undoes everything."""

    def landed(self) -> bool:
        """Asked where the reply to the commit was lost: whether it was made, for sure."""

    def committed(self) -> None:
        """Called after the commit; must not raise."""


class Transaction:
    """One transaction on one connection. Leaving its block without `commit()` rolls back.

    Attributes:
        watch: who is told of every record before it is changed, if anybody is.

    Args:
        engine: from `engine.create`.
        writes: whether it will write; on SQLite it then waits for other writers at its beginning.
        checks: whether the server checks references.
        gaps: whether its locking reads lock the gaps between rows, too, in which others then cannot insert; without,
            its reads do not share one snapshot.
        single: whether it is for one statement, which sees one snapshot by itself: the server is not told to begin
            one, nor to end it.
        hooks: what goes along with it.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        writes: bool,
        checks: bool = True,
        gaps: bool = True,
        single: bool = False,
        hooks: Hooks | None = None,
    ) -> None:
        self.watch: Watch | None = None
        self._engine, self._hooks = engine, hooks
        self._writes, self._checks, self._gaps, self._single = writes, checks, gaps, single
        self._server = engine.dialect.name != "sqlite"
        self._connection: sa.Connection | None = None
        self._began = 0.0
        self._error: str | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._error = error_type(error)
        self.rollback()

    def begin(self) -> None:
        """Take a connection and begin."""
        self._began = time.perf_counter()
        try:
            self._connection = guarded(self._engine, self._begun)
            if self._hooks is not None:
                self._hooks.begun(self)
        except BaseException as error:
            self._error = error_type(error)
            if self._connection is None:
                self._tell()
            self.rollback()
            raise

    def _begun(self) -> sa.Connection:
        connection = self._engine.connect()
        try:
            if self._single and self._server:
                return connection
            options = {WRITE: self._writes, UNCHECKED: not self._checks, GAPS: self._gaps}
            connection = connection.execution_options(**options)
            connection.begin()
            if self._server and not self._checks:
                connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        except BaseException:
            connection.close()
            raise
        return connection

    def execute(
        self, statement: sa.Executable, parameters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> sa.CursorResult[Any]:
        """Run a statement.

        Raises:
            StoreError: what the server refused. It has undone this statement; a Deadlock, everything.
        """
        return self._refusable(lambda connection: connection.execute(statement, parameters))

    def rows(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """Run a SELECT and fetch everything. Raises as `execute`."""
        result = self.execute(statement)
        return guarded(self._engine, result.all)

    def fetch(self, statement: Prepared | sa.Select[Any], values: Mapping[str, Any] = _NOTHING) -> Sequence[Row]:
        """Run a SELECT and fetch everything, as the driver gives it. Raises as `execute`.

        SQLite's statements all go one way: there is no round trip beside which it would count.
        """
        prepared = statement if isinstance(statement, Prepared) else None
        if prepared is not None and self._server:
            return self._refusable(lambda connection: fetched(connection, prepared, values))
        result = self.execute(statement.statement if isinstance(statement, Prepared) else statement, values)
        return guarded(self._engine, result.cursor.fetchall)

    def write(self, statement: Prepared | sa.UpdateBase, values: Mapping[str, Any] = _NOTHING) -> Written:
        """Run a statement that writes. Raises as `execute`; SQLite as for `fetch`."""
        prepared = statement if isinstance(statement, Prepared) else None
        if prepared is not None and self._server:
            return self._refusable(lambda connection: executed(connection, prepared, values))
        result = self.execute(statement.statement if isinstance(statement, Prepared) else statement, values)
        return Written(result.rowcount, result.lastrowid)

    def _refusable(self, act: Callable[[sa.Connection], R]) -> R:
        connection = self.connection
        try:
            return guarded(self._engine, lambda: act(connection))
        except StoreError as error:
            error.request_id = _connection_id(connection)
            raise

    @contextmanager
    def unchecked(self) -> Iterator[None]:
        """Within the block the server checks no references: what is deleted takes nothing along, and is not refused.

        Without effect on SQLite, where only whole transactions can be without checks.
        """
        if dialect_name(self._engine) == "sqlite":
            yield
            return
        connection = self.connection
        guarded(self._engine, lambda: connection.exec_driver_sql("SET SESSION foreign_key_checks = 0"))
        try:
            yield
        finally:
            try:
                guarded(self._engine, lambda: connection.exec_driver_sql("SET SESSION foreign_key_checks = 1"))
            except BaseException:
                connection.invalidate()  # nobody else may come to use it
                raise

    def commit(self) -> None:
        """Make everything last, and give the connection back.

        Raises:
            OutcomeUnknown: the connection was lost before the server answered.
            StoreError: it was not committed.
        """
        try:
            if self._hooks is not None:
                self._hooks.committing(self)
            guarded(self._engine, self.connection.commit, committing=True)
            ended(self.connection)
        except StoreError as error:
            lost = isinstance(error, OutcomeUnknown)
            if not (lost and self._hooks is not None and self._hooks.landed()):
                self._error = error_type(error)
                raise
        finally:
            self.rollback()
        if self._hooks is not None:
            self._hooks.committed()

    def rollback(self) -> None:
        """Undo everything, and give the connection back. Without effect on a transaction that has ended."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._tell()
        if not self._checks:
            connection.invalidate()  # nobody else may come to use it
        guarded(self._engine, connection.close)

    def _tell(self) -> None:
        asked(self._engine.dialect.name, "transaction", time.perf_counter() - self._began, error=self._error)

    @property
    def connection(self) -> sa.Connection:
        """The connection, while the transaction is open."""
        if self._connection is None:
            raise RuntimeError("this transaction has ended")
        return self._connection


def run(
    engine: sa.Engine,
    work: Callable[[Transaction], R],
    *,
    checks: bool = True,
    hooks: Callable[[], Hooks] | None = None,
) -> R:
    """Run `work` in a transaction of its own and commit it; after a deadlock, again.

    Args:
        engine: from `engine.create`.
        work: what to do.
        checks: whether the server checks references.
        hooks: makes what goes along with each try.

    Raises:
        Conflict: a deadlock in every try, or a lock that was not given.
        StoreError: as `work` and `Transaction.commit`.
    """
    for attempt in range(DEADLOCK_TRIES - 1):
        try:
            return _once(engine, work, checks=checks, hooks=hooks() if hooks else None)
        except Deadlock:
            # Victims that come back all at once deadlock all over again.
            time.sleep(random.uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311 - spreads tries, keeps no secret
    return _once(engine, work, checks=checks, hooks=hooks() if hooks else None)


def _once(engine: sa.Engine, work: Callable[[Transaction], R], *, checks: bool, hooks: Hooks | None) -> R:
    with Transaction(engine, writes=True, checks=checks, hooks=hooks) as transaction:
        result = work(transaction)
        transaction.commit()
    return result


def read(engine: sa.Engine, work: Callable[[Transaction], R], *, single: bool = False) -> R:
    """Run `work`, which only reads, on one snapshot of the database; `single` as for `Transaction`."""
    with Transaction(engine, writes=False, single=single) as transaction:
        began = time.monotonic()
        try:
            return work(transaction)
        except StoreUnavailable:
            if not single or not transaction.connection.invalidated or time.monotonic() - began > _AT_ONCE:
                raise
    # The connection was lost before: nobody has asked it whether it was still there.
    with Transaction(engine, writes=False, single=single) as transaction:
        return work(transaction)


def _connection_id(connection: sa.Connection) -> str | None:
    """MySQL's number of the connection, as its own logs have it."""
    if connection.invalidated or connection.closed:
        return None
    thread_id = getattr(connection.connection.dbapi_connection, "thread_id", None)
    return str(thread_id()) if thread_id else None
