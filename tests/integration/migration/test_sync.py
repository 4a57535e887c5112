"""sync on MySQL and DynamoDB Local, its steps taken by hand: every trap of the algorithm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

import crossfade
from crossfade.dal.key import Key
from crossfade.dal.repository import Repository
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.expected import Owner, tombstone
from crossfade.dynamodb.wire import Item
from crossfade.migration.stores import Stores
from crossfade.migration.sync import Place, Sync
from crossfade.mysql.transaction import Transaction
from tests.integration.migration.world import World

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def stores(shop: World) -> Iterator[Stores]:
    """The shop's stores; nothing is copied yet."""
    with shop.open() as opened:
        yield opened


@pytest.fixture
def sync(stores: Stores) -> Sync:
    """A sync with a clock that stands."""
    return Sync(stores, Calls(stores.dynamodb.clients), lambda: NOW)


@pytest.fixture
def users(shop: World) -> Iterator[Repository[dict[str, Any]]]:
    """The users in MySQL."""
    with crossfade.open(shop.contract, mysql_url=shop.url, stage="mysql") as app:
        yield app.repository("USER")


@pytest.fixture
def bob(users: Repository[dict[str, Any]]) -> dict[str, Any]:
    """A user with an item key that is not made of the key."""
    return users.create({"username": "bob", "email": "bob@x", "password_hash": "h"})


def place(stores: Stores, email: str = "bob@x") -> Place:
    return Place(f"{stores.dynamodb.prefix}Users", {"PK": {"S": email}, "SK": {"S": "#META"}})


def lookup(stores: Stores, text: str) -> Place:
    return Place(stores.dynamodb.layout.lookup_table, {"pk": {"S": text}})


def projected(sync: Sync, stores: Stores, at: Place) -> tuple[Any, Item]:
    """Steps 1 and 2."""
    seen = sync.look(at)
    with Transaction(stores.mysql.engine, writes=False) as transaction:
        return seen, sync.project(transaction, seen)


def test_the_item_is_what_mysql_says(sync: Sync, stores: Stores, bob: dict[str, Any]) -> None:
    assert sync.sync(place(stores)).outcome == "written"
    item = sync.look(place(stores)).item
    assert item is not None
    assert (item["username"], item["id"]) == ({"S": "bob"}, {"N": str(bob["id"])})
    for text in (f"USER|key|{bob['id']}", "USER|unique:username|bob"):
        assert sync.sync(lookup(stores, text)).outcome == "written"
        led = sync.look(lookup(stores, text)).item
        assert led is not None
        assert led["target"] == {"M": place(stores).key}


def test_a_row_that_goes_leaves_a_tombstone(
    sync: Sync, stores: Stores, users: Repository[dict[str, Any]], bob: dict[str, Any]
) -> None:
    sync.sync(place(stores))
    users.delete({"id": bob["id"]})
    assert sync.sync(place(stores)).outcome == "deleted"
    item = sync.look(place(stores)).item
    assert item is not None
    assert tombstone(item)
    assert item.keys() == {"PK", "SK", "_type", "id", "_deleted", "_rev"}
    assert item["id"] == {"N": str(bob["id"])}


def test_a_slow_copy_does_not_bring_a_deleted_row_back(
    sync: Sync, stores: Stores, users: Repository[dict[str, Any]], bob: dict[str, Any]
) -> None:
    slow, late = projected(sync, stores, place(stores))  # it saw no item, and the row
    users.delete({"id": bob["id"]})
    assert sync.sync(place(stores)).outcome == "deleted"  # no row, no item: a tombstone all the same
    assert not sync.write(slow, late)


def test_a_b_a_does_not_let_a_slow_sync_write_b(
    sync: Sync, stores: Stores, users: Repository[dict[str, Any]], bob: dict[str, Any]
) -> None:
    sync.sync(place(stores))
    key = {"id": bob["id"]}
    users.update(key, {"first_name": "B"})
    slow, late = projected(sync, stores, place(stores))
    users.update(key, {"first_name": None})
    sync.sync(place(stores))  # the content is equal to what is there: the new token is what counts
    assert not sync.write(slow, late)
    item = sync.look(place(stores)).item
    assert item is not None
    assert "first_name" not in item


