"""What the models share: an item with its token, and a request to write it, which may arrive late."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

T = TypeVar("T")

GONE = 0
"""The value of a tombstone, and of a row that is not there."""


class Item(NamedTuple):
    """An item of the DynamoDB store: its value, and its `_rev`."""

    value: int
    rev: int


class Request(NamedTuple):
    """A request to write an item, on the condition that it is still the one that was seen (None: that there is none).

    `always`: without a condition.
    """

    value: int
    seen: int | None
    always: bool = False

    def holds(self, item: Item | None) -> bool:
        """Whether the condition holds."""
        return self.always or self.seen == rev_of(item)

    def lands(self, item: Item | None, token: int, *, tombstones: bool = True) -> Item | None:
        """The item after the request arrived; `token` is used if it is written."""
        if not self.holds(item):
            return item
        return Item(self.value, token) if tombstones or self.value != GONE else None


def rev_of(item: Item | None) -> int | None:
    """The token that a reader sees; None where there is no item."""
    return None if item is None else item.rev


def value_of(item: Item | None) -> int:
    """What a reader sees: a tombstone and no item are the same."""
    return GONE if item is None else item.value


def put(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    """The items, with another one at `number`."""
    return (*items[:number], item, *items[number + 1 :])
