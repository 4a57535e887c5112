"""A share of the keys one stage ahead, step by step: what is carried over, what is refused, what is synced back.

The categories 1, 2 and 3 have the slots 95, 64 and 13: of a share of 50 % the third one is part.
"""

from __future__ import annotations

import pytest

from crossfade.dal.entity import bind
from crossfade.dal.errors import ConfigurationError
from crossfade.dal.key import Key
from crossfade.dal.stage import Stage, StageMoved, Standing
from crossfade.migration.entries import entity_entry
from crossfade.migration.errors import Refused
from crossfade.migration.relay import Relayed
from crossfade.migration.routed import RoutedStore
from crossfade.migration.sync import Place, sync_of
from crossfade.migration.sync_back import SyncBack
from crossfade.mysql.transaction import run
from tests.unit.migration.embedded import GROUP, Shop

BEHIND, AHEAD = 1, 3


def share(shop: Shop, stage: Stage, ahead: int = 50) -> Standing:
    """Let the group stand somewhere, and a share of it one stage ahead."""
    to = shop.standing.to(stage, ahead)
    run(shop.stores.mysql.engine, lambda t: shop.groups.rows.move(t, GROUP, to, shop.now))
    return to


@pytest.fixture
def three(dual: Shop) -> Shop:
    """The shop with three categories, in both stores."""
    made = [dual.of("CATEGORY").create({"name": name})["id"] for name in ("a", "b", "c")]
    assert made == [1, 2, 3]
    return dual


def test_of_a_share_of_dual_write_its_keys_are_carried_over(shop: Shop) -> None:
    share(shop, Stage.MYSQL)
    for name in ("a", "b", "c"):
        shop.of("CATEGORY").create({"name": name})
    assert [shop.copy("CATEGORY", key) is not None for key in (1, 2, 3)] == [False, False, True]
    assert shop.waiting() == []


def test_in_a_unit_too(shop: Shop) -> None:
    share(shop, Stage.MYSQL)
    with shop.work() as work:
        for name in ("a", "b", "c"):
            work.repository("CATEGORY").create({"name": name})
        work.commit()
    assert [shop.copy("CATEGORY", key) is not None for key in (1, 2, 3)] == [False, False, True]


@pytest.mark.parametrize("stage", [Stage.MYSQL, Stage.DUAL_WRITE, Stage.SHADOW])
def test_a_write_that_was_planned_with_another_share_is_not_made(shop: Shop, stage: Stage) -> None:
    planned = share(shop, stage, 40)
    there = share(shop, stage, 50)
    with pytest.raises(StageMoved) as caught:
        shop.of("CATEGORY", planned).create({"name": "a"})
    assert caught.value.standings == {GROUP: there}


def test_the_epoch_tells_a_share_that_came_back_from_the_one_before(shop: Shop) -> None:
    planned = share(shop, Stage.SHADOW)
    share(shop, Stage.SHADOW, 10)
    share(shop, Stage.SHADOW)
    with pytest.raises(StageMoved):
        shop.of("CATEGORY", planned).create({"name": "a"})


def test_mysql_writes_no_key_that_dynamodb_decides(three: Shop) -> None:
    share(three, Stage.SHADOW)
    assert three.of("CATEGORY").update(BEHIND, {"name": "x"})["name"] == "x"
    with pytest.raises(ConfigurationError, match="shadow, 50 % at live, and DynamoDB decides for this CATEGORY"):
        three.of("CATEGORY").update(AHEAD, {"name": "y"})
    assert three.of("CATEGORY").get(AHEAD)["name"] == "c"


def test_a_unit_that_writes_one_is_refused_as_a_whole(three: Shop) -> None:
    share(three, Stage.SHADOW)
    with three.work() as work:
        work.repository("CATEGORY").update(BEHIND, {"name": "x"})
        work.repository("CATEGORY").update(AHEAD, {"name": "y"})
        with pytest.raises(ConfigurationError, match="in no unit of work; nothing was written"):
            work.commit()
    assert [three.of("CATEGORY").get(key)["name"] for key in (BEHIND, AHEAD)] == ["a", "c"]
    assert three.waiting() == []


def test_the_relay_overwrites_no_key_that_dynamodb_decides(three: Shop) -> None:
    share(three, Stage.SHADOW)
    three.process.of("CATEGORY").update(AHEAD, {"name": "newer"})
    layout = three.stores.dynamodb.layout
    entries = [entity_entry(layout, "CATEGORY", Key({"id": key})) for key in (BEHIND, AHEAD)]
    run(three.stores.mysql.engine, lambda t: three.outbox.insert(t, entries))
    assert three.relay.turn(fresh=True) == Relayed(taken=2, carried=2)
    assert [three.copy("CATEGORY", key)["name"] for key in (BEHIND, AHEAD)] == ["a", "newer"]


def test_a_repair_is_refused(three: Shop) -> None:
    share(three, Stage.SHADOW)
    shelf = three.stores.dynamodb.layout.of("CATEGORY")
    place = Place(shelf.table, shelf.item_key(three.of("CATEGORY").get(BEHIND)))
    with pytest.raises(Refused, match="shop stands at shadow, 50 % at live, where DynamoDB decides"):
        sync_of(three.stores, three.clock).sync(place)


def test_only_keys_that_dynamodb_decides_are_synced_back(three: Shop) -> None:
    share(three, Stage.SHADOW)
    for key in (BEHIND, AHEAD):
        three.process.of("CATEGORY").update(key, {"name": f"newer {key}"})
    sync = SyncBack(three.stores, three.groups.rows, GROUP, three.clock)
    assert [sync.sync("CATEGORY", Key({"id": key})).outcome for key in (BEHIND, AHEAD)] == ["same", "written"]
    assert [three.of("CATEGORY").get(key)["name"] for key in (BEHIND, AHEAD)] == ["a", "newer 3"]


def test_what_waits_to_be_synced_back_is_forgotten_where_mysql_decides_again(three: Shop) -> None:
    share(three, Stage.SHADOW)
    sync = SyncBack(three.stores, three.groups.rows, GROUP, three.clock)
    sync.park({("CATEGORY", Key({"id": key})): Refused("no") for key in (BEHIND, AHEAD)})
    assert sync.parking.count() == 1
    share(three, Stage.SHADOW, 5)
    sync.sync("CATEGORY", Key({"id": AHEAD}))
    assert sync.parking.count() == 0


def test_nothing_is_decided_by_a_contract_whose_keys_depend_on_each_other(three: Shop) -> None:
    """The share was moved with another one, as it looks."""
    share(three, Stage.SHADOW)
    store = RoutedStore(three.stores, three.clock)
    categories = store.repository(bind(three.stores.contract, "CATEGORY"), three.tools("CATEGORY"))
    why = "by this contract its keys depend on each other: USER: id is made when it is written"
    for write in (lambda: categories.get(BEHIND), lambda: categories.delete(AHEAD)):
        with pytest.raises(ConfigurationError, match=why):
            write()
    store.close()
