"""Rows compared with their items to the letter: a quick yes. What it says no to may be equal all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossfade.dynamodb.batch import batch_items
from crossfade.dynamodb.batch_reader import batch_reader, typed
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.limits import MAX_BATCH_GET
from crossfade.dynamodb.page_reader import loose
from crossfade.dynamodb.shelf import Shelf
from crossfade.migration.match_source import Matching
from crossfade.migration.straight_fields import takes_record
from crossfade.mysql.projection import Projection, Row
from crossfade.mysql.texts import TextRecord


class Match:
    """Compares rows of one entity with its items. Safe to share between threads.

    Args:
        projection: of the rows.
        shelf: how the entity is stored.

    Raises:
        ValueError: its items cannot be read in this way.
    """

    def __init__(self, projection: Projection, shelf: Shelf) -> None:
        made = Matching(projection, shelf)
        self._places, self._differing, self._item = made.places.function(), made.differing.function(), made.item
        self._recorded = takes_record(made.places) or takes_record(made.differing)
        self._projection, self._table = projection, shelf.table
        self._names = [(name, made.wire(name)) for name in made.keys.names]
        self._reader = batch_reader(shelf.table, made.item, loose=loose(shelf.codec))

    def differing(self, calls: Calls, read: Sequence[tuple[Row, Mapping[str, Any]]]) -> Iterator[int]:
        """The numbers of the rows whose items are not to the letter what they are to be.

        Args:
            calls: reads the items.
            read: rows as texts, and of each the fields that are made of further rows.

        Raises:
            IRREGULAR: a row is not as most are, or two have the same item key.
        """
        rows = [row for row, _ in read]
        records = [TextRecord(self._projection, *one) if self._recorded else None for one in read]
        places = self._places(rows, records)
        if len(set(places)) < len(places):
            raise ValueError("two rows have the same item key")
        # By requests: items that soon go again are none that the garbage collector looks through.
        for start in range(0, len(rows), MAX_BATCH_GET):
            part = slice(start, start + MAX_BATCH_GET)
            keys = [{n: {wire: v} for (n, wire), v in zip(self._names, at, strict=True)} for at in places[part]]
            items = typed(batch_items(calls, self._table, keys, reader=self._reader), self._item)
            yield from (start + n for n in self._differing(rows[part], records[part], places[part], items))
