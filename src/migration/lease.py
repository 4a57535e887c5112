"""Leases: while DynamoDB is the authority, a process may write only for so long after it asked where the group stands.

DynamoDB has no lock that a move could wait for. So every process refuses to write once what it knows is older than the
lease, by its monotonic clock, and a move back waits that long: nobody who has not heard of it still writes. A write
whose reply came after that was made in time if no move has begun by then.

While writes are held, a long lease is waited for in vain. So the mover announces the move first: whoever hears of it
goes on with a short lease; and when every long one is over, writes are held for the short ones alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from crossfade.dal.errors import OutcomeUnknown, StoreError, StoreUnavailable
from crossfade.dal.stage import StageHeld, StageMoved, Standing
from crossfade.dynamodb.stage_item import StageItems, StageView

LEASE = 0.3
"""Seconds for which a process may begin writes without having asked again."""

REFRESH = 0.1
"""Seconds after which it asks again; below the lease, so that a slow answer stops nobody."""

SHORT_LEASE, SHORT_REFRESH = 0.1, 0.03
"""The same while a move back is announced: so long it holds every write."""

LONGEST = 0.05
"""Seconds within which a request arrives that is not late; a move back waits for it, too."""

_HELD_REFRESH = 0.01  # seconds; one of a process's waiting writes asks for all


@dataclass(frozen=True, slots=True)
class _Known:
    asked: float
    view: StageView | None
    lease: float
    refresh: float


class Leases:
    """The leases of one process. Safe to share between threads.

    Args:
        items: where the groups stand, in DynamoDB.
        lease, refresh: in seconds.
        clock: a monotonic clock, in seconds, which goes on while the process is frozen.
    """

    def __init__(
        self,
        items: StageItems,
        *,
        lease: float = LEASE,
        refresh: float = REFRESH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._items, self._lease, self._refresh, self._clock = items, lease, refresh, clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def view(self, group: str) -> StageView | None:
        """What the item said, at most one refresh ago. Raises StoreUnavailable where it cannot be asked for."""
        return self._current(group).view

    def follow(self, group: str, standing: Standing) -> None:
        """MySQL's row is ahead of the item: let the item follow. Raises StoreError."""
        self._items.follow(group, standing)
        with self._lock:
            self._known.pop(group, None)

    def begin(self, group: str, standing: Standing) -> float:
        """Begin a write under a lease.

        Returns:
            Until when its reply is in time, by the clock: what is there by then, a move back has waited for.

        Raises:
            StageMoved: the group stands elsewhere.
            StageHeld: it is being moved, or the answer came when the lease was over.
            StoreUnavailable: the lease has run out, and DynamoDB does not answer.
        """
        known = self._current(group)
        view = known.view
        if view is None or view.standing.epoch < standing.epoch or view.held:
            if view is None or not view.held:
                self._forget(group, known)
            raise StageHeld(group)
        if view.standing.epoch != standing.epoch:  # the same one is the same stage, and the same share
            raise StageMoved({group: view.standing})
        if self._clock() - known.asked >= known.lease:
            raise StageHeld(group)
        return known.asked + known.lease + LONGEST

    def end(self, group: str, standing: Standing, until: float) -> None:
        """Look again when the reply is there; where the lease ran out meanwhile, ask.

        Raises:
            OutcomeUnknown: a move has begun, or DynamoDB does not say: the write may have come after the move, and be
                overruled.
        """
        if self._clock() < until:
            return
        with suppress(StoreError):
            view = self._items.look(group)
            if view is not None and view.standing == standing and not view.held:
                return
        raise OutcomeUnknown(
            "the lease ran out before the reply was there: the write may have come after a move, and be overruled",
            store="dynamodb",
        )

    def _current(self, group: str) -> _Known:
        """What is known and no older than the lease, newly asked for where it is older than a refresh."""
        known, now = self._known.get(group), self._clock()
        if known is not None and now - known.asked < known.refresh:
            return known
        with self._lock:
            known, now = self._known.get(group), self._clock()
            if known is not None and now - known.asked < known.refresh:
                return known  # somebody else has asked meanwhile
            try:
                # The lease counts from when it was asked for: the answer may have waited.
                known = self._known[group] = self._heard(now, self._items.look(group))
            except StoreUnavailable:
                if known is None or self._clock() - known.asked >= known.lease:
                    raise
            return known

    def _heard(self, asked: float, view: StageView | None) -> _Known:
        if view is not None and view.held:
            return _Known(asked, view, 0.0, _HELD_REFRESH)
        if view is not None and view.announced:
            return _Known(asked, view, SHORT_LEASE, SHORT_REFRESH)
        return _Known(asked, view, self._lease, self._refresh)

    def _forget(self, group: str, known: _Known) -> None:
        """Ask again at the next try, unless somebody has meanwhile."""
        with self._lock:
            if self._known.get(group) is known:
                del self._known[group]
