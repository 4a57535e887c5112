"""The items of rows that are as most are, made straight from the server's texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import repeat
from typing import Any

from crossfade.dynamodb.compiled import IRREGULAR
from crossfade.dynamodb.expected import Expected, with_lookups
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.limits import MAX_ITEM_BYTES
from crossfade.dynamodb.ready import Ready, item_text, ready
from crossfade.migration.match import Match
from crossfade.migration.straight_fields import takes_record
from crossfade.migration.straight_source import straight_source
from crossfade.mysql.projection import Row
from crossfade.mysql.scan import Scan, Texts
from crossfade.mysql.texts import TextRecord

__all__ = ["IRREGULAR", "Straight"]

_LONG = MAX_ITEM_BYTES // 4  # characters, of which each may be four bytes


class Straight:
    """Makes the items of one entity's rows. Safe to share between threads.

    Args:
        layout: where entities lie.
        scan: reads the entity's rows, as texts.

    Attributes:
        match: compares rows with items, where none has further items, or an end of its life, and where it can.
    """

    def __init__(self, layout: Layout, scan: Scan) -> None:
        self._layout, self._records = layout, scan.records
        self._projection, self._entity = scan.records.projection, scan.records.entity
        self._shelf = shelf = layout.of(self._entity.name)
        made = straight_source(self._projection, shelf.codec)
        self._make: Callable[..., Any] = made.function()
        self._names, self._table = shelf.codec.keys.names, shelf.table
        self.match: Match | None = None
        if not (shelf.lookups or self._entity.ttl):
            with suppress(ValueError):
                self.match = Match(self._projection, shelf)
        self._recorded = takes_record(made)
        self._plain = not (self._recorded or shelf.lookups or self._entity.ttl)

    def record(self, row: Row, many: Mapping[str, Any]) -> TextRecord:
        """A row's record.

        Args:
            row: its texts.
            many: the fields that are made of further rows.
        """
        return TextRecord(self._projection, row, many)

    def all_items(self, texts: Texts) -> list[tuple[Ready, ...]]:
        """The items of rows, as `items` makes them of each. Raises as it does."""
        if not self._plain:
            return list(map(self.items, texts.rows, texts.many))
        made = list(map(self._make, texts.rows, repeat(None)))
        if not made:
            return []
        bodies, keys, entries = zip(*made, strict=True)
        rows = zip(repeat(self._table), keys, repeat(self._names), bodies, entries, strict=False)
        found = list(map(Ready._make, rows))
        if max(map(len, bodies)) > _LONG:
            for own in found:
                self._check(own)
        return list(zip(found, strict=True))

    def items(self, row: Row, many: Mapping[str, Any]) -> tuple[Ready, ...]:
        """The items of a row, its own first, as `expected_items` would make them of its record; none if it has expired.

        Raises:
            IRREGULAR: the row is not as most are.
        """
        own, record = self._made(row, many)
        if own is None or not self._shelf.lookups:
            return () if own is None else (own,)
        _, *lookups = with_lookups(self._layout, self._expected(own), record)
        return (own, *(ready(self._layout, lookup) for lookup in lookups))

    def expected(self, row: Row, many: Mapping[str, Any]) -> tuple[Expected, ...]:
        """The same, as they are compared. Raises as `items`."""
        own, record = self._made(row, many)
        return () if own is None else with_lookups(self._layout, self._expected(own), record)

    def _made(self, row: Row, many: Mapping[str, Any]) -> tuple[Ready | None, Mapping[str, Any]]:
        if self._plain:
            return self._own(*self._make(row, None)), {}
        record = self.record(row, many)
        if self._records.expired(record):
            return None, record
        text, key, entries = self._make(row, record)
        codec = self._shelf.codec
        if codec.ttl_attribute is not None and (ttl := codec.encode_ttl(record)) is not None:
            text = f"{text},{item_text({codec.ttl_attribute: ttl})[1:]}"
        return self._own(text, key, entries), record

    def _own(self, text: str, key: tuple[str, ...], entries: int) -> Ready:
        own = Ready(self._table, key, self._names, text, entries)
        if len(text) > _LONG:
            self._check(own)
        return own

    def _check(self, own: Ready) -> None:
        if own.most > MAX_ITEM_BYTES:
            raise ValueError("it may be larger than an item")

    def _expected(self, own: Ready) -> Expected:
        item = own.item
        return Expected(self._entity.name, self._table, {name: item[name] for name in self._names}, item)
