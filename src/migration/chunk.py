"""Chunks: which rows, what became of them, and how many to take next. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crossfade.mysql.scan import Position, Span


@dataclass(frozen=True, slots=True)
class Chunk:
    """The first rows of a span, `limit` at most."""

    entity: str
    span: Span
    limit: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row that cannot be copied.

    Attributes:
        entity: the entity's name.
        key: its key, as JSON holds it; None where the row cannot be read. Values of sensitive fields are left out.
        position: where the row stands in its table, where it cannot be read.
        reason: why.
    """

    entity: str
    key: Mapping[str, Any] | None
    position: tuple[str, ...] | None
    reason: str


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What became of a chunk.

    Attributes:
        entity, span: the chunk's.
        rows: how many were read.
        written: of how many the item was written.
        present: of how many there was something under its item key already; it was left as it is.
        expired: how many are past their time to live.
        dead: those that cannot be copied.
        last: the last row's position; None where there was no row.
        more: whether the span may hold further rows.
        seconds: how long it took.
        units: write units consumed.
    """

    entity: str
    span: Span
    rows: int
    written: int
    present: int
    expired: int
    dead: tuple[DeadLetter, ...]
    last: Position | None
    more: bool
    seconds: float
    units: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals of rows and write units; see `ChunkResult`."""

    rows: int = 0
    written: int = 0
    present: int = 0
    expired: int = 0
    dead: int = 0
    units: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        ours, theirs = self.state(), other.state()
        return Counts(**{name: value + theirs[name] for name, value in ours.items()})

    def state(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


def counted(result: ChunkResult) -> Counts:
    """A result's numbers."""
    dead = len(result.dead)
    return Counts(result.rows, result.written, result.present, result.expired, dead, result.units)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large chunks are to be.

    Attributes:
        seconds: how long one should take.
        first: rows in the first one.
        least, most: bounds.
    """

    seconds: float = 1.0
    first: int = 100
    least: int = 10
    most: int = 4000


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows the next chunk takes, by a decaying average of rows a second.

    Attributes:
        sizes: the target.
        limit: rows.
        rate: rows a second, averaged; None before the first chunk.
    """

    sizes: Sizes = field(default_factory=Sizes)
    limit: int = 0
    rate: float | None = None

    @classmethod
    def of(cls, sizes: Sizes) -> Size:
        """The first size."""
        return cls(sizes, max(sizes.least, min(sizes.first, sizes.most)))

    def after(self, rows: int, seconds: float) -> Size:
        """The size after a chunk; at most twice the one before, for one quick chunk says little."""
        if not rows:
            return self
        now = rows / max(seconds, 0.001)
        rate = now if self.rate is None else (self.rate + now) / 2
        wanted = min(int(rate * self.sizes.seconds), self.limit * 2)
        return Size(self.sizes, max(self.sizes.least, min(wanted, self.sizes.most)), rate)
