"""The rows that whoever copies an entity back to MySQL holds meanwhile, one for each entity that ever was."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from crossfade.mysql.engine import dialect_name
from crossfade.mysql.own_tables import REV
from crossfade.mysql.transaction import Transaction


class Revs:
    """The rows of one group.

    Args:
        engine: from `engine.create`.
        group: the group's name.
    """

    def __init__(self, engine: sa.Engine, group: str) -> None:
        self._group, self._sqlite = group, dialect_name(engine) == "sqlite"

    def lock(self, transaction: Transaction, place: str, at: datetime) -> str | None:
        """Hold the row of an entity until the transaction ends; made where there is none.

        The insertion comes first, and where there is a row it locks that. A locking SELECT that finds no row would
        only lock the gap, which two can hold at once: each would then wait for the other to insert. On SQLite the
        transaction itself has kept out every other one that writes since it began.

        Args:
            transaction: holds it.
            place: a digest of the entity and its key.
            at: the time.

        Returns:
            The token of the item that was last copied.
        """
        values = {
            "group_name": self._group,
            "place": place,
            "token": None,
            "at": at.astimezone(UTC).replace(tzinfo=None),
        }
        insert: sa.Executable
        if self._sqlite:
            insert = sqlite.insert(REV).values(values).on_conflict_do_nothing()
        else:
            insert = mysql.insert(REV).values(values).on_duplicate_key_update(place=place)
        transaction.execute(insert)
        ((token,),) = map(tuple, transaction.rows(sa.select(REV.c.token).where(self._of(place)).with_for_update()))
        return None if token is None else str(token)

    def remember(self, transaction: Transaction, place: str, token: str | None, at: datetime) -> None:
        """Note which item was copied; its row is held."""
        moment = at.astimezone(UTC).replace(tzinfo=None)
        transaction.execute(REV.update().where(self._of(place)).values(token=token, at=moment))

    def _of(self, place: str) -> sa.ColumnElement[bool]:
        return sa.and_(REV.c.group_name == self._group, REV.c.place == place)
