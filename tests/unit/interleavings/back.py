"""The way back, stepped: the mover's waits for the leases, and streams that bring every change that was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.key import Key
from crossfade.dal.leased import Under
from crossfade.migration.lease import LEASE
from crossfade.migration.relay_back import Returned
from crossfade.migration.sync_back import SyncBack
from crossfade.migration.way_back import WayBack
from tests.unit.interleavings.actors import Point, actor
from tests.unit.interleavings.world import GROUP, World

_KEYS = (("NOTE", 1), ("PAGE", 1), ("PAGE", 2))


def sync_all(world: World) -> None:
    """Sync back whatever may have changed."""
    sync = SyncBack(world.stores, world.groups.rows, GROUP, world.clock)
    for _ in range(2):  # one may hold a unique value that another one waits for
        for entity, number in _KEYS:
            sync.sync(entity, Key({"id": number}))


class Feed:
    """A `crossfade.migration.feed.Feed` whose streams bring a change as soon as it is made.

    Args:
        world: the stores.
    """

    def __init__(self, world: World) -> None:
        self._world, self._read = world, False
        self.busy: list[str] = []
        self.unread: dict[str, CrossfadeError] = {}
        self.relays = {GROUP: self}

    def turn(self) -> Returned:
        """See `Feed.turn`; a step."""
        who = actor()
        assert who is not None
        who.pause(Point("reads the streams", lambda: True))
        with who.as_one():
            sync_all(self._world)
        self._read = True
        return Returned()

    def drained(self, since: float) -> bool:
        """Whether it was read since this was asked first."""
        del since
        read, self._read = self._read, False
        return read

    def noisy(self, since: float) -> bool:
        """See `Feed.noisy`."""
        del since
        return False

    def parked(self) -> int:
        """See `BackRelay.parked`."""
        return 0


class SteppedBack(WayBack):
    """A `WayBack` whose waits for the leases are steps. A request under way at the last is not late: it is waited for.

    Args:
        hooks: what knows the run.
        *arguments, **named: see `WayBack`.
    """

    def __init__(self, hooks: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hooks, self.seconds, self.sleep = hooks, lambda: 0.0, lambda seconds: None

    @contextmanager
    def caught_up(self) -> Iterator[Any]:
        """See `WayBack.caught_up`: nothing is behind yet."""
        who = actor()
        assert who is not None
        who.pause(Point("catches up", lambda: True))
        yield Feed(self._hooks.run.world)

    def after(self, feed: Any) -> None:
        """See `WayBack.after`: nothing is late."""

    def _pass(self, feed: Any, seconds: float) -> None:
        """See `WayBack._pass`."""
        del feed
        run, who = self._hooks.run, actor()
        assert who is not None
        if seconds == LEASE:
            who.pause(Point("waits for the long leases", lambda: True))
        else:
            who.pause(Point("waits for the leases", lambda: not any(a.leased for a in run.waiting)))
        run.elapsed += seconds


@contextmanager
def leased(begin: Callable[[], Any], end: Callable[[Any], None]) -> Iterator[None]:
    """See `Under`; tells the mover of it."""
    who = actor()
    if who is None:
        with Under(begin, end):
            yield
        return
    who.pause(Point("begins a write under a lease", lambda: True))
    try:
        with Under(_noted(who, begin), end):
            yield
    finally:
        who.leased = False


def _noted(who: Any, begin: Callable[[], Any]) -> Callable[[], Any]:
    def noted() -> Any:
        until = begin()
        who.leased = True
        return until

    return noted
