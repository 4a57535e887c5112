"""Where a contestant's processor time goes: `python -m benchmarks.profiled MODULE NAME [CONTESTANT] [--by function]`.

Prints the share of each file, or of each function, in the time that it takes itself and in C, without what it calls of
Python's. The profiler charges for every call: what makes many small ones looks somewhat dearer than it is.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contest import Contest
from benchmarks.measure import enough, found, pinned

SAMPLES = 5
ROOT = Path(__file__).parents[1]


def main(arguments: Sequence[str]) -> None:
    """Profile, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiled", description="Profile a contestant.")
    parser.add_argument("module")
    parser.add_argument("name")
    parser.add_argument("contestant", nargs="?", help="default: crossfade's own")
    parser.add_argument("--by", choices=("file", "function"), default="file")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--most", type=int, default=25, help="lines; default 25")
    asked = parser.parse_args(arguments)
    contest = found(asked.module, asked.name)
    if not isinstance(contest, Contest):
        parser.error(f"{asked.name} is a figure: it has no contestants")
    shares = profiled(contest, asked.contestant or contest.ours, asked.core, by_file=asked.by == "file")
    total = shares.total()
    for place, seconds in shares.most_common(asked.most):
        print(f"{seconds / total:6.1%}  {place}")


def profiled(contest: Contest, name: str, core: int | None, *, by_file: bool) -> Counter[str]:
    """Seconds of processor time by place. Raises LookupError if the contest has no such contestant."""
    with pinned(core), contest.enter() as contestants:
        one = {one.name: one for one in contestants}[name]
        times = enough(one)
        profile = cProfile.Profile(time.process_time)
        profile.runcall(one.run, times * SAMPLES)
    shares: Counter[str] = Counter()
    for (file, _, function), (_, _, seconds, _, callers) in _stats(profile).items():
        if file != "~":
            shares[_place(file, function, by_file=by_file)] += seconds
            continue
        for (of, _, calling), (_, _, part, _) in callers.items():  # what C does, whoever calls it does
            shares[_place(of, calling, by_file=by_file)] += part
    return shares


def _stats(profile: cProfile.Profile) -> dict[Any, Any]:
    made: Any = pstats.Stats(profile)  # what it holds is in no stub
    stats: dict[Any, Any] = made.stats
    return stats


def _place(file: str, function: str, *, by_file: bool) -> str:
    """A file from where its package is."""
    path = Path(file)
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT / "src") else Path(*path.parts[-2:])
    return str(where) if by_file else f"{where}: {function}"


if __name__ == "__main__":
    main(sys.argv[1:])
