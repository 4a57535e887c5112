"""Observations on their way to a store: gathered here, and added every few seconds by a thread of their own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from crossfade.dal.observation import Batch, Observation, ObservationStore, Totals, Window, window_start
from crossfade.dal.telemetry import dropped


class ObservationBuffer:
    """Takes observations, and makes nobody wait for the store or its errors. Safe to share between threads.

    What a store does not take is dropped, counted and told: trying again could count it twice.

    Attributes:
        lost: the totals of what was dropped.
        error: what the store said the last time; None after one that it took.

    Args:
        store: takes batches.
        every: seconds between two of them.
        most: mismatches of one batch; of more, the most recent ones.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        store: ObservationStore,
        *,
        every: float = 5.0,
        most: int = 100,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lost = Totals()
        self.error: Exception | None = None
        self._store, self._every, self._most, self._clock = store, every, most, clock
        self._lock = threading.Lock()
        self._totals: dict[Window, Totals] = {}
        self._mismatches: deque[Observation] = deque(maxlen=most)
        self._adding: list[tuple[Batch, float]] = []  # what the store is being given, and since when
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def observe(self, seen: Observation) -> None:
        """Take an observation."""
        window = Window(seen.group, seen.entity, window_start(seen.at))
        with self._lock:
            self._totals[window] = self._totals.get(window, Totals()) + Totals.of(seen.outcome, seen.count)
            if seen.outcome == "mismatch":
                self._mismatches.append(seen)
            if self._thread is None:
                # A daemon: a store that hangs keeps no process from ending.
                self._thread = threading.Thread(target=self._run, name="crossfade-observations", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Add what was gathered to the store now; raises nothing."""
        batch = self._gathered()
        if not batch.totals:
            return
        adding = batch, self._clock()
        with self._lock:
            self._adding.append(adding)
        try:
            self._store.add(batch)
        except Exception as error:  # noqa: BLE001 - a driver's bug must not end the thread either
            self.error = error
        else:
            self.error = None
        with self._lock:
            given_up = adding not in self._adding
            if not given_up:
                self._adding.remove(adding)
        if self.error is not None and not given_up:
            self._drop(batch)

    def close(self, wait: float = 1.0) -> None:
        """Add what is left, and end the thread. What the store has not taken in time counts as dropped.

        Args:
            wait: seconds for which the store is waited for, at most, from when it was given something: one that has
                hung for so long already is not waited for.
        """
        self._closed.set()
        if self._thread is None:
            return
        with self._lock:
            left = wait - (self._clock() - self._adding[0][1] if self._adding else 0)
        self._thread.join(max(left, 0))
        if self._thread.is_alive():
            with self._lock:
                adding, self._adding = self._adding, []
            self._drop(*(batch for batch, _ in adding), self._gathered())

    def _gathered(self) -> Batch:
        with self._lock:
            batch = Batch(self._totals, tuple(self._mismatches))
            self._totals = {}
            self._mismatches.clear()
        return batch

    def _drop(self, *batches: Batch) -> None:
        lost = sum((totals for batch in batches for totals in batch.totals.values()), Totals())
        with self._lock:
            self.lost += lost
        if lost.total:
            dropped(lost.total, self.error)

    def _run(self) -> None:
        while not self._closed.wait(self._every):
            self.flush()
        self.flush()
