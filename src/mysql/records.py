"""Reading records: by key, by query, and under a lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
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
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.projection import Projection
from crossfade.mysql.query import Queries
from crossfade.mysql.tables import Tables
from crossfade.mysql.texts import Values
from crossfade.mysql.to_many import among
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.types import ColumnType

# Keys in one statement.
CHUNK = 1_000

_NOTHING: Mapping[str, Any] = {}


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
        self._folds = any(entity.fields[field].fold is not None for field in entity.key)

    def _ident(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """See `ident`, which is no more than the key where no field of it is folded."""
        return ident(self.entity, values) if self._folds else tuple([values[field] for field in self.entity.key])

    def get_many(self, transaction: Transaction, keys: Sequence[Key]) -> dict[Key, Record]:
        """The records of distinct keys, expired ones left out."""
        # A folded field counts as its column compares it: the record's own key may be written otherwise.
        wanted = {self._ident(key): key for key in keys}
        found: dict[Key, Record] = {}
        for start in range(0, len(keys), CHUNK):
            for record in self._of_keys(transaction, keys[start : start + CHUNK]):
                key = wanted.get(self._ident(record))
                if key is not None and not self._prepare.expired(record):
                    found[key] = record
        return found

    def is_single(self, keys: Sequence[Key]) -> bool:
        """Whether `get_many` of these keys is one statement."""
        return len(keys) <= CHUNK and not self.projection.to_many

    def is_one_page(self, query: Query) -> bool:
        """Whether `find` of this query is one statement."""
        return not self.projection.to_many and self.queries.prepared(query) is not None

    def _of_keys(self, transaction: Transaction, keys: Sequence[Key]) -> list[Record]:
        if len(keys) == 1:
            return self.fetch(transaction, self._by_key, keys[0])
        return self.fetch(transaction, self.projection.select.where(self.by_keys(keys)))

    @cached_property
    def _by_key(self) -> Prepared:
        return Prepared(self.projection.select.where(self.by_bound_key()))

    @cached_property
    def _locked(self) -> Prepared:
        return Prepared(self.projection.select.where(self.by_bound_key()).with_for_update(of=self.projection.root))

    def get(self, transaction: Transaction, key: Mapping[str, Any]) -> Record | None:
        """The record of one key, or None."""
        wanted = Key(key)
        return self.get_many(transaction, [wanted]).get(wanted)

    def written(self, transaction: Transaction, key: Key) -> Record:
        """The record that this transaction has just written, expired or not."""
        (record,) = self.fetch(transaction, self._by_key, key)
        return record

    def lock(self, transaction: Transaction, key: Mapping[str, Any]) -> Record | None:
        """The record as it is now, whatever this transaction's snapshot says, unchanged until it ends.

        Where there is none, none can be made until then (InnoDB locks the gap).
        """
        wanted = self._ident(key)
        found = self.fetch(transaction, self._locked, key, lock=True)
        return next((r for r in found if self._ident(r) == wanted and not self._prepare.expired(r)), None)

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

    def search(self, transaction: Transaction, values: Mapping[str, Any]) -> list[Record]:
        """The records whose fields have these values, as their columns compare them; expired ones left out.

        Raises:
            ValueError: no value can be compared in SQL.
        """
        operands = {field: self.projection.operand(field) for field in values}
        parts = [self._equal(operand, values[field]) for field, operand in operands.items() if operand is not None]
        if not parts:
            raise ValueError(f"{self.entity.name} cannot be searched by {', '.join(values) or 'nothing'}")
        found = self.fetch(transaction, self.projection.select.where(sa.and_(*parts)))
        return [record for record in found if not self._prepare.expired(record)]

    def find(self, transaction: Transaction, query: Query) -> list[Record]:
        """The first `query.limit + 1` records of a query."""
        return self.queries.find(query, lambda statement, values: self.fetch(transaction, statement, values))

    def count(self, transaction: Transaction, query: Query) -> int:
        """How many records a query finds."""
        statement = self.queries.count(query)
        if statement is not None:
            return int(transaction.execute(statement).scalar_one())
        selected, rest = self.queries.matching(query)
        return sum(1 for r in self.fetch(transaction, selected) if rest is None or holds(rest, r))

    def fetch(
        self,
        transaction: Transaction,
        statement: Prepared | sa.Select[Any],
        values: Mapping[str, Any] = _NOTHING,
        *,
        lock: bool = False,
    ) -> list[Record]:
        """The records of a SELECT of the projection, with their to-many rows.

        Args:
            transaction: where.
            statement: `projection.select`, with its conditions.
            values: what stands in its conditions, by the parameters' names.
            lock: whether owned rows are to stay as they are until the transaction ends.
        """
        rows, decode = transaction.fetch(statement, values), self.projection.decode
        if not self.projection.to_many:
            return [decode(row, _NOTHING) for row in rows]
        parents = self.projection.parents([Values(self.projection, row) for row in rows])
        further = self.further(transaction, parents, lock=lock)
        return [decode(row, many) for row, many in zip(rows, further, strict=True)]

    def made(self, transaction: Transaction, rows: Sequence[sa.Row[Any]], *, lock: bool = False) -> list[Record]:
        """The records of rows that a SELECT of the projection gave. Arguments as for `fetch`."""
        return self.projection.records(rows, self._children(transaction, self.projection.parents(rows), lock=lock))

    def further(
        self, transaction: Transaction, parents: Sequence[tuple[Any, ...]], *, lock: bool = False
    ) -> list[dict[str, Any]]:
        """Of each of some rows, by their identities, the fields that are made of further rows."""
        children = self._children(transaction, parents, lock=lock)
        constructions = self.projection.to_many.items()
        return [{name: many.value(children[name].get(p, [])) for name, many in constructions} for p in parents]

    def _children(
        self, transaction: Transaction, parents: Sequence[tuple[Any, ...]], *, lock: bool
    ) -> dict[str, Mapping[Any, list[dict[str, Any]]]]:
        return {
            field: many.read(transaction, parents, lock=lock and many.construction.owned) if parents else {}
            for field, many in self.projection.to_many.items()
        }

    def by_keys(self, keys: Sequence[Mapping[str, Any]]) -> Sql:
        """The rows of some keys."""
        operands = [self._key_operand(field) for field in self.entity.key]
        columns = [operand.expression for operand in operands]
        if len(keys) == 1:
            return sa.and_(*(self._equal(o, keys[0][f]) for o, f in zip(operands, self.entity.key, strict=True)))
        return among(columns, [tuple(key[field] for field in self.entity.key) for key in keys])

    def by_bound_key(self, mark: str = "") -> Sql:
        """The row of one key, whose values are parameters with its fields' names, each behind a mark."""
        parts = (self._equal(self._key_operand(field), f"{mark}{field}", bound=True) for field in self.entity.key)
        return sa.and_(*parts)

    def _key_operand(self, field: str) -> Operand:
        operand = self.projection.operand(field)
        if operand is None:
            raise SchemaMismatch(
                f"{self.entity.name}.{field} is part of the key, and no column of the database that can be compared",
                store="mysql",
            )
        return operand

    def _equal(self, operand: Operand, value: Any, *, bound: bool = False) -> Sql:
        """That a field has a value; `bound`, that of the parameter called `value`."""
        type_ = ColumnType(operand.type, self.projection.tables.dialect)
        given = sa.bindparam(value, type_=type_) if bound else sa.literal(value, type_)
        return operand.expression.op("=", is_comparison=True)(given)