def test_of_two_syncs_the_one_that_read_first_gives_way(
    sync: Sync, stores: Stores, users: Repository[dict[str, Any]], bob: dict[str, Any]
) -> None:
    sync.sync(place(stores))
    one, old = projected(sync, stores, place(stores))
    users.update({"id": bob["id"]}, {"first_name": "new"})
    other, new = projected(sync, stores, place(stores))
    assert sync.write(other, new)
    assert not sync.write(one, old)


def test_a_request_that_arrives_late_is_refused(sync: Sync, stores: Stores, bob: dict[str, Any]) -> None:
    seen, item = projected(sync, stores, place(stores))
    sync.sync(place(stores))  # given up on the first, and made again
    assert not sync.write(seen, item)
    del bob


def test_an_item_key_that_changes_hands(
    sync: Sync, stores: Stores, users: Repository[dict[str, Any]], bob: dict[str, Any]
) -> None:
    sync.sync(place(stores))
    users.update({"id": bob["id"]}, {"email": "robert@x"})
    eve = users.create({"username": "eve", "email": "bob@x", "password_hash": "h"})
    for at in (place(stores), place(stores, "robert@x")):
        assert sync.sync(at).outcome == "written"
    item, moved = (sync.look(at).item for at in (place(stores), place(stores, "robert@x")))
    assert item is not None
    assert moved is not None
    assert (item["id"], moved["id"]) == ({"N": str(eve["id"])}, {"N": str(bob["id"])})


def test_what_the_contract_does_not_know_is_kept(sync: Sync, stores: Stores, bob: dict[str, Any]) -> None:
    sync.sync(place(stores))
    seen = sync.look(place(stores))
    assert seen.item is not None
    assert sync.write(seen, {**seen.item, "score": {"N": "5"}})
    sync.sync(place(stores))
    item = sync.look(place(stores)).item
    assert item is not None
    assert item["score"] == {"N": "5"}
    del bob


def test_a_hint_leads_where_the_key_cannot(sync: Sync, stores: Stores, bob: dict[str, Any]) -> None:
    at = lookup(stores, "USER|unique-sha256|0123")
    with pytest.raises(ValueError, match="nothing says whose"):
        sync.sync(at)
    hinted = Place(at.table, at.key, (Owner("USER", Key({"id": bob["id"]})),))
    assert sync.sync(hinted).outcome == "deleted"


def test_over_tombstones_everything_is_absent_and_can_be_created(
    sync: Sync, shop: World, stores: Stores, users: Repository[dict[str, Any]], bob: dict[str, Any]
) -> None:
    places = [place(stores), lookup(stores, f"USER|key|{bob['id']}"), lookup(stores, "USER|unique:username|bob")]
    for at in places:
        sync.sync(at)
    users.delete({"id": bob["id"]})
    for at in places:
        assert sync.sync(at).outcome == "deleted"
    with crossfade.open(shop.contract, table_prefix=shop.prefix, stage="dynamodb") as app:
        there = app.repository("USER")
        assert there.get({"id": bob["id"]}) is None
        assert there.find("by_username", username="bob").items == []
        assert there.find("by_email", email="bob@x").items == []
        assert not there.delete({"id": bob["id"]})
        made = there.create({"id": bob["id"], "username": "bob", "email": "bob@x", "password_hash": "h2"})
        assert there.get({"id": bob["id"]}) == made
        assert there.update({"id": bob["id"]}, {"username": "bobby"})["username"] == "bobby"


def test_the_fence_stops_a_sync_before_it_reads(stores: Stores, bob: dict[str, Any]) -> None:
    class Closed(Exception):
        pass

    def closed(transaction: Transaction, owners: Sequence[Owner]) -> None:
        raise Closed

    fenced = Sync(stores, Calls(stores.dynamodb.clients), lambda: NOW, closed)
    with pytest.raises(Closed):
        fenced.sync(place(stores))
    assert fenced.look(place(stores)).item is None
    del bob
