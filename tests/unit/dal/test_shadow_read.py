"""Shadow reads step by step: the background is worked off by hand, and time stands until it is moved."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from crossfade.dal.errors import ConfigurationError, InvalidPattern, SchemaMismatch, StoreUnavailable
from crossfade.dal.observation import Observation
from crossfade.dal.shadow_read import Limits, Read, ReadKind, ShadowReads
from tests.unit.dal.samples import NOW
from tests.unit.dal.shadow_desk import BINDING, DOWN, Desk, Side, after, record
from tests.unit.dal.stepped import Stepped


def test_the_answer_is_the_controls_before_the_candidate_is_even_asked() -> None:
    desk, control, candidate = Desk(), Side(record("a")), Side(record("b"))
    assert desk.read(control, candidate) == record("a")
    assert (candidate.asked, desk.seen) == (0, [])


def test_equal_reads() -> None:
    desk = Desk()
    control, candidate = Side(after(desk.seconds, 0.25, record())), Side(after(desk.seconds, 0.5, record()))
    seen = desk.done(control, candidate)
    expected = Observation("shop", "THING", "get", seen.asked, "equal", "", NOW, (), (), 0.25, 0.5)
    assert seen == expected
    assert seen.asked.startswith("sha256:")
    assert (control.asked, candidate.asked, desk.waits) == (1, 1, [])


def test_what_the_application_does_with_its_answer_is_not_compared() -> None:
    desk = Desk()
    desk.read(Side(record("a")), Side(record("a")))["name"] = "changed by the application"
    desk.background.step()
    assert desk.outcomes == [("equal", "")]


def test_an_error_of_the_control_is_the_applications_and_nothing_is_compared() -> None:
    desk = Desk()
    with pytest.raises(StoreUnavailable):
        desk.read(Side(DOWN), Side(None))
    assert (desk.seen, len(desk.background.waiting)) == ([], 0)


# ---------------------------------------------------------- failures of the candidate


def test_an_error_of_the_candidate_is_observed_and_never_raised() -> None:
    seen = (desk := Desk()).done(Side(record()), Side(DOWN))
    assert (seen.outcome, seen.reason) == ("candidate_failed", "StoreUnavailable: cannot be reached")
    assert seen.candidate_seconds == 0
    seen = desk.done(Side(record()), Side(KeyError("a value")))
    assert (seen.outcome, seen.reason) == ("candidate_failed", "KeyError")


def test_an_error_at_second_sight_is_one_too() -> None:
    assert Desk().done(Side(record("a")), Side(record("b"), DOWN)).outcome == "candidate_failed"
    seen = Desk().done(Side(record("a"), DOWN), Side(record("b")))
    assert (seen.outcome, seen.reason) == ("skipped", "the control failed: StoreUnavailable: cannot be reached")


def test_a_candidate_that_fails_is_left_alone_and_tried_after_a_pause() -> None:
    desk, control, down = Desk(), Side(record()), Side(DOWN)
    for _ in range(2):
        desk.done(control, down)
    assert desk.read(control, down) == record()
    assert desk.outcomes[-1] == ("skipped", "the breaker is open")
    desk.seconds.now += 30
    desk.done(control, Side(record()))
    assert (desk.outcomes[-1], desk.reads.breaker.state) == (("equal", ""), "closed")


@pytest.mark.parametrize("error", [InvalidPattern("no such pattern"), SchemaMismatch("an index is missing")])
def test_errors_that_tell_of_the_read_do_not_open_the_breaker(error: Exception) -> None:
    desk = Desk()
    for _ in range(5):
        assert desk.done(Side(record()), Side(error)).outcome == "candidate_failed"
    assert desk.reads.breaker.state == "closed"


def test_late_answers_are_failures() -> None:
    desk = Desk()
    for _ in range(2):
        desk.done(Side(record()), Side(after(desk.seconds, 2.5, record())))
    assert desk.outcomes == [("candidate_failed", "no answer within 2 s")] * 2
    assert (desk.seen[0].candidate_seconds, desk.reads.breaker.state) == (2.5, "open")


def test_a_candidate_that_hangs_is_told_when_the_next_read_comes_and_only_once() -> None:
    desk = Desk(limits=Limits(failures=1))

    def hang() -> Any:
        desk.seconds.now += 2.5
        desk.read(Side(record()), Side(record()))
        assert desk.outcomes == [("candidate_failed", "no answer within 2 s"), ("skipped", "the breaker is open")]
        return record()

    desk.read(Side(record()), Side(hang))
    desk.background.step()
    assert (len(desk.seen), desk.seen[0].candidate_seconds, desk.reads.breaker.state) == (2, None, "open")


# -------------------------------------------------------------------- what is not done


def test_a_full_queue_skips_and_says_so() -> None:
    desk = Desk()
    desk.background.room = 1
    desk.read(Side(record()), Side(record()))
    assert desk.read(Side(record("b")), candidate := Side(record())) == record("b")
    assert (desk.outcomes, candidate.asked) == ([("skipped", "no thread was free")], 0)


def test_while_the_candidate_is_left_alone_a_read_costs_a_count_and_nothing_else() -> None:
    """Nothing is made for it, no thread is woken, nobody is asked: whatever the machine, it adds no waiting."""
    desk, control = Desk(limits=Limits(failures=1)), Side(record())
    desk.done(control, Side(DOWN))
    kind, seen, asked = ReadKind("shop", "THING", "get"), len(desk.seen), desk.background.asked

    def made() -> Read[Any]:
        raise AssertionError("for a read that is not compared, nothing is made")

    for _ in range(5):
        assert desk.reads.answer(kind, control, made) == record()
    assert (control.asked, desk.background.asked) == (6, asked)
    assert len(desk.seen) == seen + 1  # the first one is told at once
    desk.seconds.now += 1
    desk.reads.answer(kind, control, made)
    assert [(s.outcome, s.reason, s.count) for s in desk.seen[seen:]] == [
        ("skipped", "the breaker is open", 1), ("skipped", "the breaker is open", 5),
    ]  # fmt: skip


def test_an_error_of_the_control_leaves_the_try_to_the_next_read() -> None:
    desk = Desk(limits=Limits(failures=1))
    desk.done(Side(record()), Side(DOWN))
    desk.seconds.now += 30
    with pytest.raises(StoreUnavailable):
        desk.read(Side(DOWN), Side(record()))
    assert desk.done(Side(record()), Side(record())).outcome == "equal"


def test_a_candidate_that_is_left_alone_is_not_waited_for_at_the_end() -> None:
    desk = Desk(limits=Limits(failures=1))
    desk.done(Side(record()), Side(DOWN))
    desk.reads.close(wait=0.25)
    assert desk.background.closed == 0


def test_what_was_skipped_is_told_at_the_end() -> None:
    desk = Desk(limits=Limits(failures=1))
    desk.done(Side(record()), Side(DOWN))
    for _ in range(3):
        desk.read(Side(record()), Side(record()))
    desk.reads.close()
    assert sum(seen.count for seen in desk.seen if seen.outcome == "skipped") == 3


def test_a_queue_that_fills_meanwhile_leaves_the_try_to_the_next_read() -> None:
    desk = Desk(limits=Limits(failures=1))
    desk.done(Side(record()), Side(DOWN))
    desk.seconds.now += 30
    desk.background.refuses = True
    desk.read(Side(record()), Side(record()))
    assert desk.outcomes[-1] == ("skipped", "no thread was free")
    desk.background.refuses = False
    assert desk.done(Side(record()), Side(record())).outcome == "equal"


def test_a_read_that_waited_too_long_is_not_made() -> None:
    desk = Desk()
    desk.read(Side(record()), candidate := Side(record()))
    desk.seconds.now += 2.5
    desk.background.step()
    assert (desk.outcomes, candidate.asked) == ([("skipped", "it waited too long for a thread")], 0)


def test_a_try_that_waited_too_long_is_left_to_the_next_read() -> None:
    desk = Desk(limits=Limits(failures=1))
    desk.done(Side(record()), Side(DOWN))
    desk.seconds.now += 30
    desk.read(Side(record()), Side(record()))
    desk.seconds.now += 2.5
    desk.background.step()
    assert desk.done(Side(record()), Side(record())).outcome == "equal"


@pytest.mark.parametrize(("share", "sampled"), [(0, 0), (0.5, 0), (0.51, 1), (1, 1)])
def test_only_a_share_is_compared(share: float, sampled: int) -> None:
    desk = Desk(share=share)
    assert desk.read(Side(record()), Side(record())) == record()
    assert (len(desk.background.waiting), desk.seen) == (sampled, [])


def test_the_share_is_decided_before_anything_is_done() -> None:
    drawn: list[int] = []
    control = Side(record())

    def chance() -> float:
        drawn.append(control.asked)
        return 0.5

    Desk(chance=chance).read(control, Side(record()))
    assert drawn == [0]


def test_the_share_can_be_changed_and_must_be_one() -> None:
    desk = Desk(share=0)
    desk.reads.share = 1
    assert desk.done(Side(None), Side(None)).outcome == "equal"
    with pytest.raises(ConfigurationError, match=r"between 0 and 1, not at 1\.5"):
        desk.reads.share = 1.5
    with pytest.raises(ConfigurationError, match="not at nan"):
        Desk(share=float("nan"))


def test_what_cannot_be_compared_does_not_harm_the_application() -> None:
    desk = Desk()
    odd = object()
    assert desk.read(Side(odd), Side(record())) is odd
    assert desk.outcomes == [("skipped", "it could not be handed over: InvalidValue")]
    desk = Desk(settled=lambda *_: 1 / 0)
    assert desk.done(Side(record("a")), Side(record("b"))).reason == "it could not be compared: ZeroDivisionError"


class Closing(Stepped):
    """Has time for some of what waits when it is closed."""

    def __init__(self, compares: int) -> None:
        super().__init__()
        self._compares = compares

    def close(self, wait: float) -> None:
        super().close(wait)
        for _ in range(min(self._compares, len(self.waiting))):
            self.step()


def test_an_observer_that_fails_harms_nobody() -> None:
    background = Stepped(room=1)

    def observe(observation: Observation) -> None:
        raise OSError(observation.outcome)

    reads = ShadowReads(observe, background=background)
    read: Read[Any] = Read("shop", BINDING, "get", 1, Side(record()), Side(record()))
    assert [reads.answer(read.kind, read.control, lambda: read) for _ in range(2)] == [record()] * 2
    background.step()
    assert reads.unobserved == 2


def test_after_closing_the_control_answers_alone() -> None:
    desk = Desk()
    desk.read(Side(record()), Side(record()))
    desk.reads.close(wait=0.25)
    assert desk.background.closed == 0.25
    assert desk.read(Side(record()), Side(record())) == record()
    desk.background.step()
    assert len(desk.background.waiting) == 0


def test_closing_compares_what_is_under_way_and_skips_what_is_not_done_in_time() -> None:
    desk = Desk(background=Closing(compares=2))
    candidates = [Side(record()) for _ in range(3)]
    for candidate in candidates:
        desk.read(Side(record()), candidate)
    desk.reads.close()
    told = [(seen.outcome, seen.reason, seen.count) for seen in desk.seen]
    assert told == [("equal", "", 1)] * 2 + [("skipped", "the application was closed before", 1)]
    assert [candidate.asked for candidate in candidates] == [1, 1, 0]
    desk.reads.close()
    assert len(desk.seen) == 3


def test_a_read_that_ends_after_closing_is_not_told_twice() -> None:
    desk = Desk()

    def closed_meanwhile() -> Any:
        desk.reads.close()
        return record()

    desk.read(Side(record()), Side(closed_meanwhile))
    desk.background.step()
    assert desk.outcomes == [("skipped", "the application was closed before")]


def test_a_read_that_is_late_when_closed_is_told_as_that() -> None:
    desk = Desk()

    def closed_meanwhile() -> Any:
        desk.seconds.now += 2.5
        desk.reads.close()
        return record()

    desk.read(Side(record()), Side(closed_meanwhile))
    desk.background.step()
    assert desk.outcomes == [("candidate_failed", "no answer within 2 s")]


def test_with_threads_of_its_own() -> None:
    seen: list[str] = []
    all_seen = threading.Event()

    def observe(observation: Observation) -> None:
        seen.append(observation.outcome)
        if len(seen) == 20:
            all_seen.set()

    reads = ShadowReads(observe)
    read: Read[Any] = Read("shop", BINDING, "get", 1, Side(record()), Side(record()))
    assert all(reads.answer(read.kind, read.control, lambda: read) == record() for _ in range(20))
    assert all_seen.wait(60)
    reads.close(wait=60)
    assert set(seen) == {"equal"}
