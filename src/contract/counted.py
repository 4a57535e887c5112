"""Finds the records behind a count or sum: whose writes change it, by how much, and for which key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Literal

from crossfade.contract.evaluate import evaluate, holds
from crossfade.contract.expressions import map_columns
from crossfade.contract.hops import Unresolved, both, conjuncts, plain_fields
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import Aggregate, ToMany
from crossfade.contract.sql import Column, Compare, Expression
from crossfade.contract.types import ValueType

Operation = Literal["SUM", "COUNT", "AVG", "MIN", "MAX"]


@dataclass(frozen=True, slots=True)
class AggregateEffect:
    """What the records of one entity add to a field of another (or of themselves: `embedded`).

    In the expressions, every `Column.name` is a field of the record (`table` None), or a column of its owned
    rows (`table` is `rows`).

    Attributes:
        entity: the entity whose records count, or whose owned rows do.
        rows: the field that holds the owned rows; None where the record itself counts.
        parent, field: the entity and its field that are counted in.
        key: each field of the parent's key, in order, with the column that gives it; empty for `embedded`.
        amount: what a row adds; None for 1.
        condition: which rows count, or None for all.
        types: of the columns.
    """

    entity: str
    rows: str | None
    parent: str
    field: str
    operation: Operation
    key: tuple[tuple[str, Column], ...]
    amount: Expression | None = None
    condition: Expression | None = None
    types: Mapping[Column, ValueType] = default(default_factory=dict)

    @property
    def embedded(self) -> bool:
        """Whether a record counts its own owned rows."""
        return not self.key

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that give the parent's key, dotted for those of owned rows (`items.product_id`)."""
        return tuple(c.name if c.table is None else f"{c.table}.{c.name}" for _, c in self.key)

    def amounts(self, record: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """What a record adds: parent's key and value, for each row that counts and is not null."""
        for row in self._rows(record):
            if self.condition is not None and not holds(self.condition, row, self.types.get):
                continue
            key = tuple(row(column) for _, column in self.key)
            value = 1 if self.amount is None else evaluate(self.amount, row, self.types.get)
            if None not in key and value is not None:
                yield key, value

    def _rows(self, record: Mapping[str, Any]) -> Iterator[Callable[[Column], Any]]:
        held = record[self.rows] if self.rows is not None else [{}]
        for row in [held] if isinstance(held, Mapping) else held or ():
            yield lambda column, row=row: (record if column.table is None else row)[column.name]  # type: ignore[misc]  # the default binds the loop's row


class Counted:
    """Finds the records behind one aggregate."""

    def __init__(self, contract: Contract, parent: Entity, attribute: Attribute, aggregate: Aggregate) -> None:
        self._contract = contract
        self._parent = parent
        self._attribute = attribute
        self._aggregate = aggregate
        self._types: dict[Column, ValueType] = {}

    def effect(self) -> AggregateEffect:
        """The effect, or raise why there is none."""
        parts = conjuncts(self._aggregate.condition)
        embedded = self._embedded(parts)
        if embedded is not None:
            return embedded
        if self._aggregate.operation not in {"COUNT", "SUM"}:
            raise Unresolved(f"{self._aggregate.operation} cannot be kept by adding to it")
        if self._attribute.maintain == "snapshot":
            raise Unresolved("it is a snapshot")
        owner, rows, resolve = self._holder()
        equal = {e[0]: e for p in reversed(parts) if (e := _link(p, self._aggregate.alias)) is not None}
        key, used = [], []
        for name in self._parent.key:
            column = self._parent.fields[name].column
            if column is None or column not in equal:
                raise Unresolved(f"the rows are not joined by the key of {self._parent.name}")
            key.append((name, resolve(Column(self._aggregate.alias, equal[column][1]))))
            used.append(equal[column][2])
        rest = [p for p in parts if not any(p is u for u in used)]
        return self._made(owner.name, rows, tuple(key), rest, resolve)

    def _made(
        self,
        owner: str,
        rows: str | None,
        key: tuple[tuple[str, Column], ...],
        rest: Sequence[Expression],
        resolve: Callable[[Column], Column],
    ) -> AggregateEffect:
        amount = self._aggregate.expression
        return AggregateEffect(
            entity=owner,
            rows=rows,
            parent=self._parent.name,
            field=self._attribute.field,
            operation=self._aggregate.operation,
            key=key,
            amount=map_columns(amount, resolve) if amount is not None else None,
            condition=both([map_columns(p, resolve) for p in rest]),
            types=self._types,
        )

    def _embedded(self, parts: Sequence[Expression]) -> AggregateEffect | None:
        """The effect where the rows counted are those that the same record owns."""
        alias = self._aggregate.alias
        for name, many in _owned(self._parent, self._aggregate.table):
            link = {_normal(p, many.alias) for p in conjuncts(many.condition)}
            if link <= {_normal(p, alias) for p in parts}:
                rest = [p for p in parts if _normal(p, alias) not in link]
                return self._made(self._parent.name, name, (), rest, self._in_rows(self._parent, name, many, root=True))
        return None

    def _holder(self) -> tuple[Entity, str | None, Callable[[Column], Column]]:
        """The entity that holds the rows counted, the field if it owns them, and how its columns are found."""
        table = self._aggregate.table
        for entity in self._contract.entities.values():
            for name, many in _owned(entity, table):
                return entity, name, self._in_rows(entity, name, many, root=False)
        for entity in self._contract.entities.values():
            if entity.source_table == table:
                return entity, None, self._in_record(entity)
        raise Unresolved(f"table {table} belongs to no entity, nor does any own all its rows")

    def _in_record(self, entity: Entity) -> Callable[[Column], Column]:
        plain = plain_fields(entity)

        def resolve(column: Column) -> Column:
            self._of_rows(column)
            if column.name not in plain:
                raise Unresolved(f"{entity.name} has no field of column {entity.source_table}.{column.name}")
            return self._typed(Column(None, plain[column.name]), entity.fields[plain[column.name]].value_type)

        return resolve

    def _in_rows(self, entity: Entity, name: str, many: ToMany, *, root: bool) -> Callable[[Column], Column]:
        held = {c.expression: c for c in reversed(many.columns)}
        links = {mine: of_root for p in conjuncts(many.condition) for of_root, mine, _ in _links(p, many.alias)}
        plain = plain_fields(entity)

        def resolve(column: Column) -> Column:
            of_root = column.name if root and column.table is None else links.get(column.name)
            child = held.get(Column(many.alias, column.name)) if column.table is not None else None
            if child is not None:
                return self._typed(Column(name, child.name), child.type)
            if not root:
                self._of_rows(column)
            if of_root is None or of_root not in plain:
                raise Unresolved(f"{entity.name}.{name} has no column {many.table}.{column.name}")
            return self._typed(Column(None, plain[of_root]), entity.fields[plain[of_root]].value_type)

        return resolve

    def _of_rows(self, column: Column) -> None:
        if column.table != self._aggregate.alias:
            raise Unresolved(f"its condition reads {self._parent.source_table}.{column.name} of the counting row")

    def _typed(self, column: Column, type_: ValueType) -> Column:
        self._types[column] = type_
        return column


def _owned(entity: Entity, table: str) -> list[tuple[str, ToMany]]:
    """The fields in which an entity owns all its rows of a table."""
    found = [(name, a.derivation) for name, a in entity.fields.items() if isinstance(a.derivation, ToMany)]
    return [(name, m) for name, m in found if m.owned and m.table == table]


def _links(part: Expression, alias: str) -> list[tuple[str, str, Expression]]:
    found = _link(part, alias)
    return [found] if found is not None else []


def _link(part: Expression, alias: str) -> tuple[str, str, Expression] | None:
    """The root row's and the counted row's column that a part of the condition equates."""
    if isinstance(part, Compare) and part.operator == "=":
        for mine, other in ((part.left, part.right), (part.right, part.left)):
            if isinstance(mine, Column) and isinstance(other, Column) and (mine.table, other.table) == (alias, None):
                return other.name, mine.name, part
    return None


def _normal(part: Expression, alias: str) -> Expression:
    """A part of a condition that is the same whatever its row is called and however an equality is turned."""
    found = map_columns(part, lambda c: Column("*", c.name) if c.table == alias else c)
    if isinstance(found, Compare) and found.operator == "=" and repr(found.left) > repr(found.right):
        return Compare("=", found.right, found.left)
    return found
