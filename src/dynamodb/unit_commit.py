"""The commit of a unit of work: its entries as one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from crossfade.dal.errors import Conflict, NotFound, StoreError
from crossfade.dynamodb.actions import Action, Changed, CheckItem, Demand, Refused, Unmet
from crossfade.dynamodb.asked import explain
from crossfade.dynamodb.derived import Weaver
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.execute import new_token
from crossfade.dynamodb.fast import fast_update
from crossfade.dynamodb.guards import unchanged, vacant
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.unit_state import Entries, Entry
from crossfade.dynamodb.wire import key_id
from crossfade.dynamodb.writer import Writer
from crossfade.dynamodb.writes import Step


class Committing:
    """One commit.

    Args:
        writer: makes the writes.
        entries: what the unit holds.
        weaver: completes records by what the unit will leave.
    """

    def __init__(self, writer: Writer, entries: Entries, weaver: Weaver) -> None:
        self._writer = writer
        self._entries = entries
        self._weaver = weaver

    def run(self) -> None:
        """Send the transaction, again where only something is in the way.

        Raises:
            Conflict: what the unit read has changed.
            StoreError: as `UnitOfWork.commit` and the single writes say.
        """
        obstacles = Obstacles()
        if not any(True for _ in self._entries):
            return
        for _ in self._writer.tries(obstacles):
            token = new_token()
            try:
                steps = self._all_steps(obstacles)
                others = [action for entry in self._entries for action in self._others(entry, token)]
                self._writer.executor.run(self._writer.planned(steps, token, *others), token)
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
                absent = Demand(vacant(OWN_KEY), Changed(name, at, seen=True))
                yield CheckItem(self._writer.layout.lookup_table, at, (absent,))
                return
        place = self._writer.reader.locate(name, (entry.key,)).get(entry.key)
        if place is not None:
            absent = Demand(vacant(next(iter(place.key))), Changed(name, place.key, seen=True))
            yield CheckItem(shelf.table, place.key, (absent,))

    def _weigh(self, refused: Refused, obstacles: Obstacles) -> None:
        """Raise what the unit fails for, or note what the next try has to remove."""
        read = {(e.shelf.entity.name, e.origin.id): e for e in self._entries if e.origin is not None}
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
        """Raise if it is something that the unit had read that changed; what a try reads for itself, the next does."""
        entry = read.get((changed.entity, key_id(changed.key)))
        if entry is None and not changed.seen:
            obstacles.forget(key_id(changed.key))
            return
        key = entry.key if entry is not None else None
        says = "it was changed after this unit had read it"
        raise Conflict(says, entity=changed.entity, key=key, store=STORE)

    def _explain(self, unmet: Unmet, item: Any) -> None:
        shelf = self._writer.layout.of(unmet.entity)
        try:
            absent = explain(shelf, item, unmet.asked)
        except StoreError as error:
            error.entity, error.key = error.entity or unmet.entity, error.key or unmet.asked.key
            raise
        if absent:
            raise NotFound("there is none with this key", entity=unmet.entity, key=unmet.asked.key, store=STORE)
        self._entries.at(unmet.entity, unmet.asked.key)  # read, for the next try: it may lie elsewhere by now


@contextmanager
def _named(entry: Entry) -> Iterator[None]:
    """Complete a store's errors with the entity that they are about."""
    try:
        yield
    except StoreError as error:
        error.entity, error.key = error.entity or entry.shelf.entity.name, error.key or entry.key
        raise
