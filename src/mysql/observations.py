"""Observations of shadow reads in MySQL, where those of all processes come together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from crossfade.dal.errors import StoreError
from crossfade.dal.observation import (
    OUTCOMES,
    Batch,
    Observation,
    ReadDifference,
    Totals,
    summed,
    window_start,
)
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.own_tables import SHADOW_MISMATCH, SHADOW_TOTALS
from crossfade.mysql.transaction import Transaction, read, run


class MySQLObservations:
    """An `ObservationStore` on the tables of `own_tables`, which must be there.

    Args:
        engine: from `engine.create`.
        keep: mismatches that are kept of each entity.
    """

    def __init__(self, engine: sa.Engine, *, keep: int = 100) -> None:
        self._engine, self._keep = engine, keep

    def add(self, batch: Batch) -> None:
        """See `ObservationStore.add`.

        Raises:
            SchemaMismatch: the tables are not there.
            StoreError: what else the server refused.
        """
        run(self._engine, lambda transaction: self._add(transaction, batch))
        for group, entity in {(seen.group, seen.entity) for seen in batch.mismatches}:
            with suppress(StoreError):  # the batch has been added; the next one trims again
                self._trim(group, entity)

    def _add(self, transaction: Transaction, batch: Batch) -> None:
        # In one order, so that the processes wait for each other's rows and not in a circle.
        if counts := sorted(_counts(batch), key=lambda row: tuple(row.values())):
            transaction.execute(self._upsert(), counts)
        if batch.mismatches:
            transaction.execute(SHADOW_MISMATCH.insert(), [_row(seen) for seen in batch.mismatches])

    def _upsert(self) -> sa.Executable:
        if dialect_name(self._engine) == "sqlite":
            added = sqlite.insert(SHADOW_TOTALS)
            total = SHADOW_TOTALS.c["count"] + added.excluded["count"]
            return added.on_conflict_do_update(index_elements=list(SHADOW_TOTALS.primary_key), set_={"count": total})
        made = mysql.insert(SHADOW_TOTALS)
        return made.on_duplicate_key_update({"count": SHADOW_TOTALS.c["count"] + made.inserted["count"]})

    def _trim(self, group: str, entity: str) -> None:
        ids = SHADOW_MISMATCH.c.id
        of = sa.and_(SHADOW_MISMATCH.c.group_name == group, SHADOW_MISMATCH.c.entity == entity)
        # In two transactions: MariaDB refuses to delete what others have deleted since this one began to read.
        last = sa.select(ids).where(of).order_by(ids.desc()).offset(self._keep).limit(1)
        found = read(self._engine, lambda transaction: transaction.rows(last))
        if found:
            old = SHADOW_MISMATCH.delete().where(of, ids <= found[0].id)
            run(self._engine, lambda transaction: transaction.execute(old))

    def totals(self, group: str, since: datetime) -> dict[str, Totals]:
        """See `ObservationStore.totals`."""
        of = (SHADOW_TOTALS.c.group_name == group, SHADOW_TOTALS.c.window_start >= _stored(window_start(since)))
        outcome, entity = SHADOW_TOTALS.c.outcome, SHADOW_TOTALS.c.entity
        asked = sa.select(entity, outcome, sa.func.sum(SHADOW_TOTALS.c["count"])).where(*of).group_by(entity, outcome)
        rows = read(self._engine, lambda transaction: transaction.rows(asked))
        return summed((name, Totals.of(seen, int(count))) for name, seen, count in map(tuple, rows))

    def mismatches(self, group: str, limit: int = 20) -> list[Observation]:
        """See `ObservationStore.mismatches`."""
        at, number = SHADOW_MISMATCH.c.at, SHADOW_MISMATCH.c.id
        asked = sa.select(SHADOW_MISMATCH).where(SHADOW_MISMATCH.c.group_name == group)
        asked = asked.order_by(at.desc(), number.desc()).limit(limit)
        return [_observation(row) for row in read(self._engine, lambda transaction: transaction.rows(asked))]

    def forget(self, group: str, before: datetime | None = None) -> None:
        """See `ObservationStore.forget`."""
        start = None if before is None else _stored(window_start(before))

        def work(transaction: Transaction) -> None:
            for table, time in ((SHADOW_TOTALS, SHADOW_TOTALS.c.window_start), (SHADOW_MISMATCH, SHADOW_MISMATCH.c.at)):
                old = sa.true() if start is None else time < start
                transaction.execute(table.delete().where(table.c.group_name == group, old))

        run(self._engine, work)


def _counts(batch: Batch) -> Iterator[dict[str, Any]]:
    for window, totals in batch.totals.items():
        for outcome in OUTCOMES:
            if count := getattr(totals, outcome):
                yield {
                    "group_name": window.group,
                    "entity": window.entity,
                    "window_start": _stored(window.start),
                    "outcome": outcome,
                    "count": count,
                }


def _row(seen: Observation) -> dict[str, Any]:
    detail = {
        "operation": seen.operation,
        "asked": seen.asked,
        "reason": seen.reason,
        "differences": [list(difference) for difference in seen.differences],
        "keys": [dict(key) for key in seen.keys],
        "control_seconds": seen.control_seconds,
        "candidate_seconds": seen.candidate_seconds,
    }
    return {"group_name": seen.group, "entity": seen.entity, "at": _stored(seen.at), "detail": detail}


def _observation(row: sa.Row[Any]) -> Observation:
    detail = row.detail
    return Observation(
        row.group_name,
        row.entity,
        detail["operation"],
        detail["asked"],
        "mismatch",
        detail["reason"],
        row.at.replace(tzinfo=UTC),
        tuple(ReadDifference(*difference) for difference in detail["differences"]),
        tuple(detail["keys"]),
        detail["control_seconds"],
        detail["candidate_seconds"],
    )


def _stored(time: datetime) -> datetime:
    """As a column has it, which knows no time zones."""
    return time.astimezone(UTC).replace(tzinfo=None)
