"""Copying one chunk: read the rows, make their items, write those that are absent. In a thread or anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from crossfade.contract.errors import InvalidValue
from crossfade.contract.model import Entity
from crossfade.dal.entity import Record
from crossfade.dal.errors import StoreError
from crossfade.dal.metrics import ENTITY, ROWS, WRITTEN
from crossfade.dal.redaction import digest
from crossfade.dal.telemetry import CHUNK, telling
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.load import Loader
from crossfade.dynamodb.ready import Ready, ready
from crossfade.dynamodb.retry import Pacer
from crossfade.migration.chunk import Chunk, ChunkResult, DeadLetter
from crossfade.migration.redact import row_texts
from crossfade.migration.stores import Stores
from crossfade.migration.straight import IRREGULAR, Straight
from crossfade.mysql.scan import Position, Rows, Scan, Texts

R = TypeVar("R")

_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Projected:
    """What a chunk's rows become.

    Attributes:
        items: of each row that can be copied its items, its own first.
        record: makes the record behind each of `items`, by its place there.
        dead: the rows that cannot be copied.
        rows: how many were read.
        expired: how many are past their time to live.
        last: the last row's position; None where there was no row.
        more: whether the span may hold further rows.
    """

    items: Sequence[tuple[Ready, ...]]
    record: Callable[[int], Record]
    dead: Sequence[DeadLetter]
    rows: int
    expired: int
    last: Position | None
    more: bool


class Copier:
    """Copies chunks. Safe to share between threads.

    Args:
        stores: both stores.
        loader: writes the items.
        pacer: when to read again after the source could not be reached.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self, stores: Stores, loader: Loader, pacer: Pacer, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._layout = stores.dynamodb.layout
        self._loader, self._pacer, self._clock = loader, pacer, clock
        self._scan = cache(lambda entity: Scan(stores.mysql, entity))
        self._straight = cache(lambda entity: Straight(self._layout, self._scan(entity)))

    @telling(CHUNK, lambda self, chunk: {ENTITY: chunk.entity}, lambda done: {ROWS: done.rows, WRITTEN: done.written})
    def copy(self, chunk: Chunk) -> ChunkResult:
        """Copy a chunk. Safe to repeat: what is there is left as it is.

        Raises:
            StoreError: a store could not be reached for as long as the pacers try, or refuses for good.
        """
        start = self._clock()
        return self.write(chunk, self.project(chunk, self.read(chunk)), start)

    def read(self, chunk: Chunk) -> Rows | Texts:
        """The chunk's rows, on one snapshot; as texts, where they can be read so."""
        scan = self._scan(chunk.entity)
        if scan.has_texts:
            with suppress(*IRREGULAR):
                return self._read(partial(scan.read_texts, chunk.span, chunk.limit))
        return self._read(partial(scan.read, chunk.span, chunk.limit))

    def _read(self, read: Callable[[], R]) -> R:
        last: StoreError | None = None
        for _ in self._pacer.tries():
            try:
                return read()
            except StoreError as error:
                if not error.retryable:
                    raise
                last = error
        assert last is not None  # noqa: S101 - narrows the type; there is always a first try
        raise last

    def project(self, chunk: Chunk, rows: Rows | Texts) -> Projected:
        """The items of the rows, and the rows that have none. What is not as most rows are is read again, as values."""
        if isinstance(rows, Rows):
            return self._each(chunk, rows)
        with suppress(*IRREGULAR):
            return self._straightly(chunk, rows)
        scan = self._scan(chunk.entity)
        return self._each(chunk, self._read(partial(scan.read, chunk.span, chunk.limit)))

    def _straightly(self, chunk: Chunk, texts: Texts) -> Projected:
        straight = self._straight(chunk.entity)
        made = straight.all_items(texts)
        found = [items for items in made if items]
        if len({e[:2] for items in found for e in items}) < sum(map(len, found)):  # by table and key
            raise ValueError("two rows have the same item key")

        def record(at: int) -> Record:
            place = [i for i, items in enumerate(made) if items][at]
            return straight.record(texts.rows[place], texts.many[place]).whole()

        count = len(made)
        return Projected(found, record, (), count, count - len(found), texts.last, texts.more)

    def _each(self, chunk: Chunk, rows: Rows) -> Projected:
        scan = self._scan(chunk.entity)
        dead = unreadable_letters(self._layout, chunk.entity, scan, rows)
        found: list[tuple[Ready, ...]] = []
        records: list[Record] = []
        taken: set[Any] = set()
        for record in rows.records:
            try:
                expected = expected_items(self._layout, chunk.entity, record)
            except (InvalidValue, StoreError) as error:
                dead.append(dead_letter(self._layout, chunk.entity, record, reason_told(error)))
                continue
            if taken & {i.id for i in expected}:
                reason = "another row has the same item key"
                dead.append(dead_letter(self._layout, chunk.entity, record, reason))
                continue
            taken.update(i.id for i in expected)
            found.append(tuple(ready(self._layout, one) for one in expected))
            records.append(record)
        return Projected(found, records.__getitem__, dead, rows.count, rows.expired, rows.last, rows.more)

    def write(self, chunk: Chunk, projected: Projected, start: float) -> ChunkResult:
        """Write what is absent: every item of its own, then the lookup items of those that could be written."""
        items = projected.items
        owns = self._loader.load([of[0] for of in items])
        statuses = [o.status for o in owns.outcomes]
        written, present = statuses.count("written"), statuses.count("present")
        refused = {i: owns.outcomes[i].reason for i, status in enumerate(statuses) if status == "refused"}
        lookups = [(i, e) for i, of in enumerate(items) if len(of) > 1 and i not in refused for e in of[1:]]
        others = self._loader.load([e for _, e in lookups])
        for (i, _), outcome in zip(lookups, others.outcomes, strict=True):
            if outcome.status == "refused" and i not in refused:
                refused[i] = f"its lookup item: {outcome.reason}"
                written -= owns.outcomes[i].status == "written"
                present -= owns.outcomes[i].status == "present"
        letters = (dead_letter(self._layout, chunk.entity, projected.record(i), why) for i, why in refused.items())
        return ChunkResult(
            chunk.entity, chunk.span, projected.rows, written, present, projected.expired,
            (*projected.dead, *letters), projected.last, projected.more, self._clock() - start,
            owns.units + others.units,
        )  # fmt: skip


