"""Shadow reads: the control answers, and the candidate is asked the same beside it, out of everybody's way."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from crossfade.contract.model import Entity
from crossfade.dal.background import Background, Threads
from crossfade.dal.breaker import Breaker
from crossfade.dal.correlation import carried
from crossfade.dal.deadlines import Deadlines
from crossfade.dal.errors import ConfigurationError
from crossfade.dal.key import Key
from crossfade.dal.observation import Observation
from crossfade.dal.prepare import Clock
from crossfade.dal.redaction import digest
from crossfade.dal.shadow_look import Looks, late, reason_of
from crossfade.dal.shadow_model import Job, Limits, Read, ReadKind, Settled, Verdict
from crossfade.dal.telemetry import compared
from crossfade.dal.tolerance import Tolerances

__all__ = ["Limits", "Read", "ReadKind", "Settled", "ShadowReads"]

R = TypeVar("R")

_TELL_EVERY = 1.0  # seconds


def _nothing_pending(entity: Entity, keys: tuple[Key, ...], timeout: float) -> bool:
    del entity, keys, timeout
    return True


def _now() -> datetime:
    return datetime.now(UTC)


class ShadowReads:
    """Compares what the candidate answers. Whatever happens there, the application gets the control's answer, at once.

    Safe to share between threads; close it at the end.

    Attributes:
        breaker: leaves a candidate alone that fails.
        unobserved: observations that `observe` did not take.

    Args:
        observe: takes each observation, in whichever thread; what it raises is dropped.
        share: of the reads that are compared, from 0 to 1.
        limits: what they may take.
        settled: waits until nothing is on its way; by default nothing ever is.
        tolerances: the declared differences.
        background: runs the work; by default threads of its own.
        clock: a monotonic clock, in seconds.
        now: gives the current time as an aware datetime.
        chance: gives a number from 0 to below 1.
        sleep: takes seconds; by default it ends when this is closed.

    Raises:
        ConfigurationError: the share is not between 0 and 1.
    """

    def __init__(
        self,
        observe: Callable[[Observation], None],
        *,
        share: float = 1.0,
        limits: Limits | None = None,
        settled: Settled = _nothing_pending,
        tolerances: Tolerances | None = None,
        background: Background | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Clock = _now,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        limits = limits or Limits()
        self.share = share
        self.unobserved = 0
        self.breaker = Breaker(limits.failures, limits.pause, clock=clock)
        self._observe, self._limits = observe, limits
        self._clock, self._now, self._chance = clock, now, chance
        self._closing, self._closed, self._lock = False, threading.Event(), threading.Lock()
        self._under_way: dict[int, Job] = {}  # by identity; what is no longer in it has been told
        self._skips: Counter[tuple[ReadKind, str]] = Counter()
        self._told = float("-inf")
        self._background = background or Threads(limits.threads, limits.queue)
        self._deadlines: Deadlines[Job] = Deadlines(limits.deadline, clock=clock)
        wait = sleep or self._closed.wait
        self._looks = Looks(limits, settled, tolerances or {}, self.breaker, self._deadlines, wait)

    @property
    def share(self) -> float:
        """The share of reads that are compared; may be set at any time."""
        return self._share

    @share.setter
    def share(self, share: float) -> None:
        if not 0 <= share <= 1:
            raise ConfigurationError(f"the share of shadow reads lies between 0 and 1, not at {share!r}")
        self._share = share

    def answer(self, kind: ReadKind, control: Callable[[], R], read: Callable[[], Read[R]]) -> R:
        """Make a read on the control, and perhaps compare it.

        Whether it is compared is decided before anything else, and here alone. While the candidate is left alone, that
        and a count is all that a read costs: nothing is made for it, no thread is woken, nobody is asked.

        Args:
            kind: what is read, and how.
            control: makes the read where the answer comes from.
            read: gives the read as both stores can make it; asked for only if it is compared.

        Returns:
            What the control answers.

        Raises:
            Exception: what the control raises; nothing is compared then.
        """
        if not self._sampled():
            return control()
        ticket, reason = self._enter()
        if ticket is None:
            result = control()
            self._skipped(kind, reason)
            return result
        began = self._clock()
        try:
            result = control()
        except BaseException:
            self.breaker.left(ticket)
            raise
        self._offer(kind, read, result, self._clock() - began, ticket)
        return result

    def tell_skipped(self) -> None:
        """Observe the reads that were skipped since this was last done. It is done every second, if any is skipped."""
        with self._lock:
            skips, self._skips = self._skips, Counter()
        for (kind, reason), count in skips.items():
            self._seen(Observation(*kind, "", "skipped", reason, self._now(), count=count))

    def close(self, wait: float = 1.0) -> None:
        """Take no more reads. What is not compared in time is skipped; threads that hang keep no process from ending.

        Args:
            wait: seconds to wait, at most, for reads that are under way; for a candidate that is left alone, none.
        """
        self._closing = True
        self._background.close(wait if self.breaker.state == "closed" else 0)
        self._closed.set()
        self._tell_late()
        for job in tuple(self._under_way.values()):
            if self._ended(job):
                self._skipped(job.read.kind, "the application was closed before")
        self.tell_skipped()

    def _sampled(self) -> bool:
        return self._chance() < self._share and not self._closing

    def _enter(self) -> tuple[int | None, str]:
        """The breaker's ticket for a read that may be compared; None and why, for one that may not."""
        self._tell_late()
        ticket = self.breaker.enter()
        if ticket is None:
            return None, "the breaker is open"
        if self._background.full:
            self.breaker.left(ticket)
            return None, "no thread was free"
        return ticket, ""

    def _tell_late(self) -> None:
        for job in self._deadlines.late():
            self.breaker.failed(job.ticket)
            if self._ended(job):
                self._tell(job.read, late(self._limits), job.control_seconds)

    def _ended(self, job: Job) -> bool:
        """Whether it is for the caller to tell what became of a read: it was under way until now."""
        return self._under_way.pop(id(job), None) is not None

    def _offer(self, kind: ReadKind, read: Callable[[], Read[Any]], result: Any, seconds: float, ticket: int) -> None:
        """Hand a read over to the background."""
        reason = "no thread was free"
        try:
            made = read()
            job = Job(made, made.answer(result), seconds, ticket, self._clock())
            self._under_way[id(job)] = job
            if self._background.submit(carried(lambda: self._run(job))) or not self._ended(job):
                return
        except Exception as error:  # noqa: BLE001 - the application has its answer, and must get it
            reason = f"it could not be handed over: {reason_of(error)}"
        self.breaker.left(ticket)
        self._skipped(kind, reason)

    def _run(self, job: Job) -> None:
        verdict: Verdict | None
        if self._closed.is_set() or self._clock() - job.offered > self._limits.deadline:
            self.breaker.left(job.ticket)
            verdict = Verdict("skipped", "it waited too long for a thread")
        else:
            try:
                verdict = self._looks.look(job)
            except Exception as error:  # noqa: BLE001 - the thread goes on to the next read
                verdict = Verdict("skipped", f"it could not be compared: {reason_of(error)}")
        if verdict is not None and self._ended(job):
            self._tell(job.read, verdict, job.control_seconds, job.candidate_seconds)

    def _skipped(self, kind: ReadKind, reason: str) -> None:
        """Count a read that was not compared."""
        now = self._clock()
        with self._lock:
            self._skips[kind, reason] += 1
            if now - self._told < _TELL_EVERY:
                return
            self._told = now
        self.tell_skipped()

    def _tell(
        self, read: Read[Any], verdict: Verdict, control_seconds: float | None, candidate_seconds: float | None = None
    ) -> None:
        if verdict.outcome == "skipped":
            self._skipped(read.kind, verdict.reason)
            return
        self._seen(
            Observation(
                *read.kind,
                digest(read.asked),
                verdict.outcome,
                verdict.reason,
                self._now(),
                verdict.differences,
                verdict.keys,
                control_seconds,
                candidate_seconds,
            )
        )

    def _seen(self, seen: Observation) -> None:
        try:
            compared(seen)
            self._observe(seen)
        except Exception:  # noqa: BLE001 - as above
            self.unobserved += seen.count
