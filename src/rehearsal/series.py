"""What a history shows over time: throughput, latency, and how long moves held writes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crossfade.rehearsal.history import Op

SECOND = 1_000_000_000

_LOOKS_AGAIN = 3 * SECOND // 100
"""A writer that met a move pauses no longer than this before it looks again (`crossfade.migration.board.PATIENCE`)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time, in nanoseconds of the monotonic clock."""

    begun: int
    ended: int


@dataclass(frozen=True, slots=True)
class Point:
    """What ended within one second.

    Attributes:
        at: the second, from the beginning.
        operations: how many.
        median, late: of their times, the middle and the 99th of 100, in seconds; 0 where there is none.
    """

    at: int
    operations: int
    median: float
    late: float


def points(history: Iterable[Op], begin: int, end: int) -> list[Point]:
    """A point for every second of a rehearsal.

    Args:
        history: all operations.
        begin, end: of the rehearsal, in nanoseconds.
    """
    times: list[list[float]] = [[] for _ in range(max(1, -(-(end - begin) // SECOND)))]
    for op in history:
        if op.ended is not None and begin <= op.ended < end and op.outcome == "ok":
            times[(op.ended - begin) // SECOND].append((op.ended - op.begun) / SECOND)
    return [Point(at, len(of), share(of, 0.5), share(of, 0.99)) for at, of in enumerate(times)]


def share(times: Sequence[float], part: float) -> float:
    """The time within which a part of all lies, from 0 to 1; 0 where there is none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def longest_held(history: Iterable[Op], holds: Iterable[Window]) -> float:
    """For how many seconds a move held a write, at most: while both were under way, and until the writer looked again.

    It is an upper bound: what the write takes by itself meanwhile is in it.

    Args:
        history: all operations.
        holds: when the move held writes.
    """
    writes = [op for op in history if op.kind != "read" and op.outcome == "ok"]
    return max((_met(op, hold) for hold in holds for op in writes), default=0) / SECOND


def _met(op: Op, hold: Window) -> int:
    if op.ended is None or op.begun > hold.ended or op.ended < hold.begun:
        return 0
    return min(op.ended, hold.ended + _LOOKS_AGAIN) - max(op.begun, hold.begun)
