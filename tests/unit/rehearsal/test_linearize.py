"""The search for an order: it finds one exactly where there is one."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from crossfade.rehearsal.history import Op
from crossfade.rehearsal.linearize import TooHard, Unexplained, unexplained
from tests.unit.rehearsal.drawing import any_ops, explained, op

# Right ones that a careless choice between states refuses, and that are too long to be drawn often.
COVERED = [
    [op("write", 2, 1, 3), op("delete", None, 1, 2), op("write", 1, 2, None, outcome="unknown"), op("write", 2, 2, 6),
     op("write", 1, 4, 8), op("read", None, 6, 9, seen=4), op("add", 2, 9, None, outcome="unknown")],
    [op("write", 1, 1, 7), op("write", 1, 1, 1), op("write", 1, 2, 2), op("delete", None, 3, 8),
     op("delete", None, 6, 10), op("delete", None, 7, 7), op("add", 2, 8, 13, seen=3)],
    [op("write", 1, 0, 2), op("add", 1, 5, 5, seen=3), op("delete", None, 4, None, outcome="unknown"),
     op("read", None, 7, 11, seen=4), op("write", 2, 2, 5), op("add", 1, 1, None, outcome="unknown"),
     op("write", 1, 1, 4)],
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(any_ops())
@example(COVERED[0])
@example(COVERED[1])
@example(COVERED[2])
def test_it_agrees_with_trying_every_order(ops: list[Op]) -> None:
    assert (unexplained(ops) == []) == explained(ops)


def test_what_cannot_be_is_left_out_and_the_rest_goes_on() -> None:
    odd = op("read", None, 20, 21, seen=7)
    ops = [op("write", 1, 0, 1), odd, op("read", None, 30, 31, seen=1)]
    assert unexplained(ops) == [Unexplained(odd, frozenset({1}))]


def test_an_unknown_write_takes_effect_late_once_or_never() -> None:
    unknown = op("write", 1, 0, None, outcome="unknown")
    written = op("write", 2, 5, 6)
    assert unexplained([unknown, written, op("read", None, 8, 9, seen=2), op("read", None, 20, 21, seen=1)]) == []
    again = [op("read", None, 8, 9, seen=1), op("write", 3, 10, 11), op("read", None, 20, 21, seen=1)]
    assert [failure.op for failure in unexplained([unknown, written, *again])] == [again[-1]]


def test_a_write_that_was_seen_may_be_overwritten_by_one_that_ended_before_it() -> None:
    seen, again = op("read", None, 1, 21, seen=1), op("read", None, 40, 41, seen=1)
    ops = [op("write", 1, 0, 20), seen, op("write", 2, 2, 3), op("read", None, 30, 31, seen=2)]
    assert unexplained(ops) == []
    assert unexplained([*ops, again]) == [Unexplained(again, frozenset({2}))]


def test_a_write_that_need_not_have_been_seen_can_cover_another() -> None:
    same = [op("write", 1, 0, 10), op("write", 1, 1, 2)]
    assert unexplained([*same, op("write", 2, 3, 20), op("read", None, 21, 22, seen=1)]) == []
    assert unexplained([*same, op("write", 2, 11, 20), op("read", None, 21, 22, seen=1)]) != []


def test_a_failed_write_never_takes_effect() -> None:
    read = op("read", None, 5, 6, seen=1)
    assert [failure.op for failure in unexplained([op("write", 1, 0, 1, outcome="failed"), read])] == [read]


def test_adds_add_up_in_any_order() -> None:
    adds = [op("add", amount, 1, 50 + amount) for amount in range(1, 7)]
    start = op("write", 0, 0, 0)
    assert unexplained([start, *adds, op("read", None, 99, 100, seen=21)]) == []
    assert unexplained([start, *adds, op("read", None, 99, 100, seen=20)]) != []
    assert unexplained([start, op("add", 5, 1, 9, seen=5), op("add", 1, 1, 9, seen=6)]) == []
    assert unexplained([start, op("add", 5, 1, 9, seen=5), op("add", 1, 1, 9, seen=1)]) != []


def test_it_gives_up_at_its_limit() -> None:
    writes = [op("add", 1 << place, 1, 50) for place in range(12)]
    with pytest.raises(TooHard):
        unexplained([op("write", 0, 0, 0), *writes, op("read", None, 2, 49, seen=-1)], limit=1000)
