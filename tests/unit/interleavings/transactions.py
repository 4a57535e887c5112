"""Where transactions are stepped: at their first statement, and where others could come in between.

A read transaction is one step: its snapshot is all that it sees. What a step sees is remembered, because two runs that
have seen the same and left the same stores go on alike: that is what makes them one state to the explorer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.util import find_tables

from crossfade.mysql.own_tables import OUTBOX, STAGE
from crossfade.mysql.transaction import Transaction
from tests.unit.interleavings.actors import Actor, Point, actor
from tests.unit.interleavings.locks import STAGE as STAGE_LOCK
from tests.unit.interleavings.locks import WRITE
from tests.unit.interleavings.run import Run
from tests.unit.interleavings.world import TABLES


class TransactionHooks:
    """What is called in place of the real methods, and calls them.

    Attributes:
        run: the present run.
        split: whether a transaction that writes is two steps, its beginning and its commit; whether a flip is one step
            for each request; and whether the requests for the stage item are steps. For the first, one is enough: what
            it reads, it has locked, and taking locks can be put off, giving them back need not be, without that
            anybody sees more or less (Lipton's reduction). Where a lock is taken away, that is no longer so.
    """

    def __init__(self, *, split: bool) -> None:
        self.run: Run
        self.split = split

    def begin(self, run: Run) -> None:
        """From now on, another run."""
        self.run = run

    def begun(self, real: Any, transaction: Any) -> Any:
        """An application's transaction begins with its locks; others write late, if at all, as MySQL lets them."""
        who = actor()
        if who is None or not transaction._writes:
            return real(transaction)
        if transaction._hooks is None:
            transaction._writes = False
            try:
                return real(transaction)
            finally:
                transaction._writes = True
        locks = self.run.locks
        who.pause(
            Point(
                "begin",
                lambda: locks.free(WRITE, transaction, alone=True) and locks.free(STAGE_LOCK, transaction, alone=False),
            )
        )
        locks.take(WRITE, transaction, alone=True)
        self._seen(who, transaction, (*TABLES, "crossfade_stage"))
        return real(transaction)

    def execute(self, real: Any, transaction: Any, statement: Any, parameters: Any = None) -> Any:
        """The first statement of a transaction is a step; so is the first that writes, if others came in between."""
        who = actor()
        if who is None:
            return real(transaction, statement, parameters)
        needs = self._needs(transaction, statement)

        def ready() -> bool:
            free = all(self.run.locks.free(name, transaction, alone=alone) for name, alone in needs)
            return free and not self._held(transaction, statement)

        first = transaction not in self.run.statements
        writes = statement.is_dml and not self.run.locks.holds(WRITE, transaction)
        late = writes and self.run.statements[transaction] != who.steps
        if ((first or late) and not who.silent) or not ready():
            who.pause(Point(_label(statement), ready))
            self._seen(who, transaction, _reads(statement))
        statement = self._unlocked(transaction, statement)
        for name, alone in needs:
            self.run.locks.take(name, transaction, alone=alone)
            self.run.held_at = who.steps if (name, alone) == (STAGE_LOCK, True) else self.run.held_at
        self.run.statements[transaction] = who.steps
        if writes:
            raw = transaction.connection.connection.driver_connection
            raw.execute("ROLLBACK")  # what it locked and read stays as it is; SQLite would refuse its snapshot
            raw.execute("BEGIN IMMEDIATE")
        if _locks(statement) and _of(statement, OUTBOX):
            for row in real(transaction, statement, parameters):
                self.run.locks.take(("outbox", row.id), transaction, alone=True)
        return real(transaction, statement, parameters)

    def commit(self, real: Any, transaction: Any) -> None:
        """The commit of a move is a step if others could come in between."""
        who = actor()
        moves = self.run.locks.holds(STAGE_LOCK, transaction)
        others = moves and who is not None and self.run.held_at != who.steps
        if who is not None and (others or (self.split and (transaction._hooks is not None or moves))):
            who.pause(Point("commit", lambda: True))
        real(transaction)

    def rollback(self, real: Any, transaction: Any) -> None:
        """What has ended holds no lock."""
        self.run.locks.release(transaction)
        self.run.statements.pop(transaction, None)
        real(transaction)

    def _seen(self, who: Actor, transaction: Transaction, tables: tuple[str, ...]) -> None:
        who.saw(self.run.world.rows(*tables))
        self.run.statements[transaction] = who.steps

    def _unlocked(self, transaction: Transaction, statement: Any) -> Any:
        """SKIP LOCKED, for the rows of the outbox."""
        if _locks(statement) and _of(statement, OUTBOX) and statement._for_update_arg.skip_locked:
            return statement.where(OUTBOX.c.id.not_in(self.run.locks.others("outbox", transaction)))
        return statement

    def _needs(self, transaction: Transaction, statement: Any) -> list[tuple[str, bool]]:
        if _locks(statement) and _of(statement, STAGE):
            return [(STAGE_LOCK, not statement._for_update_arg.read)]
        return [(WRITE, True)] if statement.is_dml and not self.run.locks.holds(WRITE, transaction) else []

    def _held(self, transaction: Transaction, statement: Any) -> bool:
        """Whether another holds a row of the outbox that is to be deleted."""
        others = self.run.locks.others("outbox", transaction)
        if not (others and statement.is_delete and _of(statement, OUTBOX)):
            return False
        with self.run.world.stores.mysql.engine.connect() as connection:
            chosen = sa.select(OUTBOX.c.id).where(statement.whereclause)
            return any(n in others for (n,) in connection.execute(chosen))


def _label(statement: Any) -> str:
    tables = {t.name for t in (OUTBOX, STAGE) if _of(statement, t)} or {"rows"}
    verb = statement.__visit_name__
    return f"{verb}{' and lock' if _locks(statement) else ''} {'/'.join(sorted(tables))}"


def _reads(statement: Any) -> tuple[str, ...]:
    """The tables that a transaction reads which begins with a statement."""
    stage, outbox = _of(statement, STAGE), _of(statement, OUTBOX)
    if stage and not _locks(statement):
        return ("crossfade_stage",)
    if stage and statement._for_update_arg.read:
        return (*TABLES, "crossfade_stage")
    return ("crossfade_stage", "crossfade_outbox") if stage or outbox else TABLES


def _of(statement: Any, table: sa.Table) -> bool:
    return table in (_tables(statement) if statement.is_select else [statement.table])


@lru_cache(maxsize=16)  # each statement is asked about several times, and walked through for each
def _tables(statement: Any) -> frozenset[Any]:
    return frozenset(find_tables(statement))


def _locks(statement: Any) -> bool:
    return bool(statement.is_select and statement._for_update_arg is not None)
