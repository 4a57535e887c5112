"""What is left of a run of the way back, as its checkpoint keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from crossfade.dynamodb.wire import Item
from crossfade.migration.chunk import Counts
from crossfade.migration.report_json import ReportError, count, each, flag, item_key_from, maybe, named, text
from crossfade.migration.resumed import anything, counts_from, whole
from crossfade.migration.reverse_waiting import dumped

SEGMENTS = 4
"""Parts in which a table is scanned. A run that goes on must keep to it."""

Segment = tuple[str, int]
"""A table's full name, and which of its segments."""


@dataclass(slots=True)
class Left:
    """What is left.

    Attributes:
        segments: those that are not scanned to their end, with the item key behind which to go on.
        waiting: see `Waiting.state`.
        last_try: whether what waits is to be written without the server's checks.
        counts: what was made, by entity.
    """

    segments: dict[Segment, Item | None]
    waiting: tuple[int, int, int] = (0, 0, 0)
    last_try: bool = False
    counts: Mapping[str, Counts] = field(default_factory=dict)

    @classmethod
    def all(cls, tables: Iterable[str]) -> Left:
        """Every segment of some tables."""
        return cls({(table, segment): None for table in tables for segment in range(SEGMENTS)})

    @classmethod
    def of(cls, raw: Any, tables: Iterable[str], entities: Iterable[str]) -> Left:
        """What `state` gave.

        Args:
            raw: its JSON.
            tables, entities: what the run is about.

        Raises:
            ReportError: it is none; the message says where.
        """
        found = whole(raw, {"left", "waiting", "last_try", "counts"}, "$.state")
        known = Left.all(tables).segments
        segments = dict(each(partial(_segment, known), found["left"], "$.state.left"))
        waiting = each(count, found["waiting"], "$.state.waiting")
        if len(waiting) != 3:
            raise ReportError("$.state.waiting wants three numbers")
        counts = named(counts_from, found["counts"], "$.state.counts")
        if unknown := sorted(counts.keys() - set(entities)):
            raise ReportError(f"$.state.counts.{unknown[0]} is of no entity that is made")
        return cls(segments, waiting, flag(found["last_try"], "$.state.last_try"), counts)

    def state(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "left": [[t, s, None if at is None else dumped(at)] for (t, s), at in self.segments.items()],
            "waiting": self.waiting,
            "last_try": self.last_try,
            "counts": {name: asdict(counts) for name, counts in self.counts.items()},
        }


def _segment(known: Mapping[Segment, Any], raw: Any, where: str) -> tuple[Segment, Item | None]:
    parts = each(anything, raw, where)
    if len(parts) != 3:
        raise ReportError(f"{where} wants a table, a segment and an item key")
    segment = text(parts[0], f"{where}[0]"), count(parts[1], f"{where}[1]")
    if segment not in known:
        raise ReportError(f"{where} is no segment of a table that is copied")
    return segment, maybe(item_key_from, parts[2], f"{where}[2]")
