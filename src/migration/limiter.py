"""How fast to write: a bucket of write units that empties at the limit, which throttling lowers and quiet raises."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

_CUT = 0.5  # of the limit that remains after throttling
_RISE = 0.05  # of the limit, added for every second without throttling
_QUIET = 1.0  # seconds in which throttling counts once: what is in flight was sent before the cut
_LEAST = 1.0  # write units a second
_MEMORY = 2.0  # seconds over which the present rate is averaged


class Limiter:
    """A pace (`dynamodb.outcomes.Pace`) that workers share. Safe to share between threads.

    Without a ceiling there is no limit until DynamoDB throttles; then it is a part of what was consumed.

    Args:
        ceiling: write units a second at most; None for as many as DynamoDB takes.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, ceiling: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ceiling = self._limit = ceiling
        self._clock = clock
        self._lock = threading.Lock()
        self._left = 0.0 if ceiling is None else ceiling
        self._filled = self._seen_at = clock()
        self._cut = -math.inf
        self._seen = 0.0

    @property
    def limit(self) -> float | None:
        """Write units a second at present; None for no limit."""
        return self._limit

    def limit_to(self, ceiling: float | None) -> None:
        """Set another ceiling."""
        with self._lock:
            if ceiling == self._ceiling:
                return
            self._fill()
            self._ceiling = self._limit = ceiling
            self._left = min(self._left, ceiling or 0.0)

    def take(self, units: float) -> float:
        """See `Pace.take`. One who waits has its place: those who come later wait longer."""
        with self._lock:
            self._fill()
            if self._limit is None:
                return 0.0
            self._left -= units
            return max(0.0, -self._left / self._limit)

    def consumed(self, taken: float, units: float) -> None:
        """See `Pace.consumed`."""
        with self._lock:
            self._fill()
            if self._limit is not None:
                self._left = min(self._left + taken - units, self._limit)
            self._decay()
            self._seen += units

    def throttled(self) -> None:
        """See `Pace.throttled`."""
        with self._lock:
            self._fill()
            now = self._clock()
            if self._limit is not None and now - self._cut < _QUIET:
                return
            self._decay()
            present = self._seen / _MEMORY
            before = present if self._limit is None else self._limit
            self._limit = max(_LEAST, before * _CUT)
            self._left = min(self._left, 0.0)
            self._cut = now

    def _decay(self) -> None:
        now = self._clock()
        self._seen *= math.exp((self._seen_at - now) / _MEMORY)
        self._seen_at = now

    def _fill(self) -> None:
        """Let time pass: the bucket fills, and the limit rises."""
        now = self._clock()
        passed, self._filled = now - self._filled, now
        if self._limit is None:
            return
        self._left = min(self._left + passed * self._limit, self._limit)
        if self._limit != self._ceiling:
            risen = self._limit + max(_LEAST, self._limit * _RISE) * passed
            self._limit = risen if self._ceiling is None else min(risen, self._ceiling)
