"""What live traffic does while a chunk is being copied stays as it did it, whichever phase it falls into."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import DELETED, REV
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.ready import Ready
from crossfade.dynamodb.wire import Item
from crossfade.migration.chunk import Chunk, ChunkResult
from crossfade.migration.copy import Copier
from crossfade.migration.limiter import Limiter
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.migration.workers import Recipe
from crossfade.mysql.scan import Scan, Span
from tests.integration.migration.world import World

USER = Chunk("USER", Span(), 5)


class Copying:
    """A chunk whose phases a test steps through by hand."""

    def __init__(self, stores: Stores, mode: Any) -> None:
        self.stores = stores
        self.calls = Calls(stores.dynamodb.clients)
        self.copier: Copier = Recipe(mode, 10.0).copier(stores, Limiter(), Stop(threading.Event()))

    def read(self) -> list[tuple[Ready, ...]]:
        """Read and project; the items that the rows would have."""
        self.projected = self.copier.project(USER, self.copier.read(USER))
        return list(self.projected.items)

    def write(self) -> ChunkResult:
        """Write them."""
        return self.copier.write(USER, self.projected, 0.0)

    def live(self, expected: Ready, **changed: Any) -> Item:
        """What a live write leaves under an item's key."""
        item = {**expected.item, REV: {"S": "live"}, **changed}
        self.calls.write("PutItem", TableName=expected.table, Item=item)
        return item

    def there(self, expected: Ready) -> Item | None:
        """What is under an item's key."""
        found: Item | None = self.calls.read(
            "GetItem",
            TableName=expected.table,
            Key={name: expected.item[name] for name in expected.names},
            ConsistentRead=True,
        ).get("Item")
        return found


def _key(expected: Ready) -> Item:
    return {name: expected.item[name] for name in expected.names}


@pytest.fixture(params=["insert", "put"])
def copying(shop: World, request: pytest.FixtureRequest) -> Iterator[Copying]:
    with shop.open() as stores:
        yield Copying(stores, request.param)


def test_what_changes_in_between_keeps_the_newer_value(copying: Copying) -> None:
    (own, *lookups), *others = copying.read()
    assert lookups
    newer = copying.live(own, changed={"S": "since"})
    result = copying.write()
    assert (result.written, result.present, result.dead) == (len(others), 1, ())
    assert copying.there(own) == newer


def test_what_is_deleted_in_between_is_not_resurrected(copying: Copying) -> None:
    (own, *lookups), *_ = copying.read()
    tombstones = [copying.live(e, **{DELETED: {"N": "1"}}) for e in (own, *lookups)]
    copying.write()
    assert [copying.there(e) for e in (own, *lookups)] == tombstones


def test_what_is_deleted_before_its_lookup_items_are_written_has_none(copying: Copying) -> None:
    """Own items go first: a tombstone that comes between the two requests stands all the same."""
    (own, *lookups), *_ = copying.read()
    gone = copying.live(lookups[0], **{DELETED: {"N": "1"}})
    result = copying.write()
    assert copying.there(own) is not None
    assert copying.there(lookups[0]) == gone
    assert result.dead == ()


def test_a_unique_value_that_moved_in_between_stays_where_it_went(copying: Copying) -> None:
    (_, *firsts), (second, *_), *_ = copying.read()
    moved = copying.live(firsts[0], owner={"M": _key(second)})
    copying.write()
    assert copying.there(firsts[0]) == moved


def test_what_appears_in_between_is_written_by_live_traffic_or_met_later(copying: Copying) -> None:
    items = copying.read()
    behind = Chunk("USER", Span(copying.projected.last), 200)
    copying.write()
    result = copying.copier.copy(behind)
    assert result.written == result.rows > 0
    scan = Scan(copying.stores.mysql, "USER").read(Span(), 10**6)
    assert len(scan.records) == len(items) + result.rows


def test_repeating_a_chunk_changes_nothing(copying: Copying) -> None:
    items = copying.read()
    copying.write()
    before = [copying.there(e) for row in items for e in row]
    result = copying.write()
    assert (result.written, result.present) == (0, len(items))
    assert [copying.there(e) for row in items for e in row] == before
    made = expected_items(copying.stores.dynamodb.layout, "USER", copying.projected.record(0))
    assert [(e.table, e.item) for e in made] == [(e.table, e.item) for e in items[0]]
