"""Calls that are on their way, and those of them that take too long: nothing can end these, but they can be told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

C = TypeVar("C")


class Deadlines(Generic[C]):
    """Which calls are late. Safe to share between threads; a late call is told once.

    Args:
        seconds: that a call may take.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[int, tuple[float, C]] = {}  # in the order in which they began
        self._last = 0

    def begin(self, call: C) -> int:
        """Note that a call begins; the number is for `end`."""
        with self._lock:
            self._last += 1
            self._begun[self._last] = (self._clock(), call)
            return self._last

    def end(self, number: int) -> float | None:
        """Note that a call has ended: the seconds that it took; None if it was told to be late before."""
        with self._lock:
            begun = self._begun.pop(number, None)
        return None if begun is None else self._clock() - begun[0]

    def late(self) -> list[C]:
        """The calls that have become late since this was last asked."""
        if not self._begun:
            return []  # as a rule: every read asks
        now = self._clock()
        with self._lock:
            numbers = []
            for number, (begun, _) in self._begun.items():
                if now - begun <= self.seconds:
                    break
                numbers.append(number)
            return [self._begun.pop(number)[1] for number in numbers]