def unreadable_letters(layout: Layout, entity: str, scan: Scan, rows: Rows) -> list[DeadLetter]:
    """The dead letters of the rows that no record can be made of."""
    definition = layout.contract.entities[entity]
    return [
        DeadLetter(entity, None, row_texts(definition, scan.columns, u.position), str(u.error)) for u in rows.unreadable
    ]


def dead_letter(layout: Layout, entity: str, record: Record, reason: str) -> DeadLetter:
    """The dead letter of a record, without the values of sensitive fields."""
    definition = layout.contract.entities[entity]
    key = {f: _shown(definition, f, record[f]) for f in definition.key}
    for value in sorted(set(_sensitive(definition, record)), key=len, reverse=True):
        reason = reason.replace(value, _HIDDEN)
    return DeadLetter(entity, key, None, reason)


def _shown(entity: Entity, field: str, value: Any) -> Any:
    if field in entity.sensitive:
        return digest(value)
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, (int, str)) else str(value)


def _sensitive(entity: Entity, record: Mapping[str, Any]) -> Iterator[str]:
    """The texts of the sensitive values in a record."""
    for path in entity.sensitive:
        name, _, inner = path.partition(".")
        values = [record.get(name)]
        if inner:
            with suppress(TypeError, AttributeError):
                values = [row.get(inner) for row in record.get(name) or ()]
        yield from (text for v in values if v is not None and (text := str(v)))


def reason_told(error: InvalidValue | StoreError) -> str:
    """Why a record has no item, in the words of its dead letter."""
    return error.message if isinstance(error, StoreError) else str(error)
