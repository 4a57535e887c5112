"""Batches of any length: split, repeated until nothing is left over, and exact about what is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crossfade.dal.errors import StoreError
from crossfade.dynamodb.client import Calls
from crossfade.dynamodb.wire import Item, KeyId


def batch_get(calls: Calls, table: str, keys: Iterable[Item], *, consistent: bool = True) -> dict[KeyId, Item]:
    """The items that exist, by `wire.key_id` of their key; a repeated key is read once.

    Args:
        table: the table's full name.
        consistent: read what was acknowledged last.

    Raises:
        CapacityExceeded: some keys were still unread at the deadline; the message counts them.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Write:
    """One put (with `item`) or delete (without) of a batch. `table` is the full name."""

    table: str
    key: Item
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class NotWritten:
    """A write of a batch that was not made for certain.

    Attributes:
        index: its position in the batch.
        error: `CapacityExceeded` and others where it was not made, `Unclear` where it may have been.
    """

    index: int
    error: StoreError


def batch_write(calls: Calls, writes: Sequence[Write]) -> list[NotWritten]:
    """Make unconditional writes, 25 a request; no two of them for one key. Not atomic.

    Returns:
        What was not written for certain, in order; everything else was.
    """
    raise NotImplementedError
