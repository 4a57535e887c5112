"""The breaker's states, with a clock moved by hand."""

from __future__ import annotations

from crossfade.dal.breaker import Breaker
from tests.unit.dal.stepped import Seconds


def _entered(breaker: Breaker) -> int:
    ticket = breaker.enter()
    assert ticket is not None
    return ticket


def _opened() -> tuple[Breaker, Seconds]:
    clock = Seconds()
    breaker = Breaker(3, 30, clock=clock)
    for _ in range(3):
        breaker.failed(_entered(breaker))
    return breaker, clock


def test_failures_in_a_row_open_it() -> None:
    breaker, clock = _opened()
    assert (breaker.state, breaker.enter()) == ("open", None)
    clock.now += 29.9
    assert breaker.enter() is None


def test_a_success_between_them_does_not() -> None:
    breaker = Breaker(3, 30, clock=Seconds())
    for _ in range(3):
        breaker.failed(_entered(breaker))
        breaker.failed(_entered(breaker))
        breaker.succeeded(_entered(breaker))
    assert breaker.state == "closed"


def test_after_the_pause_one_call_tries() -> None:
    breaker, clock = _opened()
    clock.now += 30
    ticket = _entered(breaker)
    assert (breaker.state, breaker.enter()) == ("half_open", None)
    breaker.succeeded(ticket)
    assert breaker.state == "closed"
    breaker.failed(_entered(breaker))
    assert breaker.state == "closed"


def test_a_try_that_fails_opens_it_for_another_pause() -> None:
    breaker, clock = _opened()
    clock.now += 30
    breaker.failed(_entered(breaker))
    clock.now += 29.9
    assert (breaker.state, breaker.enter()) == ("open", None)
    clock.now += 0.1
    assert breaker.enter() is not None


def test_a_try_that_was_not_made_leaves_it_to_the_next_call() -> None:
    breaker, clock = _opened()
    clock.now += 30
    breaker.left(_entered(breaker))
    breaker.succeeded(_entered(breaker))
    assert breaker.state == "closed"
    breaker.left(_entered(breaker))
    assert breaker.state == "closed"


def test_calls_from_before_it_opened_no_longer_count() -> None:
    clock = Seconds()
    breaker = Breaker(1, 30, clock=clock)
    slow, slower, failing = _entered(breaker), _entered(breaker), _entered(breaker)
    breaker.failed(failing)
    breaker.succeeded(slow)
    states = [breaker.state]
    clock.now += 30
    trying = _entered(breaker)
    breaker.succeeded(slow)
    breaker.failed(slower)
    breaker.left(slower)
    states.append(breaker.state)
    breaker.succeeded(trying)
    assert [*states, breaker.state] == ["open", "half_open", "closed"]
