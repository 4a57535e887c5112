"""Measures one contest or figure in a process of its own: `python -m benchmarks.measure MODULE NAME ROUNDS CORE`.

Prints the outcome as one line of JSON, the last one.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from benchmarks.contest import Contest, Contestant, Figure, Taken

ENOUGH = 0.2  # seconds of processor time in one sample
WARM_UP = 5  # runs of each contestant before the first sample that counts, longer from one to the next


def measure(contest: Contest, rounds: int, core: int | None) -> Taken:
    """Let the contestants of a contest work by turns, on one core, on which their servers are, too.

    Args:
        contest: whose contestants.
        rounds: samples of each.
        core: the number of the core; None leaves it to the system.
    """
    with pinned(core), contest.enter() as contestants:
        times = {one.name: enough(one) for one in contestants}
        micros: dict[str, list[float]] = {one.name: [] for one in contestants}
        for number in range(rounds):
            for one in _turns(contestants, number):
                micros[one.name].append(_sample(one, times[one.name]))
    return Taken(micros)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """This process, and what it starts, on one core: idle cores that wake up for a reply cost time of their own."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def work() -> float:
    """Seconds of processor time of this process, and of those children of it that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def enough(contestant: Contestant) -> int:
    """Warms a contestant up; how often it works in one sample."""
    times = 1
    for _ in range(WARM_UP):
        began = work()
        contestant.run(times)
        took = max(work() - began, 1e-6)
        times = max(1, min(times * 100, round(times * ENOUGH / took)))
    return times


def _sample(contestant: Contestant, times: int) -> float:
    """Microseconds for each unit."""
    began = work()
    contestant.run(times)
    return (work() - began) * 1e6 / (times * contestant.units)


def _turns(contestants: Sequence[Contestant], number: int) -> Sequence[Contestant]:
    """Another one first in each round: what one leaves behind does not always meet the same next one."""
    first = number % len(contestants)
    return [*contestants[first:], *contestants[:first]]


def found(module: str, name: str) -> Contest | Figure:
    """What a module calls by that name."""
    named = import_module(f"benchmarks.{module}")
    for make in ("contests", "figures"):
        for one in getattr(named, make, list)():
            if one.name == name:
                made: Contest | Figure = one
                return made
    raise LookupError(f"benchmarks.{module} measures nothing that is called {name!r}")


def main(module: str, name: str, rounds: int, core: int | None) -> None:
    """Measure, print."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers are not left behind
    one = found(module, name)
    values = one.measure() if isinstance(one, Figure) else measure(one, rounds, core).micros
    print(json.dumps(values))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if sys.argv[4] else None)
