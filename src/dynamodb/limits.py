"""DynamoDB's limits, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.json import encode

from crossfade.contract.types import EXACT
from crossfade.dal.errors import ItemTooLarge, TransactionTooLarge
from crossfade.dynamodb.wire import AttributeValue, Item

T = TypeVar("T")

# Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB": item size 400 KB, names included;
# transactions of 100 actions and 4 MB. API Reference: BatchGetItem 100 keys and 16 MB, BatchWriteItem 25
# writes and 16 MB, which 25 items of 400 KB do not reach.
MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_ACTIONS = 100
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_BATCH_GET, MAX_BATCH_WRITE = 100, 25


def value_size(value: AttributeValue) -> int:
    """The size of a value in bytes.

    Amazon DynamoDB Developer Guide, "Item sizes and formats": text in UTF-8; raw bytes; 1 for null and bool;
    for a number "approximately (1 byte per two significant digits) + (1 byte)", and 1 more for a sign; for a list
    or map 3, and 1 more per element.
    """
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return _number_size(content)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(k.encode()) + value_size(v) for k, v in content.items())
        case "L":
            return 3 + sum(1 + value_size(v) for v in content)
        case _:
            return sum(value_size({kind[0]: member}) for member in content)


def _number_size(text: str) -> int:
    """One byte for each pair of digits, counted from the point, and one; as DynamoDB Local, Amazon's own, has it."""
    number = Decimal(text).normalize(EXACT)
    if not number:
        return 1
    least = int(number.as_tuple().exponent)
    return number.adjusted() // 2 - least // 2 + 2 + (number < 0)


def item_size(item: Mapping[str, AttributeValue]) -> int:
    """The size of an item in bytes: names and values, as AWS computes it."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def check_item(item: Item, **details: Any) -> Item:
    """`item` itself, if DynamoDB can hold it.

    Args:
        item: the whole item.
        **details: fields of the error (`entity`, `key` ...).

    Raises:
        ItemTooLarge: it is over 400 KB.
    """
    # Its JSON has all that counts, and more than that about each value: what is short there needs no counting.
    if len(encode(item)) <= MAX_ITEM_BYTES:
        return item
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise ItemTooLarge(f"the item has {size} bytes; DynamoDB holds {MAX_ITEM_BYTES}", size=size, **details)
    return item


def check_transaction(actions: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    """Check the `TransactItems` of a TransactWriteItems.

    Updates count with their key and values, which is the least they can be.

    Raises:
        TransactionTooLarge: over 100 actions, or over 4 MB of items.
        ItemTooLarge: one item is over 400 KB.
    """
    if len(actions) > MAX_TRANSACTION_ACTIONS:
        raise TransactionTooLarge(
            f"a transaction takes {MAX_TRANSACTION_ACTIONS} actions, this has {len(actions)}: split it",
            actions=len(actions),
        )
    size = sum(_action_size(action) for item in actions for action in item.values())
    if size > MAX_TRANSACTION_BYTES:
        raise TransactionTooLarge(
            f"a transaction takes {MAX_TRANSACTION_BYTES} bytes, this has {size}: split it", actions=len(actions)
        )


def _action_size(action: Mapping[str, Any]) -> int:
    if "Item" in action:
        return item_size(check_item(action["Item"]))
    values = action.get("ExpressionAttributeValues", {})
    return item_size(action["Key"]) + sum(value_size(v) for v in values.values())


def chunks(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`things` in runs of `size`, the last one shorter."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
