"""Why the server refused a write, in the contract's terms: found out by reading, in the same transaction.

A server stops at the first violated rule it meets. Reading asks for all of them in the order that every store
has: the key, the unique lists as the contract lists them, the references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crossfade.contract.hops import plain_fields
from crossfade.contract.model import Contract, Entity
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.model_rules import Reference
from crossfade.contract.sql import Column
from crossfade.dal.entity import Record
from crossfade.dal.errors import DuplicateKey, DuplicateUnique, MissingReference, Referenced
from crossfade.mysql.errors import DuplicateEntry
from crossfade.mysql.expressions import Sql
from crossfade.mysql.operands import Operand
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.types import ColumnType

Values = Mapping[str, Any]


class Refusals:
    """Explains the refusals of one entity's writes."""

    def __init__(self, contract: Contract, tables: Tables, entity: Entity, records: Callable[[str], Records]) -> None:
        self._contract = contract
        self._tables = tables
        self._entity = entity
        self._records = records

    # ------------------------------------------------------------- duplicates

    def duplicate(self, transaction: Transaction, error: DuplicateEntry, record: Record, own: Values | None) -> Record:
        """The expired record that holds a key or unique value of `record`, which may be deleted for it.

        Args:
            transaction: where the write was refused.
            error: the refusal.
            record: what was to be written.
            own: the key of the record that is being changed; None for a new one.

        Raises:
            DuplicateKey, DuplicateUnique: a living record holds it.
        """
        lists = [] if own is not None else [self._entity.key]
        for fields in (*lists, *self._entity.unique):
            if any(record[f] is None for f in fields):
                continue
            holder = self._holder(transaction, fields, record, own)
            if holder is None:
                continue
            if self._expired(holder):
                return holder
            if fields == self._entity.key:
                raise DuplicateKey("there is one with this key", request_id=error.request_id)
            raise DuplicateUnique(
                f"another one has this {' and '.join(fields)}", fields=fields, request_id=error.request_id
            )
        fields = self._fields_of(error)
        if set(fields) == set(self._entity.key) and own is None:
            raise DuplicateKey("there is one with this key", request_id=error.request_id)
        raise DuplicateUnique(
            f"another one has this {' and '.join(fields) or 'unique value'}", fields=fields, request_id=error.request_id
        )

    def _holder(
        self, transaction: Transaction, fields: Sequence[str], record: Record, own: Values | None
    ) -> Record | None:
        records = self._records(self._entity.name)
        operands = [records.projection.operand(f) for f in fields]
        if None in operands:
            return None
        equal = [self._equal(o, record[f]) for o, f in zip(operands, fields, strict=True) if o is not None]
        # A locking read: what was committed after this transaction's snapshot holds the value too.
        statement = records.projection.select.where(*equal).with_for_update(of=records.projection.root)
        found = records.fetch(transaction, statement)
        return next((r for r in found if own is None or any(r[f] != own[f] for f in self._entity.key)), None)

    def _expired(self, record: Record) -> bool:
        return self._records(self._entity.name).expired(record)

    def _fields_of(self, error: DuplicateEntry) -> tuple[str, ...]:
        """The fields of the violated index; those of an owned row are dotted."""
        tables = [(self._entity.source_table, "", plain_fields(self._entity))]
        tables += [(many.table, f"{field}.", names) for field, many, names in _owned(self._entity)]
        found: list[tuple[str, ...]] = []
        for table, prefix, names in tables:
            source = self._tables.source(table)
            for index, columns in (*source.uniques.items(), ("PRIMARY", source.primary_key)):
                if columns and (index == error.index or tuple(f"{table}.{c}" for c in columns) == error.columns):
                    found.append(tuple(prefix + names.get(c, c) for c in columns))
        # Every table has a PRIMARY: which one is meant, the name alone does not tell.
        return found[0] if len(found) == 1 else ()

    # ------------------------------------------------------------- references

    def missing(self, transaction: Transaction, error: MissingReference, record: Record) -> MissingReference:
        """The error that says which reference of `record` leads nowhere."""
        for reference in self._entity.references:
            for values in _referred(reference, record):
                if not self._exists(transaction, reference.entity, values):
                    return MissingReference(
                        f"there is no such {reference.entity}",
                        fields=reference.fields,
                        target=reference.entity,
                        request_id=error.request_id,
                    )
        return error

    def _exists(self, transaction: Transaction, entity: str, values: Sequence[Any]) -> bool:
        records = self._records(entity)
        key = dict(zip(self._contract.entities[entity].key, values, strict=True))
        return self._any(transaction, records.projection.root, records.by_keys([key]))

    def referenced(self, transaction: Transaction, error: Referenced, owner: Values) -> Referenced:
        """The error that says what refers to a record that cannot be deleted.

        Args:
            transaction: where the delete was refused.
            error: the refusal.
            owner: the root row's values, by column.
        """
        for name, key in self._tables.schema.referring(self._entity.source_table):
            if key.on_delete != "restrict" or any(c not in owner for c in key.references):
                continue
            rows = self._tables.table(name)
            equal = [rows.c[c] == owner[r] for c, r in zip(key.columns, key.references, strict=True)]
            if self._any(transaction, rows, sa.and_(*equal)):
                by = self._owner_of(name)
                return Referenced(f"{by or name} refers to it", by=by, request_id=error.request_id)
        return error

    def _any(self, transaction: Transaction, rows: sa.FromClause, where: Sql) -> bool:
        """Whether a row is there now; it stays until the transaction ends."""
        one: Sql = sa.literal_column("1")
        return bool(transaction.rows(sa.select(one).select_from(rows).where(where).limit(1).with_for_update(read=True)))

    def _owner_of(self, table: str) -> str | None:
        """The entity whose rows lie in a table, as roots or as owned rows."""
        for entity in self._contract.entities.values():
            if entity.source_table == table or any(many.table == table for _, many, _ in _owned(entity)):
                return entity.name
        return None

    def _equal(self, operand: Operand, value: Any) -> Any:
        type_ = ColumnType(operand.type, self._tables.dialect)
        return operand.expression.op("=", is_comparison=True)(sa.literal(value, type_))


def _owned(entity: Entity) -> Iterator[tuple[str, ToMany, dict[str, str]]]:
    """Each owned construction: its field, itself, and the names of its own columns."""
    for field, attribute in entity.fields.items():
        many = attribute.derivation
        if isinstance(many, ToMany) and many.owned:
            own = [c for c in many.columns if isinstance(c.expression, Column) and c.expression.table == many.alias]
            yield field, many, {c.expression.name: c.name for c in own if isinstance(c.expression, Column)}


def _referred(reference: Reference, record: Record) -> list[tuple[Any, ...]]:
    """The keys that a record refers to by a reference; those with a null are none."""
    head, _, inner = reference.fields[0].partition(".")
    if not inner:
        found = [tuple(record[f] for f in reference.fields)]
    else:
        names = [f.partition(".")[2] for f in reference.fields]
        rows = record[head]
        given = [rows] if isinstance(rows, Mapping) else rows or []
        found = [tuple(row[name] for name in names) for row in given]
    return [values for values in found if None not in values]
