"""The flip: MySQL hands its authority to DynamoDB, in one held moment.

The group's row is locked: no write is made, no sync under way. What the outbox still holds is carried over, the
counters are raised to MySQL's ids, the row is changed. Until the commit nothing has changed; after it, whoever finds
the row ahead of DynamoDB's item lets that follow, so that a mover that dies in between leaves nothing undone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.plural import several
from crossfade.dal.correlation import carried
from crossfade.dynamodb.calls import Calls
from crossfade.migration.counters import Counters
from crossfade.migration.dual_write import Groups
from crossfade.migration.errors import HeldTooLong, Refused
from crossfade.migration.relay import Relay
from crossfade.mysql.outbox import Entry, Row
from crossfade.mysql.transaction import Transaction

Held = Callable[[Transaction], list[Row]]
"""What is done while a group's row is held: gives the rows of the outbox that are of no more account then."""


@dataclass(frozen=True, slots=True)
class FlipLimits:
    """How long writes may be held.

    Attributes:
        held: seconds at most, for each try; where that is not enough, the next one begins anew, unheld.
        before: rows that the outbox may hold when the lock is taken.
        turns: turns of the relay to get there.
        workers: rows that are carried over at a time, while writes are held.
    """

    held: Sequence[float] = (0.2, 0.2, 0.2, 0.5, 2.0)
    before: int = 5
    turns: int = 200
    workers: int = 4


class Flip:
    """Carries over what is left.

    Args:
        groups: what writes share.
        group: the group's name.
        clock: gives the current time, for tombstones.
        limits: how long writes may be held.
        seconds: a monotonic clock.
    """

    def __init__(
        self,
        groups: Groups,
        group: str,
        clock: Callable[[], datetime],
        limits: FlipLimits | None = None,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._groups, self._group, self._limits, self._seconds = groups, group, limits or FlipLimits(), seconds
        self._outbox = groups.outboxes[group]
        # Under the row's own lock, which a sync's fence would wait for.
        self._carrier = groups.unfenced(group, clock)
        self._raised: dict[str, int | None] = {}

    def made(self, move: Callable[[Held], None]) -> None:
        """Make the move, in as many tries as it takes.

        Args:
            move: makes it, carrying over the rest while the row is held.

        Raises:
            Refused: see `before` and `held`; nothing has changed.
        """
        *tries, last = self._limits.held
        for seconds in tries:
            self.before()
            with suppress(HeldTooLong):
                return move(partial(self.held, seconds=seconds))
        self.before()
        return move(partial(self.held, seconds=last))

    def before(self) -> None:
        """Do what can be done before anything is held. Raises Refused where the outbox does not empty."""
        self._raised = {entity: self._counters.raise_(entity) for entity in self._entities}
        relay = Relay(self._groups, self._group)
        for _ in range(self._limits.turns):
            if self._outbox.depth().rows <= self._limits.before:
                return
            relay.turn(fresh=True)
        raise Refused(f"the outbox still holds {several(self._outbox.depth().rows, 'change')}: is DynamoDB keeping up?")

    def held(self, transaction: Transaction, seconds: float) -> list[Row]:
        """Carry over the rest, while the row is held.

        The rows stay where they are: a relay may hold them, which waits for the row that is held here.

        Args:
            transaction: holds the row.
            seconds: how long that may take.

        Returns:
            The rows that have been carried over, to be deleted after the commit: these, and none that came later.

        Raises:
            HeldTooLong: it takes longer; roll back.
            Refused: something cannot be carried over; roll back.
        """
        until = self._seconds() + seconds
        rows = self._outbox.look(transaction)
        left = {row.entry.place: row.entry for row in rows}
        with ThreadPoolExecutor(self._limits.workers, "crossfade-flip") as pool:
            counted = pool.map(carried(self._count), self._raised)
            while left:
                found = pool.map(carried(partial(self._carry, until=until)), left.values())
                left = {entry.place: entry for following in found for _, entry in following}
            list(counted)
        return rows

    def _count(self, entity: str) -> None:
        if self._counters.given(entity) != self._raised[entity]:
            self._counters.raise_(entity)

    def _carry(self, entry: Entry, *, until: float) -> list[tuple[str, Entry]]:
        if self._seconds() > until:
            raise HeldTooLong("writes would be held for too long: nothing has changed; is DynamoDB keeping up?")
        try:
            return self._carrier.carry(entry)
        except CrossfadeError as error:
            raise Refused(f"a change cannot be carried over: {error}; nothing has changed") from error

    @cached_property
    def _counters(self) -> Counters:
        return Counters(self._groups.stores, Calls(self._groups.stores.dynamodb.clients))

    @property
    def _entities(self) -> Sequence[str]:
        return self._groups.stores.contract.groups[self._group]
