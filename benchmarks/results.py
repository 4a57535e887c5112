"""What a run found, as values and as JSON: one record for each module, with when, where and with what it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contest import Bound, Cheaper, Contest, Figure, Taken, Within

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Goal:
    """One goal, and what came of it.

    Attributes:
        text: what was wanted.
        found: the value that it is about.
        reached: whether it is as wanted.
    """

    text: str
    found: float
    reached: bool


@dataclass(frozen=True)
class Peer:
    """What one contestant took.

    Attributes:
        micros: the median of the rounds, in microseconds for each unit.
        times: the median of how many times as much as crossfade it took, round by round; 1 for crossfade itself.
        least, most: the smallest and the largest of these.
    """

    micros: float
    times: float
    least: float
    most: float


@dataclass(frozen=True)
class Found:
    """What a contest or a figure gave.

    Attributes:
        title, mode: as the contest has them.
        goals: and what came of them.
        unit, ours, ratios: of a contest.
        peers: of a contest, by name.
        values: of a figure, by name.
    """

    title: str
    mode: str
    goals: list[Goal]
    unit: str = ""
    ours: str = ""
    ratios: bool = True
    peers: dict[str, Peer] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a module's contests and figures gave in one run.

    Attributes:
        date: the day, as YYYY-MM-DD.
        machine: the processor and how many there are.
        load: the machine's load average over a minute, before the run.
        rounds: of each contest.
        versions: of Python and of the packages that take part.
        found: by name.
    """

    date: str
    machine: str
    load: float
    rounds: int
    versions: dict[str, str]
    found: dict[str, Found]


def contested(contest: Contest, taken: Taken) -> Found:
    """What the contestants took, and whether the goals are reached."""
    peers = {}
    for name in taken.micros:
        times = taken.ratios(name, contest.ours)
        peers[name] = Peer(_round(taken.median(name)), _round(median(times)), _round(min(times)), _round(max(times)))
    goals = [_judged(goal, contest.ours, taken) for goal in contest.goals]
    return Found(contest.title, contest.mode, goals, contest.unit, contest.ours, contest.ratios, peers)


def figured(figure: Figure, values: Mapping[str, float]) -> Found:
    """A figure's values, and whether its goals are reached."""
    goals = [_bounded(bound, values[bound.value]) for bound in figure.goals]
    return Found(figure.title, figure.mode, goals, values={name: _round(value) for name, value in values.items()})


def read(path: Path = FILE) -> dict[str, Run]:
    """The runs of all modules, by module; none where there is no file."""
    if not path.exists():
        return {}
    return {module: _run(run) for module, run in json.loads(path.read_text(encoding="utf-8")).items()}


def write(runs: Mapping[str, Run], path: Path = FILE) -> None:
    """Keep them."""
    text = json.dumps({module: asdict(runs[module]) for module in sorted(runs)}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _judged(goal: Cheaper | Within, ours: str, taken: Taken) -> Goal:
    if isinstance(goal, Cheaper):
        times = median(taken.ratios(goal.peer, ours))
        return Goal(f"at least {goal.times:g} times cheaper than {goal.peer}", _round(times), times >= goal.times)
    excess = taken.excess(ours, goal.peer)
    return Goal(f"at most {goal.micros:g} µs over {goal.peer}", _round(excess), excess <= goal.micros)


def _bounded(bound: Bound, value: float) -> Goal:
    wanted = [
        f"{word} {limit:g}" for word, limit in (("at least", bound.least), ("at most", bound.most)) if limit is not None
    ]
    low = bound.least is None or value >= bound.least
    high = bound.most is None or value <= bound.most
    return Goal(f"{bound.value}: {' and '.join(wanted)}", _round(value), low and high)


def _round(value: float) -> float:
    """Four digits: what is behind them is another machine's weather."""
    return float(f"{value:.4g}")


def _run(found: dict[str, Any]) -> Run:
    return Run(**{**found, "found": {name: _found(one) for name, one in found["found"].items()}})


def _found(one: dict[str, Any]) -> Found:
    goals = [Goal(**goal) for goal in one["goals"]]
    peers = {name: Peer(**peer) for name, peer in one["peers"].items()}
    return Found(**{**one, "goals": goals, "peers": peers})
