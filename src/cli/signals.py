"""Ctrl-C and SIGTERM, for a run that ends in its own time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossfade.migration.stop import Stop

INTERRUPTED = 130
"""The exit code of a run that was interrupted."""


@contextmanager
def ending(stop: Stop) -> Iterator[None]:
    """Let either signal end a run after the chunks in flight, and a second one at once.

    A handler that raised would do so between any two steps of the run; this one only sets a flag.

    Args:
        stop: its event is set.
    """

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.event.is_set():
            os.write(2, b"\nended at once; the same command goes on, and repeats what was in flight\n")
            os._exit(INTERRUPTED)
        # Not here: the thread that is interrupted may hold the event's own lock.
        threading.Thread(target=stop.event.set).start()
        os.write(2, b"\nending after the chunks in flight; once more to end at once\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
