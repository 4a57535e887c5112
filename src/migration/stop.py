"""The wish that a run ends: chunks in flight are finished, unless they only wait."""

from __future__ import annotations

import time
from typing import Protocol

from crossfade.migration.errors import Stopped

_GRACE = 5.0  # seconds for which a wait is waited to its end all the same


class Event(Protocol):
    """`threading.Event`, or that of `multiprocessing`."""

    def is_set(self) -> bool: ...

    def set(self) -> None: ...

    def wait(self, timeout: float) -> object: ...


class Stop:
    """Whether a run is to end. Its `sleep` is the one of everything that waits within a chunk.

    Args:
        event: set when the run is to end.
    """

    def __init__(self, event: Event) -> None:
        self.event = event
        self._since: float | None = None

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: the run has been to end for some seconds now.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not self.event.is_set():
                self.event.wait(left)
                continue
            self._since = self._since or time.monotonic()
            if time.monotonic() - self._since > _GRACE:
                raise Stopped("given up: the run is to end")
            time.sleep(min(left, 0.1))
