"""Derived fields in memory, evaluated over tables as MySQL evaluates them.

The planner's hops between entities play no part here, so that one can be held against the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

from crossfade.contract.coerce import as_number, as_text, to_type
from crossfade.contract.expressions import columns
from crossfade.contract.hops import derived_fields
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import Aggregate, Computed, JoinStep, OwnColumns, ToMany, ToOne
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import EXACT
from crossfade.dal.entity import Record
from crossfade.dal.memory_tables import Scope, Tables, child_rows, row_of


class Derivations:
    """Computes the derived fields of one entity.

    Args:
        contract: the contract.
        entity: the entity.
    """

    def __init__(self, contract: Contract, entity: Entity) -> None:
        self._entity = entity
        self._joined = [a for a in entity.fields.values() if a.derivation is not None]
        derived = derived_fields(contract, entity.name)
        self._transformed = [derived[f] for f, a in entity.fields.items() if a.transformation is not None]

    def complete(self, record: Record, tables: Tables) -> Record:
        """The record with its derived fields."""
        root = Scope(tables, {None: self._entity.source_table}, {None: row_of(self._entity, record)})
        found = dict(record)
        for attribute in self._joined:
            found[attribute.field] = self._value(attribute, record[attribute.field], root)
        for derived in self._transformed:
            found[derived.field] = derived.value(found)
        return found

    def _value(self, attribute: Attribute, stored: Any, root: Scope) -> Any:
        match attribute.derivation:
            case ToMany() as many:
                rows = self._many(many, stored, root)
                return rows if many.shape == "array" else next(iter(rows), None)
            case OwnColumns(made):
                return {c.name: to_type(root.value(c.expression), c.type, c.name) for c in made}
            case Aggregate() as aggregate:
                value = _aggregated(aggregate, root)
            case Computed(expression=expression):
                value = _followed(self._steps(expression), root).value(expression)
            case ToOne() as join:
                value = _to_one(join, root)
            case other:
                raise TypeError(f"not a derivation: {other!r}")
        return to_type(value, attribute.value_type, attribute.field)

    def _steps(self, expression: Expression) -> tuple[JoinStep, ...]:
        """The joins of other attributes that a calculation's aliases come from."""
        wanted = {c.table for c in columns(expression)} - {None}
        found: dict[str, JoinStep] = {}
        for attribute in self._entity.attributes:
            chain = attribute.derivation.steps if isinstance(attribute.derivation, ToOne) else ()
            if wanted & {s.alias for s in chain}:
                found = {**{s.alias: s for s in chain}, **found}
        return tuple(found.values())

    def _many(self, many: ToMany, stored: Any, root: Scope) -> list[dict[str, Any]]:
        if many.owned:
            rows = child_rows(many, root.rows[None] or {}, stored)
            found = [root.also(many.alias, many.table, row) for row in rows]
        else:
            found = list(root.joined(many.table, many.alias, many.condition))
        found = [_followed(many.joins, scope) for scope in found]
        for expression, descending in reversed(many.order_by):
            found.sort(key=lambda s, e=expression: _sort_key(s.value(e)), reverse=descending)  # type: ignore[misc]  # the default binds the loop's expression
        return [
            {c.name: to_type(scope.value(c.expression), c.type, c.name) for c in many.columns}
            for scope in found[: many.limit]
        ]


def _followed(steps: Iterable[JoinStep], scope: Scope) -> Scope:
    """The scope with the rows that the steps lead to, None where there is no row."""
    for step in steps:
        without = scope.also(step.alias, step.table, None)
        scope = next(scope.joined(step.table, step.alias, step.condition), without)
    return scope


def _to_one(join: ToOne, root: Scope) -> Any:
    if join.when is not None and not root.holds(join.when):
        return join.otherwise
    scope = _followed(join.steps, root)
    selected = {c.table for select in join.selects for c in columns(select)} - {None}
    if selected and all(scope.rows[alias] is None for alias in selected):
        return join.otherwise
    if join.separator is None:
        return scope.value(join.selects[0])
    found = [as_text(scope.value(e), scope.type(e) if isinstance(e, Column) else None) for e in join.selects]
    return join.separator.join(text for text in found if text is not None)


def _aggregated(aggregate: Aggregate, root: Scope) -> Any:
    rows = root.joined(aggregate.table, aggregate.alias, aggregate.condition)
    if aggregate.expression is None:
        return sum(1 for _ in rows)
    found = [scope.value(aggregate.expression) for scope in rows]
    values = [v for v in found if v is not None]
    match aggregate.operation:
        case "COUNT":
            return len(values)
        case "MIN":
            return min(values, key=_sort_key, default=None)
        case "MAX":
            return max(values, key=_sort_key, default=None)
        case "SUM":
            return _sum(values)
        case "AVG" if values:
            total = _sum(values)
            return total / len(values) if isinstance(total, float) else EXACT.divide(total, Decimal(len(values)))
        case _:
            return None


def _sum(values: Sequence[Any]) -> float | Decimal:
    numbers = [as_number(v) for v in values]
    if any(isinstance(n, float) for n in numbers):
        return sum(float(n or 0) for n in numbers)
    return reduce(EXACT.add, (Decimal(n or 0) for n in numbers), Decimal(0))


def _sort_key(value: Any) -> tuple[bool, Any]:
    """Null first, as MySQL sorts."""
    return (False, 0) if value is None else (True, value)
