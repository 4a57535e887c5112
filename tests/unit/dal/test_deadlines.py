"""Calls that take too long, told once."""

from __future__ import annotations

from crossfade.dal.deadlines import Deadlines
from tests.unit.dal.stepped import Seconds


def test_a_call_in_time_tells_how_long_it_took() -> None:
    clock = Seconds()
    deadlines: Deadlines[str] = Deadlines(2, clock=clock)
    number = deadlines.begin("a")
    clock.now += 1.5
    assert (deadlines.late(), deadlines.end(number)) == ([], 1.5)
    clock.now += 10
    assert deadlines.late() == []


def test_late_calls_are_told_once_and_then_have_no_end() -> None:
    clock = Seconds()
    deadlines: Deadlines[str] = Deadlines(2, clock=clock)
    first = deadlines.begin("first")
    clock.now += 1
    second, third = deadlines.begin("second"), deadlines.begin("third")
    clock.now += 1.5
    assert (deadlines.late(), deadlines.late()) == (["first"], [])
    assert (deadlines.end(first), deadlines.end(second)) == (None, 1.5)
    clock.now += 1
    assert deadlines.late() == ["third"]
    assert deadlines.end(third) is None


def test_a_late_call_that_nobody_asked_about_still_has_its_end() -> None:
    clock = Seconds()
    deadlines: Deadlines[str] = Deadlines(2, clock=clock)
    number = deadlines.begin("a")
    clock.now += 5
    assert deadlines.end(number) == 5
