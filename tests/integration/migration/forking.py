"""Runs the command line in processes that can be killed, and that need not import everything first.

`python -m tests.integration.migration.forking` reads lines of JSON, each the arguments of one run, and forks for it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Forks:
    """Begins runs, one at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, *arguments: str) -> int:
        """Begin a run; its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def end(self) -> int:
        """Wait for the run; its exit code, or minus the signal that ended it."""
        return int(self._line())

    def killed(self, arguments: list[str], log: Path, lines: int, seconds: float, *, having: str = "\n") -> int:
        """Begin a run, and kill it as soon as it has logged some lines, and a moment more; its exit code.

        Args:
            arguments: the run's.
            log: its log.
            lines: how many lines.
            seconds: how much later.
            having: what the lines that count have in them.
        """
        before = log.stat().st_size if log.exists() else 0
        pid = self.begin(*arguments)
        while _added(log, before).count(having.encode()) < lines and Path(f"/proc/{pid}").exists():
            os.sched_yield()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            os.sched_yield()
        with suppress(ProcessLookupError):  # it has come to its end
            os.kill(pid, signal.SIGKILL)
        return self.end()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def forks(output: Path) -> Iterator[Forks]:
    """A process that forks runs; what they say goes to a file."""
    root = Path(__file__).parents[3]
    with output.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.migration.forking"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )  # fmt: skip
        with process:
            yield Forks(process)
            assert process.stdin is not None
            process.stdin.close()


def _added(log: Path, before: int) -> bytes:
    """What a log holds behind a place."""
    if not log.exists():
        return b""
    with log.open("rb") as file:
        file.seek(before)
        return file.read()


def _serve() -> None:
    # What a run imports, so that a fork has it.
    import crossfade.app  # noqa: PLC0415 - in this process alone
    import crossfade.migration.backfill  # noqa: F401, PLC0415 - as above; its import is all that is wanted
    from crossfade.cli.main import main  # noqa: PLC0415 - as above

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)
            main(json.loads(line))
        print(pid, flush=True)  # noqa: T201 - the test reads it
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    _serve()
