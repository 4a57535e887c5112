"""Observations gathered and added to a store, by hand and by the buffer's own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.observation import Batch, MemoryObservations, Totals, Window
from crossfade.dal.observation_buffer import ObservationBuffer
from tests.conformance.observations import SEEN, START
from tests.unit.dal.stepped import Seconds

NEVER = 3600.0  # seconds: the test flushes
LONG = 60  # seconds: a test that waits so long has failed


class Recording(MemoryObservations):
    """A store that tells what it was given; `before` may raise or wait."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.batches: list[Batch] = []
        self.added = threading.Event()
        self._before = before

    def add(self, batch: Batch) -> None:
        self._before()
        super().add(batch)
        self.batches.append(batch)
        self.added.set()


def test_observations_are_added_in_one_batch_by_window() -> None:
    store = Recording()
    buffer = ObservationBuffer(store, every=NEVER)
    later = replace(SEEN, outcome="equal", at=SEEN.at + timedelta(minutes=1))
    for seen in (SEEN, replace(SEEN, outcome="skipped"), later, later):
        buffer.observe(seen)
    assert store.batches == []
    buffer.flush()
    buffer.flush()
    expected = {
        Window("shop", "THING", START): Totals(mismatch=1, skipped=1),
        Window("shop", "THING", START + timedelta(minutes=1)): Totals(equal=2),
    }
    assert store.batches == [Batch(expected, (SEEN,))]
    buffer.observe(later)
    buffer.close(LONG)
    assert store.batches[1:] == [Batch({Window("shop", "THING", START + timedelta(minutes=1)): Totals(equal=1)})]


def test_of_many_mismatches_the_last_are_kept_and_all_are_counted() -> None:
    store = Recording()
    buffer = ObservationBuffer(store, every=NEVER, most=2)
    seen = [replace(SEEN, asked=str(n)) for n in range(5)]
    for one in seen:
        buffer.observe(one)
    buffer.flush()
    assert store.batches[0].mismatches == (seen[3], seen[4])
    assert store.totals("shop", START) == {"THING": Totals(mismatch=5)}
    buffer.close(LONG)


def test_what_the_store_does_not_take_is_dropped_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    down = [StoreUnavailable("cannot be reached"), KeyError("a bug")]

    def fail() -> None:
        if down:
            raise down.pop(0)

    store = Recording(fail)
    buffer = ObservationBuffer(store, every=NEVER)
    for seen, error in ((replace(SEEN, outcome="equal"), StoreUnavailable), (SEEN, KeyError)):
        buffer.observe(seen)
        buffer.flush()
        assert type(buffer.error) is error
    buffer.observe(SEEN)
    buffer.flush()
    assert (buffer.lost, buffer.error) == (Totals(equal=1, mismatch=1), None)
    assert [vars(record)["crossfade"] for record in caplog.records] == [
        {"error.type": "StoreUnavailable"}, {"error.type": "KeyError"},
    ]  # fmt: skip
    assert store.totals("shop", START) == {"THING": Totals(mismatch=1)}
    buffer.close(LONG)


def test_its_own_thread_adds_what_was_gathered() -> None:
    store = Recording()
    buffer = ObservationBuffer(store, every=0.001)
    buffer.observe(SEEN)
    assert store.added.wait(LONG)
    buffer.close(LONG)
    assert store.totals("shop", START) == {"THING": Totals(mismatch=1)}


def test_closing_adds_what_is_left() -> None:
    store = Recording()
    buffer = ObservationBuffer(store, every=NEVER)
    buffer.observe(SEEN)
    buffer.close(LONG)
    assert len(store.batches) == 1
    ObservationBuffer(store).close(LONG)


class Hanging:
    """A store that hangs when it is given something, until it is let; and a buffer that has given it a mismatch.

    Args:
        fails: whether it says then that it did not take it.
    """

    def __init__(self, *, fails: bool = False) -> None:
        self._hangs, self._let, self._fails = threading.Event(), threading.Event(), fails
        self.seconds, self.store = Seconds(), Recording(self._hang)
        self.buffer = ObservationBuffer(self.store, every=0.001, clock=self.seconds)
        self.buffer.observe(SEEN)
        assert self._hangs.wait(LONG)

    def _hang(self) -> None:
        self._hangs.set()
        self._let.wait(LONG)
        if self._fails:
            raise StoreUnavailable("gone")

    def let(self) -> None:
        """Let it go on, to the end of the buffer's thread."""
        self._let.set()
        self.buffer.close(LONG)


@pytest.mark.parametrize("fails", [True, False])
def test_what_a_store_that_hangs_has_not_taken_in_time_is_dropped_once_and_told(
    caplog: pytest.LogCaptureFixture, *, fails: bool
) -> None:
    hanging = Hanging(fails=fails)
    hanging.buffer.observe(replace(SEEN, outcome="skipped", count=3))
    hanging.buffer.close(wait=0)
    assert (hanging.store.batches, hanging.buffer.lost) == ([], Totals(mismatch=1, skipped=3))
    hanging.let()
    assert (len(hanging.store.batches), hanging.buffer.lost) == (int(not fails), Totals(mismatch=1, skipped=3))
    assert [record.getMessage() for record in caplog.records] == ["what 4 shadow reads saw was dropped"]


def test_one_that_has_hung_for_long_is_not_waited_for() -> None:
    hanging = Hanging()
    hanging.seconds.now += 2 * LONG
    hanging.buffer.close(wait=2 * LONG)  # whoever waits so long finds that it does not hang any more
    assert hanging.store.batches == []
    hanging.let()
