"""Throughput, latency, and how long a move held writes."""

from __future__ import annotations

from crossfade.rehearsal.series import SECOND, Point, Window, longest_held, points, share
from tests.unit.rehearsal.drawing import op

MS = SECOND // 1000


def test_a_point_for_every_second() -> None:
    history = [
        op("write", "a", 0, 100 * MS),
        op("read", None, 0, 300 * MS),
        op("write", "b", 0, 2500 * MS),
        op("write", "c", 0, 2600 * MS, outcome="failed"),
        op("write", "d", 0, None, outcome="unknown"),
        op("write", "e", 0, 9000 * MS),
    ]
    assert points(history, 0, 3 * SECOND) == [Point(0, 2, 0.3, 0.3), Point(1, 0, 0, 0), Point(2, 1, 2.5, 2.5)]


def test_a_share_of_times() -> None:
    times = [n / 100 for n in range(100)]
    assert (share(times, 0.5), share(times, 0.99), share([], 0.5)) == (0.5, 0.99, 0)


def test_what_a_move_held_is_what_met_it() -> None:
    holds = [Window(1000 * MS, 1200 * MS)]
    assert longest_held([op("write", "a", 900 * MS, 1150 * MS)], holds) == 0.15
    assert longest_held([op("write", "a", 1100 * MS, 1220 * MS)], holds) == 0.12
    # It looks again a moment after the move; from then on it takes as long as it takes.
    assert longest_held([op("write", "a", 900 * MS, 9000 * MS)], holds) == 0.23
    assert longest_held([op("write", "a", 0, 999 * MS), op("write", "a", 1201 * MS, 1300 * MS)], holds) == 0
    assert longest_held([op("read", None, 1000 * MS, 1200 * MS)], holds) == 0
    assert longest_held([op("write", "a", 1000 * MS, 1200 * MS, outcome="failed")], holds) == 0


def test_a_move_that_held_twice_held_a_write_for_the_longer_time() -> None:
    holds = [Window(1000 * MS, 1300 * MS), Window(2000 * MS, 2100 * MS)]
    history = [op("write", "a", 900 * MS, 1250 * MS), op("write", "b", 1990 * MS, 2110 * MS)]
    assert longest_held(history, holds) == 0.25
    assert longest_held(history, []) == 0
