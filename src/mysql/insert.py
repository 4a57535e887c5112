"""Many rows into one table: made-up ones, which nobody waits for one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from crossfade.contract.source import SourceSchema, SourceTable
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.tables import Tables
from crossfade.mysql.transaction import Transaction, read, run

STATEMENT = 1000
"""Rows in one statement."""

TRANSACTION = 5000
"""Rows in one transaction, about: so much is lost at most when a run is interrupted, and made again."""

Row = Mapping[str, Any]


def insert_rows(
    engine: sa.Engine,
    schema: SourceSchema,
    table: str,
    rows: Iterable[Row],
    *,
    statement: int = STATEMENT,
    written: Callable[[int], None] = lambda rows: None,
) -> int:
    """Insert rows in order, some thousand in each transaction.

    Args:
        engine: from `create`.
        schema: its database's tables.
        table: the table.
        rows: canonical values by column, every row with the same columns. Taken as they are needed.
        statement: rows in one statement.
        written: called after each commit with the number of rows that it made last.

    Returns:
        How many rows were written.

    Raises:
        StoreError: the database refused rows; the transactions before are written.
        InvalidValue: the database refused a value.
    """
    target = Tables(schema, dialect_name(engine)).table(table)
    total = 0
    for part in _parts(rows, max(TRANSACTION, statement)):
        run(engine, lambda t, p=part: _insert(t, target, p, statement))  # type: ignore[misc]  # the default binds the loop's part
        total += len(part)
        written(len(part))
    return total


def _insert(transaction: Transaction, target: sa.Table, rows: Sequence[Row], statement: int) -> None:
    for start in range(0, len(rows), statement):
        transaction.execute(target.insert(), rows[start : start + statement])


def _parts(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    source = iter(rows)
    while part := list(islice(source, size)):
        yield part


def count_rows(engine: sa.Engine, schema: SourceSchema, table: str) -> int:
    """How many rows a table has. Raises StoreError if it cannot be read."""
    target = Tables(schema, dialect_name(engine)).table(table)
    return int(read(engine, lambda t: t.rows(sa.select(sa.func.count()).select_from(target)))[0][0])


def present_rows(
    engine: sa.Engine, schema: SourceSchema, table: str, rows: Sequence[Row], columns: Sequence[str]
) -> dict[tuple[Any, ...], Row]:
    """The table's own rows that have the identities of these.

    Args:
        engine, schema, table: as for `insert_rows`.
        rows: rows, a few hundred.
        columns: which columns to read.

    Returns:
        What is there, by `identity` of the row.
    """
    tables = Tables(schema, dialect_name(engine))
    target = tables.table(table)
    keys = [target.c[name] for name in key_of(schema.tables[table])]
    wanted = [identity(schema.tables[table], row) for row in rows]
    one = keys[0].in_([w[0] for w in wanted]) if len(keys) == 1 else sa.tuple_(*keys).in_(wanted)
    chosen = [target.c[name] for name in dict.fromkeys([*key_of(schema.tables[table]), *columns])]
    found = read(engine, lambda t: t.rows(sa.select(*chosen).where(one)))
    named = [dict(zip([c.name for c in chosen], row, strict=True)) for row in found]
    return {identity(schema.tables[table], row): row for row in named}


def key_of(table: SourceTable) -> tuple[str, ...]:
    """The columns by which a row is found again: the primary key, else a unique index without nulls; else none."""
    plain = [u for u in table.uniques.values() if all(u) and not any(table.columns[c].nullable for c in u)]
    return table.primary_key or next(iter(plain), ())


def identity(table: SourceTable, row: Row) -> tuple[Any, ...]:
    """The values of `key_of` in a row."""
    return tuple(row[name] for name in key_of(table))
