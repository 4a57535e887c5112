"""The limit of write units: kept under a ceiling, lowered by throttling, raised by quiet."""

from __future__ import annotations

import pytest

from crossfade.migration.limiter import Limiter


class Time:
    """Time that only passes in waits, and when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def spent(limiter: Limiter, time: Time, units: float, times: int) -> float:
    """The seconds that it takes."""
    before = time.now
    for _ in range(times):
        time.wait(limiter.take(units))
        limiter.consumed(units, units)
    return time.now - before


def test_without_a_ceiling_nobody_waits(time: Time) -> None:
    limiter = Limiter(clock=time)
    assert spent(limiter, time, 25, 1000) == 0
    assert limiter.limit is None


def test_a_ceiling_is_kept_but_for_a_second_of_credit(time: Time) -> None:
    limiter = Limiter(100, clock=time)
    assert spent(limiter, time, 25, 404) == pytest.approx(100)


def test_what_was_not_consumed_is_given_back(time: Time) -> None:
    limiter = Limiter(100, clock=time)
    before = time.now
    for _ in range(1000):
        time.wait(limiter.take(50))
        limiter.consumed(50, 1)
    assert time.now - before == pytest.approx(9.0, abs=0.5)


def test_throttling_halves_the_limit_once_a_second(time: Time) -> None:
    limiter = Limiter(100, clock=time)
    for _ in range(5):
        limiter.throttled()
    assert limiter.limit == 50
    time.wait(1)
    limiter.throttled()
    assert limiter.limit == pytest.approx(26.25)


def test_the_first_throttling_limits_to_a_part_of_what_was_consumed(time: Time) -> None:
    limiter = Limiter(clock=time)
    for _ in range(200):
        time.wait(0.1)
        time.wait(limiter.take(20))
        limiter.consumed(20, 20)
    limiter.throttled()
    assert limiter.limit == pytest.approx(100, rel=0.1)


def test_quiet_raises_it_again_to_the_ceiling_and_no_further(time: Time) -> None:
    limiter = Limiter(100, clock=time)
    limiter.throttled()
    risen = []
    for _ in range(40):
        time.wait(1)
        time.wait(limiter.take(0))
        risen.append(limiter.limit or 0)
    assert risen == sorted(risen)
    assert (50 < risen[0] < 60, risen[-1]) == (True, 100)


def test_it_never_falls_to_nothing(time: Time) -> None:
    limiter = Limiter(2, clock=time)
    for _ in range(50):
        limiter.throttled()
        time.wait(1)
    assert (limiter.limit or 0) >= 1


def test_another_ceiling_holds_at_once(time: Time) -> None:
    limiter = Limiter(1000, clock=time)
    limiter.limit_to(10)
    assert spent(limiter, time, 10, 11) == pytest.approx(10)
    limiter.limit_to(None)
    assert spent(limiter, time, 1000, 10) == 0
