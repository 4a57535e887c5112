"""The retry policy, with a clock and a sleep of its own."""

from __future__ import annotations

import random
from itertools import islice, pairwise

from crossfade.dynamodb.retry import Pacer, Retry


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def longest(low: float, high: float) -> float:
    """The largest draw."""
    return high


def pacer(time: Time, policy: Retry) -> Pacer:
    """A pacer on that time that always draws the longest delay."""
    return Pacer(policy, sleep=time.sleep, clock=time.clock, draw=longest)


def test_delays_grow_from_base_to_cap() -> None:
    assert list(islice(Retry(base=1, cap=20).delays(longest), 5)) == [3, 9, 20, 20, 20]
    assert list(islice(Retry(base=1, cap=20).delays(lambda low, high: low), 3)) == [1, 1, 1]


def test_delays_are_drawn_between_base_and_three_times_the_last() -> None:
    draw = random.Random(1).uniform
    delays = list(islice(Retry(base=0.1, cap=5).delays(draw), 200))
    assert all(0.1 <= d <= 5 for d in delays)
    assert all(d <= 3 * last for last, d in pairwise(delays))
    assert len(set(delays)) > 100


def test_a_first_try_waits_for_nothing() -> None:
    time = Time()
    assert next(pacer(time, Retry()).tries()) == 1
    assert time.slept == []


def test_tries_end_with_the_attempts() -> None:
    time = Time()
    assert list(pacer(time, Retry(base=1, cap=2, deadline=100, attempts=4)).tries()) == [1, 2, 3, 4]
    assert time.slept == [2, 2, 2]


def test_tries_end_before_a_delay_that_passes_the_deadline() -> None:
    time = Time()
    assert list(pacer(time, Retry(base=1, cap=4, deadline=10, attempts=99)).tries()) == [1, 2, 3]
    assert time.slept == [3, 4]


def test_the_time_of_the_tries_themselves_counts() -> None:
    time = Time()
    made = []
    for number in pacer(time, Retry(base=1, cap=1, deadline=10, attempts=99)).tries():
        made.append(number)
        time.now += 5
    assert made == [1, 2]
