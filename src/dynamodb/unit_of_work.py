"""Units of work on DynamoDB: buffered, and written by one TransactWriteItems at the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from crossfade.contract.model import Entity
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import DuplicateKey, NotFound
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.unit_of_work import BaseUnitOfWork
from crossfade.dynamodb.asked import check
from crossfade.dynamodb.derived import Weaver
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.execute import compile_action
from crossfade.dynamodb.expressions import NotExpressible
from crossfade.dynamodb.fast import fast_update
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.unit_commit import Committing
from crossfade.dynamodb.unit_state import Entries, Entry, UnitFinder, UnitReader, as_stored
from crossfade.dynamodb.writer import Writer


class DynamoDBUnitOfWork(BaseUnitOfWork):
    """All or nothing in one transaction, sent at the commit.

    An update that DynamoDB can decide by itself is not preceded by a read, so that units which only add to the same
    number do not disturb each other. What was read, by `get` or for a write, must be unchanged at the commit.
    """

    store: ClassVar[str] = STORE

    def __init__(
        self,
        writer: Writer,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> None:
        super().__init__(bind, prepare, actions)
        self._writer = writer
        self._layout = writer.layout
        self._begin()

    def _begin(self) -> None:
        writer, layout = self._writer, self._layout
        self._entries = Entries(layout, self._settle)
        self._reader = UnitReader(layout, writer.calls, self._entries, self._complete)
        self._weaver = Weaver(layout, self._reader)
        self._finder = UnitFinder(layout, writer.calls, self._reader, self._entries, self._complete)

    def _commit(self) -> None:
        Committing(self._writer, self._entries, self._weaver).run()

    def _rollback(self) -> None:
        self._begin()

    # -------------------------------------------------------------------------------------- the hooks

    def _get(self, entity: Entity, key: Key) -> Record | None:
        entry = self._entries.at(entity.name, key) or self._looked(entity, key)
        if _living(entry) is None:
            return None
        whole = self._complete(entry)
        return {field: whole[field] for field in entity.fields}

    def _create(self, entity: Entity, record: Record) -> Record:
        shelf = self._layout.of(entity.name)
        numbered = self._writer.ids.numbered(shelf, record)
        key = shelf.key_of(numbered)
        entry = self._entries.at(entity.name, key)
        if entry is None:
            entry = self._entries.add(Entry(shelf, key))
        elif _living(entry) is not None:
            raise DuplicateKey("there is one with this key already", key=key, store=STORE)
        entry.record, entry.changed, entry.written = _counting_on(entry, numbered), None, True
        return numbered

    def _put(self, entity: Entity, record: Record) -> None:
        shelf = self._layout.of(entity.name)
        if any(record[f] is None for f in entity.key):
            self._create(entity, record)
            return
        key = shelf.key_of(record)
        entry = self._entries.at(entity.name, key) or self._looked(entity, key)
        there = _living(entry)
        if there is None:
            entry.record = _counting_on(entry, self._writer.ids.numbered(shelf, record))
        else:
            entry.record = self._writer.over(shelf, record, there)
        entry.changed, entry.written = None, True

    def _update(self, entity: Entity, update: Update) -> None:
        shelf = self._layout.of(entity.name)
        entry = self._entries.at(entity.name, update.key)
        if entry is None and self._at_once(shelf, update):
            self._entries.add(Entry(shelf, update.key, asked=update, written=True))
            return
        self._fold(entry or self._looked(entity, update.key), update)

    def _delete(self, entity: Entity, delete: Delete) -> None:
        entry = self._entries.at(entity.name, delete.key) or self._looked(entity, delete.key)
        if _living(entry) is None:
            return
        whole = self._complete(entry)
        check(entry.shelf, whole, delete.where, delete.version)
        fall = self._writer.cascade.fall(as_stored(entry, whole), self._finder)
        for stored in fall.doomed.values():
            self._drop(self._adopted(stored))
        for stored, fields in fall.released.values():
            self._changed(self._adopted(stored), dict.fromkeys(fields))

    # ---------------------------------------------------------------------------------------- entries

    def _drop(self, entry: Entry) -> None:
        """Leave nothing of an entry. What this unit was to create must not have been there, gone again or not."""
        if not entry.looked:
            entry.origin = self._writer.reader.look(entry.shelf.entity.name, (entry.key,)).get(entry.key)
            entry.looked = True
            if entry.live is not None:
                raise DuplicateKey("there is one with this key already", key=entry.key, store=STORE)
        entry.record, entry.written = None, True

    def _looked(self, entity: Entity, key: Key) -> Entry:
        """A new entry, read now."""
        origin = self._writer.reader.look(entity.name, (key,)).get(key)
        entry = Entry(self._layout.of(entity.name), key, origin, looked=True)
        entry.record = entry.live.record if entry.live is not None else None
        return self._entries.add(entry)

    def _adopted(self, stored: Stored) -> Entry:
        shelf = self._layout.of(stored.entity)
        key = shelf.key_of(stored.record)
        found = self._entries.at(stored.entity, key)
        return found or self._entries.add(Entry(shelf, key, stored, looked=True, record=stored.record))

    def _at_once(self, shelf: Shelf, update: Update) -> bool:
        try:
            action = fast_update(shelf, update, "")
            if action is not None:
                compile_action(self._layout, action)
        except NotExpressible:
            return False
        return action is not None

    def _settle(self, entry: Entry) -> None:
        """Read what was to be changed without a read: something else in this unit needs to know it."""
        asked, entry.asked = entry.asked, None
        entry.origin = self._writer.reader.look(entry.shelf.entity.name, (entry.key,)).get(entry.key)
        entry.looked, entry.written = True, False
        entry.record = entry.live.record if entry.live is not None else None
        if asked is not None:
            self._fold(entry, asked)

    def _fold(self, entry: Entry, update: Update) -> None:
        if _living(entry) is None:
            raise NotFound("there is none with this key", entity=entry.shelf.entity.name, key=entry.key, store=STORE)
        whole = self._complete(entry)
        check(entry.shelf, whole, update.where, update.version)
        new = entry.shelf.prepare.changed(update, whole)
        self._changed(entry, {field: new[field] for field in update.changes})

    def _changed(self, entry: Entry, changes: Mapping[str, Any]) -> None:
        whole_given = entry.written and entry.changed is None
        entry.record = {**(entry.record or {}), **changes}
        entry.changed = None if whole_given else (entry.changed or frozenset()).union(changes)
        entry.written = True

    def _complete(self, entry: Entry) -> Record:
        """The whole record that an entry leaves, with its derived fields."""
        if not entry.written or entry.record is None:
            return entry.record or {}
        return self._weaver.completed(entry.shelf, entry.record, entry.changed)


def _living(entry: Entry) -> Record | None:
    """The record that an entry leaves, unless it has expired: also what this unit writes is gone by then."""
    record = entry.record
    return None if record is None or entry.shelf.prepare.expired(record) else record


def _counting_on(entry: Entry, record: Record) -> Record:
    """A new record with the counts of the one that this unit deleted: what the unit does to them goes from there."""
    if entry.live is None:
        return record
    counted = (name for name, derived in entry.shelf.derived.items() if derived.kind == "aggregate")
    return {**record, **{name: entry.live.record[name] for name in counted}}
