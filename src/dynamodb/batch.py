"""Batches of any length: split, repeated until nothing is left over, and exact about what is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from crossfade.dal.errors import CapacityExceeded, CrossfadeError
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import GIVEN_BACK, STORE, Unclear
from crossfade.dynamodb.limits import MAX_BATCH_GET, MAX_BATCH_WRITE, chunks
from crossfade.dynamodb.ready import item_of, put_requests
from crossfade.dynamodb.transport import PageReader
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
    wanted = list({key_id(key): key for key in keys}.values())
    names = tuple(wanted[0]) if wanted else ()
    items: Iterator[Item] = batch_items(calls, table, wanted, consistent=consistent)
    return {key_id({name: item[name] for name in names}): item for item in items}


def batch_items(
    calls: Calls, table: str, keys: Sequence[Item], *, consistent: bool = True, reader: PageReader | None = None
) -> Iterator[Any]:
    """The items that exist, in any order; no key may be there twice. Further arguments, and errors, as for `batch_get`.

    Args:
        reader: reads the JSON of an answer, where that is at hand, and gives items as it likes: see `Transport.steps`.
    """
    for chunk in chunks(keys, MAX_BATCH_GET):
        yield from _read(calls, table, chunk, consistent=consistent, reader=reader)


def _read(calls: Calls, table: str, keys: Sequence[Item], *, consistent: bool, reader: PageReader | None) -> list[Any]:
    found: list[Any] = []
    left: Mapping[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": consistent}}
    for _ in calls.pacer.tries():
        response = calls.read("BatchGetItem", reader, RequestItems=left)
        found += response["Responses"].get(table, [])
        left = response["UnprocessedKeys"]
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
    def request(self) -> Any:
        """The write as BatchWriteItem takes it."""
        return {"DeleteRequest": {"Key": self.key}} if self.item is None else {"PutRequest": {"Item": self.item}}

    @property
    def deletes(self) -> bool:
        """Whether it leaves nothing."""
        return self.item is None


class TextPuts(Sequence[Write]):
    """Puts of a batch whose items are JSON already, which crossfade's own transport alone can send.

    Args:
        table: the full name.
        names: the attributes of the item key.
        texts: the items' JSON, but for `_rev` and the last brace.
        token: their `_rev`.
    """

    def __init__(self, table: str, names: Sequence[str], texts: Sequence[str], token: str) -> None:
        self._table, self._names, self._texts, self._token = table, names, texts, token

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> Write: ...

    @overload
    def __getitem__(self, index: slice) -> TextPuts: ...

    def __getitem__(self, index: int | slice) -> Write | TextPuts:
        if isinstance(index, slice):
            return TextPuts(self._table, self._names, self._texts[index], self._token)
        item = {**item_of(self._texts[index]), REV: {"S": self._token}}
        return Write(self._table, {name: item[name] for name in self._names}, item)

    @property
    def by_table(self) -> dict[str, Any]:
        """The writes as BatchWriteItem takes them."""
        return {self._table: put_requests([(text, self._token) for text in self._texts])}


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
    for number, chunk in enumerate(chunks(writes, MAX_BATCH_WRITE)):
        missed += [replace(one, index=one.index + number * MAX_BATCH_WRITE) for one in _write(calls, chunk)]
    return missed


def _write(calls: Calls, writes: Sequence[Write]) -> list[NotWritten]:
    left: Sequence[int] = range(len(writes))
    requests = writes.by_table if isinstance(writes, TextPuts) else _by_table(writes)
    for _ in calls.pacer.tries():
        try:
            response = calls.write("BatchWriteItem", RequestItems=requests)
            left = _unprocessed(writes, left, response["UnprocessedItems"])
        except CrossfadeError as error:
            return [NotWritten(index, error) for index in left]
        if not left:
            return []
        requests = _by_table([writes[index] for index in left])
    return [NotWritten(index, CapacityExceeded("DynamoDB left it unwritten", store=STORE)) for index in left]


def _by_table(writes: Iterable[Write]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for write in writes:
        found.setdefault(write.table, []).append(write.request)
    return found


def _unprocessed(
    writes: Sequence[Write], sent: Sequence[int], leftovers: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[int]:
    """Those of `sent` that DynamoDB gave back, recognised by their keys. Raises Unclear where it gave back others."""
    if not leftovers:
        return []
    made: dict[tuple[str, KeyId], int] = {}
    names: dict[str, Sequence[str]] = {}
    for index in sent:
        write = writes[index]
        made[write.table, key_id(write.key)] = index
        names[write.table] = tuple(write.key)
    try:
        returned = {made[table, _key_of(one, names[table])] for table, of in leftovers.items() for one in of}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Unclear(GIVEN_BACK, finished=False, store=STORE) from error
    return sorted(returned)


def _key_of(request: Mapping[str, Any], names: Sequence[str]) -> KeyId:
    content = request["DeleteRequest"]["Key"] if "DeleteRequest" in request else request["PutRequest"]["Item"]
    return key_id({name: content[name] for name in names})
