"""Units of work on DynamoDB: buffered, and written by one TransactWriteItems at the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from crossfade.contract.model import Entity
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import Conflict, DuplicateKey, NotFound, StoreError
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.unit_of_work import BaseUnitOfWork
from crossfade.dynamodb.actions import Action, Changed, CheckItem, Demand, Refused, Unmet
from crossfade.dynamodb.derived import Weaver
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.execute import compile_action, new_token
from crossfade.dynamodb.expressions import NotExpressible
from crossfade.dynamodb.fast import fast_update
from crossfade.dynamodb.guards import Lacks, unchanged
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.unit_state import Entries, Entry, UnitFinder, UnitReader, as_stored
from crossfade.dynamodb.wire import key_id
from crossfade.dynamodb.writer import Writer, check
from crossfade.dynamodb.writes import Step, plan


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

    def _rollback(self) -> None:
        self._begin()

    # -------------------------------------------------------------------------------------- the hooks

    def _get(self, entity: Entity, key: Key) -> Record | None:
        entry = self._entries.at(entity.name, key) or self._looked(entity, key)
        if entry.record is None:
            return None
        whole = self._complete(entry) if entry.written else entry.record
        return {field: whole[field] for field in entity.fields}

    def _create(self, entity: Entity, record: Record) -> Record:
        shelf = self._layout.of(entity.name)
        numbered = self._writer.ids.numbered(shelf, record)
        key = shelf.key_of(numbered)
        entry = self._entries.at(entity.name, key)
        if entry is None:
            entry = self._entries.add(Entry(shelf, key))
        elif entry.record is not None:
            raise DuplicateKey("there is one with this key already", key=key, store=STORE)
        entry.record, entry.changed, entry.written = numbered, None, True
        return numbered

    def _put(self, entity: Entity, record: Record) -> None:
        shelf = self._layout.of(entity.name)
        if any(record[f] is None for f in entity.key):
            self._create(entity, record)
            return
        key = shelf.key_of(record)
        entry = self._entries.at(entity.name, key) or self._looked(entity, key)
        if entry.record is None:
            entry.record = self._writer.ids.numbered(shelf, record)
        else:
            entry.record = self._writer.over(shelf, record, entry.record)
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
        if entry.record is None:
            return
        whole = self._complete(entry)
        check(entry.shelf, whole, delete.where, delete.version)
        fall = self._writer.cascade.fall(as_stored(entry, whole), self._finder)
        for stored in fall.doomed.values():
            doomed = self._adopted(stored)
            doomed.record, doomed.written = None, True
        for stored, fields in fall.released.values():
            self._changed(self._adopted(stored), dict.fromkeys(fields))

    # ---------------------------------------------------------------------------------------- entries

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
        if entry.record is None:
            raise NotFound("there is none with this key", entity=entry.shelf.entity.name, key=entry.key, store=STORE)
        whole = self._complete(entry) if entry.written else entry.record
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

    # ----------------------------------------------------------------------------------------- commit

    def _commit(self) -> None:
        obstacles = Obstacles()
        if not any(True for _ in self._entries):
            return
        for _ in self._writer.calls.pacer.tries():
            token = new_token()
            try:
                steps = self._all_steps(obstacles)
                others = [action for entry in self._entries for action in self._others(entry, token)]
                self._writer.executor.run(plan(self._layout, steps, token, *others), token)
            except Refused as refused:
                self._weigh(refused, obstacles)
                continue
            self._writer.followers.follow(steps, token)
            return
        raise Conflict("others kept changing the same items", store=STORE)

    def _all_steps(self, obstacles: Obstacles) -> list[Step]:
        """Every entry's step. One step may need to know what another one was to change without a read: then again."""
        while True:
            settled = self._entries.settled
            steps = [step for entry in self._entries for step in self._steps(entry, obstacles)]
            if settled == self._entries.settled:
                return steps

    def _steps(self, entry: Entry, obstacles: Obstacles) -> Iterator[Step]:
        if not entry.written or entry.asked is not None:
            return
        shelf, followers = entry.shelf, self._writer.followers
        if entry.record is None:
            if entry.live is not None:
                pending = followers.of_delete(shelf, entry.live.record)
                yield self._weaver.step(shelf.entity.name, None, entry.live, obstacles=obstacles, pending=pending)
            return
        if entry.live is None and entry.origin is not None:
            obstacles.add(shelf, entry.key, entry.origin)
        with _named(entry):
            step = self._writer.step(
                shelf, entry.record, entry.live, obstacles, changed=entry.changed, weaver=self._weaver
            )
        new = step.new or {}
        if entry.live is None:
            yield replace(step, pending=followers.of_new(shelf, new))
        else:
            changed = shelf.entity.writable if entry.changed is None else entry.changed
            yield replace(step, pending=followers.of_change(shelf, entry.live.record, new, changed))

    def _others(self, entry: Entry, token: str) -> Iterator[Action]:
        """The actions of an entry that is not written by a step."""
        name = entry.shelf.entity.name
        if entry.asked is not None:
            place = self._writer.reader.locate(name, (entry.key,)).get(entry.key)
            action = fast_update(entry.shelf, entry.asked, token)
            if place is None or action is None:
                raise NotFound("there is none with this key", entity=name, key=entry.key, store=STORE)
            yield replace(action, key=place.key)
        elif entry.looked and not entry.written:
            if entry.origin is None:
                yield from self._absent(entry)
                return
            same = unchanged(entry.origin.rev, next(iter(entry.origin.key)))
            yield CheckItem(entry.shelf.table, entry.origin.key, (Demand(same, Changed(name, entry.origin.key)),))

    def _absent(self, entry: Entry) -> Iterator[Action]:
        """The demand that what was read as absent still is."""
        shelf, name = entry.shelf, entry.shelf.entity.name
        for lookup in shelf.lookups:
            if lookup.kind == "key" and (text := lookup.text(name, entry.key)) is not None:
                at = {OWN_KEY: {"S": text}}
                yield CheckItem(self._layout.lookup_table, at, (Demand((Lacks(OWN_KEY),), Changed(name, at)),))
                return
        place = self._writer.reader.locate(name, (entry.key,)).get(entry.key)
        if place is not None:
            guard = (Lacks(next(iter(place.key))),)
            yield CheckItem(shelf.table, place.key, (Demand(guard, Changed(name, place.key)),))

    def _weigh(self, refused: Refused, obstacles: Obstacles) -> None:
        """Raise what the unit fails for, or note what the next try has to remove."""
        read = {key_id(e.origin.key): e for e in self._entries if e.looked and e.origin is not None}
        for refusal, _ in refused.found:
            if isinstance(refusal, Changed):
                self._disturbed(refusal, read, obstacles)
        rest = []
        for refusal, item in refused.found:
            if isinstance(refusal, Unmet):
                self._explain(refusal, item)
            elif not isinstance(refusal, Changed):
                rest.append((refusal, item))
        if rest:
            self._writer.weigh(Refused(*rest, final=refused.final), obstacles)

    def _disturbed(self, changed: Changed, read: Mapping[Any, Entry], obstacles: Obstacles) -> None:
        entry = read.get(key_id(changed.key))
        leftover = entry is not None and entry.origin is not None and entry.origin.state != "live"
        if leftover or (entry is None and any(key_id(changed.key) in g for g in obstacles.gone.values())):
            obstacles.forget(key_id(changed.key))
            return
        key = entry.key if entry is not None else None
        says = "it was changed after this unit had read it"
        raise Conflict(says, entity=changed.entity, key=key, store=STORE)

    def _explain(self, unmet: Unmet, item: Any) -> None:
        shelf = self._layout.of(unmet.entity)
        try:
            absent = self._writer.explain(shelf, item, unmet.asked)
        except StoreError as error:
            error.entity, error.key = error.entity or unmet.entity, error.key or unmet.asked.key
            raise
        if absent:
            raise NotFound("there is none with this key", entity=unmet.entity, key=unmet.asked.key, store=STORE)


@contextmanager
def _named(entry: Entry) -> Iterator[None]:
    """Complete a store's errors with the entity that they are about."""
    try:
        yield
    except StoreError as error:
        error.entity, error.key = error.entity or entry.shelf.entity.name, error.key or entry.key
        raise
