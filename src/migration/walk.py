"""Which chunk comes next, and what has been copied: the state of a backfill, without any input or output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from crossfade.migration.chunk import Chunk, ChunkResult, Counts, Size, Sizes, counted
from crossfade.migration.report_json import named
from crossfade.migration.resumed import counts_from, spans_from, whole
from crossfade.mysql.scan import Position, Span


class Codec(Protocol):
    """Positions as JSON holds them (`mysql.scan.Scan`)."""

    def dump(self, position: Position | None) -> list[str] | None: ...

    def load(self, texts: Sequence[str] | None) -> Position | None: ...


@dataclass(slots=True)
class _Track:
    """A span that is being walked: what is left of it."""

    entity: str
    span: Span
    busy: bool = False


@dataclass(slots=True)
class Walk:
    """The spans that are left of every entity.

    A span is walked by one worker at a time, so that what is left of it is a span again.

    Attributes:
        codecs: how each entity's positions are written.
        sizes: how large chunks are.
        counts: what was copied, by entity.
    """

    codecs: Mapping[str, Codec]
    sizes: Sizes
    counts: dict[str, Counts] = field(default_factory=dict)
    _tracks: list[_Track] = field(default_factory=list)
    _size: dict[str, Size] = field(default_factory=dict)

    @classmethod
    def begin(cls, codecs: Mapping[str, Codec], sizes: Sizes, spans: Callable[[str], Sequence[Span]]) -> Walk:
        """A walk from the first row of every entity."""
        walk = cls(codecs, sizes, {name: Counts() for name in codecs})
        walk._tracks = [_Track(name, span) for name in codecs for span in spans(name)]
        return walk

    @classmethod
    def go_on(cls, codecs: Mapping[str, Codec], sizes: Sizes, state: Mapping[str, Any]) -> Walk:
        """The walk whose state was kept.

        Raises:
            ReportError: it is no such state; the message says where.
        """
        found = whole(state, {"counts", "spans"}, "$.state")
        counts = named(counts_from, whole(found["counts"], set(codecs), "$.state.counts"), "$.state.counts")
        tracks = [_Track(name, span) for name, span in spans_from(codecs, found["spans"], "$.state.spans")]
        return cls(codecs, sizes, counts, tracks)

    def state(self) -> dict[str, Any]:
        """What `go_on` takes: JSON."""
        spans: dict[str, list[Any]] = {}
        for track in self._tracks:
            codec = self.codecs[track.entity]
            ends = [codec.dump(track.span.after), codec.dump(track.span.until)]
            spans.setdefault(track.entity, []).append(ends)
        return {"counts": {name: counts.state() for name, counts in self.counts.items()}, "spans": spans}

    @property
    def finished(self) -> bool:
        """Whether no row is left."""
        return not self._tracks

    @property
    def total(self) -> Counts:
        """What was copied of all entities."""
        total = Counts()
        for counts in self.counts.values():
            total += counts
        return total

    def next(self) -> Chunk | None:
        """A chunk to copy; None while all that is left is being copied."""
        track = next((t for t in self._tracks if not t.busy), None)
        if track is None:
            return None
        track.busy = True
        return Chunk(track.entity, track.span, self._sized(track.entity).limit)

    def done(self, chunk: Chunk, result: ChunkResult) -> None:
        """Note that a chunk was copied."""
        track = self._track(chunk)
        name = chunk.entity
        self.counts[name] += counted(result)
        self._size[name] = self._sized(name).after(result.rows, result.seconds)
        if result.more and result.last is not None:
            track.span, track.busy = replace(track.span, after=result.last), False
        else:
            self._tracks.remove(track)

    def back(self, chunk: Chunk) -> None:
        """Note that a chunk was not copied, or not for certain."""
        self._track(chunk).busy = False

    def _track(self, chunk: Chunk) -> _Track:
        return next(t for t in self._tracks if t.busy and t.entity == chunk.entity and t.span == chunk.span)

    def _sized(self, entity: str) -> Size:
        return self._size.get(entity) or Size.of(self.sizes)
