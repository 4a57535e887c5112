"""What a unit of work holds until its commit, and reads that see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.dal.condition import holds
from crossfade.dal.entity import Record
from crossfade.dal.key import Key
from crossfade.dal.prepare import Update
from crossfade.dal.query import Query
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.queries import Finder
from crossfade.dynamodb.reads import Place, Reader, Row
from crossfade.dynamodb.shelf import Shelf, Stored


@dataclass(slots=True)
class Entry:
    """One entity in a unit of work.

    Attributes:
        shelf: how it is stored.
        key: its key.
        origin: its item as it was read, expired or not; None where there was none, or where nobody looked.
        looked: whether `origin` was read, and must still be so at the commit.
        record: what is left at the commit; None for nothing. Meaningless while there is `asked`.
        written: whether it is written at all.
        changed: the fields that change; None where the whole record is given.
        asked: an update that DynamoDB makes without a read, as long as it is the only thing about this entity.
    """

    shelf: Shelf
    key: Key
    origin: Stored | None = None
    looked: bool = False
    record: Record | None = None
    written: bool = False
    changed: frozenset[str] | None = None
    asked: Update | None = None

    @property
    def live(self) -> Stored | None:
        """The item that it replaces, if that is more than a leftover."""
        return self.origin if self.origin is not None and self.origin.state == "live" else None


class Entries:
    """The entities of a unit of work, in the order in which they came.

    Args:
        layout: where entities lie.
        settle: reads an entity whose update was to be made without a read, and applies that.

    Attributes:
        settled: how many were settled.
    """

    def __init__(self, layout: Layout, settle: Callable[[Entry], None]) -> None:
        self._layout = layout
        self._settle = settle
        self._found: dict[tuple[str, tuple[Any, ...]], Entry] = {}
        self.settled = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._found.values()))

    def add(self, entry: Entry) -> Entry:
        """Keep an entry."""
        self._found[self._place(entry.shelf.entity.name, entry.key)] = entry
        return entry

    def at(self, entity: str, key: Mapping[str, Any]) -> Entry | None:
        """The entry with a key, its record settled."""
        entry = self._found.get(self._place(entity, key))
        if entry is not None and entry.asked is not None:
            self.settled += 1
            self._settle(entry)
        return entry

    def known(self, entity: str, key: Mapping[str, Any]) -> Entry | None:
        """The entry with a key, if it is written and its record is known.

        An update without a read changes nothing that others copy or are found by: they may read the stored record.
        """
        entry = self._found.get(self._place(entity, key))
        return entry if entry is not None and entry.written and entry.asked is None else None

    def written(self, entity: str, key: Mapping[str, Any]) -> Entry | None:
        """The entry with a key, if it is written."""
        entry = self.at(entity, key)
        return entry if entry is not None and entry.written else None

    def _place(self, entity: str, key: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        return entity, self._layout.of(entity).ident(key)


class UnitReader(Reader):
    """Reads entities as a unit of work will leave them.

    Args:
        layout: where entities lie.
        calls: how requests are made.
        entries: the unit's.
        complete: gives the whole record, with its derived fields, that an entry leaves.
    """

    def __init__(self, layout: Layout, calls: Calls, entries: Entries, complete: Callable[[Entry], Record]) -> None:
        super().__init__(layout, calls)
        self._entries = entries
        self._complete = complete

    def buffers(self, entity: str, key: Key) -> bool:
        """See `Reader.buffers`."""
        return self._entries.written(entity, key) is not None

    def locate(self, entity: str, keys: Sequence[Key]) -> dict[Key, Place]:
        """See `Reader.locate`."""
        own, others = self._divided(entity, keys)
        places = {key: Place(e.shelf.item_key(self._complete(e))) for key, e in own.items() if e.record is not None}
        return {**super().locate(entity, others), **places} if others else places

    def rows(self, entity: str, keys: Sequence[Key], reads: Iterable[str]) -> dict[Key, Row]:
        """See `Reader.rows`."""
        own, others = self._divided(entity, keys)
        found = dict(super().rows(entity, others, reads)) if others else {}
        for key, entry in own.items():
            if entry.record is not None:
                # Its item key may be made of derived fields, which may lead back here: only plain ones are read.
                found[key] = Row(entry.record, lambda e=entry: e.shelf.item_key(self._complete(e)))  # type: ignore[misc]  # the default binds the loop's entry
        return found

    def _divided(self, entity: str, keys: Sequence[Key]) -> tuple[dict[Key, Entry], tuple[Key, ...]]:
        own = {key: entry for key in keys if (entry := self._entries.known(entity, key)) is not None}
        return own, tuple(key for key in keys if key not in own)


class UnitFinder(Finder):
    """Finds entities as a unit of work will leave them.

    Args:
        layout: where entities lie.
        calls: how requests are made.
        reader: the unit's.
        entries: the unit's.
        complete: gives the whole record, with its derived fields, that an entry leaves.
    """

    def __init__(
        self, layout: Layout, calls: Calls, reader: Reader, entries: Entries, complete: Callable[[Entry], Record]
    ) -> None:
        super().__init__(layout, calls, reader)
        self._entries = entries
        self._complete = complete

    def all(self, query: Query) -> Iterator[Stored]:
        """See `Finder.all`."""
        entity = query.entity.name
        for stored in super().all(query):
            if self._entries.written(entity, stored.record) is None:
                yield stored
        for entry in self._entries:
            if entry.shelf.entity.name == entity and entry.written and entry.record is not None:
                stored = as_stored(entry, self._complete(entry))
                if holds(query.condition, stored.record):
                    yield stored


def as_stored(entry: Entry, record: Record) -> Stored:
    """An entry as if it were stored."""
    if entry.live is not None:
        return Stored(entry.live.entity, entry.live.key, entry.live.item, record)
    key = entry.shelf.item_key(record)
    return Stored(entry.shelf.entity.name, key, key, record)
