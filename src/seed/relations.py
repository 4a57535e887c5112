"""Rows and their parents: which parent row i of a table has, without making the rows before it.

Tables grow together: row i refers to what its parents had when it came, in the proportions that the plan
calls natural. So a larger run begins with the rows of a smaller one, references included.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from crossfade.seed.draw import Draw, zipf

Progress = tuple[int, int]
"""How far a run has come, as a fraction of the natural size of each table: numerator, denominator."""

_STRIDE = 32

Pick = Callable[[int], int | None]
"""The parent of row i, by its number; None for none."""


class Growing(Protocol):
    """How many rows a table has, and how far along each comes.

    Attributes:
        rows: how many it has in the end.
    """

    rows: int

    def available(self, progress: Progress) -> int:
        """How many rows it has at that point."""

    def progress(self, i: int) -> Progress:
        """When row i comes."""


@dataclass
class Steady:
    """A table that grows evenly.

    Attributes:
        natural: its natural size, in the plan's unit.
        rows: how many rows it has.
    """

    natural: int
    rows: int

    def available(self, progress: Progress) -> int:
        """See `Growing`."""
        return min(self.natural * progress[0] // progress[1] + 1, self.rows)

    def progress(self, i: int) -> Progress:
        """See `Growing`."""
        return i, self.natural


class ByParent:
    """A table whose rows come parent by parent: some for the first, then some for the second ...

    Args:
        parent: the parents.
        draw: decides how many rows a parent has.
        low, high: how many it has at least, and at most.
        room: the limits of the parent's rows, for each partner that must differ among them: by parent.
    """

    def __init__(self, parent: Growing, draw: Draw, low: int, high: int, room: Callable[[int], int]) -> None:
        self._parent = parent
        self._draw = draw
        self._low, self._high = low, high
        self._room = room
        # The row at which each _STRIDE-th parent begins.
        self._starts = array("q", [0])
        self._known = (0, 0, self.count(0))
        self._asked = (0, 0)
        self.rows = 0

    def count(self, parent: int) -> int:
        """How many rows a parent has."""
        if parent >= self._parent.rows:
            return 0
        wanted = self._low + self._draw.below(parent, self._high - self._low + 1)
        return min(wanted, self._room(parent))

    def start(self, parent: int) -> int:
        """The number of the parent's first row."""
        while len(self._starts) <= parent // _STRIDE:
            base = (len(self._starts) - 1) * _STRIDE
            self._starts.append(self._starts[-1] + sum(map(self.count, range(base, base + _STRIDE))))
        base = parent // _STRIDE * _STRIDE
        return self._starts[parent // _STRIDE] + sum(map(self.count, range(base, parent)))

    def total(self) -> int:
        """How many rows all parents have."""
        return self.start(self._parent.rows)

    def place(self, i: int) -> tuple[int, int, int]:
        """The parent of row i, which of its rows that is (from 0), and how many it has."""
        parent, first, count = self._known
        if not first <= i < first + count:
            parent, first, count = self._found(i, parent, first + count)
            self._known = (parent, first, count)
        return parent, i - first, count

    def _found(self, i: int, parent: int, following: int) -> tuple[int, int, int]:
        first = following
        if not following <= i < following + _STRIDE:
            while self._starts[-1] <= i and len(self._starts) * _STRIDE <= self._parent.rows + _STRIDE:
                self.start(len(self._starts) * _STRIDE)
            slot = bisect_right(self._starts, i) - 1
            parent, first = slot * _STRIDE - 1, self._starts[slot]
        while True:
            parent += 1
            count = self.count(parent)
            if i < first + count:
                return parent, first, count
            if parent >= self._parent.rows:
                raise IndexError(i)
            first += count

    def available(self, progress: Progress) -> int:
        """See `Growing`."""
        parent, (asked, start) = self._parent.available(progress), self._asked
        if parent != asked:
            start = start + self.count(asked) if parent == asked + 1 else self.start(parent)
            self._asked = (parent, start)
        return min(start, self.rows)

    def progress(self, i: int) -> Progress:
        """See `Growing`."""
        return self._parent.progress(self.place(i)[0])


@dataclass(frozen=True, slots=True)
class Choice:
    """How a reference finds its row.

    Attributes:
        skew: how much a few rows are preferred: 0 not at all, 1 by Zipf's law.
        null: the share of rows that refer to nothing.
    """

    skew: float = 0.5
    null: float = 0.0


def chosen(rows: Growing, other: Growing, choice: Choice, draw: Draw) -> Pick:
    """Each row chooses among those of `other` that are there when it comes."""
    none = draw.of("null")

    def pick(i: int) -> int | None:
        if choice.null and none.unit(i) < choice.null:
            return None
        there = other.available(rows.progress(i)) or min(1, other.rows)
        return zipf(draw.unit(i), there, choice.skew) if there else None

    return pick


def partner(rows: ByParent, other: Growing, choice: Choice, draw: Draw) -> Pick:
    """The rows of one parent choose different ones."""

    def pick(i: int) -> int | None:
        _, k, count = rows.place(i)
        there = other.available(rows.progress(i)) or min(1, other.rows)
        # One of each of `count` equal slices, in ascending order; moved on by its place, each is another one.
        return zipf((k + draw.unit(i)) / count, there - count + 1, choice.skew) + k

    return pick


def tree(choice: Choice, draw: Draw) -> Pick:
    """A row refers to an earlier one of its own table; the first row, and a share of the others, to none."""
    none = draw.of("null")

    def pick(i: int) -> int | None:
        if i == 0 or none.unit(i) < choice.null:
            return None
        return zipf(draw.unit(i), i, choice.skew)

    return pick


def driver(rows: ByParent) -> Pick:
    """The parent of whose rows this is one."""
    return lambda i: rows.place(i)[0]
