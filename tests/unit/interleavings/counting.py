"""How many interleavings each pair of operations and each move has, with a running total."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from crossfade.dal.stage import Stage
from tests.unit.interleavings.hooks import Hooks, hooked
from tests.unit.interleavings.operations import PAIRS
from tests.unit.interleavings.test_moves import MOVES, scenario_of
from tests.unit.interleavings.world import World, opened

Case = tuple[tuple[Stage, Stage], tuple[str, str]]
_stack = ExitStack()
_opened: list[tuple[World, Hooks]] = []


@dataclass(frozen=True)
class _Tried:
    """What one scenario came to; `seconds` of CPU time."""

    case: Case
    interleavings: int
    runs: int
    seconds: float
    fault: str | None


def _open(folder: str) -> None:
    """Open both stores of this process; they go with it."""
    world = _stack.enter_context(opened(Path(tempfile.mkdtemp(dir=folder))))
    _opened.append((world, _stack.enter_context(hooked())))
    gc.freeze()


def _try(case: Case) -> _Tried:
    begun = time.process_time()
    explored = scenario_of(*case).explored(*_opened[0])
    return _Tried(case, explored.interleavings, explored.runs, time.process_time() - begun, explored.fault)


def main() -> int:
    """Print the table, a line a scenario as it ends, and the total; returns 1 if a scenario ends wrong, otherwise 0."""
    parser = argparse.ArgumentParser(prog="tests.unit.interleavings", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    cases: list[Case] = [(move, kinds) for move in MOVES for kinds in PAIRS]
    total = runs = faults = 0
    processes, spawn = parser.parse_args().jobs, multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, spawn.Pool(processes, _open, (folder,)) as pool:
        for number, tried in enumerate(pool.imap_unordered(_try, cases), 1):
            total, runs, faults = total + tried.interleavings, runs + tried.runs, faults + (tried.fault is not None)
            move, kinds = tried.case
            line = f"{number:>3}/{len(cases)} {move[0]:>10} -> {move[1]:<10} {'-'.join(kinds):<14}"
            line += f" {tried.interleavings:>14,} {tried.runs:>6,} runs {tried.seconds:6.1f} s"
            sys.stdout.write(f"{line} {total:>16,} so far\n{tried.fault + chr(10) if tried.fault else ''}")
            sys.stdout.flush()
    sys.stdout.write(f"{total:,} interleavings in {runs:,} runs; {faults} scenarios end wrong\n")
    return 1 if faults else 0
