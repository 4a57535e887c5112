"""One shadow read in the background: the candidate is asked, and a difference is looked at again before it counts."""

from __future__ import annotations

import time
from collections.abc import Callable

from crossfade.dal.answer import Answer, Compared, compare, keys_of
from crossfade.dal.breaker import Breaker
from crossfade.dal.deadlines import Deadlines
from crossfade.dal.errors import StoreError
from crossfade.dal.shadow_model import Job, Limits, Settled, Verdict
from crossfade.dal.tolerance import Tolerances


class _Ended(Exception):
    """No more is done about a read; without a verdict if it was told to be late already."""

    def __init__(self, verdict: Verdict | None = None) -> None:
        self.verdict = verdict
        super().__init__()


class Looks:
    """How a read is compared.

    Args:
        limits: what it may take.
        settled: waits until nothing is on its way.
        tolerances: the declared differences.
        breaker: is told how the candidate does.
        deadlines: is told when it is asked, and when it has answered.
        sleep: takes seconds.
    """

    def __init__(
        self,
        limits: Limits,
        settled: Settled,
        tolerances: Tolerances,
        breaker: Breaker,
        deadlines: Deadlines[Job],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._limits, self._settled, self._tolerances = limits, settled, tolerances
        self._breaker, self._deadlines, self._sleep = breaker, deadlines, sleep

    def look(self, job: Job) -> Verdict | None:
        """Ask the candidate and compare; None if the candidate was late, which the deadlines have told."""
        try:
            candidate = self._candidate(job)
            found = self._compare(job, job.control, candidate)
            return self._again(job, candidate) if found.differences else _agreed(found)
        except _Ended as ended:
            return ended.verdict

    def _again(self, job: Job, candidate: Answer) -> Verdict:
        """Look again at a read that differs.

        What the control had answered was committed before what was on its way had arrived. So a candidate that is read
        after that has it too, or something newer; and where the control, read once more behind the candidate, still
        answers the same, there is nothing newer.
        """
        control = job.control
        for _ in range(self._limits.looks):
            self._settle(job, control, candidate)
            candidate, newer = self._candidate(job), self._control(job)
            found = self._compare(job, newer, candidate)
            if not found.differences:
                return _agreed(found, lag=True)
            if newer == control:
                return Verdict("mismatch", "", found.differences, found.keys)
            control = newer
        return Verdict("unsettled", "its records keep changing")

    def _settle(self, job: Job, control: Answer, candidate: Answer) -> None:
        entity = job.read.binding.entity
        found = keys_of(entity, control, candidate)
        if not self._settled(entity, tuple(dict.fromkeys((*job.read.keys, *found))), self._limits.settle):
            raise _Ended(Verdict("unsettled", "what was written has not arrived"))
        if not (control.consistent and candidate.consistent):
            self._sleep(self._limits.index_lag)

    def _compare(self, job: Job, control: Answer, candidate: Answer) -> Compared:
        entity = job.read.binding.entity
        return compare(entity, control, candidate, self._tolerances.get(entity.name, {}))

    def _control(self, job: Job) -> Answer:
        try:
            return job.read.answer(job.read.control())
        except Exception as error:  # noqa: BLE001 - a driver's bug too must stay here
            raise _Ended(Verdict("skipped", f"the control failed: {reason_of(error)}")) from None

    def _candidate(self, job: Job) -> Answer:
        number = self._deadlines.begin(job)
        answer, failed = None, None
        try:
            answer = job.read.answer(job.read.candidate())
        except Exception as error:  # noqa: BLE001 - as above
            failed = error
        job.candidate_seconds = self._deadlines.end(number)
        if job.candidate_seconds is None:
            raise _Ended
        if job.candidate_seconds > self._limits.deadline:
            self._breaker.failed(job.ticket)
            raise _Ended(late(self._limits))
        # An error that will come again tells of this read; the store itself did answer.
        answered = failed is None or not getattr(failed, "retryable", True)
        (self._breaker.succeeded if answered else self._breaker.failed)(job.ticket)
        if answer is None:
            raise _Ended(Verdict("candidate_failed", reason_of(failed)))
        return answer


def late(limits: Limits) -> Verdict:
    """The verdict on a read whose candidate takes too long."""
    return Verdict("candidate_failed", f"no answer within {limits.deadline:g} s")


def reason_of(error: Exception | None) -> str:
    """An error in few words, without any value."""
    name = type(error).__name__
    return f"{name}: {error.message}" if isinstance(error, StoreError) else name


def _agreed(found: Compared, *, lag: bool = False) -> Verdict:
    reasons = (*found.tolerated, "lag") if lag else found.tolerated
    return Verdict("tolerated" if found.tolerated else "equal", "; ".join(reasons))
