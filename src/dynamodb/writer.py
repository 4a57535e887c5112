"""Makes the writes of a repository: reads, plans, sends, and tries again round whatever is in the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from crossfade.dal.entity import Record
from crossfade.dal.errors import (
    Conflict,
    DuplicateKey,
    NotFound,
)
from crossfade.dal.key import Key
from crossfade.dal.prepare import Update
from crossfade.dynamodb.actions import Action, Missing, Refused, Unfinished
from crossfade.dynamodb.asked import check, explain
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.cascade import Cascade
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.derived import Weaver
from crossfade.dynamodb.errors import STORE, Rejected
from crossfade.dynamodb.execute import Executor, new_token
from crossfade.dynamodb.expressions import NotExpressible
from crossfade.dynamodb.fast import fast_update
from crossfade.dynamodb.followers import Followers
from crossfade.dynamodb.ids import Ids
from crossfade.dynamodb.judge import Judge
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.limits import check_item
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.pending import Pending
from crossfade.dynamodb.queries import Finder
from crossfade.dynamodb.reads import Reader
from crossfade.dynamodb.removal import Removal
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.wire import Item
from crossfade.dynamodb.writes import Step, plan

Make = Callable[[Obstacles], Sequence[Step]]

# Whoever finds something in the way may go on at once, but not for ever.
_AT_ONCE = 4


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
        self.removal = Removal(self)

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
        if shelf.unseen:
            token, complete = new_token(), self.completed(shelf, record)
            if self.executor.over(shelf, self.whole(shelf, complete, token), token):
                return complete
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

    def completed(self, shelf: Shelf, record: Record) -> Record:
        """A record that nothing hangs on (`Shelf.plain`) with what follows from it alone."""
        return self.weaver.completed(shelf, record, None) if shelf.derived else record

    def whole(self, shelf: Shelf, complete: Record, token: str) -> Item:
        """Its item.

        Raises:
            InvalidKey, InvalidValue, ItemTooLarge: it cannot be stored.
        """
        item = shelf.codec.encode(complete)
        item[REV] = {"S": token}
        return check_item(item)

    def update(self, shelf: Shelf, update: Update) -> Record:
        """See `Repository.update`."""
        return self._updated_at_once(shelf, update) or self._updated(shelf, update)

    # ------------------------------------------------------------------------------------- the frame

    def attempt(self, make: Make) -> Sequence[Step]:
        """Make some steps happen, all or none, and what follows from them.

        Args:
            make: gives the steps from what is stored now; called again after each refusal.

        Raises:
            Conflict: others were faster until the end of the retries.
        """
        obstacles = Obstacles()
        for _ in self.tries(obstacles):
            token = new_token()
            try:
                steps = make(obstacles)
                self.executor.run(self.planned(steps, token), token)
            except Refused as refused:
                self.weigh(refused, obstacles)
                continue
            self.followers.follow(steps, token)
            return steps
        raise Conflict("others kept changing the same items", store=STORE)

    def planned(self, steps: Sequence[Step], token: str, *others: Action) -> tuple[Action, ...]:
        """The actions for some steps; see `plan`.

        Raises:
            DuplicateKey, DuplicateUnique: what else says why the steps contradict each other.
            Refused: nothing else does.
        """
        try:
            return plan(self.layout, steps, token, *others)
        except Refused:
            for step in steps:
                if step.new is not None:
                    shelf, key = self.layout.of(step.entity), self.layout.of(step.entity).key_of(step.new)
                    replaces = any(g.state == "live" and shelf.ident(g.record) == shelf.ident(key) for g in step.gone)
                    self.judge.duplicates(step.entity, step.new, key if replaces else None)
            raise

    def tries(self, obstacles: Obstacles) -> Iterator[None]:
        """The tries of a write: at once where the one before has found what to remove, else after a while."""
        for _ in self.calls.pacer.tries():
            for _ in range(_AT_ONCE):
                noted = obstacles.noted
                yield
                if obstacles.noted == noted:
                    break

    def weigh(self, refused: Refused, obstacles: Obstacles) -> None:
        """Note or do what the next try needs; see `Judge.weigh`."""
        rest = []
        for refusal, item in refused.found:
            if isinstance(refusal, Unfinished):
                self.followers.finish_earlier(refusal.entity, refusal.key)
                obstacles.noted += 1
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

    def still(self, stored: Stored) -> Stored | None:
        """What lies at the item key of `stored` now, if it is still the same entity."""
        shelf = self.layout.of(stored.entity)
        item = self.reader.items(shelf.table, [stored.key]).get(stored.id)
        current = shelf.stored(item) if item is not None and shelf.owns(item) else None
        if current is None or current.state == "deleted":
            return None
        return current if shelf.ident(current.record) == shelf.ident(stored.record) else None

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
        place = self.place(shelf, update.key) if action is not None else None
        if action is None or place is None:
            return None
        try:
            item = self.executor.run((replace(action, key=place),), token)
        except (NotExpressible, Rejected):
            return None
        except Refused as refused:
            explain(shelf, refused.found[0][1], update)
            return None
        return shelf.codec.decode(item) if item is not None else None

    def place(self, shelf: Shelf, key: Key) -> Item | None:
        """The item key of an entity, as far as it can be known; there need be nothing."""
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
