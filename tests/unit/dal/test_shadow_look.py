"""What becomes of a read that differs, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crossfade.dal import Key, Page
from crossfade.dal.entity import Binding
from crossfade.dal.observation import Observation, ReadDifference
from crossfade.dal.shadow_read import Read, ShadowReads
from tests.unit.dal.shadow_desk import BINDING, THING, Desk, Side, record
from tests.unit.dal.stepped import Stepped


def test_a_mismatch_is_one_that_stays_when_nothing_is_pending() -> None:
    desk, control, candidate = Desk(), Side(record("a")), Side(record("b"))
    seen = desk.done(control, candidate)
    assert (seen.outcome, seen.reason) == ("mismatch", "")
    assert seen.differences == (ReadDifference("name", "a", "b", "id=1"),)
    assert seen.keys == ({"id": "1"},)
    assert (control.asked, candidate.asked) == (2, 2)
    assert (desk.waits, desk.sleeps) == ([("THING", (Key(id=1),), 10.0)], [])


def test_what_was_only_late_is_equal() -> None:
    seen = (desk := Desk()).done(Side(record("b")), Side(record("a"), record("b")))
    assert (seen.outcome, seen.reason, len(desk.waits)) == ("equal", "lag", 1)
    assert (seen.differences, seen.keys) == ((), ())


def test_the_control_is_read_again_behind_the_candidate() -> None:
    """The candidate has what was written while it was read; the control, read first, would not have had it."""
    desk = Desk()
    order: list[str] = []

    def answer(side: str, name: str) -> Callable[[], Any]:
        def read() -> Any:
            order.append(side)
            return record(name)

        return read

    seen = desk.done(
        Side(answer("control", "a"), answer("control", "c")), Side(answer("candidate", "b"), answer("candidate", "c"))
    )
    assert order == ["control", "candidate", "candidate", "control"]
    assert (seen.outcome, seen.reason) == ("equal", "lag")


def test_records_that_change_meanwhile_are_looked_at_again() -> None:
    desk = Desk()
    seen = desk.done(Side(record("a"), record("b"), record("b")), Side(record("x")))
    assert (seen.outcome, len(desk.waits)) == ("mismatch", 2)


def test_records_that_never_stand_still_prove_nothing() -> None:
    seen = (desk := Desk()).done(Side(*(record(str(n)) for n in range(9))), Side(record("x")))
    assert (seen.outcome, seen.reason, len(desk.waits)) == ("unsettled", "its records keep changing", 3)


def test_what_does_not_arrive_proves_nothing() -> None:
    desk = Desk()
    desk.settled = False
    seen = desk.done(Side(record("a")), candidate := Side(record("b")))
    assert (seen.outcome, seen.reason, candidate.asked) == ("unsettled", "what was written has not arrived", 1)


def test_the_outbox_is_asked_for_every_key_of_both_answers_and_of_the_question() -> None:
    desk = Desk()
    control, candidate = Page([record(number=1), record(number=2)], None), Page([record(number=3)], None)
    desk.done(Side(control), Side(candidate), "find", keys=(Key(id=9), Key(id=2)))
    assert desk.waits == [("THING", (Key(id=9), Key(id=2), Key(id=1), Key(id=3)), 10.0)]


def test_for_counts_the_whole_entity_must_be_settled() -> None:
    seen = (desk := Desk()).done(Side(3), Side(4), "count")
    assert (seen.differences, desk.waits) == ((ReadDifference("(count)", "3", "4"),), [("THING", (), 10.0)])


@pytest.mark.parametrize("lags", ["control", "candidate"])
def test_an_index_that_may_lag_gets_time(lags: str) -> None:
    desk = Desk()
    control = Page([record("a")], None, consistent=lags != "control")
    candidate = Page([record("b")], None, consistent=lags != "candidate")
    assert desk.done(Side(control), Side(candidate), "find").outcome == "mismatch"
    assert desk.sleeps == [0.5]


def test_without_a_hook_nothing_is_ever_pending() -> None:
    background = Stepped()
    seen: list[Observation] = []
    reads = ShadowReads(seen.append, background=background)
    read: Read[Any] = Read("shop", BINDING, "get", 1, Side(record("a")), Side(record("b")))
    reads.answer(read.kind, read.control, lambda: read)
    background.step()
    assert [s.outcome for s in seen] == ["mismatch"]


def test_tolerated_differences_are_counted_apart() -> None:
    desk = Desk(tolerances={"THING": {"name": "folded"}})
    seen = desk.done(Side(record("a", stock=1)), Side(record("A", stock=1)))
    assert (seen.outcome, seen.reason, seen.differences, desk.waits) == ("tolerated", "folded", (), [])
    seen = desk.done(Side(record("a", stock=1)), Side(record("A", stock=2), record("A", stock=1)))
    assert (seen.outcome, seen.reason) == ("tolerated", "folded; lag")
    seen = desk.done(Side(record("a", stock=1)), Side(record("A", stock=2)))
    assert (seen.outcome, [d.field for d in seen.differences]) == ("mismatch", ["stock"])


def test_sensitive_values_and_arguments_are_not_observed() -> None:
    secret: Binding[Any] = Binding(replace(THING, sensitive=frozenset({"name"})), dict)
    desk = Desk()
    read: Read[Any] = Read("shop", secret, "get", "Smith", Side(record("Smith")), Side(record("Jones")))
    desk.reads.answer(read.kind, read.control, lambda: read)
    desk.background.step()
    assert desk.seen[0].differences == (ReadDifference("name", "(redacted)", "(redacted)", "id=1"),)
    assert "Smith" not in repr(desk.seen)
