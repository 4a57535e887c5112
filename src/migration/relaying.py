"""Both relays of some groups: the outbox to DynamoDB, or DynamoDB's changes to MySQL, as their stages say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.closing import Closing
from crossfade.dal.stage import Standing
from crossfade.migration.dual_write import Groups
from crossfade.migration.feed import Feed
from crossfade.migration.relay import Relay, Relayed
from crossfade.migration.relay_back import Returned
from crossfade.mysql.transaction import read


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did.

    Attributes:
        there: to DynamoDB.
        back: to MySQL.
        errors: what kept a whole direction from its turn, each reason once.
    """

    there: Relayed = field(default_factory=Relayed)
    back: Returned = field(default_factory=Returned)
    errors: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether there may be more to do at once."""
        return bool(self.there.carried or self.back.taken > self.back.parked)

    @property
    def every_error(self) -> tuple[str, ...]:
        """All that went wrong, each reason once."""
        return tuple(dict.fromkeys((*self.errors, *self.there.errors, *self.back.errors)))


class Relaying(Closing):
    """Takes turns. Not to be shared between threads; any number of processes may do it at once.

    The streams are read from the stage `shadow` on, when nothing is to be carried back yet: so the first change under
    DynamoDB's authority cannot be missed.

    Args:
        groups: what writes share.
        names: the groups.
        clock: gives the current time as an aware datetime.
        batch: rows of the outbox of one turn at most.
        anew: see `Feed`.
    """

    def __init__(
        self,
        groups: Groups,
        names: Sequence[str],
        clock: Callable[[], datetime],
        *,
        batch: int = 100,
        anew: bool = False,
    ) -> None:
        self._groups, self._names, self._clock, self._anew = groups, names, clock, anew
        self._relays = [Relay(groups, name, batch=batch) for name in names]
        self._feed: Feed | None = None

    def turn(self) -> Turn:
        """One turn of each."""
        there, back, errors = Relayed(), Returned(), []
        for relay in self._relays:
            try:
                there += relay.turn()
            except CrossfadeError as error:
                errors.append(str(error))
        try:
            if self._feeds():
                back = self._fed().turn()
            else:
                self.close()
        except CrossfadeError as error:
            errors.append(str(error))
        return Turn(there, back, tuple(dict.fromkeys(errors)))

    def fresh(self) -> bool:
        """Whether rows are left to their writers for a moment; not where nobody knows, of which the turn told."""
        with suppress(CrossfadeError):
            depths = [self._groups.outboxes[name].depth() for name in self._names]
            return any(depth.rows > depth.failing for depth in depths)
        return False

    def close(self) -> None:
        """Let another process read the streams."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()

    def _feeds(self) -> bool:
        standings = read(self._groups.stores.mysql.engine, self._groups.rows.look)
        return any(streamed(standings[name]) for name in self._names)

    def _fed(self) -> Feed:
        if self._feed is None:
            self._feed = Feed(self._groups, self._names, self._clock, anew=self._anew)
            self._anew = False  # once is enough
        return self._feed


def streamed(standing: Standing) -> bool:
    """Whether the streams of a group's tables are to be read."""
    return standing.follows("mysql") or standing.route.compares
