"""Conditions, changes and key conditions as DynamoDB expressions: pure values, every name and value aliased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crossfade.dal.change import Change
from crossfade.dal.condition import Condition
from crossfade.dal.errors import InvalidValue
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.wire import AttributeValue, Path

SortOperator = Literal["=", "<", "<=", ">", ">=", "between", "begins_with"]


class NotExpressible(InvalidValue):
    """DynamoDB has no expression for this; whoever writes must read, decide and write on condition of `_rev`."""


class Names:
    """The aliased names and values of one request; the same name or value has one alias.

    Every compiled text of a request (condition, update, filter, projection) must come from one `Names`.
    """

    def name(self, *path: str) -> str:
        """The aliased path: `#n0`, `#n1.#n2`."""
        raise NotImplementedError

    def value(self, value: AttributeValue) -> str:
        """The alias of a value: `:v0`."""
        raise NotImplementedError

    def request(self) -> dict[str, Any]:
        """`ExpressionAttributeNames` and `ExpressionAttributeValues`, each only where it is not empty."""
        raise NotImplementedError


def condition(names: Names, codec: Codec, wanted: Condition) -> str:
    """The text of a condition over canonical values, with the meaning of `dal.condition.holds`.

    Raises:
        NotExpressible: DynamoDB cannot decide it.
        InvalidValue: it makes no sense for the field's type.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: what DynamoDB decides (`text`), and what is left to `dal.condition.holds` (`residual`)."""

    text: str | None
    residual: Condition | None


def filter_(names: Names, codec: Codec, wanted: Condition | None) -> Filter:
    """The filter for a condition. Attributes of the queried key must not be in it (DynamoDB refuses that)."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class UpdateText:
    """An update.

    Attributes:
        text: the UpdateExpression.
        guard: a condition that must be part of the request's; if it is false, a result would not fit its field,
            and `Preparer.changed` on the old record says why. None where there is none.
    """

    text: str
    guard: str | None


def update(
    names: Names,
    codec: Codec,
    changes: Mapping[str, Change],
    attributes: Mapping[str, AttributeValue | None],
) -> UpdateText:
    """The update for changes to fields, and for attributes that are no fields (`_rev`, index keys).

    The TTL attribute follows its field. Index keys do not: they are the caller's, in `attributes`.

    Args:
        changes: by field, canonical.
        attributes: by name; None removes it.

    Raises:
        NotExpressible: a result depends on the old value in a way that no expression has.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SortCondition:
    """A condition on a sort key; `between` has two operands, the others one."""

    attribute: str
    operator: SortOperator
    operands: tuple[AttributeValue, ...]


def key_condition(names: Names, partition: tuple[str, AttributeValue], sort: SortCondition | None = None) -> str:
    """The KeyConditionExpression."""
    raise NotImplementedError


def projection(names: Names, paths: Iterable[Path]) -> str:
    """The ProjectionExpression for some attributes."""
    raise NotImplementedError


def absent(names: Names, codec: Codec) -> str:
    """The condition that there is no item at the key: `attribute_not_exists(#n0)`."""
    raise NotImplementedError


def present(names: Names, codec: Codec) -> str:
    """The condition that there is an item at the key."""
    raise NotImplementedError


def all_of(*texts: str | None) -> str | None:
    """The texts joined by AND, each in parentheses where there are several; None left out."""
    raise NotImplementedError
