"""A circuit breaker: what fails again and again is left alone for a while, and then tried with one call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Lets calls through until too many fail in a row. Safe to share between threads.

    A call enters with a ticket and gives it back with its outcome. Tickets from before the last change of state no
    longer count: a slow call cannot close a breaker that others have opened.

    Args:
        failures: how many in a row open it.
        pause: seconds after which one call is let through, to try.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, failures: int, pause: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pause, self._clock = failures, pause, clock
        self._lock = threading.Lock()
        self._state: State = "closed"
        self._ticket = 0
        self._failed = 0
        self._opened = 0.0

    @property
    def state(self) -> State:
        """`closed`, calls pass; `open`, none does; `half_open`, one is on its way."""
        return self._state

    def enter(self) -> int | None:
        """A ticket for a call; None if it must not be made."""
        with self._lock:
            if self._state == "open" and self._clock() - self._opened >= self._pause:
                self._change("half_open")
                return self._ticket
            return self._ticket if self._state == "closed" else None

    def succeeded(self, ticket: int) -> None:
        """The store answered."""
        with self._lock:
            if ticket == self._ticket:
                self._failed = 0
                if self._state == "half_open":
                    self._change("closed")

    def failed(self, ticket: int) -> None:
        """The store did not answer, or not in time."""
        with self._lock:
            if ticket != self._ticket:
                return
            self._failed += 1
            if self._state == "half_open" or self._failed >= self._most:
                self._open()

    def left(self, ticket: int) -> None:
        """The call was not made; if it was to be the try, the next one is."""
        with self._lock:
            if ticket == self._ticket and self._state == "half_open":
                self._change("open")

    def _open(self) -> None:
        self._change("open")
        self._opened = self._clock()

    def _change(self, state: State) -> None:
        self._state = state
        self._failed = 0
        self._ticket += 1
