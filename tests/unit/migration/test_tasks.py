"""Tasks, wherever their work is cut off: none is lost, none is counted twice."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from crossfade.migration import tasks as module
from crossfade.migration.errors import Stopped
from crossfade.migration.stop import Stop
from crossfade.migration.tasks import Tasks

Part = tuple[str, int]
"""A task's name, and how many parts are left of it."""

BEGUN: list[Part] = [("a", 3), ("b", 1), ("late", 2)]
PARTS = sorted((name, n) for name, count in BEGUN for n in range(1, count + 1))


def work(part: Part) -> tuple[Part, Part | None]:
    return part, (part[0], part[1] - 1) if part[1] > 1 else None


def may_begin(part: Part, running: Sequence[Part]) -> bool:
    return part[0] != "late" or all(name == "late" for name, _ in running)


def made(
    begun: Sequence[Part] = BEGUN, do: Callable[[Part], Any] = work, stop: Stop | None = None
) -> Tasks[Part, Part]:
    return Tasks(begun, do, workers=2, may_begin=may_begin, stop=stop or Stop(threading.Event()))


def test_everything_is_done_in_its_order() -> None:
    taken: list[Part] = []
    tasks = made()
    tasks.run(taken.append, lambda: None)
    assert (sorted(taken), tasks.left) == (PARTS, [])
    assert [name for name, _ in taken[-2:]] == ["late", "late"]


@contextmanager
def interrupted_at(step: int) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt before the step-th line of the module that this thread runs."""
    steps = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != module.__file__:
            return None
        steps[0] += event == "line"
        if event == "line" and steps[0] == step:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield steps
    finally:
        sys.settrace(before)


def test_interrupted_before_any_line_nothing_is_lost_or_counted_twice() -> None:
    step, lines = 0, 1
    while step < lines:
        step += 1
        taken: list[Part] = []
        tasks = made()
        saved: tuple[list[Part], list[Part]] = (BEGUN, [])

        def save(tasks: Tasks[Part, Part] = tasks, taken: list[Part] = taken) -> None:
            nonlocal saved
            saved = tasks.left, list(taken)

        try:
            with interrupted_at(step) as lines_run:
                tasks.run(taken.append, save)
            lines = lines_run[0]
        except KeyboardInterrupt:
            lines = step + 1
            left, taken = (tasks.left, taken) if tasks.whole else saved
            made(left).run(taken.append, lambda: None)
            assert sorted(taken) == PARTS, step
    assert step > 50


@pytest.mark.parametrize("where", ["work", "take", "turn"])
def test_an_error_anywhere_leaves_what_is_not_done(where: str) -> None:
    def failing(*_: Any) -> Any:
        raise OSError(where)

    tasks = made(do=failing if where == "work" else work)
    with pytest.raises(OSError, match=where):
        tasks.run(
            failing if where == "take" else lambda _: None,
            failing if where == "turn" else lambda: None,
        )
    assert tasks.whole == (where != "take")
    left = {name for name, _ in tasks.left}
    assert left >= {"a", "late"}


def test_asked_to_end_it_finishes_what_is_in_flight_and_begins_nothing() -> None:
    stop = Stop(threading.Event())
    taken: list[Part] = []

    def last(part: Part) -> tuple[Part, Part | None]:
        stop.event.set()
        return work(part)

    tasks = made(do=last, stop=stop)
    tasks.run(taken.append, lambda: None)
    assert 1 <= len(taken) <= 2
    rest = list(taken)
    made(tasks.left).run(rest.append, lambda: None)
    assert sorted(rest) == PARTS


def test_what_is_given_up_stays() -> None:
    stop = Stop(threading.Event())

    def given_up(part: Part) -> tuple[Part, Part | None]:
        stop.event.set()
        raise Stopped(part[0])

    tasks = made(do=given_up, stop=stop)
    tasks.run(lambda _: None, lambda: None)
    assert tasks.left == BEGUN
