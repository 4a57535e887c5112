"""Rows of items: a page of a table's scan, or items that had to wait, and what became of each."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.entity import Record
from crossfade.dal.errors import OutcomeUnknown
from crossfade.dal.redaction import digest
from crossfade.dynamodb.batch import batch_get
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.expected import owner, tombstone
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.retry import Pacer
from crossfade.dynamodb.scan import scan_segment
from crossfade.dynamodb.wire import Item, key_id
from crossfade.migration.chunk import Counts, DeadLetter
from crossfade.migration.copy import dead_letter
from crossfade.migration.redact import hides
from crossfade.migration.reverse_left import SEGMENTS
from crossfade.migration.reverse_waiting import Batch, Waits
from crossfade.mysql.restore import Restore, Restored

R = TypeVar("R")


@dataclass
class Made:
    """What became of some items of one table.

    Attributes:
        table: its full name.
        counts: how many, by entity.
        dead: those of which MySQL cannot hold the row, or that cannot be read.
        waiting: those that wait for what they refer to.
        next: where the scan goes on; None at its end.
        seconds: how long it took.
    """

    table: str
    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    dead: list[DeadLetter] = field(default_factory=list)
    waiting: list[Waits] = field(default_factory=list)
    next: Item | None = None
    seconds: float = 0.0

    @property
    def total(self) -> Counts:
        """The counts of all entities together."""
        return sum(self.counts.values(), Counts())

    @property
    def batch(self) -> Batch:
        """What waits."""
        return Batch(self.table, tuple(self.waiting))

    def buried(self, letter: DeadLetter) -> None:
        """Count a dead letter in."""
        self.dead.append(letter)
        self.counts[letter.entity] += Counts(dead=1)


@dataclass(frozen=True, slots=True)
class _Found:
    """A live item's record."""

    key: Item
    record: Record


class Rows:
    """Makes rows of items. Safe to share between threads.

    Args:
        layout: where entities lie.
        restores: what puts back the records, by entity; items of others are passed over.
        calls: reads items.
        pacer: when to try again while MySQL cannot be reached.
    """

    def __init__(self, layout: Layout, restores: Mapping[str, Restore], calls: Calls, pacer: Pacer) -> None:
        self._layout, self._restores, self._calls, self._pacer = layout, restores, calls, pacer

    def page(self, table: str, segment: int, start: Item | None, size: int) -> Made:
        """Make the rows of the items of one page of a scan. Safe to repeat.

        Raises:
            StoreError: a store could not be reached for as long as the pacers try, or refuses for good.
        """
        began = time.perf_counter()
        page = next(scan_segment(self._calls, table, segment, SEGMENTS, start=start, page=size))
        made = self._made(table, page.items, Restore.load)
        made.next, made.seconds = page.next, time.perf_counter() - began
        return made

    def again(self, batch: Batch, *, unchecked: bool = False) -> Made:
        """Make the rows of items that waited; they were counted as read before. Errors as for `page`.

        Args:
            batch: the items.
            unchecked: wherever their references lead; `prune` must follow, and nothing waits any longer.
        """
        items = list(batch_get(self._calls, batch.table, [w.key for w in batch.waits]).values())
        made = self._made(batch.table, items, Restore.load_unchecked if unchecked else Restore.load)
        for name, counts in made.counts.items():
            # What is there by now, an earlier try has written that did not come to its end.
            written = counts.written + counts.present if unchecked else counts.written
            present = 0 if unchecked else counts.present
            made.counts[name] = replace(counts, rows=0, expired=0, written=written, present=present)
        return made

    def prune(self, batch: Batch) -> Made:
        """Delete the rows that were made unchecked and refer to nothing. Errors as for `page`.

        Returns:
            Those, as dead letters; others may have referred to them.
        """
        why = {key_id(w.key): w.why for w in batch.waits}
        items = list(batch_get(self._calls, batch.table, [w.key for w in batch.waits]).values())
        made = Made(batch.table)
        for entity, found in self._found(items, Made(batch.table)).items():
            restore, records = self._restores[entity], [f.record for f in found]
            for number in self._patiently(lambda r=restore, s=records: r.prune(s)):  # type: ignore[misc]  # the defaults bind the loop's values
                lost = found[number]
                made.buried(dead_letter(self._layout, entity, lost.record, why[key_id(lost.key)]))
                made.counts[entity] += Counts(written=-1)
        return made

    # -------------------------------------------------------------------- helpers

    def _made(
        self, table: str, items: Sequence[Item], how: Callable[[Restore, Sequence[Record]], list[Restored]]
    ) -> Made:
        made = Made(table)
        for entity, found in self._found(items, made).items():
            restore, records = self._restores[entity], [f.record for f in found]
            outcomes = self._patiently(lambda r=restore, s=records: how(r, s))  # type: ignore[misc]  # the defaults bind the loop's values
            for each, outcome in zip(found, outcomes, strict=True):
                status = outcome.status
                made.counts[entity] += Counts(1, written=status == "written", present=status == "present")
                if status == "waiting" and how is not Restore.load_unchecked:
                    made.waiting.append(Waits(each.key, outcome.reason))
                elif outcome.reason:
                    made.buried(dead_letter(self._layout, entity, each.record, outcome.reason))
        return made

    def _found(self, items: Sequence[Item], made: Made) -> dict[str, list[_Found]]:
        """The live records, by entity; what is none is noted in `made`."""
        found: dict[str, list[_Found]] = defaultdict(list)
        for item in items:
            if tombstone(item):
                continue
            try:
                of = owner(self._layout, made.table, item)
                if of is None or of.entity not in self._restores:
                    continue
                stored = self._layout.of(of.entity).stored(item)
            except Undecodable as error:
                self._damaged(error, made)
                continue
            if stored.state == "expired":
                made.counts[of.entity] += Counts(1, expired=1)
            else:
                found[of.entity].append(_Found(stored.key, stored.record))
        return found

    def _damaged(self, error: Undecodable, made: Made) -> None:
        entity = error.entity or made.table
        if error.entity is not None and entity not in self._restores:
            return
        shown: Callable[[object], str] = digest if hides(self._layout, made.table, error.entity) else str
        place = tuple(shown(value) for typed in (error.item_key or {}).values() for value in typed.values())
        made.counts[entity] += Counts(1)
        made.buried(DeadLetter(entity, None, place, error.message))

    def _patiently(self, work: Callable[[], R]) -> R:
        """Do it, and again while MySQL cannot be reached: what was written by then is there already."""
        last: CrossfadeError | None = None
        for _ in self._pacer.tries():
            try:
                return work()
            except CrossfadeError as error:
                if not error.retryable and not isinstance(error, OutcomeUnknown):
                    raise
                last = error
        assert last is not None  # noqa: S101 - narrows the type; there is always a first try
        raise last
