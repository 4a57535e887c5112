"""Batches of any length: split, repeated until nothing is left over, and exact about what is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.dal.errors import CapacityExceeded, CrossfadeError
from crossfade.dynamodb.client import Calls
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.limits import MAX_BATCH_GET, MAX_BATCH_WRITE, chunks
from crossfade.dynamodb.wire import Item, KeyId, key_id


def batch_get(calls: Calls, table: str, keys: Iterable[Item], *, consistent: bool = True) -> dict[KeyId, Item]:
    """The items that exist, by `wire.key_id` of their key; a repeated key is read once.

    Args:
        calls: what to read with.
        table: the table's full name.
        keys: item keys of that table.
        consistent: read what was acknowledged last.

    Raises:
        CapacityExceeded: some keys were still unread at the deadline; the message counts them.
    """
    wanted = {key_id(key): key for key in keys}
    found: dict[KeyId, Item] = {}
    for chunk in chunks(list(wanted.values()), MAX_BATCH_GET):
        names = tuple(chunk[0])
        for item in _read(calls, table, chunk, consistent=consistent):
            found[key_id({name: item[name] for name in names})] = item
    return found


def _read(calls: Calls, table: str, keys: Sequence[Item], *, consistent: bool) -> list[Item]:
    found: list[Item] = []
    left: Mapping[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": consistent}}
    for _ in calls.pacer.tries():
        response = calls.read("BatchGetItem", RequestItems=left)
        found += response["Responses"].get(table, [])
        left = response.get("UnprocessedKeys") or {}
        if not left:
            return found
    count = len(left[table]["Keys"])
    raise CapacityExceeded(f"DynamoDB left {count} of {len(keys)} keys of {table} unread", store=STORE)


@dataclass(frozen=True, slots=True)
class Write:
    """One put (with `item`) or delete (without) of a batch. `table` is the full name."""

    table: str
    key: Item
    item: Item | None = None

    @property
    def request(self) -> dict[str, Any]:
        """The write as BatchWriteItem takes it."""
        return {"DeleteRequest": {"Key": self.key}} if self.item is None else {"PutRequest": {"Item": self.item}}


@dataclass(frozen=True, slots=True)
class NotWritten:
    """A write of a batch that was not made for certain.

    Attributes:
        index: its position in the batch.
        error: `Unclear` where it may have been made; anything else where it was not.
    """

    index: int
    error: CrossfadeError


def batch_write(calls: Calls, writes: Sequence[Write]) -> list[NotWritten]:
    """Make unconditional writes, 25 a request; no two of them for one key. Not atomic.

    A request whose reply is lost is not sent again: a later write of somebody else's could be undone by it.

    Returns:
        What was not written for certain, in order; everything else was.
    """
    missed: list[NotWritten] = []
    for chunk in chunks(list(enumerate(writes)), MAX_BATCH_WRITE):
        missed += _write(calls, dict(chunk))
    return missed


def _write(calls: Calls, left: dict[int, Write]) -> list[NotWritten]:
    for _ in calls.pacer.tries():
        try:
            response = calls.write("BatchWriteItem", RequestItems=_by_table(left.values()))
        except CrossfadeError as error:
            return [NotWritten(index, error) for index in left]
        left = _unprocessed(left, response.get("UnprocessedItems") or {})
        if not left:
            return []
    return [NotWritten(index, CapacityExceeded("DynamoDB left it unwritten", store=STORE)) for index in left]


def _by_table(writes: Iterable[Write]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for write in writes:
        found.setdefault(write.table, []).append(write.request)
    return found


def _unprocessed(sent: Mapping[int, Write], leftovers: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[int, Write]:
    """Those of `sent` that DynamoDB gave back, recognised by their keys."""
    names = {write.table: tuple(write.key) for write in sent.values()}
    returned = {
        (table, key_id({n: content[n] for n in names[table]}))
        for table, requests in leftovers.items()
        for request in requests
        for content in (
            request["DeleteRequest"]["Key"] if "DeleteRequest" in request else request["PutRequest"]["Item"],
        )
    }
    return {index: write for index, write in sent.items() if (write.table, key_id(write.key)) in returned}
