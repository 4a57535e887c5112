"""How a backfill grows: processor time for each row and memory of each process, by rows and by processes.

From the repository's root: `python -m benchmarks.growth [rows ...]`; what `make bench` measures of it is the figures.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contest import Bound, Figure
from benchmarks.moving import drivers

PROCESSES = (1, 2, 4)
STARTED = 4_000
"""Rows for which every process is started: what they take is left out of what a row takes."""
_MODE = (
    "backfill --offline of 14 columns of MySQL in a container, read by mysqlclient; constant server; processor time of "
    "all its processes without that of a run of 4,000 rows, the clock of the run itself, the largest process's memory"
)
_RUN = "from crossfade.cli.main import main; main()"


@dataclass(frozen=True)
class Taken:
    """What a run took: seconds of processor time of all its processes, seconds by the clock, MB at the peak of one."""

    work: float
    seconds: float
    peak: float


def figures() -> list[Figure]:
    """Growth by rows, and by processes."""
    flat, linear = Bound("peak ratio", most=1.1), Bound("4 against 1, of linear", least=0.8)
    return [
        Figure("growth", "backfill of 10,000 rows to 1,000,000", _MODE, _grown, (flat,)),
        Figure("processes", "backfill by 1, 2 and 4 processes", _MODE, _spread, (linear,)),
    ]


def _grown() -> Mapping[str, float]:
    """Ten and a hundred times the rows, by one process."""
    few, some, many = 10_000, 100_000, 1_000_000  # of so few, a row's part is lost in what all runs take
    idle, small, middle, large = (_alone(rows) for rows in (STARTED, few, some, many))
    each = {rows: micros(taken, idle, rows) for rows, taken in ((some, middle), (many, large))}
    return {
        **{f"µs a row, {rows:,} rows": value for rows, value in each.items()},
        "MB, 10,000 rows": small.peak, "MB, 1,000,000 rows": large.peak, "peak ratio": large.peak / small.peak,
    }  # fmt: skip


def _alone(rows: int) -> Taken:
    with _source(rows) as source:
        return often(source, 1, rows)


def _spread() -> Mapping[str, float]:
    """The same rows, by more processes."""
    rows = 1_000_000  # of fewer, the start of the processes is much of it
    with _source(rows) as source:
        rates = {count: rows / run(source, count).seconds for count in PROCESSES}
    found = {f"rows/s, {count} processes": rate for count, rate in rates.items()}
    return {**found, "4 against 1, of linear": rates[4] / (4 * rates[1])}


def often(url: str, processes: int, rows: int) -> Taken:
    """A run, or the middle one of several where the start of the processes is most of it."""
    runs = sorted((run(url, processes) for _ in range(1 if rows > 50_000 else 5)), key=lambda taken: taken.work)
    return runs[len(runs) // 2]


def micros(taken: Taken, idle: Taken, rows: int) -> float:
    """Microseconds of processor time for each further row."""
    return (taken.work - idle.work) * 1e6 / (rows - STARTED)


@contextmanager
def _source(rows: int) -> Iterator[str]:
    """The URL of a database of so many sales, for mysqlclient; `AWS_ENDPOINT_URL` is of a server that takes them."""
    from benchmarks.holding import holding  # noqa: PLC0415 - naming the figures loads nothing
    from benchmarks.sales import CREDENTIALS, KEY, contract, sales, server  # noqa: PLC0415 - as above
    from crossfade.dynamodb import create_client, create_tables  # noqa: PLC0415 - as above

    os.environ.update(CREDENTIALS)
    with server() as mysql, sales(mysql, rows) as url, holding(KEY) as endpoint:
        os.environ["AWS_ENDPOINT_URL"] = endpoint
        create_tables(create_client(), contract(), "")
        yield drivers(url)[1]


def run(url: str, processes: int) -> Taken:
    """Copy every row by the command, with so many processes."""
    from benchmarks.sales import DOCUMENT  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "contract.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
        arguments = ["--contract", "contract.json", "--mysql-url", url, "--offline", "--processes", str(processes)]
        with (folder / "said").open("w+") as said:
            process = subprocess.Popen(
                [sys.executable, "-c", _RUN, "backfill", *arguments, "--json"], cwd=folder, stdout=said, stderr=said
            )
            # The peak of the largest of a process and its children, which nothing but waiting for it tells.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            *_, last = said.read().splitlines()
        if process.returncode:
            raise RuntimeError(last)
        return Taken(_work(usage), json.loads(last)["seconds"], usage.ru_maxrss / 1024)


def _work(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def main(sizes: Sequence[int]) -> None:
    """Measure every size by every number of processes; print a table."""
    with _source(STARTED) as few:
        idle = {count: often(few, count, STARTED) for count in PROCESSES}
    print("| rows | processes | µs a row | rows/s | MB a process, at most |\n|---|---|---|---|---|", flush=True)
    for rows in sizes:
        with _source(rows) as source:
            for count in PROCESSES:
                taken = often(source, count, rows)
                each, rate = micros(taken, idle[count], rows), rows / taken.seconds
                print(f"| {rows:,} | {count} | {each:.1f} | {rate:,.0f} | {taken.peak:.0f} |", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
