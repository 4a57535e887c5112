"""Rows of which a foreign key leads nowhere, found by SQL; a server that checks its keys has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from crossfade.contract.source import SourceSchema
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables
from crossfade.mysql.types import DialectName
from crossfade.mysql.write import Writer


class Dangling:
    """The records of one entity of whose rows, owned child rows included, a reference leads nowhere.

    Attributes:
        possible: whether there is any reference.
        statement: their keys; add WHERE.
    """

    def __init__(self, schema: SourceSchema, dialect: DialectName, records: Records, writer: Writer) -> None:
        self._tables = Tables(schema, dialect)
        self._root = writer.table
        found = [*self._nowhere(writer.entity.source_table, self._root), *self._children(writer)]
        self.possible = bool(found)
        keys = [records.projection.operand(field) for field in writer.entity.key]
        labelled = [key.expression.label(f"c{i}") for i, key in enumerate(keys) if key is not None]
        self.statement = sa.select(*labelled).where(sa.or_(sa.false(), *found))

    def _nowhere(self, table: str, rows: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
        """For each foreign key of a table, whether that of a row leads nowhere. One with a null leads no way."""
        for key in self._tables.source(table).foreign_keys:
            target = self._tables.table(key.table).alias()
            columns = [rows.c[name] for name in key.columns]
            equal = [target.c[name] == mine for name, mine in zip(key.references, columns, strict=True)]
            there: sa.Select[Any] = (
                sa.select(sa.literal_column("1")).select_from(target).where(*equal).correlate_except(target)
            )
            yield sa.and_(*(column.is_not(None) for column in columns), ~there.exists())

    def _children(self, writer: Writer) -> Iterator[sa.ColumnElement[bool]]:
        for owned in writer.owned.values():
            child = self._tables.table(owned.table).alias()
            for nowhere in self._nowhere(owned.table, child):
                linked = [child.c[mine] == self._root.c[theirs] for mine, theirs in owned.links.items()]
                found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(child).where(*linked, nowhere)
                yield found.correlate_except(child).exists()
