"""Reading records: by key, by query, and under a lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crossfade.contract.model import Entity
from crossfade.dal.condition import holds
from crossfade.dal.entity import Record
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.key import Key
from crossfade.dal.memory_state import ident
from crossfade.dal.prepare import Preparer
from crossfade.dal.query import Query
from crossfade.mysql.expressions import Sql
from crossfade.mysql.operands import Operand
from crossfade.mysql.projection import Projection
from crossfade.mysql.query import Queries
from crossfade.mysql.tables import Tables
from crossfade.mysql.to_many import among
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.types import ColumnType

# Keys in one statement.
CHUNK = 1_000


class Records:
    """Reads the records of one entity.

    Attributes:
        projection: how they are read.
        queries: how they are asked for.
    """

    def __init__(self, tables: Tables, entity: Entity, prepare: Preparer) -> None:
        self.entity = entity
        self.projection = Projection(tables, entity)
        self.queries = Queries(self.projection, prepare)
        self._prepare = prepare

    def get_many(self, transaction: Transaction, keys: Sequence[Key]) -> dict[Key, Record]:
        """The records of distinct keys, expired ones left out."""
        # A folded field counts as its column compares it: the record's own key may be written otherwise.
        wanted = {ident(self.entity, key): key for key in keys}
        found: dict[Key, Record] = {}
        for start in range(0, len(keys), CHUNK):
            where = self.by_keys(keys[start : start + CHUNK])
            for record in self.fetch(transaction, self.projection.select.where(where)):
                key = wanted.get(ident(self.entity, record))
                if key is not None and not self._prepare.expired(record):
                    found[key] = record
        return found

    def get(self, transaction: Transaction, key: Mapping[str, Any]) -> Record | None:
        """The record of one key, or None."""
        wanted = Key(key)
        return self.get_many(transaction, [wanted]).get(wanted)

    def written(self, transaction: Transaction, key: Key) -> Record:
        """The record that this transaction has just written, expired or not."""
        (record,) = self.fetch(transaction, self.projection.select.where(self.by_keys([key])))
        return record

    def lock(self, transaction: Transaction, key: Mapping[str, Any]) -> Record | None:
        """The record as it is now, whatever this transaction's snapshot says, unchanged until it ends.

        Where there is none, none can be made until then (InnoDB locks the gap).
        """
        wanted = ident(self.entity, key)
        statement = self.projection.select.where(self.by_keys([key])).with_for_update(of=self.projection.root)
        found = self.fetch(transaction, statement, lock=True)
        return next((r for r in found if ident(self.entity, r) == wanted and not self._prepare.expired(r)), None)

    def present(self, transaction: Transaction, keys: Sequence[Key]) -> set[Key]:
        """The keys of which there is a row, expired or not; locked until the transaction ends."""
        columns = [self._key_operand(field).expression for field in self.entity.key]
        found: set[Key] = set()
        for start in range(0, len(keys), CHUNK):
            where = self.by_keys(keys[start : start + CHUNK])
            labelled = [column.label(f"c{i}") for i, column in enumerate(columns)]
            for row in transaction.rows(sa.select(*labelled).where(where).with_for_update()):
                found.add(Key(dict(zip(self.entity.key, row, strict=True))))
        return found

    def expired(self, record: Record) -> bool:
        """Whether a record's time to live has passed."""
        return self._prepare.expired(record)

    def find(self, transaction: Transaction, query: Query) -> list[Record]:
        """The first `query.limit + 1` records of a query."""
        return self.queries.find(query, lambda statement: self.fetch(transaction, statement))

    def count(self, transaction: Transaction, query: Query) -> int:
        """How many records a query finds."""
        statement = self.queries.count(query)
        if statement is not None:
            return int(transaction.execute(statement).scalar_one())
        selected, rest = self.queries.matching(query)
        return sum(1 for r in self.fetch(transaction, selected) if rest is None or holds(rest, r))

    def fetch(self, transaction: Transaction, statement: sa.Select[Any], *, lock: bool = False) -> list[Record]:
        """The records of a SELECT of the projection, with their to-many rows.

        Args:
            transaction: where.
            statement: `projection.select`, with its conditions.
            lock: whether owned rows are to stay as they are until the transaction ends.
        """
        rows = transaction.rows(statement)
        parents = self.projection.parents(rows)
        children = {
            field: many.read(transaction, parents, lock=lock and many.construction.owned) if parents else {}
            for field, many in self.projection.to_many.items()
        }
        return self.projection.records(rows, children)

    def by_keys(self, keys: Sequence[Mapping[str, Any]]) -> Sql:
        """The rows of some keys."""
        operands = [self._key_operand(field) for field in self.entity.key]
        columns = [operand.expression for operand in operands]
        if len(keys) == 1:
            return sa.and_(*(self._equal(o, keys[0][f]) for o, f in zip(operands, self.entity.key, strict=True)))
        return among(columns, [tuple(key[field] for field in self.entity.key) for key in keys])

    def _key_operand(self, field: str) -> Operand:
        operand = self.projection.operand(field)
        if operand is None:
            raise SchemaMismatch(
                f"{self.entity.name}.{field} is part of the key, and no column of the database that can be compared",
                store="mysql",
            )
        return operand

    def _equal(self, operand: Operand, value: Any) -> Sql:
        type_ = ColumnType(operand.type, self.projection.tables.dialect)
        return operand.expression.op("=", is_comparison=True)(sa.literal(value, type_))
