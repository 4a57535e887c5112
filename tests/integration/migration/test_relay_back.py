"""The relay of the way back: in any order, with what cannot be written parked and tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

import crossfade
from crossfade.contract.errors import CrossfadeError
from crossfade.dal.change import Add
from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.key import Key
from crossfade.dal.stage import Stage
from crossfade.migration.items_back import ItemsBack
from crossfade.migration.relay_back import BackRelay, owners
from crossfade.migration.sync_back import SyncBack
from crossfade.mysql.scan import Scan, Span
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read, run
from examples.shop.shop import CONTRACT
from tests.integration.migration import test_verify
from tests.integration.migration.live import Clock
from tests.integration.migration.returning import returning
from tests.integration.migration.test_sync_back import stocked, user
from tests.integration.migration.world import World
from tests.integration.servers import DynamoServer, SqlServer
from tests.returning import Returning


@pytest.fixture
def shop(sql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[Returning]:
    with returning("shop", sql_server, dynamodb_server) as made:
        yield made


def made(shop: Returning) -> list[tuple[str, Any]]:
    """Some of everything, in DynamoDB alone; children first."""
    bob = shop.of("USER").create(user("bob"))
    kind = shop.of("CATEGORY").create({"name": "things"})
    fields = {"seller_id": bob["id"], "category_id": kind["id"], "name": "thing", "price": Decimal("1.50")}
    thing = shop.of("PRODUCT").create({**fields, "inventory_quantity": 9})
    line = shop.of("CART").create({"user_id": bob["id"], "product_id": thing["id"], "quantity": 1})
    item = {"product_id": thing["id"], "quantity": 1, "price_at_time": Decimal("1.50")}
    order = shop.of("ORDER").create({"user_id": bob["id"], "total_amount": Decimal(3), "items": [item]})
    return [("ORDER", order), ("CART", line), ("PRODUCT", thing), ("CATEGORY", kind), ("USER", bob)]


def test_children_before_their_parents_in_one_turn(shop: Returning) -> None:
    changes = made(shop)
    turned = shop.turn(*changes, *changes)
    assert (turned.taken, turned.keys, turned.written, turned.parked) == (10, 5, 5, 0)
    shop.assert_equal()
    assert (shop.turn(*changes).same, shop.turn().taken) == (5, 0)


def test_what_waits_for_its_parents_is_parked_with_the_item(shop: Returning) -> None:
    changes = made(shop)
    turned = shop.turn(changes[1])
    assert (turned.written, turned.parked) == (0, 1)
    assert turned.errors == ("CART: there is no such USER",)
    (parked,) = shop.sync.parking.all(9)
    line = changes[1][1]
    assert shop.sync.parked(parked) == ("CART", shop.key("CART", line))
    assert parked.detail == {
        "key": {"user_id": str(line["user_id"]), "product_id": str(line["product_id"])},
        "item_key": {"PK": {"S": "bob@x"}, "SK": {"S": f"CART#{line['product_id']:012d}"}},
        "reason": "there is no such USER",
    }
    assert (shop.turn().taken, parked.attempts) == (0, 1)  # not due yet
    shop.turn(*changes[2:])
    shop.later()
    assert shop.turn().written == 1
    assert shop.sync.parking.count() == 0


def test_it_waits_longer_each_time(shop: Returning) -> None:
    changes = made(shop)
    waits: list[float] = []
    while len(waits) < 12:
        shop.turn(changes[1])
        (parked,) = shop.sync.parking.all(9)
        waits.append((parked.due_at - shop.clock()).total_seconds())
        shop.clock.now = parked.due_at - timedelta(microseconds=1)
        assert shop.sync.parking.due(9) == []
        shop.clock.now = parked.due_at
        assert [found.place for found in shop.sync.parking.due(9)] == [parked.place]
        assert (parked.attempts, parked.last_at > parked.first_at) == (len(waits), len(waits) > 1)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_a_value_that_mysql_cannot_hold_is_never_written_in_part(shop: Returning) -> None:
    shop.execute("ALTER TABLE order_items MODIFY quantity TINYINT UNSIGNED NOT NULL")
    order, line, thing, *others = made(shop)
    shop.turn(order, line, thing, *others)
    before = shop.all("orders"), shop.all("order_items")
    item = {"product_id": thing[1]["id"], "quantity": 1000, "price_at_time": Decimal("1.50")}
    shop.of("ORDER").update(order[1]["id"], {"status": "completed", "items": [item]})
    turned = shop.turn(order, thing)
    assert (turned.same, turned.parked) == (1, 1)
    assert turned.errors[0].startswith("ORDER: items[0].quantity:")
    assert (shop.all("orders"), shop.all("order_items")) == before
    shop.of("ORDER").update(order[1]["id"], {"items": [{**item, "quantity": 100}]})
    assert shop.turn(order).written == 1  # its own change comes before its turn
    assert shop.sync.parking.count() == 0
    shop.assert_equal("ORDER")


def test_a_deleted_user_takes_rows_along_whose_items_decide(shop: Returning) -> None:
    changes = made(shop)
    shop.turn(*changes)
    other = shop.of("USER").create(user("other"))
    line = shop.of("CART").create({"user_id": other["id"], "product_id": changes[2][1]["id"], "quantity": 1})
    shop.turn(("USER", other), ("CART", line))
    shop.of("USER").delete(other["id"])
    turned = shop.turn(("USER", other))
    assert (turned.deleted, shop.sync.parking.count()) == (1, 1)
    assert shop.all("shopping_carts", user_id=other["id"]) == []
    assert (shop.turn().same, shop.sync.parking.count()) == (1, 0)
    shop.assert_equal()


def test_a_parent_whose_children_are_still_there_waits(shop: Returning) -> None:
    order, line, thing, kind, bob = made(shop)
    shop.turn(order, line, thing, kind, bob)
    shop.of("ORDER").delete(order[1]["id"])
    shop.of("PRODUCT").delete(thing[1]["id"])
    turned = shop.turn(thing)  # an order's item restricts it
    assert turned.errors == ("PRODUCT: ORDER refers to it",)
    turned = shop.turn(thing, order, line)
    assert (turned.deleted + turned.same, turned.parked) == (3, 0)  # the line may have gone along
    assert shop.turn().same <= 1
    shop.assert_equal()


def test_a_damaged_item_is_parked(shop: Returning) -> None:
    bob, thing = stocked(shop)
    shelf = shop.stores.dynamodb.layout.of("PRODUCT")
    shop.stores.dynamodb.clients.writes.update_item(
        TableName=shelf.table, Key=shelf.item_key(thing), UpdateExpression="SET price = :p",
        ExpressionAttributeValues={":p": {"S": "cheap"}},
    )  # fmt: skip
    assert shop.turn(("PRODUCT", thing), ("USER", bob)).parked == 1
    (parked,) = shop.sync.parking.all(9)
    assert parked.detail["item_key"] == {"id": {"N": str(thing["id"])}}
    assert shop.row("products")["price"] == Decimal("1.50")  # type: ignore[index]  # it is there


def test_a_store_that_cannot_be_reached_ends_the_turn(shop: Returning, monkeypatch: pytest.MonkeyPatch) -> None:
    bob, thing = stocked(shop)

    def unavailable(*_: Any) -> Any:
        raise StoreUnavailable("nobody is there", store="dynamodb")

    monkeypatch.setattr(ItemsBack, "read", unavailable)
    with pytest.raises(StoreUnavailable):
        shop.turn(("USER", bob), ("PRODUCT", thing))
    assert shop.sync.parking.count() == 0


def test_a_change_of_hands_is_of_both(shop: Returning) -> None:
    bob, _ = stocked(shop)
    layout, client = shop.stores.dynamodb.layout, shop.stores.dynamodb.clients.writes
    shelf = layout.of("USER")
    at = shelf.item_key(bob)
    old: Any = client.get_item(TableName=shelf.table, Key=at)["Item"]
    shop.of("USER").update(bob["id"], {"email": "robert@x"})
    eve = shop.of("USER").create(user("eve", email="bob@x"))
    new: Any = client.get_item(TableName=shelf.table, Key=at)["Item"]
    assert list(owners(layout, shelf.table, (old, new))) == [("USER", Key(id=of["id"])) for of in (bob, eve)]
    assert owners(layout, shelf.table, (None, {**at, "_type": {"S": "SOMETHING"}})) == {}


@pytest.mark.parametrize("seed", range(3))
def test_random_writes_come_back_and_verify_is_clean(
    sql_server: SqlServer, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:  # fmt: skip
    del dynamodb_endpoint
    monkeypatch.chdir(tmp_path)
    with sql_server.database() as url:
        world = World(CONTRACT, url, table_prefix)
        world.make(25)
        assert test_verify.run("backfill", *world.arguments)[0] == 0
        assert test_verify.run("install", *world.arguments)[0] == 0
        with world.open() as stores, crossfade.open(CONTRACT, table_prefix=table_prefix, stage="dynamodb") as app:
            (group,) = stores.contract.groups
            rows, clock = StageRows([group]), Clock()
            standing = read(stores.mysql.engine, rows.look)[group].to(Stage.LIVE)
            run(stores.mysql.engine, lambda t: rows.move(t, group, standing, clock()))
            relay = BackRelay(SyncBack(stores, rows, group, clock))
            touched = Writes(app, stores, Random(seed)).made(60)
            for _ in range(20):
                turned = relay.turn(touched)
                touched = []
                clock.now += timedelta(minutes=6)
                if not turned.taken:
                    break
            assert relay.turn().taken == 0
        code, report = test_verify.verified(world, "--reverse")
        assert (code, report.differences) == (0, ())


class Writes:
    """Random writes of the shop through its repositories on DynamoDB."""

    def __init__(self, app: crossfade.App, stores: Any, random: Random) -> None:
        self._app, self._random = app, random
        self._scans = {name: Scan(stores.mysql, name).read(Span(), 10**6).records for name in stores.contract.entities}
        self._keys = {name: of.key for name, of in stores.contract.entities.items()}
        self._touched: dict[tuple[str, Key], None] = {}

    def made(self, count: int) -> list[tuple[str, Key]]:
        """Make writes; every entity that they touched, in any order, those that a delete took along too."""
        before = [(name, self._key(name, r)) for name, records in self._scans.items() for r in records]
        writes = (self._swap, self._rename, self._delete, self._sell, self._order, self._create)
        for number in range(count):
            with suppress(CrossfadeError):  # refused, as by what refers to it
                self._random.choice(writes)(number)
        found = list(dict.fromkeys([*before, *self._touched]))
        self._random.shuffle(found)
        return found

    def _key(self, entity: str, record: Any) -> Key:
        return Key({f: record[f] for f in self._keys[entity]})

    def _any(self, entity: str) -> Any:
        return self._random.choice(self._scans[entity])

    def _swap(self, number: int) -> None:
        users = self._app.repository("USER")
        one, two = (users.get(self._any("USER")["id"]) for _ in range(2))
        if one and two and one["id"] != two["id"]:
            for field in ("username", "email"):
                users.update(one["id"], {field: f"swap{number}"})
                users.update(two["id"], {field: one[field]})
                users.update(one["id"], {field: two[field]})

    def _rename(self, number: int) -> None:
        self._app.repository("USER").update(self._any("USER")["id"], {"email": f"new{number}@x"})
        self._app.repository("CATEGORY").update(self._any("CATEGORY")["id"], {"name": f"renamed {number}"})

    def _delete(self, number: int) -> None:
        del number
        entity = self._random.choice(["USER", "PRODUCT", "CART", "ORDER", "CATEGORY"])
        self._app.repository(entity).delete(self._key(entity, self._any(entity)))

    def _sell(self, number: int) -> None:
        self._app.repository("PRODUCT").update(
            self._any("PRODUCT")["id"], {"inventory_quantity": Add(1), "name": str(number)}
        )

    def _order(self, number: int) -> None:
        items = [
            {"product_id": self._any("PRODUCT")["id"], "quantity": n + 1, "price_at_time": Decimal(n)}
            for n in range(number % 3 + 1)
        ]
        self._app.repository("ORDER").update(self._any("ORDER")["id"], {"items": items, "status": "completed"})

    def _create(self, number: int) -> None:
        for entity, record in (
            ("USER", user(f"made{number}")),
            ("CART", {"user_id": self._any("USER")["id"], "product_id": self._any("PRODUCT")["id"], "quantity": 1}),
        ):
            made = self._app.repository(entity).create(record)
            self._touched[entity, self._key(entity, made)] = None
