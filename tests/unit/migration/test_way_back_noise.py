"""How long the way back waits for streams into which others go on writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from crossfade.dal.errors import StoreError, StoreUnavailable
from crossfade.dynamodb.streams import SKEW
from crossfade.migration.errors import HeldTooLong
from crossfade.migration.way_back import BackLimits, WayBack

QUIET = BackLimits(quiet=2.0)


@dataclass
class Streams:
    """Streams that are drained so long after they were asked first, and in which others write, or not.

    Attributes:
        after: seconds.
        others: whether they write.
        time: the clock, in seconds.
        unread: see `Feed.unread`.
    """

    after: float
    others: bool
    time: float = 0.0
    unread: dict[str, StoreError] = field(default_factory=dict)
    relays: dict[str, Any] = field(default_factory=lambda: {"notes": SimpleNamespace(parked=lambda: 0)})

    def turn(self) -> Any:
        """See `Feed.turn`."""
        return SimpleNamespace(taken=0)

    def drained(self, since: float) -> bool:
        """See `Feed.drained`."""
        return self.time - since >= self.after

    def noisy(self, since: float) -> bool:
        """See `Feed.noisy`."""
        return self.others and self.time - since >= SKEW

    def pause(self, seconds: float) -> None:
        """Time goes on."""
        self.time += seconds


def drain(streams: Streams) -> None:
    """Wait for the streams, as a move does that may hold writes for no longer than it must."""
    way: Any = WayBack(
        groups=None,  # type: ignore[arg-type]  # asked for counters alone, of which there are none
        group="notes",
        items=None,  # type: ignore[arg-type]  # not asked
        clock=lambda: datetime.now(UTC),
        limits=QUIET,
        seconds=lambda: streams.time,
        sleep=streams.pause,
    )
    way._drain(streams, QUIET.quiet + 0.3)


def test_others_who_write_get_the_time_that_their_changes_take() -> None:
    drain(Streams(QUIET.quiet + SKEW, others=True))


def test_nobody_waits_longer_for_streams_that_may_still_be_quiet() -> None:
    with pytest.raises(HeldTooLong):
        drain(Streams(QUIET.quiet + SKEW, others=False))


def test_others_who_write_are_not_waited_for_for_ever() -> None:
    with pytest.raises(HeldTooLong):
        drain(Streams(QUIET.quiet + 3 * SKEW, others=True))


def test_a_stream_that_cannot_be_read_ends_the_wait() -> None:
    gone = StoreUnavailable("nobody is there", store="dynamodb")
    with pytest.raises(StoreUnavailable, match="nobody is there"):
        drain(Streams(QUIET.quiet, others=False, unread={"Notes": gone}))
