"""An explorer of the real code: depth first, each run from the beginning, up to a state that was there before.

Two runs are in one state when both stores, the locks and all that each participant still remembers are the same: what
is to come is the same then, and only one of them goes on. So steps that commute are merged without a word about which
do; how many interleavings that stands for is counted: the ways through the states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from tests.unit.interleavings.run import Run

_MOST = 200_000


@dataclass
class Explored:
    """What was found.

    Attributes:
        ways: from each state the states that can follow it.
        runs: how often the code ran.
        fault: what went wrong, with the choices that lead there.
        longest: steps of the longest run.
    """

    ways: dict[str, list[str]] = field(default_factory=dict)
    runs: int = 0
    fault: str | None = None
    longest: int = 0

    @property
    def interleavings(self) -> int:
        """The ways from the first state to an end."""

        @cache
        def ways(state: str) -> int:
            return sum(map(ways, self.ways[state])) if self.ways[state] else 1

        return ways(next(iter(self.ways))) if self.ways else 0


@dataclass(frozen=True)
class _Branch:
    path: tuple[str, ...]
    before: str | None


def explore(begin: Callable[[], Run], judge: Callable[[Run], str | None], *, merge: bool = True) -> Explored:
    """Run every interleaving, up to the first that ends wrong.

    Args:
        begin: makes a run, its participants at their first steps.
        judge: what is wrong with a run that has ended; it may go on with it.
        merge: whether to go on from a state only once.
    """
    explored = Explored()
    branches = [_Branch((), None)]
    while branches and explored.fault is None:
        branch = branches.pop()
        run = begin()
        try:
            explored.runs += 1
            branches += _follow(explored, run, branch, merge)
            if not run.choices():
                explored.fault = _wrong(run, judge)
        finally:
            run.end()
        assert explored.runs < _MOST, "this does not end"
    return explored


def _follow(explored: Explored, run: Run, branch: _Branch, merge: bool) -> list[_Branch]:
    """Go on from a branch, always by the first choice; the other choices on the way."""
    others: list[_Branch] = []
    for label in branch.path[:-1]:
        run.take(label)
    before = branch.before
    assert before is None or before == _name(run, merge), f"a run is not repeatable: {branch.path}"
    following = branch.path[-1:]
    while True:
        for label in following:
            run.take(label)
        state = _name(run, merge)
        if before is not None:
            explored.ways[before].append(state)
        if state in explored.ways:
            return others
        explored.ways[state] = []
        labels = [label for label, _ in run.choices()]
        if not labels:
            explored.longest = max(explored.longest, len(run.path))
            return others
        others += [_Branch((*run.path, label), state) for label in labels[1:]]
        before, following = state, (labels[0],)


def _name(run: Run, merge: bool) -> str:
    return run.state() if merge else repr(run.path)


def _wrong(run: Run, judge: Callable[[Run], str | None]) -> str | None:
    if run.waiting:
        what: str | None = f"they wait for each other: {[(a.name, a.at.label) for a in run.waiting if a.at]}"
    else:
        what = judge(run)
    return what and "\n".join([what, *(f"{n:3}. {label}" for n, label in enumerate(run.path, 1))])
