"""Work beside the application's: a few threads, a short queue, and nobody ever waits for either."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Protocol

Work = Callable[[], None]


class Background(Protocol):
    """Takes work, or refuses it at once."""

    @property
    def full(self) -> bool:
        """Whether work would be refused now."""

    def submit(self, work: Work) -> bool:
        """Take work, which must not raise; False where there is no room."""

    def close(self, wait: float) -> None:
        """Take no more, wait `wait` seconds at most for what was taken, and forget what was not begun by then."""


class Threads:
    """Daemon threads, started as work comes: a thread that hangs keeps no process from ending.

    A `ThreadPoolExecutor` would: the interpreter joins its threads at exit, and its queue has no end.

    Args:
        threads: at most.
        queue: how much work may wait, from 1.
        name: of the threads.
    """

    def __init__(self, threads: int, queue: int, *, name: str = "crossfade-shadow") -> None:
        self._most, self._name = threads, name
        self._queue: Queue[Work | None] = Queue(queue)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    @property
    def full(self) -> bool:
        """See `Background.full`."""
        return self._closed or self._queue.full()

    def submit(self, work: Work) -> bool:
        """See `Background.submit`."""
        with self._lock:
            if self._closed:
                return False
            try:
                self._queue.put_nowait(work)
            except Full:
                return False
            if len(self._threads) < self._most:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                thread.start()
                self._threads.append(thread)
            return True

    def close(self, wait: float) -> None:
        """See `Background.close`."""
        with self._lock:
            self._closed = True
        until = time.monotonic() + wait
        with suppress(Full):
            self._queue.put(None, timeout=wait)
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        self._drain()

    def _drain(self) -> None:
        """Empty the queue, and leave in it the mark that ends the threads; each passes it on."""
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            self._mark()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
        self._mark()

    def _mark(self) -> None:
        with suppress(Full):  # of a mark: there is nothing else in it any more
            self._queue.put_nowait(None)
