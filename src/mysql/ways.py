"""Which records a changed row reaches: every join of the contract, run backwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crossfade.contract import sql
from crossfade.contract.expressions import columns
from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import Aggregate, Computed, JoinStep, ToMany, ToOne
from crossfade.contract.sql import Expression
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.key import Key
from crossfade.mysql.expressions import Sql, compile_value
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Joined, JoinTree, Scope, Tables, equalities
from crossfade.mysql.transaction import Transaction

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """From the rows of a table to the records of an entity that are made of them.

    Attributes:
        table: the table's name.
        entity: the entity's name.
        field: the field that is made of its rows.
        reads: the columns that the field is made of, those by which the rows are found included.
        links: the columns by which they are found.
        guarded: whether a foreign key sees to it that nothing is made of a row that is not there: its insertion and its
            deletion alone then reach nothing.
    """

    table: str
    entity: str
    field: str
    reads: frozenset[str]
    links: tuple[str, ...]
    guarded: bool
    _sides: tuple[Sql, ...]
    _keys: sa.Select[Any]
    _names: tuple[str, ...]

    def keys(self, transaction: Transaction, values: Values) -> list[Key]:
        """The keys of the records that are made of a row with these values.

        Args:
            transaction: sees MySQL as it is to count.
            values: of the columns `links`; where one is null, there are none.
        """
        if any(values[name] is None for name in self.links):
            return []
        equal = [side == values[name] for name, side in zip(self.links, self._sides, strict=True)]
        rows = transaction.rows(self._keys.where(*equal))
        return [Key(dict(zip(self._names, row, strict=True))) for row in rows]


def ways(tables: Tables, entity: Entity, records: Records) -> list[Way]:
    """Every way to the records of an entity, but for what is kept as it was when they were written.

    Args:
        tables: the database's tables.
        entity: the entity.
        records: reads it.

    Raises:
        SchemaMismatch: a join is by no equality, so that nothing leads back.
    """
    found = _Ways(tables, entity, records)
    return [way for field, of in entity.fields.items() if of.maintain != "snapshot" for way in found.of(field, of)]


class _Ways:
    def __init__(self, tables: Tables, entity: Entity, records: Records) -> None:
        self._tables, self._entity, self._projection = tables, entity, records.projection
        self._base, self._root = self._projection.tree.base, self._projection.root
        operands = [self._projection.operand(name) for name in entity.key]
        self._key = [o.expression.label(f"k{i}") for i, o in enumerate(operands) if o is not None]

    def of(self, field: str, attribute: Attribute) -> Iterator[Way]:
        match attribute.derivation:
            case ToOne() as join:
                used = [*join.selects, *([join.when] if join.when is not None else [])]
                yield from self._steps(field, join.steps, used, self._base, self._root)
            case Computed(expression=expression):
                steps = self._projection.steps(expression)
                yield from self._steps(field, steps, [expression], self._base, self._root)
            case ToMany() as many:
                order = [e for e, _ in many.order_by]
                used = [*(c.expression for c in many.columns), *order]
                yield self._rows(field, many.table, many.alias, many.condition, used)
                rows = self._projection.to_many[field]
                scope = self._base.with_row(many.alias, Joined(many.table, rows.rows))
                yield from self._steps(field, many.joins, used, scope, rows.source)
            case Aggregate() as of:
                used = [] if of.expression is None else [of.expression]
                yield self._rows(field, of.table, of.alias, of.condition, used)
            case _:
                return

    def _steps(
        self, field: str, steps: Sequence[JoinStep], used: Sequence[Expression], scope: Scope, source: sa.FromClause
    ) -> Iterator[Way]:
        every = [*used, *(step.condition for step in steps)]
        tree = JoinTree(scope, source)
        for number, step in enumerate(steps):
            before = tree.scope(steps[:number])
            yield self._way(field, step.table, step.alias, step.condition, every, before, tree.source)

    def _rows(self, field: str, table: str, alias: str, condition: Expression, used: Sequence[Expression]) -> Way:
        return self._way(field, table, alias, condition, [*used, condition], self._base, self._root)

    def _way(
        self, field: str, table: str, alias: str, condition: Expression, used: Iterable[Expression],
        scope: Scope, source: sa.FromClause,
    ) -> Way:  # fmt: skip
        links = {name: other for name, other in equalities(condition, alias) if columns(other)}
        if not links:
            raise SchemaMismatch(
                f"{self._entity.name}.{field} joins {table} by no equality: nothing says whose it is when that changes",
                store="mysql",
            )
        reads = {c.name for expression in used for c in columns(expression) if c.table == alias}
        sides = tuple(sa.type_coerce(compile_value(e, scope), self._type(table, n)) for n, e in links.items())
        keys = sa.select(*self._key).select_from(source).distinct()
        return Way(
            table, self._entity.name, field, frozenset(reads), tuple(links), self._guarded(table, links, scope),
            sides, keys, self._entity.key,
        )  # fmt: skip

    def _guarded(self, table: str, links: Mapping[str, Expression], scope: Scope) -> bool:
        """Whether a foreign key leads from the columns that the links are equal to."""
        columns_ = [e for e in links.values() if isinstance(e, sql.Column)]
        origins = {c.table for c in columns_}
        if len(columns_) < len(links) or len(origins) != 1:
            return False
        wanted = {(c.name, name) for c, name in zip(columns_, links, strict=True)}
        origin = self._tables.source(scope.rows[origins.pop()].table)
        return any(k.table == table and set(zip(k.columns, k.references, strict=True)) <= wanted
                   for k in origin.foreign_keys)  # fmt: skip

    def _type(self, table: str, column: str) -> Any:
        return self._tables.table(table).c[column].type
