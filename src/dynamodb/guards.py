"""What a write demands of the item as it is: pure tests, compiled for DynamoDB and decided here after a refusal."""

from __future__ import annotations

from dataclasses import dataclass

from crossfade.dal.condition import Condition, fields, holds
from crossfade.dynamodb import expressions
from crossfade.dynamodb.codec import DELETED, REV, Codec
from crossfade.dynamodb.expressions import Names
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.wire import AttributeValue, Item


@dataclass(frozen=True, slots=True)
class Lacks:
    """The item has no such attribute, or there is no item. Of a key attribute: there is no item."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Has:
    """The item has the attribute."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Is:
    """The attribute has exactly this value."""

    attribute: str
    value: AttributeValue


@dataclass(frozen=True, slots=True)
class Either:
    """One of the tests holds."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the fields of an entity's item."""

    entity: str
    condition: Condition


Test = Lacks | Has | Is | Either | Where
Guard = tuple[Test, ...]
"""All of the tests hold."""


def unchanged(rev: str | None, key_attribute: str) -> Guard:
    """The item is still the one with this token; None is an item that never had one."""
    return (Is(REV, {"S": rev}),) if rev is not None else (Has(key_attribute), Lacks(REV))


def living(key_attribute: str) -> Guard:
    """There is an item, and it is no tombstone."""
    return (Has(key_attribute), Lacks(DELETED))


def vacant(key_attribute: str) -> Guard:
    """There is no item, or a tombstone."""
    return (Either((Lacks(key_attribute), Has(DELETED))),)


def compile_guard(names: Names, layout: Layout, guard: Guard) -> str | None:
    """The ConditionExpression of a guard, or None where it demands nothing.

    Raises:
        NotExpressible: DynamoDB cannot decide a `Where`.
    """
    distinct = [test for i, test in enumerate(guard) if test not in guard[:i]]
    return expressions.all_of(*(_compile(names, layout, test) for test in distinct))


def _compile(names: Names, layout: Layout, test: Test) -> str:
    match test:
        case Lacks(attribute):
            return f"attribute_not_exists({names.name(attribute)})"
        case Has(attribute):
            return f"attribute_exists({names.name(attribute)})"
        case Is(attribute, value):
            return f"{names.name(attribute)} = {names.value(value)}"
        case Either(tests):
            return " OR ".join(_compile(names, layout, t) for t in tests)
        case Where(entity, condition):
            return expressions.condition(names, layout.of(entity).codec, condition)


def passes(layout: Layout, guard: Guard, item: Item | None) -> bool:
    """Whether an item, or its absence, fulfils a guard."""
    return all(_passes(layout, test, item or {}) for test in guard)


def _passes(layout: Layout, test: Test, item: Item) -> bool:
    match test:
        case Lacks(attribute):
            return attribute not in item
        case Has(attribute):
            return attribute in item
        case Is(attribute, value):
            return item.get(attribute) == value
        case Either(tests):
            return any(_passes(layout, t, item) for t in tests)
        case Where(entity, condition):
            return _holds(layout.of(entity).codec, condition, item)


def _holds(codec: Codec, condition: Condition, item: Item) -> bool:
    """Whether the condition holds; an attribute that is no field's value counts as null."""
    record = {}
    for field in fields(condition):
        stored = codec.stored(item, field)
        record[field] = codec.decode_field(field, stored)
    return holds(condition, record)
