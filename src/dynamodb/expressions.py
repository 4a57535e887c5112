"""DynamoDB expressions as pure values: conditions, filters, updates, key conditions and projections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crossfade.dynamodb.aliases import MAX_EXPRESSION_BYTES, MAX_OPERATORS, Names, NotExpressible, all_of
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.conditions import MAX_IN_OPERANDS, Filter, condition, filter_
from crossfade.dynamodb.updates import UpdateText, update
from crossfade.dynamodb.wire import AttributeValue, Path

__all__ = [
    "MAX_EXPRESSION_BYTES",
    "MAX_IN_OPERANDS",
    "MAX_OPERATORS",
    "Filter",
    "Names",
    "NotExpressible",
    "SortCondition",
    "UpdateText",
    "absent",
    "all_of",
    "between",
    "condition",
    "filter_",
    "key_condition",
    "present",
    "projection",
    "update",
]

SortOperator = Literal["=", "<", "<=", ">", ">=", "between", "begins_with"]


@dataclass(frozen=True, slots=True)
class SortCondition:
    """A condition on a sort key; `between` has two operands (both ends included), the others one."""

    attribute: str
    operator: SortOperator
    operands: tuple[AttributeValue, ...]


def between(attribute: str, low: AttributeValue | None, high: AttributeValue | None) -> SortCondition | None:
    """The condition for an interval of a sort key, both ends included; None is an open end."""
    if low is None:
        return None if high is None else SortCondition(attribute, "<=", (high,))
    if high is None:
        return SortCondition(attribute, ">=", (low,))
    return SortCondition(attribute, "=", (low,)) if low == high else SortCondition(attribute, "between", (low, high))


def key_condition(names: Names, partition: tuple[str, AttributeValue], sort: SortCondition | None = None) -> str:
    """The KeyConditionExpression for a partition key's value and a condition on the sort key."""
    attribute, value = partition
    text = f"{names.name(attribute)} = {names.value(value)}"
    if sort is None:
        return text
    name, operands = names.name(sort.attribute), [names.value(v) for v in sort.operands]
    match sort.operator:
        case "between":
            return f"{text} AND {name} BETWEEN {' AND '.join(operands)}"
        case "begins_with":
            return f"{text} AND begins_with({name}, {operands[0]})"
        case operator:
            return f"{text} AND {name} {operator} {operands[0]}"


def projection(names: Names, paths: Iterable[Path]) -> str:
    """The ProjectionExpression for some attributes."""
    return ", ".join(names.name(*path) for path in paths)


def absent(names: Names, codec: Codec) -> str:
    """The condition that there is no item at the key: `attribute_not_exists(#n0)`."""
    return f"attribute_not_exists({names.name(codec.keys.names[0])})"


def present(names: Names, codec: Codec) -> str:
    """The condition that there is an item at the key."""
    return f"attribute_exists({names.name(codec.keys.names[0])})"
