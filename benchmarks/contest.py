"""What a benchmark is: contestants that do the same work, measured by turns, and the goals that are set on the ratios.

A module of this package that measures has `contests()`, `figures()`, or both. They name what there is to measure and
load nothing: a contest opens what its contestants need in a process of its own (`measure.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Contestant:
    """One way of doing the work.

    Attributes:
        name: as it stands in the table; crossfade's own is `crossfade`.
        run: does the work so many times.
        units: what doing it once counts as: rows, say, of a call that moves a thousand.
    """

    name: str
    run: Callable[[int], object]
    units: int = 1


@dataclass(frozen=True)
class Cheaper:
    """A goal: the contest's own contestant costs so many times less than a peer.

    Attributes:
        peer: the peer's name.
        times: at least.
    """

    peer: str
    times: float


@dataclass(frozen=True)
class Within:
    """A goal: the contest's own contestant costs little more than a peer.

    Attributes:
        peer: the peer's name.
        micros: microseconds more for each unit, at most.
    """

    peer: str
    micros: float


@dataclass(frozen=True)
class Contest:
    """Contestants and what is expected of them.

    Attributes:
        name: one word or several with `_`; unique among all contests and figures.
        title: the row of the table: what is done.
        mode: how it was measured, in one line: which item, which server, which settings.
        enter: opens what the contestants need, in the process that measures them, and closes it.
        ours: the contestant that the others are compared with.
        goals: none where the contest only shows something.
        unit: what the microseconds are for.
        ratios: whether it says anything how many times as much as ours a peer takes.
    """

    name: str
    title: str
    mode: str
    enter: Callable[[], AbstractContextManager[Sequence[Contestant]]]
    ours: str = "crossfade"
    goals: tuple[Cheaper | Within, ...] = ()
    unit: str = "call"
    ratios: bool = True


@dataclass(frozen=True)
class Bound:
    """A goal for one value of a figure: at least, or at most, so much."""

    value: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Figure:
    """Values that are measured once, without peers: rates, memory, growth.

    Attributes:
        name, title, mode: as of a contest.
        measure: gives the values by name, with the unit in the name (`rows/s`); in a process of its own, not pinned.
        goals: none where the figure only shows something.
    """

    name: str
    title: str
    mode: str
    measure: Callable[[], Mapping[str, float]]
    goals: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Taken:
    """What the contestants of a contest took: microseconds for each unit, one value a round."""

    micros: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """A contestant's median."""
        return median(self.micros[name])

    def ratios(self, name: str, ours: str) -> list[float]:
        """How many times as much as ours a contestant took, round by round: both met the same machine in a round."""
        return [theirs / own for theirs, own in zip(self.micros[name], self.micros[ours], strict=True)]

    def excess(self, ours: str, peer: str) -> float:
        """How much more than a peer ours took: the median of the rounds' differences."""
        return median(own - theirs for own, theirs in zip(self.micros[ours], self.micros[peer], strict=True))


def repeated(call: Callable[[], object]) -> Callable[[int], None]:
    """A contestant's `run` of a call."""

    def run(times: int) -> None:
        for _ in range(times):
            call()

    return run


def awaited(loop: asyncio.AbstractEventLoop, call: Callable[[], Awaitable[object]]) -> Callable[[int], None]:
    """A contestant's `run` of a coroutine function: the loop is entered once for all the calls."""

    async def all_of(times: int) -> None:
        for _ in range(times):
            await call()

    return lambda times: loop.run_until_complete(all_of(times))
