"""Runs the benchmarks: `python -m benchmarks.run [MODULE or NAME ...] [--rounds N] [--core N] [--json]`.

Each contest and figure is measured in a process of its own, one after the other. What was found is printed, and kept in
`results.json` and the tables that are made from it; exit code 1 if a goal is not reached.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from benchmarks import table
from benchmarks.contest import Contest, Figure, Taken
from benchmarks.results import Found, Run, contested, figured, read, write

MODULES = ("data_calls", "routing", "mysql_calls", "moving", "growth")
PACKAGES = (
    *("aiodynamo", "aiohttp", "boto3", "botocore", "httptools", "httpx", "msgspec", "mysqlclient", "openfeature-sdk"),
    *("orjson", "pymysql", "pynamodb", "sqlalchemy"),
)
ROUNDS = 9


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for, print it and keep it."""
    asked = _asked(arguments)
    missed = 0
    for module in MODULES:
        chosen = [one for one in measured(module) if not asked.names or asked.names & {module, one.name}]
        if not chosen:
            continue
        load = round(os.getloadavg()[0], 2)
        found = {one.name: _measured(module, one, asked.rounds, asked.core) for one in chosen}
        for name, one in found.items():
            print(json.dumps({name: asdict(one)}) if asked.json else text(one), flush=True)
        missed += sum(not goal.reached for one in found.values() for goal in one.goals)
        runs = read()
        before = runs[module].found if module in runs else {}
        kept = {one.name: before[one.name] for one in measured(module) if one.name in before}
        runs[module] = Run(_today(), machine(), load, asked.rounds, versions(), {**kept, **found})
        write(runs)
        table.main(())
    return int(missed > 0)


def measured(module: str) -> list[Contest | Figure]:
    """What a module has to measure."""
    if find_spec(f"benchmarks.{module}") is None:
        return []
    named = import_module(f"benchmarks.{module}")
    return [one for make in ("contests", "figures") for one in getattr(named, make, list)()]


def text(found: Found) -> str:
    """What was found, for people."""
    lines = [f"{found.title} ({found.mode})"]
    for name, peer in found.peers.items():
        range_ = (
            ""
            if name == found.ours or not found.ratios
            else f"   {peer.times:.2f} times ({peer.least:.2f} to {peer.most:.2f})"
        )
        lines.append(f"  {name:<26} {peer.micros:>10,.1f} µs/{found.unit}{range_}")
    lines += [f"  {name:<26} {value:>10,.4g}" for name, value in found.values.items()]
    lines += [f"  {'reached' if g.reached else 'MISSED'}: {g.text}; found {g.found:g}" for g in found.goals]
    return "\n".join(lines)


def machine() -> str:
    """The processor's name, and how many there are."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{name}, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    """Of Python, and of the packages that are there."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", help=f"modules ({', '.join(MODULES)}), contests or figures; default: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"samples of each contestant; default {ROUNDS}")
    parser.add_argument("--core", type=int, default=0, help="the core that client and server share; default 0")
    parser.add_argument("--json", action="store_true", help="print JSON, one line for each contest or figure")
    asked = parser.parse_args(arguments)
    asked.names = set(asked.names)
    known = {*MODULES, *(one.name for module in MODULES for one in measured(module))}
    if unknown := asked.names - known:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return asked


def _measured(module: str, one: Contest | Figure, rounds: int, core: int) -> Found:
    command = [sys.executable, "-m", "benchmarks.measure", module, one.name, str(rounds), str(core)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    values = json.loads(done.stdout.splitlines()[-1])
    return figured(one, values) if isinstance(one, Figure) else contested(one, Taken(values))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
