"""Walking a source table by its identity, chunk by chunk: each chunk one snapshot, and memory for one chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from crossfade.contract.errors import InvalidValue
from crossfade.contract.template import Slot
from crossfade.contract.types import ValueType
from crossfade.dal.entity import Record
from crossfade.dal.errors import SchemaMismatch
from crossfade.mysql.expressions import Sql
from crossfade.mysql.projection import Row
from crossfade.mysql.query import behind
from crossfade.mysql.store import MySQLStore
from crossfade.mysql.texts import Values, has_texts, read_texts
from crossfade.mysql.to_many import among
from crossfade.mysql.transaction import Transaction, read

_NOTHING: Mapping[str, Any] = {}

Position = tuple[Any, ...]
"""A row's place in the walk: the values of its identity columns, as the driver gives them."""


@dataclass(frozen=True, slots=True)
class Span:
    """The rows behind `after`, up to and including `until`; None is the table's beginning, or its end."""

    after: Position | None = None
    until: Position | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that the contract cannot read.

    Attributes:
        position: where it stands.
        error: why: a stored value does not fit its field.
    """

    position: Position
    error: InvalidValue


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one chunk, as they were at one moment.

    Attributes:
        records: what lives, in the walk's order.
        expired: how many rows' time to live has passed; they are absent to every reader.
        unreadable: the rows that no record can be made of.
        last: the last row's position; None where there was no row.
        more: whether the span may hold further rows.
    """

    records: tuple[Record, ...]
    expired: int
    unreadable: tuple[Unreadable, ...]
    last: Position | None
    more: bool

    @property
    def count(self) -> int:
        """How many rows were read."""
        return len(self.records) + self.expired + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Texts:
    """The rows of one chunk as the server sent them, as they were at one moment.

    Attributes:
        rows: their texts, in the walk's order.
        many: of each row the fields that are made of further rows.
        last: the last row's position; None where there was no row.
        more: whether the span may hold further rows.
    """

    rows: Sequence[Row]
    many: Sequence[Mapping[str, Any]]
    last: Position | None
    more: bool


