"""Rows as the server sends them: the texts of their values, which nobody has made values of yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from crossfade.dal.entity import Record
from crossfade.mysql.errors import guarded
from crossfade.mysql.projection import Projection, Row
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.types import ColumnType

# MySQL Client/Server Protocol, "Column types": numbers, dates and times of day on a date.
_CODES = frozenset({0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 246})
# Kinds of which the driver's own value is needed, or which only it tells.
_OPAQUE = frozenset({"any", "number", "rows", "row"})


def has_texts(projection: Projection) -> bool:
    """Whether the rows of a projection can be read as texts: every column's type can make its value of one."""
    if projection.tables.dialect != "mysql":
        return False
    return all(isinstance(t, ColumnType) and t.value_type.kind not in _OPAQUE for t in projection.types)


def read_texts(transaction: Transaction, statement: sa.Select[Any]) -> Sequence[Row]:
    """The rows of a SELECT: numbers, dates and datetimes as texts, everything else as the driver gives it.

    Raises:
        StoreError: the database cannot be read.
    """
    with _unchanged(transaction.connection.connection.dbapi_connection):
        result = transaction.execute(statement)
        found: Sequence[Row] = guarded(transaction.connection.engine, result.cursor.fetchall)
        result.close()
    return found


@contextmanager
def _unchanged(connection: Any) -> Iterator[None]:
    """Within the block the driver gives these values as they come: PyMySQL as texts unless told what to make of them,
    mysqlclient as bytes."""
    name, instead = ("decoders", {}) if hasattr(connection, "decoders") else ("converter", dict.fromkeys(_CODES, str))
    made = getattr(connection, name)
    setattr(connection, name, {code: make for code, make in made.items() if code not in _CODES} | instead)
    try:
        yield
    finally:
        setattr(connection, name, made)


class TextRecord(dict[str, Any]):
    """A record of a row of texts; a field is made when it is first asked for.

    Args:
        projection: of the row.
        row: its texts.
        many: the fields that are made of further rows.
    """

    __slots__ = ("_projection", "_row")

    def __init__(self, projection: Projection, row: Row, many: Mapping[str, Any]) -> None:
        super().__init__(many)
        self._projection, self._row = projection, Values(projection, row)

    def __missing__(self, field: str) -> Any:
        """Raises ValueError (InvalidValue is one): the text is none of such a value."""
        found = self[field] = self._projection.value(field, self._row, self)
        return found

    def whole(self) -> Record:
        """The record with every field. Raises as `__missing__`."""
        return {field: self[field] for field in self._projection.entity.fields}


class Values(Sequence[Any]):
    """The values of a row of texts, each made when it is asked for."""

    __slots__ = ("_row", "_types")

    def __init__(self, projection: Projection, row: Row) -> None:
        self._types, self._row = projection.types, row

    def __getitem__(self, place: Any) -> Any:
        return self._types[place].decoded(self._row[place])

    def __len__(self) -> int:
        return len(self._row)
