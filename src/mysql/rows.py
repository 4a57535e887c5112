"""Rows as they lie in their tables, whatever the contract makes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from crossfade.contract.source import ForeignKey
from crossfade.contract.template import Slot
from crossfade.mysql.owned import OwnedRows
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables
from crossfade.mysql.transaction import Transaction

Values = Mapping[str, Any]
RowId = tuple[str, tuple[Any, ...]]
"""A table, and the values by which it tells its rows apart."""


class RawRows:
    """Reads rows by some of their columns.

    Args:
        tables: the database's tables.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def equal(self, transaction: Transaction, table: str, values: Values, *, lock: bool) -> list[Values]:
        """The rows of a table that have these values; as they are now, and locked, or as the transaction sees them."""
        rows = self._tables.table(table)
        return _fetch(transaction, rows, sa.and_(*(rows.c[name] == value for name, value in values.items())), lock=lock)

    def root(self, transaction: Transaction, records: Records, key: Values, *, lock: bool) -> Values | None:
        """The root row of a record, expired or not. The lock as for `equal`."""
        found = _fetch(transaction, records.projection.root, records.by_keys([key]), lock=lock)
        return next(iter(found), None)

    def owned(self, transaction: Transaction, owned: OwnedRows, owner: Values, *, lock: bool) -> list[Values]:
        """The child rows of a root row. The lock as for `equal`."""
        links = {mine: owner[theirs] for mine, theirs in owned.links.items()}
        return self.equal(transaction, owned.table, links, lock=lock)

    def along(
        self, transaction: Transaction, rows: Collection[tuple[str, Values]], changed: Collection[str] | None = None
    ) -> Iterator[tuple[str, Values, frozenset[str] | None]]:
        """The other rows that MySQL deletes or changes when some are deleted or changed.

        They are locked, so that nobody makes another in between.

        Args:
            transaction: holds the locks.
            rows: the rows as they are, locked, each with its table.
            changed: the columns that change; None if the rows are deleted.

        Yields:
            The table, the row, and the columns of it that change; None if it is deleted.
        """
        columns = None if changed is None else frozenset(changed)
        waiting = [(table, row, columns) for table, row in rows]
        seen = {(self.id(table, row), columns) for table, row in rows}
        while waiting:
            table, row, columns = waiting.pop()
            for referring, key in self._tables.schema.referring(table):
                action = key.on_delete if columns is None else key.on_update
                if action == "restrict" or (columns is not None and columns.isdisjoint(key.references)):
                    continue
                changes = None if columns is None and action == "cascade" else frozenset(key.columns)
                for child in self._referring(transaction, referring, key, row):
                    row_id = self.id(referring, child)
                    if seen.isdisjoint({(row_id, None), (row_id, changes)}):
                        seen.add((row_id, changes))
                        waiting.append((referring, child, changes))
                        yield referring, child, changes

    def _referring(self, transaction: Transaction, table: str, key: ForeignKey, row: Values) -> list[Values]:
        refers = {mine: row[theirs] for mine, theirs in zip(key.columns, key.references, strict=True)}
        return [] if None in refers.values() else self.equal(transaction, table, refers, lock=True)

    def id(self, table: str, row: Values) -> RowId:
        """What tells a row apart."""
        return table, tuple(row[name] for name in self._tables.identity(table))

    def again(self, transaction: Transaction, row_id: RowId) -> Values | None:
        """A row as the transaction sees it; None if it is gone."""
        table, values = row_id
        found = self.equal(transaction, table, dict(zip(self._tables.identity(table), values, strict=True)), lock=False)
        return next(iter(found), None)

    def texts(self, table: str, values: Values) -> dict[str, str]:
        """Values of columns, none of them null, as JSON holds them."""
        columns = self._tables.source(table).columns
        return {name: str(Slot("", type=columns[name].type).text(value)) for name, value in values.items()}

    def values(self, table: str, texts: Mapping[str, str]) -> Values:
        """What `texts` was made of."""
        columns = self._tables.source(table).columns
        return {name: Slot("", type=columns[name].type).value(text) for name, text in texts.items()}


def locked_records(transaction: Transaction, records: Records, key: Values) -> list[dict[str, Any]]:
    """The record with a key as it is now, locked, expired or not; none if there is none."""
    chosen = records.projection.select.where(records.by_keys([key]))
    return records.fetch(transaction, chosen.with_for_update(of=records.projection.root), lock=True)


def _fetch(transaction: Transaction, rows: sa.Table, where: Any, *, lock: bool) -> list[Values]:
    statement = sa.select(rows).where(where)
    found = transaction.execute(statement.with_for_update() if lock else statement)
    return [dict(row) for row in found.mappings()]
