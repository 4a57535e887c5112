"""The outbox: what a committed change still has to be carried to, written in its own transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from crossfade.mysql.engine import dialect_name
from crossfade.mysql.own_tables import OUTBOX
from crossfade.mysql.transaction import Transaction, read, run

Kind = Literal["item", "entity", "propagate"]

GRACE = timedelta(seconds=2)
"""How long a row is left to the writer, who carries it over himself, before a relay takes it."""

_BACKOFF = timedelta(seconds=1)
_BACKOFF_MOST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to carry over.

    Attributes:
        kind: `item`, an item key to sync; `entity`, an entity all of whose items are to be synced; `propagate`, a row
            of which other entities are made.
        detail: which; JSON.
    """

    kind: Kind
    detail: Any

    @property
    def text(self) -> str:
        """The detail as it is stored; the same for the same detail."""
        return json.dumps(self.detail, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def place(self) -> str:
        """A digest of what is to be carried over."""
        return hashlib.sha256(f"{self.kind} {self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the outbox."""

    id: int
    entry: Entry
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Failing:
    """A row that could not be carried over.

    Attributes:
        row: the row.
        created_at: when it was written.
        due_at: when it is tried again.
        error: why it failed the last time.
    """

    row: Row
    created_at: datetime
    due_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in an outbox.

    Attributes:
        rows: how many rows.
        age: seconds since the oldest was written.
        failing: rows that could not be carried over at least once.
    """

    rows: int = 0
    age: float = 0.0
    failing: int = 0


class Outbox:
    """The outbox of one group.

    Args:
        engine: from `engine.create`.
        group: the group's name.
        clock: gives the current time as an aware datetime.
    """

    def __init__(self, engine: sa.Engine, group: str, clock: Any) -> None:
        self._engine, self._group, self._clock = engine, group, clock
        self._skips = dialect_name(engine) == "mysql"

    def insert(self, transaction: Transaction, entries: Iterable[Entry], *, left: bool = True) -> list[Row]:
        """Write entries in a transaction that changes what they carry over; each once.

        Args:
            transaction: the transaction.
            entries: the entries.
            left: whether they are left to their writer for a moment; no writer carries a propagation over.
        """
        now = self._now()
        made = []
        for entry in dict.fromkeys((e.kind, e.text) for e in entries):
            kept = Entry(entry[0], json.loads(entry[1]))
            values = {
                "group_name": self._group, "kind": kept.kind, "place": kept.place, "detail": kept.text,
                "created_at": now, "due_at": now + GRACE if left and kept.kind != "propagate" else now,
            }  # fmt: skip
            result = transaction.execute(OUTBOX.insert().values(values))
            made.append(Row(int(result.lastrowid), kept))
        return made

    def take(self, transaction: Transaction, limit: int, *, fresh: bool = False) -> list[Row]:
        """Rows that are due, oldest first; locked, those that others hold left out.

        Args:
            transaction: holds the locks.
            limit: rows at most.
            fresh: take those, too, that are left to their writers for a moment.
        """
        chosen = (
            sa.select(OUTBOX.c.id, OUTBOX.c.kind, OUTBOX.c.detail, OUTBOX.c.attempts)
            .where(
                OUTBOX.c.group_name == self._group, OUTBOX.c.due_at <= self._now() + (GRACE if fresh else timedelta())
            )
            .order_by(OUTBOX.c.due_at, OUTBOX.c.id)
            .limit(limit)
            .with_for_update(skip_locked=self._skips)
        )
        return self._rows(transaction, chosen)

    def look(self, transaction: Transaction) -> list[Row]:
        """Every row, due or not, as the transaction sees them; not locked."""
        chosen = (
            sa.select(OUTBOX.c.id, OUTBOX.c.kind, OUTBOX.c.detail, OUTBOX.c.attempts)
            .where(OUTBOX.c.group_name == self._group)
            .order_by(OUTBOX.c.id)
        )
        return self._rows(transaction, chosen)

    def _rows(self, transaction: Transaction, chosen: sa.Select[Any]) -> list[Row]:
        found = map(tuple, transaction.rows(chosen))
        return [Row(int(i), Entry(kind, json.loads(detail)), int(n)) for i, kind, detail, n in found]

    def delete(self, transaction: Transaction, rows: Sequence[Row]) -> None:
        """Delete rows that have been carried over."""
        if rows:
            transaction.execute(OUTBOX.delete().where(OUTBOX.c.id.in_([row.id for row in rows])))

    def done(self, rows: Sequence[Row]) -> None:
        """Delete rows that their writer has carried over, in a transaction of its own; not those that a relay holds."""

        def work(transaction: Transaction) -> None:
            chosen = sa.select(OUTBOX.c.id).where(OUTBOX.c.id.in_([row.id for row in rows]))
            free = {i for (i,) in map(tuple, transaction.rows(chosen.with_for_update(skip_locked=self._skips)))}
            self.delete(transaction, [row for row in rows if row.id in free])

        run(self._engine, work)

    def postpone(self, transaction: Transaction, row: Row, error: str) -> None:
        """Leave a row that could not be carried over for later: twice as long each time, five minutes at most."""
        wait = min(_BACKOFF_MOST, _BACKOFF * 2 ** min(row.attempts, 20))
        transaction.execute(
            OUTBOX.update()
            .where(OUTBOX.c.id == row.id)
            .values(attempts=row.attempts + 1, due_at=self._now() + wait, error=error)
        )

    def depth(self) -> Depth:
        """How much waits. Raises StoreUnavailable."""
        statement = sa.select(sa.func.count(), sa.func.min(OUTBOX.c.created_at), sa.func.count(OUTBOX.c.error)).where(
            OUTBOX.c.group_name == self._group
        )
        ((rows, oldest, failing),) = map(tuple, read(self._engine, lambda t: t.rows(statement)))
        age = 0.0 if oldest is None else max(0.0, (self._now() - oldest).total_seconds())
        return Depth(int(rows), age, int(failing))

    def failing(self, limit: int) -> list[Failing]:
        """The rows that could not be carried over, oldest first. Raises StoreUnavailable.

        Args:
            limit: rows at most.
        """
        of = OUTBOX.c
        chosen = (
            sa.select(of.id, of.kind, of.detail, of.attempts, of.created_at, of.due_at, of.error)
            .where(of.group_name == self._group, of.error.is_not(None))
            .order_by(of.id)
            .limit(limit)
        )
        rows = map(tuple, read(self._engine, lambda t: t.rows(chosen)))
        return [
            Failing(
                Row(int(i), Entry(kind, json.loads(detail)), int(n)),
                created_at.replace(tzinfo=UTC),
                due_at.replace(tzinfo=UTC),
                error,
            )
            for i, kind, detail, n, created_at, due_at, error in rows
        ]

    def holds(self, rows: Sequence[Row]) -> bool:
        """Whether any of these rows is in it."""
        chosen = sa.select(OUTBOX.c.id).where(OUTBOX.c.id.in_([row.id for row in rows])).limit(1)
        return bool(read(self._engine, lambda t: t.rows(chosen)))

    def last(self) -> int:
        """The number of the last row; 0 where there is none."""
        chosen = sa.select(OUTBOX.c.id).where(OUTBOX.c.group_name == self._group).order_by(OUTBOX.c.id.desc()).limit(1)
        return int(next((i for (i,) in map(tuple, read(self._engine, lambda t: t.rows(chosen)))), 0))

    def waits(self, last: int, kinds: Iterable[Kind], entries: Iterable[Entry] = ()) -> bool:
        """Whether anything is still to be carried over of the rows up to the number `last`.

        Args:
            last: see `last`.
            kinds: of these kinds,
            entries: or for one of these.
        """
        wanted = sa.or_(OUTBOX.c.kind.in_(list(kinds)), OUTBOX.c.place.in_([entry.place for entry in entries]))
        chosen = sa.select(OUTBOX.c.id).where(OUTBOX.c.group_name == self._group, OUTBOX.c.id <= last, wanted).limit(1)
        return bool(read(self._engine, lambda t: t.rows(chosen)))

    def _now(self) -> datetime:
        now: datetime = self._clock()
        return now.astimezone(UTC).replace(tzinfo=None)
