"""The highest id that a table has, the last one that it gave, and the one that it gives next."""

from __future__ import annotations

import re

import sqlalchemy as sa

from crossfade.mysql.engine import dialect_name
from crossfade.mysql.errors import guarded
from crossfade.mysql.store import MySQLStore
from crossfade.mysql.transaction import read

_PATIENCE = 1
"""Seconds for which a table's definition is waited for: whoever reads the table for long holds it, and others wait."""


def highest(store: MySQLStore, entity: str, field: str) -> int | None:
    """The highest value of a field that holds whole numbers; None where there are no rows.

    Raises:
        StoreError: the database cannot be read.
    """
    projection = store.records(entity).projection
    column = projection.root.c[store.contract.entities[entity].fields[field].columns[0]]
    found = read(store.engine, lambda t: t.execute(sa.select(sa.func.max(column))).scalar_one())
    return None if found is None else int(found)


def last_given(store: MySQLStore, entity: str, field: str) -> int | None:
    """The last id that the database gave, of a row that may be gone again; None where it gave none.

    Where the ids are no AUTO_INCREMENT, and on SQLite, whose tables count on from their highest row: the highest one.

    Raises:
        StoreError: the database cannot be read.
    """
    given = store.contract.entities[entity]
    column = store.schema.tables[given.source_table].columns[given.fields[field].columns[0]]
    there = highest(store, entity, field)
    if dialect_name(store.engine) == "sqlite" or not column.auto_increment:
        return there
    found = _NEXT.search(read(store.engine, lambda t: _definition(store, t.connection, entity)))
    # The counter stops at its type's highest value, which a row may have.
    return there if found is None else max(there or 0, int(found[1]) - 1)


# Its option, after the last column and key; a comment of the table's, in which anything may stand, comes later.
# information_schema is no place to ask: MySQL keeps what it says there for a day (information_schema_stats_expiry).
_NEXT = re.compile(r"\n\) (?:/\*.*?\*/ )?ENGINE=\w+ AUTO_INCREMENT=(\d+)")


def _definition(store: MySQLStore, connection: sa.Connection, entity: str) -> str:
    # No `sa.text`: a colon in a table's name would begin a parameter.
    shown = guarded(store.engine, lambda: connection.exec_driver_sql(f"SHOW CREATE TABLE {_quoted(store, entity)}"))
    return str(shown.mappings().one()["Create Table"])


def _quoted(store: MySQLStore, entity: str) -> str:
    quoted: str = store.engine.dialect.identifier_preparer.quote(store.contract.entities[entity].source_table)
    return quoted


def count_on(store: MySQLStore, entity: str, last: int) -> None:
    """Let the ids that the database gives go on after one; never back, for it keeps to the rows that there are.

    MySQL Reference Manual, ALTER TABLE: "You cannot reset the counter to a value less than or equal to the value that
    is currently in use." Without effect on SQLite, whose tables count on from their highest row.

    Args:
        store: the store.
        entity: the entity, whose ids are the database's AUTO_INCREMENT.
        last: the last id that was given.

    Raises:
        StoreError: the database refuses, as for want of a privilege, or somebody reads the table for too long.
    """
    if dialect_name(store.engine) == "sqlite":
        return
    with guarded(store.engine, store.engine.connect) as connection:
        guarded(store.engine, connection.begin)
        guarded(store.engine, lambda: connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_PATIENCE}"))
        try:
            statement = f"ALTER TABLE {_quoted(store, entity)} AUTO_INCREMENT = {int(last) + 1}"
            guarded(store.engine, lambda: connection.exec_driver_sql(statement))
        finally:
            connection.invalidate()  # nobody else is to wait so briefly
