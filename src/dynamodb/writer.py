"""Makes the writes of a repository: reads, plans, sends, and tries again round whatever is in the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crossfade.contract.plan_key import Direct
from crossfade.dal.condition import Condition, holds
from crossfade.dal.entity import Record
from crossfade.dal.errors import (
    ConditionFailed,
    Conflict,
    DuplicateKey,
    NotFound,
    TransactionTooLarge,
    VersionConflict,
)
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Update
from crossfade.dynamodb.actions import Changed, Missing, Refused, Unfinished
from crossfade.dynamodb.cascade import Cascade, Fall
from crossfade.dynamodb.client import Calls
from crossfade.dynamodb.derived import Weaver
from crossfade.dynamodb.errors import STORE, Rejected
from crossfade.dynamodb.execute import Executor, new_token
from crossfade.dynamodb.expressions import NotExpressible
from crossfade.dynamodb.fast import fast_delete, fast_update
from crossfade.dynamodb.followers import Followers
from crossfade.dynamodb.ids import Ids
from crossfade.dynamodb.judge import Judge
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.pending import Pending
from crossfade.dynamodb.queries import Finder
from crossfade.dynamodb.reads import Reader
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.wire import Item
from crossfade.dynamodb.writes import Step, plan

Make = Callable[[Obstacles], Sequence[Step]]


class Writer:
    """Writes single entities, with all that hangs on them.

    Args:
        layout: where entities lie.
        calls: how requests are made.
    """

    def __init__(self, layout: Layout, calls: Calls) -> None:
        self.layout = layout
        self.calls = calls
        self.reader = Reader(layout, calls)
        self.finder = Finder(layout, calls, self.reader)
        self.weaver = Weaver(layout, self.reader)
        self.executor = Executor(layout, calls)
        self.judge = Judge(layout, self.reader)
        self.cascade = Cascade(layout)
        self.ids = Ids(layout, calls)
        self.followers = Followers(self)

    # ------------------------------------------------------------------------------------ operations

    def create(self, shelf: Shelf, record: Record) -> Record:
        """See `Repository.create`."""
        numbered = self.ids.numbered(shelf, record)
        return self._left(shelf, self.attempt(lambda obstacles: [self.creating(shelf, numbered, obstacles)])[0])

    def put(self, shelf: Shelf, record: Record, *known: Stored | None) -> Record:
        """See `Repository.put`.

        Args:
            known: what `look` found under the record's key, if that was asked already.
        """
        if any(record[f] is None for f in shelf.entity.key):
            return self.create(shelf, record)
        seen = [*known]

        def make(obstacles: Obstacles) -> Sequence[Step]:
            old = seen.pop() if seen else self.old(shelf, record)
            return [self.putting(shelf, record, old, obstacles)]

        while True:
            try:
                return self._left(shelf, self.attempt(make)[0])
            except DuplicateKey:
                # Somebody created it after the read; what another entity's item key forbids stays forbidden.
                if self.old(shelf, record) is None:
                    raise

    def update(self, shelf: Shelf, update: Update) -> Record:
        """See `Repository.update`."""
        return self._updated_at_once(shelf, update) or self._updated(shelf, update)

    def delete(self, shelf: Shelf, delete: Delete) -> bool:
        """See `Repository.delete`."""
        at_once = self._deleted_at_once(shelf, delete)
        return self._deleted(shelf, delete) if at_once is None else at_once

    # ------------------------------------------------------------------------------------- the frame

    def attempt(self, make: Make) -> Sequence[Step]:
        """Make some steps happen, all or none, and what follows from them.

        Args:
            make: gives the steps from what is stored now; called again after each refusal.

        Raises:
            Conflict: others were faster until the end of the retries.
        """
        obstacles = Obstacles()
        for _ in self.calls.pacer.tries():
            token = new_token()
            try:
                steps = make(obstacles)
                self.executor.run(plan(self.layout, steps, token), token)
            except Refused as refused:
                self.weigh(refused, obstacles)
                continue
            self.followers.follow(steps, token)
            return steps
        raise Conflict("others kept changing the same items", store=STORE)

    def weigh(self, refused: Refused, obstacles: Obstacles) -> None:
        """Note or do what the next try needs; see `Judge.weigh`."""
        rest = []
        for refusal, item in refused.found:
            if isinstance(refusal, Unfinished):
                self.followers.finish_earlier(refusal.entity, refusal.key)
            else:
                rest.append((refusal, item))
        if rest:
            self.judge.weigh(Refused(*rest, final=refused.final), obstacles)

    def step(
        self,
        shelf: Shelf,
        record: Record,
        old: Stored | None,
        obstacles: Obstacles,
        *,
        changed: Collection[str] | None = None,
        pending: Pending | None = None,
        weaver: Weaver | None = None,
    ) -> Step:
        """The complete step that leaves `record`; made by `weaver`, where that is not the writer's own.

        Raises:
            DuplicateKey, DuplicateUnique: what takes precedence over a missing reference.
            Refused: a reference leads to nothing.
        """
        entity = shelf.entity.name
        try:
            chosen = weaver or self.weaver
            return chosen.step(entity, record, old, changed=changed, obstacles=obstacles, pending=pending)
        except Refused as refused:
            if any(isinstance(refusal, Missing) for refusal, _ in refused.found):
                live = old is not None and old.state == "live"
                self.judge.duplicates(entity, record, shelf.key_of(record) if live else None)
            raise

    # ---------------------------------------------------------------------------------------- create

    def old(self, shelf: Shelf, record: Record) -> Stored | None:
        """What is stored under a record's key, expired or not."""
        key = shelf.key_of(record)
        return self.reader.look(shelf.entity.name, (key,)).get(key)

    def creating(self, shelf: Shelf, record: Record, obstacles: Obstacles) -> Step:
        """The step of a create."""
        return self.step(shelf, record, None, obstacles, pending=self.followers.of_new(shelf, record))

    def putting(self, shelf: Shelf, record: Record, old: Stored | None, obstacles: Obstacles) -> Step:
        """The step of a put over what is there: an entity, an expired one, or nothing."""
        if old is None or old.state != "live":
            if old is not None:
                obstacles.add(shelf, record, old)
            return self.creating(shelf, self.ids.numbered(shelf, record), obstacles)
        new = self.over(shelf, record, old.record)
        pending = self.followers.of_change(shelf, old.record, new, shelf.entity.writable)
        return self.step(shelf, new, old, obstacles, pending=pending)

    def over(self, shelf: Shelf, record: Record, old: Record) -> Record:
        """The record that a put leaves over a live one: what it does not say of itself is kept."""
        kept = {f: v for f, v in old.items() if f not in shelf.entity.writable}
        new = {**shelf.prepare.replace(record, old), **kept}
        rule = shelf.entity.id
        if rule is not None and new[rule.field] is None:
            new[rule.field] = old[rule.field]
        return new

    def _left(self, shelf: Shelf, step: Step) -> Record:
        assert step.new is not None  # noqa: S101 - narrows the type; the step is no delete
        return {field: step.new[field] for field in shelf.entity.fields}

    # ---------------------------------------------------------------------------------------- update

    def _updated_at_once(self, shelf: Shelf, update: Update) -> Record | None:
        """The record after a single request, or None where it takes more."""
        token = new_token()
        action = fast_update(shelf, update, token)
        place = self._place(shelf, update.key) if action is not None else None
        if action is None or place is None:
            return None
        try:
            item = self.executor.run((replace(action, key=place),), token)
        except (NotExpressible, Rejected):
            return None
        except Refused as refused:
            self.explain(shelf, refused.found[0][1], update)
            return None
        return shelf.codec.decode(item) if item is not None else None

    def _place(self, shelf: Shelf, key: Key) -> Item | None:
        place = self.reader.locate(shelf.entity.name, (key,)).get(key)
        return place.key if place is not None else None

    def _updated(self, shelf: Shelf, update: Update) -> Record:
        def make(obstacles: Obstacles) -> Sequence[Step]:
            old = self.reader.get(shelf.entity.name, update.key)
            if old is None:
                raise NotFound("there is none with this key", store=STORE)
            return [self.changing(shelf, update, old, obstacles)]

        return self._left(shelf, self.attempt(make)[0])

    def changing(self, shelf: Shelf, update: Update, old: Stored, obstacles: Obstacles) -> Step:
        """The step of an update of a live entity.

        Raises:
            VersionConflict, ConditionFailed, InvalidValue: as `Repository.update` says.
        """
        check(shelf, old.record, update.where, update.version)
        new = shelf.prepare.changed(update, old.record)
        changed = frozenset(update.changes)
        pending = self.followers.of_change(shelf, old.record, new, changed)
        return self.step(shelf, new, old, obstacles, changed=changed, pending=pending)

    def explain(self, shelf: Shelf, item: Item | None, asked: Update | Delete) -> bool:
        """Raise why a live item does not fulfil a single request; else, whether it is certainly absent.

        Raises:
            NotFound: an update of what is certainly absent.
        """
        direct = isinstance(shelf.plan, Direct)
        stored = shelf.stored(item) if item is not None and shelf.owns(item) else None
        if stored is None or stored.state != "live" or shelf.ident(stored.record) != shelf.ident(asked.key):
            if direct and isinstance(asked, Update):
                raise NotFound("there is none with this key", store=STORE)
            return direct
        check(shelf, stored.record, asked.where, asked.version)
        if isinstance(asked, Update):
            shelf.prepare.changed(asked, stored.record)
        return False

    # ---------------------------------------------------------------------------------------- delete

    def _deleted_at_once(self, shelf: Shelf, delete: Delete) -> bool | None:
        """Whether a single request deleted it, or None where it takes more."""
        action = fast_delete(shelf, delete)
        place = self._place(shelf, delete.key) if action is not None else None
        if action is None or place is None:
            return None
        try:
            self.executor.run((replace(action, key=place),), new_token())
        except NotExpressible:
            return None
        except Refused as refused:
            return False if self.explain(shelf, refused.found[0][1], delete) else None
        return True

    def _deleted(self, shelf: Shelf, delete: Delete) -> bool:
        found = False

        def make(obstacles: Obstacles) -> Sequence[Step]:
            nonlocal found
            old = self.reader.get(shelf.entity.name, delete.key)
            found = old is not None
            if old is None:
                self.followers.finish_earlier(shelf.entity.name, delete.key)
                return []
            check(shelf, old.record, delete.where, delete.version)
            return self.removing(old, obstacles)

        self.attempt(make)
        return found

    def removing(self, root: Stored, obstacles: Obstacles) -> Sequence[Step]:
        """The steps that delete an item and what its references say.

        What is too much for one transaction goes first, each by itself: children before their parents.

        Raises:
            Referenced: something restricts it.
        """
        fall = self.cascade.fall(root, self.finder)
        steps = self._falling(fall, obstacles)
        try:
            self.executor.check(plan(self.layout, steps, new_token()))
        except TransactionTooLarge:
            if len(steps) == 1:
                raise
            self._thin(fall)
            raise Refused((Changed(root.entity, root.key), None)) from None
        return steps

    def _falling(self, fall: Fall, obstacles: Obstacles) -> Sequence[Step]:
        steps = []
        for stored in fall.doomed.values():
            pending = self.followers.of_delete(self.layout.of(stored.entity), stored.record)
            steps.append(self.weaver.step(stored.entity, None, stored, obstacles=obstacles, pending=pending))
        return [*steps, *(self._releasing(s, fields, obstacles) for s, fields in fall.released.values())]

    def _thin(self, fall: Fall) -> None:
        for stored, fields in fall.released.values():
            self.release(stored, fields)
        for stored in reversed(tuple(fall.doomed.values())[1:]):
            self.remove(stored)

    def remove(self, stored: Stored) -> None:
        """Delete an item, with what its references say, if it is still there."""

        def make(obstacles: Obstacles) -> Sequence[Step]:
            current = self.still(stored)
            return [] if current is None else self.removing(current, obstacles)

        self.attempt(make)

    def release(self, stored: Stored, fields: frozenset[str]) -> None:
        """Make the referring fields of an item null, if it is still there."""

        def make(obstacles: Obstacles) -> Sequence[Step]:
            current = self.still(stored)
            return [] if current is None else [self._releasing(current, fields, obstacles)]

        self.attempt(make)

    def still(self, stored: Stored) -> Stored | None:
        """What lies at the item key of `stored` now, if it is still the same entity."""
        shelf = self.layout.of(stored.entity)
        item = self.reader.items(shelf.table, [stored.key]).get(stored.id)
        current = shelf.stored(item) if item is not None and shelf.owns(item) else None
        if current is None or current.state == "deleted":
            return None
        return current if shelf.ident(current.record) == shelf.ident(stored.record) else None

    def _releasing(self, stored: Stored, fields: frozenset[str], obstacles: Obstacles) -> Step:
        shelf = self.layout.of(stored.entity)
        new = {**stored.record, **dict.fromkeys(fields)}
        pending = self.followers.of_change(shelf, stored.record, new, fields)
        return self.step(shelf, new, stored, obstacles, changed=fields, pending=pending)


def check(shelf: Shelf, record: Mapping[str, Any], where: Condition | None, version: int | None) -> None:
    """Raise unless a record has the version and fulfils the condition.

    Raises:
        VersionConflict, ConditionFailed: with the record.
    """
    field = shelf.entity.version_field
    if version is not None and field is not None and record[field] != version:
        raise VersionConflict(
            f"it has version {record[field]}, not {version}",
            current=dict(record),
            current_version=record[field],
            store=STORE,
        )
    if where is not None and not holds(where, record):
        raise ConditionFailed("the condition does not hold", current=dict(record), store=STORE)
