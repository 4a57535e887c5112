"""Writes what the last runs found into the README and the page of benchmarks: `python -m benchmarks.table [--check]`.

A generated part stands between `<!-- NAME:start -->` and `<!-- NAME:end -->`. With `--check` nothing is written; exit
code 1 if a text is not what the results say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.results import Found, Peer, Run, read

ROOT = Path(__file__).parents[1]


def performance(runs: Mapping[str, Run]) -> str:
    """What has goals, as tables, one for each mode."""
    wanted = [one for run in runs.values() for one in run.found.values() if one.goals]
    reached = [goal.reached for one in wanted for goal in one.goals]
    summary = f"{sum(reached)} of {len(reached)} goals are reached."
    return f"{_tables(wanted)}\n\n{summary}"


def figures(runs: Mapping[str, Run]) -> str:
    """Everything, as tables, under a heading for each module."""
    return "\n\n".join(f"### {name}\n\n{_tables(run.found.values())}" for name, run in runs.items())


def goals(runs: Mapping[str, Run]) -> str:
    """Every goal, and what came of it."""
    rows = [
        [one.title, goal.text, f"{goal.found:g}", "reached" if goal.reached else "**missed**"]
        for run in runs.values()
        for one in run.found.values()
        for goal in one.goals
    ]
    return _table(["", "goal", "found", ""], rows)


def conditions(runs: Mapping[str, Run]) -> str:
    """When, where and with what each module was run."""
    rows = [
        [
            name,
            run.date,
            run.machine,
            f"{run.load:g}",
            str(run.rounds),
            ", ".join(f"{package} {version}" for package, version in run.versions.items()),
        ]
        for name, run in runs.items()
    ]
    return _table(["", "day", "machine", "load before", "rounds", "versions"], rows)


PARTS: Mapping[str, Mapping[str, Callable[[Mapping[str, Run]], str]]] = {
    "README.md": {"performance": performance},
    "docs/benchmarks.md": {"figures": figures, "goals": goals, "conditions": conditions},
}


def generated(text: str, name: str, part: str) -> str:
    """A text with one of its generated parts made anew. Raises ValueError if it has no place for it."""
    start, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    pattern = re.compile(f"{re.escape(start)}\n.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"there is no line {start} before a line {end}")
    return pattern.sub(lambda _: f"{start}\n{part}\n{end}", text, count=1)


def main(arguments: Sequence[str]) -> int:
    """Write, or compare."""
    runs, stale = read(), []
    for name, parts in PARTS.items():
        path = ROOT / name
        before = text = path.read_text(encoding="utf-8")
        for part, make in parts.items():
            text = generated(text, part, make(runs))
        if text != before:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    verb = "is not what the results say" if "--check" in arguments else "is written anew"
    print("\n".join(f"{name} {verb}" for name in stale) or "all is as the results say")
    return int(bool(stale) and "--check" in arguments)


def _tables(found: Iterable[Found]) -> str:
    """A table for each run of things that were measured in the same way, against the same peers."""
    return "\n\n".join(
        f"{mode}:\n\n{_measured(list(those))}"
        for (mode, *_), those in groupby(
            found, key=lambda one: (one.mode, one.ours, tuple(one.peers), tuple(one.values))
        )
    )


def _measured(found: Sequence[Found]) -> str:
    first = found[0]
    names = [*first.peers, *first.values]
    rows = [
        [
            f"{one.title}, µs a {one.unit}" if one.unit else one.title,
            *(_cell(peer, one.ratios and name != one.ours) for name, peer in one.peers.items()),
            *(_number(value) for value in one.values.values()),
        ]
        for one in found
    ]
    return _table(["", *names], rows)


def _cell(peer: Peer, ratio: bool) -> str:
    return f"{_number(peer.micros)} ({peer.times:.2g}x)" if ratio else _number(peer.micros)


def _number(value: float) -> str:
    """Three digits, and those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
