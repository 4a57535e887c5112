"""Counts and sums over other entities: what each write adds to them.

MySQL counts when it reads. On DynamoDB the writer of a row adds its share to the other entity's item, in the
same transaction; so a COUNT or SUM becomes, for each record, a key and an amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.contract.arithmetic import Number, calculate
from crossfade.contract.coerce import as_number, compare, to_type
from crossfade.contract.counted import AggregateEffect, Counted, Operation
from crossfade.contract.hops import Unresolved
from crossfade.contract.model import Contract
from crossfade.contract.model_derivation import Aggregate
from crossfade.contract.types import ValueType


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
                effect = Counted(contract, of, attribute, attribute.derivation).effect()
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
