"""Who copies chunks: threads of this process, or processes of their own. Each copies one at a time."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Protocol

from crossfade.contract.errors import CrossfadeError
from crossfade.dynamodb.load import Loader, Mode
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.migration.chunk import Chunk, ChunkResult
from crossfade.migration.copy import Copier
from crossfade.migration.errors import Stopped, WorkFailed
from crossfade.migration.limiter import Limiter
from crossfade.migration.stop import Event, Stop
from crossfade.migration.stores import Stores

MOST = 64
"""Workers at most."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a copier is made, wherever it runs.

    Attributes:
        mode: how items are written.
        give_up_after: seconds for which a store is tried again.
    """

    mode: Mode
    give_up_after: float

    def copier(self, stores: Stores, limiter: Limiter, stop: Stop) -> Copier:
        """A copier between two stores."""
        retry = Retry(base=0.05, cap=5.0, deadline=self.give_up_after, attempts=10**9)
        pacer = Pacer(retry, sleep=stop.sleep)
        loader = Loader(stores.dynamodb.clients, mode=self.mode, pace=limiter, pacer=pacer)
        return Copier(stores, loader, pacer)


class Workers(Protocol):
    """A pool of workers.

    Attributes:
        most: chunks that can be copied at a time.
    """

    most: int

    def submit(self, chunk: Chunk, ceiling: float | None) -> Future[ChunkResult]:
        """Copy a chunk, under a ceiling of write units a second for all workers together."""

    @property
    def limit(self) -> float | None:
        """The present limit of write units a second, where it is known."""

    def close(self) -> None:
        """Wait for the workers and end them."""


class Threads:
    """Workers that share this process's stores and one limit."""

    def __init__(self, stores: Stores, recipe: Recipe, stop: Stop, ceiling: float | None) -> None:
        self.most = MOST
        self._limiter = Limiter(ceiling)
        self._copier = recipe.copier(stores, self._limiter, stop)
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="crossfade-backfill")

    def submit(self, chunk: Chunk, ceiling: float | None) -> Future[ChunkResult]:
        """See `Workers.submit`."""
        self._limiter.limit_to(ceiling)
        return self._pool.submit(self._copier.copy, chunk)

    @property
    def limit(self) -> float | None:
        """See `Workers.limit`."""
        return self._limiter.limit

    def close(self) -> None:
        """See `Workers.close`."""
        self._pool.shutdown()


class Processes:
    """Workers in processes of their own, each with its own stores and an equal share of the limit."""

    def __init__(self, opener: Callable[[], Stores], recipe: Recipe, count: int, event: Event) -> None:
        self.most = count
        self._pool = ProcessPoolExecutor(
            count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(opener, recipe, event),
        )

    def submit(self, chunk: Chunk, ceiling: float | None) -> Future[ChunkResult]:
        """See `Workers.submit`."""
        return self._pool.submit(_copy, chunk, None if ceiling is None else ceiling / self.most)

    @property
    def limit(self) -> float | None:
        """Each process knows its own."""
        return None

    def close(self) -> None:
        """See `Workers.close`."""
        self._pool.shutdown()


@dataclass(slots=True)
class _Process:
    """What a worker's process has."""

    copier: Copier
    limiter: Limiter


_process: _Process | None = None


def _begin(opener: Callable[[], Stores], recipe: Recipe, event: Event) -> None:
    """Make a process ready to copy."""
    global _process  # noqa: PLW0603 - a pool hands its processes nothing but arguments
    # The terminal sends Ctrl-C to every process; the parent alone decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="crossfade-parent", daemon=True).start()
    stop = Stop(event)
    limiter = Limiter()
    _process = _Process(recipe.copier(opener(), limiter, stop), limiter)
    gc.freeze()  # see `heap`; this process does nothing else


def _end_with_parent() -> None:
    """A pool's process never learns by itself that its parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _copy(chunk: Chunk, ceiling: float | None) -> ChunkResult:
    if _process is None:
        raise RuntimeError("this process was not made ready to copy")
    _process.limiter.limit_to(ceiling)
    try:
        return _process.copier.copy(chunk)
    except Stopped:
        raise
    except CrossfadeError as error:
        # Errors with fields of their own cannot be sent to the parent.
        raise WorkFailed(str(error)) from None
