"""Time and background work that move only when a test says so."""

from __future__ import annotations

from collections import deque

from crossfade.dal.background import Work


class Seconds:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Stepped:
    """A `Background` whose work is done one by one, in the test's own thread.

    Attributes:
        room: how much work may wait.
        refuses: whether work is refused although there seemed to be room.
        asked: how often it was asked for room.
    """

    def __init__(self, room: int = 10) -> None:
        self.room = room
        self.refuses = False
        self.asked = 0
        self.waiting: deque[Work] = deque()
        self.closed: float | None = None

    @property
    def full(self) -> bool:
        """See `Background.full`."""
        self.asked += 1
        return len(self.waiting) >= self.room

    def submit(self, work: Work) -> bool:
        """See `Background.submit`."""
        if not (self.full or self.refuses):
            self.waiting.append(work)
            return True
        return False

    def step(self) -> None:
        """Do the work that has waited longest."""
        self.waiting.popleft()()

    def close(self, wait: float) -> None:
        """See `Background.close`."""
        self.closed = wait
