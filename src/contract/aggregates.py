"""Counts and sums over other entities: what each write adds to them.

MySQL counts when it reads. On DynamoDB the writer of a row adds its share to the other entity's item, in the
same transaction; so a COUNT or SUM becomes, for each record, a key and an amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Literal

from crossfade.contract.arithmetic import Number, calculate
from crossfade.contract.coerce import as_number, compare, to_type
from crossfade.contract.evaluate import evaluate, holds
from crossfade.contract.expressions import map_columns
from crossfade.contract.hops import Unresolved, both, conjuncts, plain_fields
from crossfade.contract.model import Aggregate, Attribute, Contract, Entity, ToMany
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


@dataclass(frozen=True, slots=True)
class AggregateField:
    """Where an aggregate of an entity comes from.

    Attributes:
        effect: what adds to it, or None.
        reason: why nothing can; the value is then not kept equal on DynamoDB.
    """

    entity: str
    field: str
    operation: Operation
    effect: AggregateEffect | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """Add `amount` to `field` of the entity `parent` with this key; null there counts as 0."""

    parent: str
    key: Mapping[str, Any]
    field: str
    amount: Number


def aggregate_fields(contract: Contract, entity: str) -> tuple[AggregateField, ...]:
    """The aggregates of an entity, each with what adds to it or why nothing can."""
    of = contract.entities[entity]
    found = []
    for attribute in of.fields.values():
        if isinstance(attribute.derivation, Aggregate):
            effect, reason = None, None
            try:
                effect = _Counted(contract, of, attribute, attribute.derivation).effect()
            except Unresolved as error:
                reason = str(error)
            found.append(AggregateField(entity, attribute.field, attribute.derivation.operation, effect, reason))
    return tuple(found)


def aggregate_effects(contract: Contract, entity: str) -> tuple[AggregateEffect, ...]:
    """The counts and sums, of any entity, that a write of this entity changes; `embedded` ones left out."""
    fields = (f for parent in contract.entities for f in aggregate_fields(contract, parent))
    effects = (f.effect for f in fields if f.effect is not None)
    return tuple(e for e in effects if e.entity == entity and not e.embedded)


def deltas(
    effects: Iterable[AggregateEffect], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> tuple[Delta, ...]:
    """What to add where when a record changes.

    Args:
        effects: those of the record's entity.
        old: the record before, or None for a create.
        new: the record after, or None for a delete.

    Returns:
        At most one delta per parent, key and field, none of them zero.
    """
    sums: dict[tuple[str, tuple[tuple[str, Any], ...], str], Number] = {}
    for effect in effects:
        for record, sign in ((old, -1), (new, 1)):
            for key, value in effect.amounts(record) if record is not None else ():
                names = tuple(name for name, _ in effect.key)
                place = (effect.parent, tuple(zip(names, key, strict=True)), effect.field)
                sums[place] = _plus(sums.get(place, 0), _share(effect, value), sign)
    return tuple(Delta(parent, dict(key), name, amount) for (parent, key, name), amount in sums.items() if amount)


def initial(operation: Operation, type_: ValueType, name: str) -> Any:
    """The aggregate of no rows: 0 for COUNT and SUM, else None."""
    return to_type(0, type_, name) if operation in {"COUNT", "SUM"} else None


def embedded_value(effect: AggregateEffect, record: Mapping[str, Any], type_: ValueType) -> Any:
    """The aggregate of a record's own owned rows."""
    values = [value for _, value in effect.amounts(record)]
    if not values or effect.operation == "COUNT":
        return (
            to_type(len(values), type_, effect.field)
            if effect.operation == "COUNT"
            else initial(effect.operation, type_, effect.field)
        )
    return to_type(_AGGREGATES[effect.operation](values), type_, effect.field)


def _share(effect: AggregateEffect, value: Any) -> Number:
    number = 1 if effect.operation == "COUNT" else as_number(value)
    return 0 if number is None else number


def _plus(total: Number, number: Number, sign: int) -> Number:
    return calculate("+" if sign > 0 else "-", total, number) or 0


def _sum(values: Sequence[Any]) -> Number:
    total: Number = 0
    for value in values:
        total = _plus(total, as_number(value) or 0, 1)
    return total


def _average(values: Sequence[Any]) -> Number:
    return calculate("/", _sum(values), len(values)) or 0


def _extreme(sign: int) -> Callable[[Sequence[Any]], Any]:
    def chosen(values: Sequence[Any]) -> Any:
        best = values[0]
        for value in values[1:]:
            if (compare(value, best, None) or 0) * sign > 0:
                best = value
        return best

    return chosen


_AGGREGATES: dict[Operation, Callable[[Sequence[Any]], Any]] = {
    "SUM": _sum,
    "AVG": _average,
    "MIN": _extreme(-1),
    "MAX": _extreme(1),
}


class _Counted:
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
    return [(name, m) for name, m in found if m.owned and m.table == table and m.limit is None]


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
