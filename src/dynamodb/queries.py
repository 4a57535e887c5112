"""Answers access patterns: items in the query's order, checked by what the query means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

from crossfade.dal.condition import holds
from crossfade.dal.entity import Record
from crossfade.dal.errors import InvalidKey, InvalidPattern
from crossfade.dal.key import Key
from crossfade.dal.query import Query
from crossfade.dynamodb.calls import Calls, ReadOperation
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.paging import Reading, pages, reading
from crossfade.dynamodb.reads import Reader
from crossfade.dynamodb.shelf import TARGET, Shelf, Stored
from crossfade.dynamodb.wire import Item, key_id

_ROUNDS = 5


class Finder:
    """Answers queries.

    Args:
        layout: where entities lie.
        calls: how requests are made.
        reader: reads what keys are resolved by.
    """

    def __init__(self, layout: Layout, calls: Calls, reader: Reader) -> None:
        self._layout = layout
        self._calls = calls
        self._reader = reader

    def find(self, query: Query) -> list[Record]:
        """The first `query.limit + 1` records behind the cursor, in order."""
        wanted, shelf = query.limit + 1, self._layout.of(query.entity.name)
        if query.plan.total and query.plan.access == "query":
            read = reading(shelf, query)
            if read.exact:
                return self._exactly(shelf, query, read, wanted)
        return [stored.record for stored in islice(self.ordered(query, wanted), wanted)]

    def count(self, query: Query) -> int:
        """How many records the query finds."""
        plan = query.plan
        shelf = self._layout.of(query.entity.name)
        if plan.access in {"get", "unique"}:
            return sum(1 for _ in self._matching(query, None))
        read = reading(shelf, query)
        if not read.exact:
            return sum(1 for _ in self._matching(query, None))
        for rounds in self._requests(query, read):
            counted = ((op, {**request, "Select": "COUNT"}) for op, request in rounds)
            if found := sum(page["Count"] for op, request in counted for page in pages(self._calls, op, request, None)):
                return int(found)
        return 0

    def ordered(self, query: Query, wanted: int | None = None) -> Iterator[Stored]:
        """The items that the query finds, in its order, behind its cursor.

        Args:
            query: the query; its limit plays no part.
            wanted: how many will be taken, if that is known.
        """
        found = self._in_order(query, self._matching(query, wanted))
        if query.after is None:
            return found
        return (stored for stored in found if _is_behind(query, _place(query, stored.record)))

    def all(self, query: Query) -> Iterator[Stored]:
        """The items that the query finds, in any order, expired ones too."""
        return self._matching(query, None, expired=True)

    def _exactly(self, shelf: Shelf, query: Query, read: Reading, wanted: int) -> list[Record]:
        """What DynamoDB answers is what is asked for, in its order: there is nothing to look at in an item."""
        found: list[Record] = []
        for requests in self._requests(query, read):
            for operation, request in requests:
                for page in pages(self._calls, operation, request, _page_size(query, wanted), shelf.page_reader):
                    records = _records(shelf, page)
                    if query.after is not None:
                        records = [record for record in records if _is_behind(query, _place(query, record))]
                    # What moves between two pages may be on both.
                    seen = {shelf.ident(record) for record in found}
                    found += [record for record in records if shelf.ident(record) not in seen] if seen else records
                    if len(found) >= wanted:
                        return found[:wanted]
            if found:
                break
        return found

    # ----------------------------------------------------------------------------------------- order

    def _in_order(self, query: Query, found: Iterator[Stored]) -> Iterator[Stored]:
        plan = query.plan
        if plan.total:
            return found
        if not plan.ordered:
            return iter(self._sorted(query, found))
        # Equal values arrive in any order, but next to each other.
        groups = groupby(found, key=lambda stored: stored.record[plan.sort_fields[0]])
        return (stored for _, group in groups for stored in self._sorted(query, group))

    def _sorted(self, query: Query, found: Iterable[Stored]) -> list[Stored]:
        return sorted(found, key=lambda stored: _place(query, stored.record), reverse=query.descending)

    # -------------------------------------------------------------------------------------- matching

    def _matching(self, query: Query, wanted: int | None, *, expired: bool = False) -> Iterator[Stored]:
        """What the query finds, as it arrives, each entity once."""
        shelf = self._layout.of(query.entity.name)
        read = None if query.plan.access in {"get", "unique"} else reading(shelf, query)
        exact = read is not None and read.exact
        states = {"live", "expired"} if expired else {"live"}
        seen: set[Any] = set()
        for stored in self._arriving(shelf, query, read, wanted):
            ident = shelf.ident(stored.record) if stored.state in states else None
            if ident is not None and ident not in seen and (exact or _means(shelf, query, stored.record)):
                seen.add(ident)
                yield stored

    def _arriving(self, shelf: Shelf, query: Query, read: Reading | None, wanted: int | None) -> Iterator[Stored]:
        if read is not None:
            return self._paged(shelf, query, read, _page_size(query, wanted))
        return self._got(shelf, query) if query.plan.access == "get" else self._unique(shelf, query)

    def _paged(self, shelf: Shelf, query: Query, read: Reading, size: int | None) -> Iterator[Stored]:
        for requests in self._requests(query, read):
            found = False
            for operation, request in requests:
                for page in pages(self._calls, operation, request, size):
                    for stored in self._stored(shelf, query, page["Items"]):
                        found = True
                        yield stored
            if found:
                return

    def _requests(self, query: Query, read: Reading) -> Iterator[Iterator[tuple[ReadOperation, dict[str, Any]]]]:
        """The Scan, or the Query of every partition: for each way in which the keys resolve, one after the other."""
        if query.plan.access == "scan":
            scan = read.scan()
            yield iter([("Scan", scan)] if scan is not None else [])
            return
        for values in self._resolved(query):
            yield (("Query", request) for request in self._of_partitions(query, read, values))

    def _of_partitions(self, query: Query, read: Reading, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        plan = query.plan
        try:
            partitions = plan.partitions(values, query.range, query.after, descending=query.descending)
        except ValueError as error:
            raise InvalidPattern(f"{plan.entity}.{plan.pattern.name}: {error}") from None
        bounds = plan.sort_bounds(values, query.range, query.after, descending=query.descending)
        for partition in partitions:
            request = read.partition(partition, bounds, descending=query.descending)
            if request is not None:
                yield request

    def _resolved(self, query: Query) -> Iterator[dict[str, Any]]:
        """The equalities and what follows from them; asked for again, what follows by then, if it is something else.

        Who finds nothing asks again: that there is nothing is believed only once the same values come again.
        """
        last: dict[str, Any] | None = None
        for _ in range(_ROUNDS if query.plan.resolution.steps else 1):
            values = self._reader.resolve(query.plan.resolution, [query.by])[0]
            if values == last:
                return
            yield values
            last = values

    def _stored(self, shelf: Shelf, query: Query, items: list[Item]) -> Iterator[Stored]:
        if not query.plan.fetch:
            yield from (shelf.stored(item) for item in items if shelf.owns(item))
            return
        keys = [shelf.key_in(item) for item in items]
        full = self._reader.items(shelf.table, keys)
        for item, key in zip(items, keys, strict=True):
            found = full.get(key_id(key))
            # An index lags: what has another index key by now is found under that, and what is gone is gone.
            if found is not None and shelf.owns(found) and _agrees(shelf, query, item, found):
                yield shelf.stored(found)

    # --------------------------------------------------------------------------------- get and unique

    def _got(self, shelf: Shelf, query: Query) -> Iterator[Stored]:
        for values in self._resolved(query):
            try:
                key = shelf.item_key(values)
            except InvalidKey:
                continue
            for item in self._reader.items(shelf.table, [key]).values():
                if shelf.owns(item):
                    yield shelf.stored(item)
                    return

    def _unique(self, shelf: Shelf, query: Query) -> Iterator[Stored]:
        lookup = query.plan.lookup
        assert lookup is not None  # noqa: S101 - narrows the type; plans of this access have one
        if lookup.kind == "key":
            key = Key({f: query.by[f] for f in shelf.entity.key})
            yield from self._reader.look(shelf.entity.name, (key,)).values()
            return
        text = lookup.text(shelf.entity.name, query.by)
        last = None
        for _ in range(_ROUNDS):
            led = self._reader.lookup_items([text]).get(text) if text is not None else None
            if led is None or led == last:
                return
            for item in self._reader.items(shelf.table, [led[TARGET]["M"]]).values():
                stored = shelf.stored(item) if shelf.owns(item) else None
                if stored is None or stored.state == "deleted":
                    continue
                if lookup.text(shelf.entity.name, stored.record) == text:
                    yield stored
                    return
            last = led


def _records(shelf: Shelf, page: Mapping[str, Any]) -> list[Record]:
    """The live records of a page, whether or not its reader has made them already."""
    if "Records" in page:
        records: list[Record] = page["Records"]
        return records
    found = (shelf.stored(item) for item in page["Items"] if shelf.owns(item))
    return [stored.record for stored in found if stored.state == "live"]


def _means(shelf: Shelf, query: Query, record: Record) -> bool:
    """Whether a record is what the query asks for. Its equalities compare as the columns do."""
    folds = shelf.entity.fields
    folded = {f for f in query.by if folds[f].fold}
    if any(shelf.folded(f, record[f]) != shelf.folded(f, query.by[f]) for f in folded):
        return False
    plain = replace(query, by={f: v for f, v in query.by.items() if f not in folded}) if folded else query
    return holds(plain.condition, record)


def _place(query: Query, record: Record) -> tuple[Any, ...]:
    return tuple(record[f] for f in query.plan.sort_fields)


def _is_behind(query: Query, place: tuple[Any, ...]) -> bool:
    return query.after is not None and (place < query.after if query.descending else place > query.after)


def _agrees(shelf: Shelf, query: Query, entry: Item, item: Item) -> bool:
    index = shelf.codec.keys.table.index(query.plan.index or "")
    return all(entry.get(name) == item.get(name) for name in (index.pk, index.sk) if name is not None)


def _page_size(query: Query, wanted: int | None) -> int | None:
    """How many items to ask for first: what is wanted, and one that tells where a group of equals ends."""
    if wanted is None or not query.plan.ordered:
        return None
    skipped = 0 if query.after is None else 1
    return wanted + skipped + (0 if query.plan.total else 1)
