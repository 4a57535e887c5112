"""What is done to a rehearsal while it runs: processes are killed, DynamoDB stalls; and the outbox is measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import Random

from crossfade.rehearsal.outcome import Depth, Fault
from crossfade.rehearsal.processes import Way, Writers
from crossfade.rehearsal.schedule import Options, kills, stalls
from crossfade.rehearsal.series import Window

_MEASURED_EVERY = 0.25  # seconds


class Faults:
    """Makes the faults, in threads. A context manager.

    Args:
        options: which ones.
        writers: whose processes are killed.
        way: stalls.
        quiet: held while DynamoDB stalls: nobody moves meanwhile.
        may: whether DynamoDB is the secondary now.
        depth: how much the outbox holds.
        tell: told what was done.
    """

    def __init__(
        self,
        options: Options,
        writers: Writers,
        way: Way,
        quiet: threading.Lock,
        may: Callable[[], bool],
        depth: Callable[[], int],
        tell: Callable[[str], None],
    ) -> None:
        self._options, self._writers, self._way, self._quiet, self._may = options, writers, way, quiet, may
        self._depth, self._tell = depth, tell
        self._end = threading.Event()
        self._begun = time.monotonic()
        self._threads = [threading.Thread(target=work) for work in (self._kill, self._stall, self._measure)]
        self.made: list[Fault] = []
        self.depths: list[Depth] = []
        self.stalled = False

    def __enter__(self) -> Faults:
        self._begun = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Make no more, and end the one that is under way."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _kill(self) -> None:
        random = Random(f"places {self._options.seed}")  # noqa: S311 - what a rehearsal does is no secret
        for at in kills(self._options):
            if self._end.wait(self._begun + at - time.monotonic()):
                return
            now = time.monotonic_ns()
            self._writers.kill(random.randrange(self._options.processes))
            self.made.append(Fault("kill", Window(now, time.monotonic_ns())))
            self._tell("killed a process, and started another for it")

    def _stall(self) -> None:
        for at in stalls(self._options):
            if self._end.wait(self._begun + at - time.monotonic()):
                return
            while not self._stalls():
                if self._end.wait(0.1):
                    return

    def _stalls(self) -> bool:
        with self._quiet:
            if not self._may():
                return False
            begun = time.monotonic_ns()
            self.stalled = True
            self._way.stall(stalled=True)
            self._tell(f"DynamoDB stalls for {self._options.stall:g} s")
            self._end.wait(self._options.stall)
            self._way.stall(stalled=False)
            self.stalled = False
            self.made.append(Fault("stall", Window(begun, time.monotonic_ns())))
            self._tell("DynamoDB answers again")
        return True

    def _measure(self) -> None:
        while not self._end.wait(_MEASURED_EVERY):
            self.depths.append(Depth(time.monotonic_ns(), self._depth()))
            self._writers.look()
