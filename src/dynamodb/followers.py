"""What follows from a change: copies in other records are made anew, and what slipped in under a delete goes too.

The change itself is made first, together with a note of what is pending. Until that is done, copies are as old as
the note; a process that dies leaves the note, and the next change of the entity, or `finish`, does the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crossfade.contract.derive import BackStep, Dependant
from crossfade.dal.entity import Record
from crossfade.dal.errors import DuplicateKey, OutcomeUnknown, StoreError
from crossfade.dal.key import Key
from crossfade.dal.query import Query
from crossfade.dynamodb.actions import Refused
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.execute import new_token
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.pending import Pending, clear, pending_text, read_pending
from crossfade.dynamodb.queries import Finder
from crossfade.dynamodb.reads import Reader, Row
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item
from crossfade.dynamodb.writes import Step

if TYPE_CHECKING:
    from crossfade.dynamodb.writer import Writer


class Followers:
    """Finds and does what follows from changes.

    Args:
        writer: makes the writes.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._layout = writer.layout

    # ---------------------------------------------------------------------------------- what follows

    def of_new(self, shelf: Shelf, record: Record) -> Pending | None:
        """What follows from a creation: joins that found nothing until now, where no reference forbids those."""
        return self._pending(shelf, record, shelf.watched) if self._loose(shelf) else None

    def of_change(self, shelf: Shelf, old: Record, new: Record, changed: Collection[str]) -> Pending | None:
        """What follows from a change. Where nothing does, what an earlier one left undone is finished now."""
        mentioned = shelf.watched.intersection(changed)
        if not mentioned:
            return None
        differing = frozenset(f for f in mentioned if old[f] != new[f])
        if not differing:
            self.finish_earlier(shelf.entity.name, shelf.key_of(old))
            return None
        found = self._layout.dependants(shelf.entity.name, differing)
        return self._pending(shelf, old, differing) if any(d.chain for d in found) else None

    def of_delete(self, shelf: Shelf, record: Record) -> Pending | None:
        """What follows from a delete: records that came to refer to it while it was deleted."""
        swept = any(r.pattern and r.on_delete != "restrict" for _, r in shelf.referring)
        return self._pending(shelf, record, None) if swept or self._loose(shelf) else None

    def _pending(self, shelf: Shelf, record: Record, changed: frozenset[str] | None) -> Pending:
        kept = dict.fromkeys((*shelf.entity.key, *sorted(shelf.watched)))
        return Pending(shelf.entity.name, {f: record[f] for f in kept}, changed)

    def _loose(self, shelf: Shelf) -> tuple[Dependant, ...]:
        """The dependants that may exist without the record they copy from: no reference demands it."""
        entity = shelf.entity.name
        found = self._layout.dependants(entity, None)
        bound = {child for child, _ in shelf.referring}
        return tuple(d for d in found if d.chain and d.chain[0].entity not in bound)

    # ----------------------------------------------------------------------------------------- doing

    def follow(self, steps: Iterable[Step], token: str) -> None:
        """Do what follows from steps that were made under a token.

        Raises:
            OutcomeUnknown: the steps were made, but not all that follows.
        """
        for step in steps:
            if step.pending is None:
                continue
            try:
                self.finish(step.pending, token)
            except StoreError as error:
                says = f"it was written, but not everything that copies from it or refers to it: {error.message}"
                raise OutcomeUnknown(says, entity=step.entity, store=STORE) from error

    def finish_earlier(self, entity: str, key: Key) -> None:
        """Do what an earlier change of an entity left undone, if anything."""
        shelf = self._layout.of(entity)
        if shelf.watched or shelf.referring:
            text = pending_text(shelf, key)
            for item in self._writer.reader.items(self._layout.control_table, [{OWN_KEY: {"S": text}}]).values():
                self.finish_noted(item)

    def finish_noted(self, item: Item) -> None:
        """Do what an item of the control table says is pending."""
        self.finish(read_pending(self._layout, item), item[REV]["S"])

    def finish(self, pending: Pending, token: str) -> None:
        """Do what is pending, and remove the note that `token` made."""
        if pending.changed is None:
            self._sweep(pending)
        shelf = self._layout.of(pending.entity)
        following = self._loose(shelf) if pending.changed is None else None
        for dependant in self._layout.dependants(pending.entity, pending.changed) if following is None else following:
            for stored in self._copies(dependant.chain, pending):
                self._refresh(stored, dependant.fields)
        try:
            self._writer.executor.run((clear(self._layout, pending.text(self._layout), token),), new_token())
        except Refused:
            return  # somebody else has finished it

    def _copies(self, chain: Sequence[BackStep], pending: Pending) -> list[Stored]:
        """The items at the end of a chain, found as the record was: where they are not moved yet."""
        found: list[Stored] = []
        known: list[Mapping[str, Any]] = [pending.old]
        for step in chain:
            found = [stored for record in known for stored in self._led(step, record, pending)]
            known = [stored.record for stored in found]
        return found

    def _led(self, step: BackStep, record: Mapping[str, Any], pending: Pending) -> Iterator[Stored]:
        by = {name: record[field] for name, field in step.arguments}
        if None in by.values():
            return
        if step.pattern is None:
            own = self._layout.of(step.entity).entity
            key = Key({name: by[name] for name in own.key})
            yield from self._writer.reader.look(step.entity, (key,)).values()
            return
        yield from self._past(pending).all(self._query(step.entity, step.pattern, by))

    def _query(self, entity: str, pattern: str, by: Mapping[str, Any]) -> Query:
        plan = self._layout.plan(entity, pattern)
        return Query(plan=plan, entity=self._layout.of(entity).entity, by=by, range=None, where=None,
                     descending=False, limit=1)  # fmt: skip

    def _past(self, pending: Pending) -> Finder:
        """A finder to which the record is as it was."""
        return Finder(self._layout, self._writer.calls, _Past(self._layout, self._writer.calls, pending))

    # --------------------------------------------------------------------------------------- writing

    def _refresh(self, stored: Stored, fields: Collection[str]) -> None:
        """Make derived fields of an item anew; with it the item moves, if its key is made of them."""
        held: list[Stored] = [stored]

        def make(obstacles: Obstacles) -> Sequence[Step]:
            current = held.pop() if held else self._writer.still(stored)
            if current is None:
                return []
            step = self._writer.weaver.step(
                stored.entity, current.record, current, changed=(), derived=fields, obstacles=obstacles
            )
            return [] if step.new == current.record else [step]

        try:
            self._writer.attempt(make)
        except DuplicateKey:
            # A newer one with the same key was made where this one would move to. It stays.
            self._writer.removal.remove(stored)

    # -------------------------------------------------------------------------------------- sweeping

    def _sweep(self, pending: Pending) -> None:
        """Delete or release what came to refer to a deleted record before that was gone."""
        shelf = self._layout.of(pending.entity)
        key = Key({f: pending.old[f] for f in shelf.entity.key})
        if self._writer.reader.look(pending.entity, (key,)):
            return  # it exists again, and what refers to it is right
        finder = self._past(pending)
        for entity, reference in shelf.referring:
            if reference.on_delete == "restrict":
                continue
            for stored in self._writer.cascade.referring(reference, entity, key, finder):
                if reference.on_delete == "cascade":
                    self._writer.removal.remove(stored)
                else:
                    self._writer.removal.release(stored, frozenset(reference.fields))


class _Past(Reader):
    """A reader to which one record is as it was before it changed."""

    def __init__(self, layout: Any, calls: Any, pending: Pending) -> None:
        super().__init__(layout, calls)
        self._pending = pending

    def rows(self, entity: str, keys: Sequence[Key], reads: Iterable[str]) -> dict[Key, Row]:
        """See `Reader.rows`."""
        wanted = tuple(reads)
        found = super().rows(entity, keys, wanted)
        if entity == self._pending.entity:
            key = Key({f: self._pending.old[f] for f in self.layout.of(entity).entity.key})
            if key in keys:
                found[key] = Row(self._pending.old, dict)
        return found
