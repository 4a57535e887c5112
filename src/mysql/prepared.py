"""Statements that are compiled once, and run on the driver's own cursor with other values each time.

What SQLAlchemy does around a statement (its cache's key, an execution context, a result) costs more than the server's
answer to a read by key; its connections, its pool and what it takes for a lost connection stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

# A parameter's name, or None for a constant; what writes its value for the driver; and the constant, so written.
_Place = tuple[str | None, Callable[[Any], Any] | None, Any]

R = TypeVar("R")
Row = Sequence[Any]


class Prepared:
    """A statement with named parameters, compiled when it is first run, and again only for another server.

    Args:
        statement: the statement; what it is run with later stands in it as `sa.bindparam`, in no list.

    Attributes:
        statement: the same.
    """

    def __init__(self, statement: sa.Select[Any] | sa.TextClause | sa.UpdateBase) -> None:
        self.statement = statement
        self._made: tuple[Dialect, str, tuple[_Place, ...]] | None = None

    def of(self, dialect: Dialect, given: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        """The statement, and the values in their order, as the driver takes them."""
        if (made := self._made) is None or made[0] is not dialect:
            made = self._made = self._compiled(dialect)
        values = tuple(
            constant if name is None else given[name] if encode is None else encode(given[name])
            for name, encode, constant in made[2]
        )
        return made[1], values

    def _compiled(self, dialect: Dialect) -> tuple[Dialect, str, tuple[_Place, ...]]:
        compiled = self.statement.compile(dialect=dialect)
        places = tuple(_place(name, compiled.binds[name], dialect) for name in compiled.positiontup or ())
        return dialect, str(compiled), places


def _place(name: str, bound: sa.BindParameter[Any], dialect: Dialect) -> _Place:
    encode = bound.type.dialect_impl(dialect).bind_processor(dialect)
    if bound.required:
        return name, encode, None
    return None, None, bound.effective_value if encode is None else encode(bound.effective_value)


def on_cursor(connection: sa.Connection, act: Callable[[Any], R]) -> R:
    """What `act` makes of the driver's cursor; a connection that turns out to be lost goes to nobody else.

    Raises:
        sa.exc.SQLAlchemyError: the connection was lost before.
        Exception: the driver's own error.
    """
    driver = connection.connection
    cursor = driver.cursor()
    try:
        return act(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        if connection.dialect.is_disconnect(error, driver, cursor):
            connection.invalidate(error)
        raise
    finally:
        cursor.close()


def fetched(connection: sa.Connection, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Row]:
    """The rows of a SELECT as the driver gives them. Raises as `on_cursor`."""
    text, given = statement.of(connection.dialect, values)

    def fetch(cursor: Any) -> Sequence[Row]:
        cursor.execute(text, given)
        found: Sequence[Row] = cursor.fetchall()
        return found

    return on_cursor(connection, fetch)


@dataclass(frozen=True, slots=True)
class Written:
    """What a statement did.

    Attributes:
        rowcount: how many rows it met.
        lastrowid: the AUTO_INCREMENT value that it made, if it made one.
    """

    rowcount: int
    lastrowid: int | None


def executed(connection: sa.Connection, statement: Prepared, values: Mapping[str, Any]) -> Written:
    """Run a statement that writes. Raises as `on_cursor`."""
    text, given = statement.of(connection.dialect, values)

    def execute(cursor: Any) -> Written:
        cursor.execute(text, given)
        return Written(cursor.rowcount, cursor.lastrowid)

    return on_cursor(connection, execute)
