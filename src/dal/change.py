"""What `update` does to a field: a plain value sets it, the classes here do the rest.

`apply` is the meaning of a change; the stores compile the same changes to SQL and to UpdateExpressions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossfade.contract.types import EXACT


class Change:
    """The base of the changes that are not plain values."""


@dataclass(frozen=True, slots=True)
class Set(Change):
    """Set the field to `value`; what a plain value becomes."""

    value: Any


@dataclass(frozen=True, slots=True)
class Add(Change):
    """Add `amount` (negative to subtract) to a number; null counts as 0. Float for FLOAT and DOUBLE only."""

    amount: int | Decimal | float


@dataclass(frozen=True, slots=True)
class Remove(Change):
    """Make the field null."""


class Append(Change):
    """Append rows to an owned list, or values to a JSON list; null counts as empty."""

    __slots__ = ("values",)

    def __init__(self, *values: Any) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Append) and self.values == other.values

    def __hash__(self) -> int:
        return hash(("append", len(self.values)))

    def __repr__(self) -> str:
        return f"Append{self.values!r}"


@dataclass(frozen=True, slots=True, init=False)
class Union(Change):
    """Add members to a set; null counts as empty."""

    members: Collection[Any]

    def __init__(self, *members: Any) -> None:
        object.__setattr__(self, "members", _members(members))


@dataclass(frozen=True, slots=True, init=False)
class Difference(Change):
    """Take members out of a set."""

    members: Collection[Any]

    def __init__(self, *members: Any) -> None:
        object.__setattr__(self, "members", _members(members))


def _members(given: tuple[Any, ...]) -> Collection[Any]:
    """A frozenset; what cannot be a set's member is left as it is, for the store to refuse with the field's name."""
    try:
        return frozenset(given)
    except TypeError:
        return given


def apply(changes: Mapping[str, Change], record: Mapping[str, Any]) -> dict[str, Any]:
    """The record after `changes`, not yet canonical."""
    return {**record, **{field: _result(change, record[field]) for field, change in changes.items()}}


def _result(change: Change, old: Any) -> Any:
    match change:
        case Set(value):
            return value
        case Add(amount):
            return _sum(0 if old is None else old, amount)
        case Remove():
            return None
        case Append():
            return [*([] if old is None else old), *change.values]
        case Union(members):
            return frozenset(old or ()).union(members)
        case Difference(members):
            return frozenset(old or ()).difference(members)
        case _:
            raise TypeError(f"not a change: {change!r}")


def _sum(old: Any, amount: Any) -> Any:
    # The default context would round a DECIMAL of more than 28 digits.
    if isinstance(old, Decimal) or isinstance(amount, Decimal):
        return EXACT.add(Decimal(old), Decimal(amount))
    return old + amount
