"""What connections do beside what they are asked for: begin, undo what was left open, and go when they are lost.

The server is in autocommit: what is a SELECT by itself is neither begun nor ended by statements of its own.
"""

from __future__ import annotations

import math
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from crossfade.mysql.prepared import on_cursor

GAPS = "crossfade_gaps"
"""The execution option of a connection: whether its locking reads lock the gaps between rows, too."""

# In a connection's `info`, while a transaction may be open on it.
_OPEN = "crossfade_open"
# In a connection's `info`, since when it rests in the pool, by the monotonic clock.
_RESTS = "crossfade_rests"
_REST = 1.0  # seconds after which it is asked whether it is still there


def begin_by_ourselves(engine: sa.Engine) -> None:
    """Let connections begin transactions when they are asked to, and undo what is open when they are given back."""

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        gaps = connection.get_execution_options().get(GAPS, True)
        try:
            _begin(connection, gaps=gaps)
        except engine.dialect.loaded_dbapi.Error:
            if not connection.invalidated:
                raise
            _begin(connection, gaps=gaps)  # on another connection: nothing was begun on the one that was lost

    @event.listens_for(engine, "reset")
    def reset(connection: Any, record: Any, state: Any) -> None:
        if record.info.pop(_OPEN, False) and not state.transaction_was_reset:
            connection.rollback()


def _begin(connection: sa.Connection, *, gaps: bool) -> None:
    def begin(cursor: Any) -> None:
        if not gaps:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")  # of the next transaction alone
        cursor.execute("BEGIN")

    connection.info[_OPEN] = True
    on_cursor(connection, begin)


def replace_lost(engine: sa.Engine) -> None:
    """Ask connections that have rested whether they are still there, and all of them when one was lost.

    One that was in use a moment ago is asked for what is wanted of it: where it is lost, BEGIN is sent on another one,
    and so is a read (see `transaction.read`).
    """
    lost = [-math.inf]

    @event.listens_for(engine, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        del connection
        record.info[_RESTS] = time.monotonic()

    @event.listens_for(engine, "invalidate")
    def invalidate(connection: Any, record: Any, error: BaseException | None) -> None:
        del connection, record
        if error is not None:
            lost[0] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, proxy: Any) -> None:
        del proxy
        rests = record.info.get(_RESTS, math.inf)
        if rests > lost[0] and time.monotonic() - rests < _REST:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error


def ended(connection: sa.Connection) -> None:
    """Nothing is open on a connection any more: there is nothing to undo when it is given back."""
    connection.info.pop(_OPEN, None)