class Scan:
    """Walks the rows of one entity by primary key, or by a unique index that holds no null.

    Args:
        store: the database.
        entity: the entity's name.

    Attributes:
        columns: the names of the identity columns.
        records: reads the entity.
        has_texts: whether its rows can be read as texts.

    Raises:
        SchemaMismatch: the table has neither, so that a walk could pass over rows or never end.
    """

    def __init__(self, store: MySQLStore, entity: str) -> None:
        self._engine = store.engine
        self.records = store.records(entity)
        self._projection = self.records.projection
        self.has_texts = has_texts(self._projection)
        source = self._projection.tables.source(self.records.entity.source_table)
        self.columns = self._projection.tables.identity(source.name)
        self._types = [source.columns[name].type for name in self.columns]
        keyed = self.columns == source.primary_key or self.columns in source.uniques.values()
        if not keyed or any(source.columns[name].nullable for name in self.columns):
            raise SchemaMismatch(
                f"{source.name} has no primary key, and no unique index over columns that are NOT NULL: "
                "its rows cannot be walked one by one; add one",
                store="mysql",
            )

    @cached_property
    def _identity(self) -> tuple[Sql, ...]:
        return tuple(self._projection.root.c[name] for name in self.columns)

    def count(self) -> int:
        """How many rows there are, expired ones too. Reads an index through."""
        statement = sa.select(sa.func.count()).select_from(self._projection.root)
        return read(self._engine, lambda t: int(t.execute(statement).scalar_one()))

    def spans(self, parts: int) -> list[Span]:
        """The table in about `parts` spans without gaps; rows that come later lie in one of them too."""
        ends = read(self._engine, lambda t: self._boundaries(t, parts))
        starts: list[Position | None] = [None, *ends]
        return [Span(after, until) for after, until in zip(starts, [*ends, None], strict=True)]

    def read(self, span: Span, limit: int) -> Rows:
        """The first rows of a span, `limit` at most, on one snapshot.

        Raises:
            StoreError: the database cannot be read.
            InvalidValue: the identity of a row cannot be read.
        """
        return read(self._engine, lambda t: self._read(t, span, limit))

    def read_texts(self, span: Span, limit: int) -> Texts:
        """As `read`, where `has_texts` says so, but that nothing is made of the rows yet.

        Raises:
            StoreError: the database cannot be read.
            ValueError: an identity, or a further row, is not what the contract says (InvalidValue is one).
        """
        return read(self._engine, lambda t: self._read_texts(t, span, limit))

    def dump(self, position: Position | None) -> list[str] | None:
        """A position as JSON holds it."""
        if position is None:
            return None
        return [str(Slot("", type=t).text(v)) for t, v in zip(self._types, position, strict=True)]

    def load(self, texts: Sequence[str] | None) -> Position | None:
        """The position that `dump` gave.

        Raises:
            ValueError: it is none of this table's.
        """
        if texts is None:
            return None
        if len(texts) != len(self._types):
            raise ValueError(f"a position of {self._projection.root.name} has {len(self._types)} parts, not {texts!r}")
        return tuple(Slot("", type=t).value(text) for t, text in zip(self._types, texts, strict=True))

    def _read(self, transaction: Transaction, span: Span, limit: int) -> Rows:
        where = self._within(span)
        try:
            statement = self._projection.select.where(where).order_by(*self._identity).limit(limit)
            rows = transaction.rows(statement)
            positions = self._projection.parents(rows)
            found = self.records.made(transaction, rows)
            unreadable: list[Unreadable] = []
        except InvalidValue:
            labelled = [column.label(f"p{i}") for i, column in enumerate(self._identity)]
            walked = sa.select(*labelled).where(where).order_by(*self._identity).limit(limit)
            positions = [tuple(row) for row in transaction.rows(walked)]
            found, unreadable = self._apart(transaction, positions)
        living = tuple(record for record in found if not self.records.expired(record))
        last = positions[-1] if positions else None
        return Rows(living, len(found) - len(living), tuple(unreadable), last, len(positions) == limit)

    def _read_texts(self, transaction: Transaction, span: Span, limit: int) -> Texts:
        statement = self._projection.select.where(self._within(span)).order_by(*self._identity).limit(limit)
        rows = read_texts(transaction, statement)
        many: Sequence[Mapping[str, Any]] = [_NOTHING] * len(rows)
        if self._projection.to_many and rows:
            positions = [self._position(row) for row in rows]
            many = self.records.further(transaction, positions)
        return Texts(rows, many, self._position(rows[-1]) if rows else None, len(rows) == limit)

    def _position(self, row: Row) -> Position:
        (position,) = self._projection.parents([Values(self._projection, row)])
        return position

    def _apart(self, transaction: Transaction, positions: Sequence[Position]) -> tuple[list[Record], list[Unreadable]]:
        """The records of some rows, and the rows of which none can be made."""
        statement = self._projection.select.where(among(self._identity, positions)).order_by(*self._identity)
        try:
            return self.records.fetch(transaction, statement), []
        except InvalidValue as error:
            if len(positions) == 1:
                return [], [Unreadable(positions[0], error)]
        middle = len(positions) // 2
        first, second = (self._apart(transaction, part) for part in (positions[:middle], positions[middle:]))
        return first[0] + second[0], first[1] + second[1]

    def _within(self, span: Span) -> Sql:
        parts = []
        if span.after is not None:
            parts.append(behind(self._sorts, self._bound(span.after), ">"))
        if span.until is not None:
            parts.append(behind(self._sorts, self._bound(span.until), "<", inclusive=True))
        return sa.and_(sa.true(), *parts)

    @cached_property
    def _sorts(self) -> tuple[Sql, ...]:
        """The identity as it is compared. MySQL sorts an ENUM by its members' places, and compares it as text."""
        return tuple(
            sa.type_coerce(c, sa.types.NullType()).op("+")(sa.literal_column("0")) if self._by_place(t) else c
            for c, t in zip(self._identity, self._types, strict=True)
        )

    def _bound(self, position: Position) -> list[Sql]:
        return [
            sa.literal_column(str(t.values.index(v) + 1 if v in t.values else 0))
            if self._by_place(t)
            else sa.literal(v, c.type)
            for v, c, t in zip(position, self._identity, self._types, strict=True)
        ]

    def _by_place(self, type_: ValueType) -> bool:
        return type_.kind == "enum" and self._projection.tables.dialect == "mysql"

    def _boundaries(self, transaction: Transaction, parts: int) -> list[Position]:
        if len(self.columns) == 1 and self._types[0].kind == "int":
            return self._even(transaction, parts)
        counted = sa.select(sa.func.count()).select_from(self._projection.root)
        total = int(transaction.execute(counted).scalar_one())
        labelled = [column.label(f"p{i}") for i, column in enumerate(self._identity)]
        walked = sa.select(*labelled).order_by(*self._identity).limit(1)
        places = sorted({total * i // parts for i in range(1, parts)} - {0})
        return [tuple(row) for at in places for row in transaction.rows(walked.offset(at - 1))]

    def _even(self, transaction: Transaction, parts: int) -> list[Position]:
        """Ends at even distances, for ids: cheap however large the table is."""
        column = self._identity[0]
        ids: tuple[Any, Any] = tuple(transaction.rows(sa.select(sa.func.min(column), sa.func.max(column)))[0])
        low, high = ids
        if low is None:
            return []
        ends = {low + (high - low + 1) * i // parts - 1 for i in range(1, parts)}
        return [(end,) for end in sorted(ends) if low <= end < high]
