"""DynamoDB's limits, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from crossfade.dynamodb.wire import AttributeValue, Item

T = TypeVar("T")

MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_ACTIONS = 100
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_BATCH_GET, MAX_BATCH_WRITE = 100, 25


def value_size(value: AttributeValue) -> int:
    """The size of a value in bytes, as AWS computes it."""
    raise NotImplementedError


def item_size(item: Mapping[str, AttributeValue]) -> int:
    """The size of an item in bytes, names included, as AWS computes it."""
    raise NotImplementedError


def check_item(item: Item, **details: Any) -> Item:
    """`item` itself, if DynamoDB can hold it.

    Args:
        **details: fields of the error (`entity`, `key` ...).

    Raises:
        ItemTooLarge: it is over 400 KB.
    """
    raise NotImplementedError


def check_transaction(actions: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    """Check the `TransactItems` of a TransactWriteItems.

    Raises:
        TransactionTooLarge: over 100 actions, or over 4 MB of items.
        ItemTooLarge: one item is over 400 KB.
    """
    raise NotImplementedError


def chunks(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`things` in runs of `size`, the last one shorter."""
    raise NotImplementedError
