"""What one change of the shop means for others, in the store that follows: by either authority."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import crossfade
from crossfade.dal.key import Key
from crossfade.dal.stage import Stage
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.expected import tombstone
from crossfade.dynamodb.wire import Item
from tests.integration.migration.following import followed
from tests.integration.migration.live import Live, move

PAID = Decimal("5.00")


@dataclass
class Shop:
    """A customer with a line in the cart and an order of the same product, in both stores."""

    live: Live
    stage: Stage

    def __post_init__(self) -> None:
        settings: Any = {"mysql_url": self.live.world.url, "table_prefix": self.live.world.prefix}
        self.open: Callable[[str], crossfade.App] = lambda stage: crossfade.open(
            self.live.world.contract, stage=stage, **settings
        )
        self.app = self.live.app
        seller, self.customer = (
            self.of("USER").create({"username": name, "email": f"{name}@example.com", "password_hash": "x"})["id"]
            for name in ("seller", "customer")
        )
        kind = self.of("CATEGORY").create({"name": "A category"})["id"]
        product = {"seller_id": seller, "category_id": kind, "name": "Before", "price": PAID, "inventory_quantity": 9}
        self.product = self.of("PRODUCT").create(product)["id"]
        line = {"user_id": self.customer, "product_id": self.product}
        self.of("CART").create({**line, "quantity": 1})
        self.line = Key(line)
        item = {"product_id": self.product, "quantity": 1, "price_at_time": PAID}
        order = {"user_id": self.customer, "total_amount": PAID, "items": [item]}
        self.order = self.of("ORDER").create(order)["id"]
        self.caught_up()
        assert len(self.partition("customer@example.com")) == 3

    def of(self, entity: str) -> Any:
        """An entity's repository, of the application that moves."""
        return self.app.repository(entity)

    def caught_up(self) -> None:
        """Wait until the store that follows is equal."""
        if self.stage is Stage.LIVE:
            followed(self.live)
            return
        self.live.clock.now = max(self.live.clock.now, datetime.now(UTC))
        self.live.drain()
        self.live.assert_equal()

    def follower(self) -> crossfade.App:
        """The store that follows, by itself."""
        return self.open("mysql" if self.stage is Stage.LIVE else "dynamodb")

    def partition(self, email: str) -> list[Item]:
        """What lies under an email in DynamoDB, but for tombstones."""
        with self.live.world.open() as stores:
            items = Calls(stores.dynamodb.clients).read(
                "Query",
                TableName=f"{self.live.world.prefix}Users",
                KeyConditionExpression="PK = :p",
                ExpressionAttributeValues={":p": {"S": email}},
                ConsistentRead=True,
            )["Items"]
        return [item for item in items if not tombstone(item)]


@pytest.fixture(params=[Stage.DUAL_WRITE, Stage.LIVE])
def shop(request: pytest.FixtureRequest, live: Live) -> Shop:
    """The shop under MySQL's authority, and under DynamoDB's."""
    if request.param is Stage.LIVE:
        live.world.stream()
        move(live, "advance", Stage.SHADOW, "--force")
        move(live, "advance", Stage.LIVE, "--force")
    return Shop(live, request.param)


def test_a_deleted_user_takes_cart_and_orders_along(shop: Shop) -> None:
    assert shop.of("USER").delete(shop.customer)
    shop.caught_up()
    assert shop.partition("customer@example.com") == []
    with shop.follower() as app:
        assert app.repository("USER").get(shop.customer) is None
        assert app.repository("CART").get(shop.line) is None
        assert app.repository("ORDER").get(shop.order) is None
        assert (app.repository("PRODUCT").get(shop.product) or {})["times_ordered"] == 0


def test_a_renamed_product_changes_carts_and_leaves_orders_alone(shop: Shop) -> None:
    with shop.follower() as app:
        ordered = app.repository("ORDER").get(shop.order) or {}
    shop.of("PRODUCT").update(shop.product, {"name": "After", "price": Decimal("7.50")})
    shop.caught_up()
    with shop.follower() as app:
        line = app.repository("CART").get(shop.line) or {}
        assert (line["product_name"], line["product_price"]) == ("After", Decimal("7.50"))
        assert app.repository("ORDER").get(shop.order) == ordered
    assert [item["price_at_time"] for item in ordered["items"]] == [PAID]


def test_a_new_email_moves_the_whole_partition(shop: Shop) -> None:
    shop.of("USER").update(shop.customer, {"email": "moved@example.com"})
    shop.caught_up()
    assert shop.partition("customer@example.com") == []
    assert {item["SK"]["S"].split("#")[0] for item in shop.partition("moved@example.com")} == {"", "CART", "ORDER"}
    with shop.follower() as app:
        assert (app.repository("USER").get(shop.customer) or {})["email"] == "moved@example.com"
        assert (app.repository("CART").get(shop.line) or {})["user_email"] == "moved@example.com"
        assert (app.repository("ORDER").get(shop.order) or {})["user_email"] == "moved@example.com"
