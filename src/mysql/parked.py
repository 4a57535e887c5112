"""What could not be copied back to MySQL, and is tried again later: kept with the item key and the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from crossfade.mysql.engine import dialect_name
from crossfade.mysql.own_tables import PARKED
from crossfade.mysql.transaction import Transaction, read

_BACKOFF = timedelta(seconds=1)
_BACKOFF_MOST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Parked:
    """An entity that is still to be copied back.

    Attributes:
        place: a digest of the entity and its key.
        entity: the entity's name.
        detail: `key` and `reason`, and `item_key` where there was an item.
        first_at, last_at: when it was parked, for the first time and the last.
        attempts: how often it could not be copied; 0 where it has not been tried.
        due_at: when it is to be tried again.
    """

    place: str
    entity: str
    detail: Mapping[str, Any]
    first_at: datetime
    last_at: datetime
    attempts: int
    due_at: datetime


class Parking:
    """The parked entities of one group.

    Args:
        engine: from `engine.create`.
        group: the group's name.
        clock: gives the current time as an aware datetime.
    """

    def __init__(self, engine: sa.Engine, group: str, clock: Callable[[], datetime]) -> None:
        self._engine, self._group, self._clock = engine, group, clock

    def park(
        self, transaction: Transaction, place: str, entity: str, detail: Mapping[str, Any], *, failed: bool
    ) -> None:
        """Park an entity, or park it anew.

        Args:
            transaction: where.
            place: a digest of the entity and its key.
            entity: the entity's name.
            detail: see `Parked`.
            failed: it could not be copied, and waits twice as long each time, five minutes at most; else it is due at
                once.
        """
        now = self._now()
        text = json.dumps(detail, sort_keys=True, ensure_ascii=False)
        values = {
            "group_name": self._group, "place": place, "entity": entity, "detail": text, "first_at": now,
            "last_at": now, "attempts": int(failed), "due_at": now + (_BACKOFF if failed else timedelta()),
        }  # fmt: skip
        again = {
            "detail": text,
            "last_at": now,
            "attempts": PARKED.c.attempts + int(failed),
            "due_at": values["due_at"],
        }
        # Inserted first, for the lock: see `Revs.lock`.
        insert: sa.Executable
        if dialect_name(self._engine) == "sqlite":
            made = sqlite.insert(PARKED).values(values)
            insert = made.on_conflict_do_update(index_elements=list(PARKED.primary_key), set_=again)
        else:
            insert = mysql.insert(PARKED).values(values).on_duplicate_key_update(again)
        transaction.execute(insert)
        if failed:
            chosen = sa.select(PARKED.c.attempts).where(self._of(place)).with_for_update()
            ((attempts,),) = map(tuple, transaction.rows(chosen))
            wait = min(_BACKOFF_MOST, _BACKOFF * 2 ** min(int(attempts) - 1, 20))
            transaction.execute(PARKED.update().where(self._of(place)).values(due_at=now + wait))

    def due(self, limit: int) -> list[Parked]:
        """Those that are to be tried again now, the longest due first. Raises StoreUnavailable."""
        chosen = sa.select(PARKED).where(PARKED.c.group_name == self._group, PARKED.c.due_at <= self._now())
        return self._read(chosen.order_by(PARKED.c.due_at, PARKED.c.place).limit(limit))

    def all(self, limit: int) -> list[Parked]:
        """Those that are parked, the longest parked first. Raises StoreUnavailable."""
        chosen = sa.select(PARKED).where(PARKED.c.group_name == self._group)
        return self._read(chosen.order_by(PARKED.c.first_at, PARKED.c.place).limit(limit))

    def count(self) -> int:
        """How many are parked. Raises StoreUnavailable."""
        chosen = sa.select(sa.func.count()).select_from(PARKED).where(PARKED.c.group_name == self._group)
        return int(read(self._engine, lambda t: t.execute(chosen).scalar_one()))

    def holds(self, entity: str, places: Collection[str]) -> bool:
        """Whether any of these is parked, or anything of the entity where there are none. Raises StoreUnavailable."""
        of = PARKED.c.place.in_(places) if places else PARKED.c.entity == entity
        chosen = sa.select(PARKED.c.place).where(PARKED.c.group_name == self._group, of).limit(1)
        return bool(read(self._engine, lambda t: t.rows(chosen)))

    def remove(self, transaction: Transaction, place: str) -> None:
        """Forget an entity, in the transaction that has copied it.

        It is looked for without a lock first: to delete what is not there would lock the gap, which others park in.
        """
        if transaction.rows(sa.select(PARKED.c.place).where(self._of(place))):
            transaction.execute(PARKED.delete().where(self._of(place)))

    # -------------------------------------------------------------------- helpers

    def _read(self, chosen: sa.Select[Any]) -> list[Parked]:
        def made(row: sa.Row[Any]) -> Parked:
            first, last, due = (at.replace(tzinfo=UTC) for at in (row.first_at, row.last_at, row.due_at))
            return Parked(row.place, row.entity, json.loads(row.detail), first, last, int(row.attempts), due)

        return [made(row) for row in read(self._engine, lambda t: t.rows(chosen))]

    def _of(self, place: str) -> sa.ColumnElement[bool]:
        return sa.and_(PARKED.c.group_name == self._group, PARKED.c.place == place)

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(tzinfo=None)
