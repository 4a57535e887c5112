"""The arithmetic of contests: what their contestants took, round by round, and whether the goals are reached."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.contest import Bound, Cheaper, Contest, Contestant, Figure, Taken, Within, awaited, repeated
from benchmarks.measure import measure, pinned
from benchmarks.results import Found, Goal, Peer, Run, contested, figured, read, write

# In the third round the machine was busy with something else, and charged everybody for it.
TAKEN = Taken({"crossfade": [10.0, 12.0, 40.0], "peer": [60.0, 60.0, 200.0]})


@contextmanager
def nobody() -> Iterator[Sequence[Contestant]]:
    yield []


def contest(*goals: Cheaper | Within) -> Contest:
    return Contest("get", "get", "mode", nobody, goals=goals)


def test_a_ratio_is_of_one_round() -> None:
    assert TAKEN.ratios("peer", "crossfade") == [6.0, 5.0, 5.0]
    assert TAKEN.excess("peer", "crossfade") == 50.0


def test_medians_and_the_range_of_the_ratios_are_kept() -> None:
    found = contested(contest(), TAKEN)
    assert found.peers == {"crossfade": Peer(12.0, 1.0, 1.0, 1.0), "peer": Peer(60.0, 5.0, 5.0, 6.0)}
    assert (found.ours, found.unit) == ("crossfade", "call")


@pytest.mark.parametrize(("times", "reached"), [(5.0, True), (5.1, False)])
def test_a_goal_is_about_the_median_ratio(times: float, reached: bool) -> None:
    [goal] = contested(contest(Cheaper("peer", times)), TAKEN).goals
    assert goal == Goal(f"at least {times:g} times cheaper than peer", 5.0, reached)


@pytest.mark.parametrize(("micros", "reached"), [(2.0, True), (1.9, False)])
def test_a_goal_may_be_about_the_median_difference(micros: float, reached: bool) -> None:
    taken = Taken({"crossfade": [10.0, 12.0, 31.0], "peer": [8.0, 10.0, 28.0]})
    [goal] = contested(contest(Within("peer", micros)), taken).goals
    assert goal == Goal(f"at most {micros:g} µs over peer", 2.0, reached)


@pytest.mark.parametrize(
    ("bound", "text", "reached"),
    [
        (Bound("rate", least=0.8), "rate: at least 0.8", True),
        (Bound("rate", least=0.9), "rate: at least 0.9", False),
        (Bound("rate", most=0.9), "rate: at most 0.9", True),
        (Bound("rate", least=0.1, most=0.8), "rate: at least 0.1 and at most 0.8", False),
        (Bound("rate", most=0.0), "rate: at most 0", False),
    ],
)
def test_a_figure_has_bounds(bound: Bound, text: str, reached: bool) -> None:
    figure = Figure("growth", "growth", "mode", dict, goals=(bound,))
    found = figured(figure, {"rate": 0.81234, "other": 1234567.0})
    assert found.goals == [Goal(text, 0.8123, reached)]
    assert found.values == {"rate": 0.8123, "other": 1235000.0}


def test_contestants_take_turns_and_each_begins_as_often() -> None:
    turns: list[str] = []

    def working(name: str) -> Contestant:
        return Contestant(name, lambda times: turns.append(name) if turns[-1:] != [name] else None, units=10)

    @contextmanager
    def both() -> Iterator[Sequence[Contestant]]:
        yield [working("a"), working("b")]

    taken = measure(Contest("c", "c", "m", both), 4, None)
    assert {name: len(micros) for name, micros in taken.micros.items()} == {"a": 4, "b": 4}
    # Warmed up one after the other; then ab, ba, ab, ba: where one ends a round and begins the next it is noted once.
    assert "".join(turns) == "abababa"


def test_a_coroutine_function_is_called_so_often_and_so_is_another() -> None:
    calls: list[str] = []

    async def call() -> None:
        calls.append("awaited")

    loop = asyncio.new_event_loop()
    awaited(loop, call)(3)
    loop.close()
    repeated(lambda: calls.append("repeated"))(2)
    assert calls == ["awaited"] * 3 + ["repeated"] * 2


def test_a_process_is_pinned_for_the_block_alone() -> None:
    before = os.sched_getaffinity(0)
    core = min(before)
    with pinned(core):
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = contested(contest(Cheaper("peer", 6.0)), TAKEN)
    figure = Found("growth", "mode", [], values={"rows/s": 1.0})
    run = Run("2034-05-01", "a machine, 4 cores", 0.5, 9, {"python": "3.11.7"}, {"get": found, "growth": figure})
    path = tmp_path / "results.json"
    assert read(path) == {}
    write({"module": run}, path)
    assert read(path) == {"module": run}
    assert set(json.loads(path.read_text())["module"]["found"]["get"]["peers"]["peer"]) == {
        *("micros", "times", "least", "most"),
    }
