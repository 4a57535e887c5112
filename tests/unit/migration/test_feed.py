"""The feed of the way back: streams that cannot be read, and what of a batch is told to have come too late."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.stage import Stage, Standing
from crossfade.dynamodb.errors import ChangesLost
from crossfade.dynamodb.stream_calls import Change
from crossfade.dynamodb.streams import Batch
from crossfade.dynamodb.wire import Item
from crossfade.migration.feed import Feed
from crossfade.migration.way_back import WayBack
from crossfade.mysql.history import Moved, note_move
from crossfade.mysql.transaction import run
from tests.unit.dynamodb.audit import scan
from tests.unit.dynamodb.opened import START
from tests.unit.migration.embedded import GROUP, Shop

MINUTE = timedelta(minutes=1)
TABLE = "t_Categories"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks for a stream."""
    monkeypatch.setattr("crossfade.migration.feed.connect_streams", lambda connection: Mock())


@pytest.fixture
def returned(dual: Shop) -> Shop:
    """The shop in shadow; DynamoDB decided for two minutes, until this very minute."""
    for epoch, at, origin, to in (
        (3, START - 2 * MINUTE, Stage.SHADOW, Stage.LIVE),
        (4, START + MINUTE / 2, Stage.LIVE, Stage.SHADOW),
    ):
        move = Moved(at, origin, Standing(to, epoch), {})
        run(dual.stores.mysql.engine, partial(note_move, group=GROUP, moved=move))
    dual.move(Stage.SHADOW)
    return dual


def told(shop: Shop, *images: tuple[Item | None, Item | None]) -> tuple[str, ...]:
    """What is told of changes of this minute, to which DynamoDB Local rounds."""
    changes = [
        Change(TABLE, {"PK": (new or old or {})["PK"]}, old, new, str(number), START)
        for number, (old, new) in enumerate(images)
    ]
    with Feed(shop.groups, [GROUP], shop.clock) as feed:
        return feed._sync(Batch("a", tuple(changes))).errors


def item_of(shop: Shop, name: str) -> Item:
    """The item of the category with a name."""
    (item,) = (i for i in scan(shop.process.client, TABLE) if i.get("name") == {"S": name})
    return item


LATE = "1 entities of shop changed in DynamoDB while it decided, which came too late to be synced back: "


def test_what_mysql_carried_over_after_the_way_back_is_not_late(returned: Shop) -> None:
    categories = returned.of("CATEGORY")
    made = categories.create({"name": "a"})
    first = item_of(returned, "a")
    categories.update(made["id"], {"name": "b"})
    second = item_of(returned, "b")
    categories.delete(made["id"])
    gone = scan(returned.process.client, TABLE)
    assert told(returned, (None, first), (first, second), *((None, tombstone) for tombstone in gone)) == ()


def test_what_an_application_wrote_before_the_way_back_is_late_whatever_came_after_it(returned: Shop) -> None:
    categories = returned.of("CATEGORY")
    made = categories.create({"name": "a"})
    synced = item_of(returned, "a")
    returned.process.of("CATEGORY").update(made["id"], {"name": "b"})
    written = item_of(returned, "b")
    for images in ((synced, written), (None, written), (written, None)):
        assert told(returned, images)[0].startswith(LATE)
    categories.update(made["id"], {"name": "c"})
    assert told(returned, (None, synced), (None, written), (written, item_of(returned, "c")))[0].startswith(LATE)


def test_what_was_written_without_a_token_of_its_own_is_late(returned: Shop) -> None:
    returned.of("CATEGORY").create({"name": "a"})
    synced = item_of(returned, "a")
    assert told(returned, (synced, {**synced, "name": {"S": "by hand"}}))[0].startswith(LATE)


@pytest.mark.parametrize("error", [ChangesLost("it is gone"), SchemaMismatch("it has none")])
def test_a_stream_that_cannot_be_read_stops_no_other_and_is_told_at_every_turn(
    dual: Shop, monkeypatch: pytest.MonkeyPatch, error: CrossfadeError
) -> None:
    dual.move(Stage.LIVE)
    readers: dict[str, list[Mock]] = defaultdict(list)

    def reader(feed: Feed, table: str) -> Mock:
        del feed
        made = Mock(**{"read.side_effect": error if table == TABLE else None, "read.return_value": None})
        readers[table].append(made)
        return made

    monkeypatch.setattr(Feed, "_reader", reader)
    with Feed(dual.groups, [GROUP], dual.clock) as feed:
        for _ in range(2):
            assert feed.turn().errors == (str(error),)
            assert feed.unread == {TABLE: error}
    assert {table: sum(one.read.call_count for one in of) for table, of in readers.items()} == dict.fromkeys(readers, 2)
    assert len(readers) == 3
    let_go = isinstance(error, ChangesLost)
    assert [one.close.called for one in readers[TABLE]] == ([True, True] if let_go else [True])
    way = WayBack(dual.groups, GROUP, Mock(), dual.clock)
    with Feed(dual.groups, [GROUP], dual.clock) as feed, pytest.raises(type(error)):
        way._turn(feed)


def test_a_stream_is_read_anew_once(dual: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def reader(calls: Any, keeper: Any, *, anew: bool, quiet: Any) -> Mock:
        del calls, keeper, quiet
        asked.append(anew)
        return Mock(**{"read.side_effect": [None, ChangesLost("it is gone")]})

    monkeypatch.setattr("crossfade.migration.feed.StreamReader", reader)
    monkeypatch.setattr("crossfade.migration.feed.stream_of", Mock())
    with Feed(dual.groups, [GROUP], dual.clock, anew=True) as feed:
        for _ in range(3):
            feed.turn()
    assert asked == [True] * 3 + [False] * 3
