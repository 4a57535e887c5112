"""The move back: DynamoDB hands its authority to MySQL again.

DynamoDB has no lock that writes could wait for. So the stage item is marked as held, which every process hears of
before its lease is over; after that, and the longest request, nobody writes. What had changed by then is read from the
streams and synced back; then MySQL's row is moved, and the item follows it.

What can be done before that is, while the writes go on: the streams are read, MySQL's counters are raised, and the move
is announced, for one lease's length, so that the leases to be waited for are short.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.plural import several
from crossfade.dal.correlation import carried
from crossfade.dal.errors import StoreError
from crossfade.dal.stage import Standing
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stage_item import StageItems
from crossfade.dynamodb.streams import SKEW, Quiet
from crossfade.migration.counters import Counters
from crossfade.migration.dual_write import Groups
from crossfade.migration.errors import HeldTooLong, Refused
from crossfade.migration.feed import Feed
from crossfade.migration.lease import LEASE, LONGEST, SHORT_LEASE
from crossfade.mysql.outbox import Entry, Row
from crossfade.mysql.transaction import Transaction, run


@dataclass(frozen=True, slots=True)
class BackLimits:
    """How long what may take.

    Attributes:
        before: seconds to catch up with the streams, while writes go on.
        held: seconds for which writes may be held, for each try, beside the leases and `quiet`; where that is not
            enough, the next one begins anew, unheld.
        quiet: seconds for which a stream must give nothing before it counts as read to its end. DynamoDB promises no
            bound for how late a change comes into its stream: see `StreamReader.drained`.
    """

    before: float = 120.0
    held: Sequence[float] = (0.1, 0.1, 0.1, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 5.0)
    quiet: float = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """A group that is held.

    Attributes:
        items, group, token: whose hold it is.
        since: when it began, by a monotonic clock.
    """

    items: StageItems
    group: str
    token: str
    since: float

    def look(self, transaction: Transaction) -> list[Row]:
        """Nothing is left to carry over, if it still is held; to be called when the group's row is locked.

        Raises:
            Refused: somebody released it meanwhile.
        """
        del transaction
        view = self.items.look(self.group)
        if view is None or view.held != self.token:
            raise Refused("somebody released what this move held: nothing has changed; try again")
        return []


@dataclass
class WayBack:
    """One move back of one group.

    Args:
        groups: what writes share.
        group: the group's name.
        items: where the groups stand, in DynamoDB.
        clock: gives the current time as an aware datetime.
        limits: how long what may take.
        seconds, sleep: a monotonic clock, and a wait, in seconds.
        holds: gets from when to when writes were held, by the clock, for each try.
    """

    groups: Groups
    group: str
    items: StageItems
    clock: Callable[[], datetime]
    limits: BackLimits = field(default_factory=BackLimits)
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    holds: list[tuple[float, float]] = field(default_factory=list)
    _named: dict[str, Entry] = field(default_factory=dict, init=False)
    _given_back: dict[str, int | None] = field(default_factory=dict, init=False)

    @contextmanager
    def caught_up(self) -> Iterator[Feed]:
        """The block in which this process alone reads the streams, from where all but the newest changes are synced.

        Raises:
            Refused: something cannot be synced back, or not in time.
            StoreError: a store cannot be reached.
        """
        quiet = Quiet(3, self.limits.quiet)
        with Feed(self.groups, [self.group], self.clock, seize=True, quiet=quiet, late=self._late) as feed:
            self._catch_up(feed)
            self._given_back = {entity: self._counters.give_back(entity) for entity in self._entities}
            yield feed

    def made(self, feed: Feed, standing: Standing, move: Callable[[Held], None]) -> None:
        """Make the move, in as many tries as it takes.

        Args:
            feed: the streams, caught up with.
            standing: where the group stands.
            move: moves MySQL's row, while nobody writes, and all that was written is in MySQL.

        Raises:
            Refused: the group stands elsewhere, or it would take too long; nothing has changed.
            StoreError: a store cannot be reached; where it still is held then, `settle` ends that.
        """
        *tries, last = self.limits.held
        for seconds in tries:
            with suppress(HeldTooLong), self._held(feed, standing, seconds) as held:
                return move(held)
            self._catch_up(feed)
        with self._held(feed, standing, last) as held:
            return move(held)

    @contextmanager
    def _held(self, feed: Feed, standing: Standing, seconds: float) -> Iterator[Held]:
        """The block in which nobody writes; at its end the item says what MySQL's row says, whatever happened."""
        self.items.follow(self.group, standing)  # whoever moved the row may have died before that
        since = None
        try:
            token = self._announced(feed, standing)
            since = self.seconds()
            if not self.items.hold(self.group, standing, token):
                raise Refused("somebody else moves the group, or released it: nothing has changed; try again")
            self._drain(feed, since + SHORT_LEASE + LONGEST + self.limits.quiet + seconds)
            yield Held(self.items, self.group, token, since)
        finally:
            if not self._followed(standing):
                settle(self.groups, self.group, self.items)
            if since is not None:
                self.holds.append((since, self.seconds()))

    def after(self, feed: Feed) -> None:
        """Read on for as long as a stream must be quiet, and make what changed too late what MySQL says; see `named`.

        Raises:
            StageMoved: the group has been moved on; MySQL may not say what is right any more.
            StoreError: a store cannot be reached; what had come late by then may be left as it is.
        """
        self._named.clear()  # while a share came back, MySQL decided for the rest all along
        since = self.seconds()
        while self.seconds() - since < self.limits.quiet:
            self._turn(feed)
        for entry in self.named:
            self.groups.carriers[self.group].carry(entry)

    @property
    def named(self) -> list[Entry]:
        """The item keys that changed after MySQL had its authority again, most of them because MySQL changed.

        What DynamoDB said of them alone was never acknowledged, and is of no account.
        """
        return list(self._named.values())

    # -------------------------------------------------------------------- helpers

    @cached_property
    def _counters(self) -> Counters:
        return Counters(self.groups.stores, Calls(self.groups.stores.dynamodb.clients))

    @property
    def _entities(self) -> Sequence[str]:
        return self.groups.stores.contract.groups[self.group]

    def _turn(self, feed: Feed) -> int:
        """A turn, and a pause where it found nothing; how much it found. Raises where a stream cannot be read."""
        taken = feed.turn().taken
        for error in feed.unread.values():
            raise error
        if not taken:
            self.sleep(_PAUSE)
        return taken

    def _catch_up(self, feed: Feed) -> None:
        begun = self.seconds()
        # Changes keep coming: it is enough that one turn finds none, or only what came since the turn before.
        while self._turn(feed) > _FEW or feed.busy:
            if self.seconds() - begun > self.limits.before:
                raise Refused("the streams bring changes faster than they are synced back: nothing has changed")
        self._parked(feed)

    def _pass(self, feed: Feed, seconds: float) -> None:
        """Let time pass, and read the streams meanwhile."""
        until = self.seconds() + seconds
        while self.seconds() < until:
            self._turn(feed)

    def _followed(self, standing: Standing) -> bool:
        """Whether the item stands beyond where the move began, and nothing is left to settle."""
        with suppress(StoreError):
            view = self.items.look(self.group)
            return view is not None and view.standing.epoch > standing.epoch
        return False

    def _announced(self, feed: Feed, standing: Standing) -> str:
        token = self.items.announce(self.group, standing)
        if token is None:
            raise Refused("the group has moved meanwhile: nothing has changed; plan the move again")
        self._pass(feed, LEASE)
        return token

    def _drain(self, feed: Feed, until: float) -> None:
        self._pass(feed, SHORT_LEASE + LONGEST)
        since = self.seconds()
        while not feed.drained(since):
            if self.seconds() > until + (_NOISE if feed.noisy(since) else 0.0):
                raise HeldTooLong("writes would be held for too long: nothing has changed; is MySQL keeping up?")
            self._turn(feed)
        self._parked(feed)
        with ThreadPoolExecutor(_WORKERS, "crossfade-back") as pool:
            list(pool.map(carried(self._count), self._given_back))

    def _count(self, entity: str) -> None:
        if (self._given_back[entity] or 0) < (self._counters.last(entity) or 0):
            self._counters.give_back(entity)

    def _parked(self, feed: Feed) -> None:
        if waiting := feed.relays[self.group].parked():
            raise Refused(
                f"{several(waiting, 'entity', 'entities')} could not be synced back to MySQL: "
                "see `crossfade relay --list`; nothing has changed"
            )

    def _late(self, group: str, entries: Iterable[Entry]) -> None:
        if group == self.group:
            self._named.update({entry.place: entry for entry in entries})


_FEW = 50  # changes of one turn: a second's work
_WORKERS = 4
_PAUSE = 0.01  # seconds between looks at streams that bring nothing
_NOISE = 1.5 * SKEW  # seconds that it takes longer where others go on writing, whose writes are not held


def settle(groups: Groups, group: str, items: StageItems) -> Standing:
    """Let the stage item say what MySQL's row says, and hold nothing.

    The row is locked meanwhile, so that a move that is under way is waited for, or finds that it holds no more.

    Returns:
        Where the group stands.

    Raises:
        StoreError: a store cannot be reached; it may still be held: call it again.
    """

    def work(transaction: Transaction) -> Standing:
        standing = groups.rows.hold(transaction, group)
        if standing.route.authority == "dynamodb" or items.look(group) is not None:
            items.follow(group, standing)
            view = items.look(group)
            if view is not None and view.announced is not None and view.standing == standing:
                items.release(group, standing, view.announced)
        return standing

    try:
        return run(groups.stores.mysql.engine, work)
    except CrossfadeError as error:
        raise Refused(
            f"what the move held may still be held ({error}): run `crossfade stage release --group {group}`"
        ) from error
