"""The processes of a rehearsal: those that write, the relay, and the way to DynamoDB that can be stalled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crossfade.rehearsal.writer import Job

_RELAY = ("-c", "from crossfade.cli.main import main; main()", "relay", "--interval", "0.2")
_SECONDS = 30.0  # for a process to end, which may wait for a store


class Writers:
    """Processes that write. A context manager: at the end, all are gone.

    Args:
        job: of the first one.
        processes: how many there are at a time.
        environment: theirs.
        folder: where their output lies.
    """

    def __init__(self, job: Job, processes: int, environment: Mapping[str, str], folder: Path) -> None:
        self._job, self._environment, self._folder = job, environment, folder
        self._runs = count(job.run)
        self._clients = [job.clients // processes + (n < job.clients % processes) for n in range(processes)]
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self.unexpected: list[str] = []

    def __enter__(self) -> Self:
        self._running = [self._start(place) for place in range(len(self._clients))]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def kill(self, place: int) -> None:
        """Kill a process, as a machine that fails would, and start another for it."""
        with self._lock:
            process = self._running[place]
            self._look(place, process)
            process.kill()
            process.wait()
            self._running[place] = self._start(place)

    def look(self) -> None:
        """Note those that ended by themselves, and start others for them."""
        with self._lock:
            for place, process in enumerate(self._running):
                if self._look(place, process):
                    self._running[place] = self._start(place)

    def end(self) -> None:
        """Let all end, each client after the operation that it is at."""
        for process in self._running:
            process.terminate()
        for place, process in enumerate(self._running):
            if _code(process):
                self._note(place, process)

    def _look(self, place: int, process: subprocess.Popen[bytes]) -> bool:
        ended = process.poll() is not None
        if ended:
            self._note(place, process)
        return ended

    def _note(self, place: int, process: subprocess.Popen[bytes]) -> None:
        self.unexpected.append(f"the writing process {place} ended with exit code {process.returncode}")

    def _start(self, place: int) -> subprocess.Popen[bytes]:
        run = next(self._runs)
        job = replace(self._job, place=place, run=run, clients=self._clients[place])
        path = self._folder / f"writer-{run}.json"
        path.write_text(job.dumps(), encoding="utf-8")
        with path.with_suffix(".log").open("wb") as log:
            return _python(["-m", "crossfade.rehearsal.writer", str(path)], self._environment, log.fileno())


@contextmanager
def relaying(environment: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`crossfade relay`, in a process of its own."""
    with (folder / "relay.log").open("wb") as log:
        process = _python(_RELAY, environment, log.fileno())
    try:
        yield process
    finally:
        process.terminate()
        _code(process)


class Way:
    """A way to an endpoint that can be stalled. A context manager.

    Args:
        endpoint: its URL. One with TLS is gone to through an HTTP proxy, so that names and signatures stay right.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = urlsplit(endpoint)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads the AWS SDK this way."""
        here = f"http://127.0.0.1:{self._port}"
        if self._endpoint.scheme == "https":
            return {"HTTPS_PROXY": here}
        return {"AWS_ENDPOINT_URL_DYNAMODB": here, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": here}

    def __enter__(self) -> Self:
        place = (
            [] if self._endpoint.scheme == "https" else [self._endpoint.hostname or "", str(self._endpoint.port or 80)]
        )
        command = [sys.executable, "-m", "crossfade.rehearsal.proxy", *place]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._port = int(self._process.stdout.readline())
        return self

    def stall(self, *, stalled: bool) -> None:
        """Let nothing through, or everything again, what waited included."""
        assert self._process is not None  # noqa: S101 - between begin and end
        self._process.send_signal(signal.SIGSTOP if stalled else signal.SIGCONT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def _python(arguments: Sequence[str], environment: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C is the conductor's alone.
    return subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, *arguments], env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log,
        stderr=log, start_new_session=True,
    )  # fmt: skip


def _code(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process that is to end; one that does not is killed."""
    try:
        return process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
