"""What shadow reads saw: one frozen event a read, totals of many, and where these are kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol, get_args

from crossfade.dal.confidence import Rate

Outcome = Literal["equal", "tolerated", "mismatch", "unsettled", "candidate_failed", "skipped"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
WINDOW = timedelta(minutes=1)
"""Totals are kept by the window in which they were seen."""


class ReadDifference(NamedTuple):
    """One field that differs, as text; None where there is none, `(redacted)` where it is sensitive.

    Attributes:
        field: the field; `(keys)` for which records an answer has, and in what order; `(count)`.
        control, candidate: the values.
        key: the record's key, as text; empty where the field belongs to no single record.
    """

    field: str
    control: str | None
    candidate: str | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of one shadow read, or of several alike that were skipped.

    It holds no value of a sensitive field and no argument.

    Attributes:
        group, entity, operation: what was read, and how: `get`, `find` ...
        asked: tells keys and arguments apart without telling them; empty where the read was skipped.
        outcome: `equal`; `tolerated`, it differs in what was declared; `mismatch`, it still differed when nothing was
            on its way any more; `unsettled`, it differed, and something stayed on its way; `candidate_failed`;
            `skipped`, it was not compared.
        reason: why, where the outcome alone does not say it; `lag` where it was equal only at second sight.
        at: when it was decided.
        differences: what differs; the first ones.
        keys: the keys of the records that differ, as texts, sensitive fields as digests: what repair wants.
        control_seconds: how long the answer took; None where that was not measured.
        candidate_seconds: how long the candidate took, when it was asked last; None where it did not answer.
        count: how many reads it tells of: more than one only of skipped ones.
    """

    group: str
    entity: str
    operation: str
    asked: str
    outcome: Outcome
    reason: str
    at: datetime
    differences: tuple[ReadDifference, ...] = ()
    keys: tuple[Mapping[str, str], ...] = ()
    control_seconds: float | None = None
    candidate_seconds: float | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Totals:
    """How many observations had each outcome."""

    equal: int = 0
    tolerated: int = 0
    mismatch: int = 0
    unsettled: int = 0
    candidate_failed: int = 0
    skipped: int = 0

    @classmethod
    def of(cls, outcome: Outcome, count: int = 1) -> Totals:
        """The totals of `count` observations of one outcome."""
        return cls(**{outcome: count})

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.equal + other.equal, self.tolerated + other.tolerated, self.mismatch + other.mismatch,
            self.unsettled + other.unsettled, self.candidate_failed + other.candidate_failed,
            self.skipped + other.skipped,
        )  # fmt: skip

    @property
    def compared(self) -> int:
        """How many were compared to the end."""
        return self.equal + self.tolerated + self.mismatch

    @property
    def rate(self) -> Rate:
        """How often a read that was compared differed, or failed on the candidate."""
        return Rate(self.mismatch + self.candidate_failed, self.compared + self.candidate_failed)

    @property
    def total(self) -> int:
        """All of them."""
        return self.compared + self.unsettled + self.candidate_failed + self.skipped


class Window(NamedTuple):
    """What a total belongs to: a group's entity, and the beginning of the window."""

    group: str
    entity: str
    start: datetime


def window_start(at: datetime) -> datetime:
    """The beginning of the window that `at` lies in."""
    return at - timedelta(seconds=at.timestamp() % WINDOW.total_seconds())


@dataclass(frozen=True, slots=True)
class Batch:
    """What is added to a store in one step: totals by window, and mismatches, oldest first."""

    totals: Mapping[Window, Totals] = field(default_factory=dict)
    mismatches: Sequence[Observation] = ()


class ObservationStore(Protocol):
    """Where observations of all processes come together. Safe to share between threads."""

    def add(self, batch: Batch) -> None:
        """Add totals and keep mismatches, both or neither. Of each entity the most recent mismatches stay.

        Raises:
            StoreError: it cannot be reached; the caller decides what becomes of the batch.
        """

    def totals(self, group: str, since: datetime) -> Mapping[str, Totals]:
        """The totals of each entity of a group, from the window on that `since` lies in."""

    def mismatches(self, group: str, limit: int = 20) -> Sequence[Observation]:
        """The most recent mismatches of a group, the newest first."""

    def forget(self, group: str, before: datetime | None = None) -> None:
        """Delete what a group has: what lies in windows before that of `before`, or everything."""


class MemoryObservations:
    """An `ObservationStore` in this object.

    Args:
        keep: mismatches that are kept of each entity.
    """

    def __init__(self, keep: int = 100) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._totals: dict[Window, Totals] = {}
        self._mismatches: dict[tuple[str, str], deque[Observation]] = {}

    def add(self, batch: Batch) -> None:
        """See `ObservationStore.add`."""
        with self._lock:
            for window, totals in batch.totals.items():
                self._totals[window] = self._totals.get(window, Totals()) + totals
            for seen in batch.mismatches:
                kept = self._mismatches.setdefault((seen.group, seen.entity), deque(maxlen=self._keep))
                kept.append(seen)

    def totals(self, group: str, since: datetime) -> dict[str, Totals]:
        """See `ObservationStore.totals`."""
        start = window_start(since)
        with self._lock:
            found = [(w.entity, t) for w, t in self._totals.items() if w.group == group and w.start >= start]
        return summed(found)

    def mismatches(self, group: str, limit: int = 20) -> list[Observation]:
        """See `ObservationStore.mismatches`."""
        with self._lock:
            found = [seen for (of, _), kept in self._mismatches.items() if of == group for seen in reversed(kept)]
        return sorted(found, key=lambda seen: seen.at, reverse=True)[:limit]

    def forget(self, group: str, before: datetime | None = None) -> None:
        """See `ObservationStore.forget`."""
        start = None if before is None else window_start(before)
        with self._lock:
            for window in [w for w in self._totals if w.group == group and (start is None or w.start < start)]:
                del self._totals[window]
            for of, kept in self._mismatches.items():
                if of[0] == group:
                    left = [] if start is None else [seen for seen in kept if seen.at >= start]
                    self._mismatches[of] = deque(left, maxlen=self._keep)


def summed(found: Iterable[tuple[str, Totals]]) -> dict[str, Totals]:
    """Totals by entity."""
    sums: dict[str, Totals] = {}
    for entity, totals in found:
        sums[entity] = sums.get(entity, Totals()) + totals
    return sums
