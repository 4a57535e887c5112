"""sync_back on MySQL and MariaDB: a row is what its item says, exactly, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal.stage import Stage, StageMoved
from crossfade.migration.sync_back import Unsynced
from tests.conformance.samples import book, branch, chapter, loan, member
from tests.integration.migration.returning import returning
from tests.integration.servers import DynamoServer, SqlServer
from tests.returning import Returning


@pytest.fixture
def shop(sql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[Returning]:
    with returning("shop", sql_server, dynamodb_server) as made:
        yield made


@pytest.fixture
def library(sql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[Returning]:
    with returning("library", sql_server, dynamodb_server) as made:
        yield made


def user(name: str, **fields: Any) -> dict[str, Any]:
    return {"username": name, "email": f"{name}@x", "password_hash": "h", **fields}


def stocked(shop: Returning) -> tuple[dict[str, Any], dict[str, Any]]:
    """A user and a product that MySQL has."""
    bob = shop.of("USER").create(user("bob"))
    kind = shop.of("CATEGORY").create({"name": "things"})
    fields = {"seller_id": bob["id"], "category_id": kind["id"], "name": "thing", "price": Decimal("1.50")}
    thing = shop.of("PRODUCT").create({**fields, "inventory_quantity": 9})
    for of in (("USER", bob), ("CATEGORY", kind), ("PRODUCT", thing)):
        assert shop.back(*of).outcome == "written"
    return bob, thing


def test_what_is_created_changed_and_deleted(shop: Returning) -> None:
    bob, thing = stocked(shop)
    assert shop.records("USER") == {(bob["id"],): bob}
    changed = shop.of("PRODUCT").update(thing["id"], {"price": Decimal("2.25"), "description": "new"})
    assert shop.back("PRODUCT", thing).outcome == "written"
    assert shop.records("PRODUCT") == {(thing["id"],): changed}
    again = shop.back("PRODUCT", thing)
    assert again.outcome == "same"
    shop.of("PRODUCT").delete(thing["id"])
    gone = shop.back("PRODUCT", thing)
    assert (gone.outcome, gone.token) == ("deleted", None)
    assert shop.records("PRODUCT") == {}
    assert shop.back("PRODUCT", thing).outcome == "same"


def test_the_token_is_remembered(shop: Returning) -> None:
    _, thing = stocked(shop)
    tokens = [shop.back("PRODUCT", thing).token]
    shop.of("PRODUCT").update(thing["id"], {"name": "other"})
    tokens.append(shop.back("PRODUCT", thing).token)
    assert len(set(tokens)) == 2
    place = shop.sync.place("PRODUCT", shop.key("PRODUCT", thing))
    with shop.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT token FROM crossfade_rev WHERE place = '{place}'").scalar_one()  # noqa: S608 - a digest
    assert found == tokens[-1]


def test_owned_rows_follow_their_list(shop: Returning) -> None:
    bob, thing = stocked(shop)
    line = {"product_id": thing["id"], "quantity": 1, "price_at_time": Decimal("1.50")}
    order = shop.of("ORDER").create({"user_id": bob["id"], "total_amount": Decimal(3), "items": [line, line]})
    assert shop.back("ORDER", order).outcome == "written"
    before = shop.all("order_items")
    items = [line, {**line, "quantity": 5}, line]
    changed = shop.of("ORDER").update(order["id"], {"items": items})
    shop.back("ORDER", order)
    assert shop.records("ORDER") == {(order["id"],): changed}
    assert shop.all("order_items")[0] == before[0]  # what stays the same is not touched
    assert [row["quantity"] for row in shop.all("order_items")] == [1, 5, 1]
    shop.of("ORDER").delete(order["id"])
    shop.back("ORDER", order)
    assert shop.all("order_items") == []


def test_renames_move_items_and_not_rows(shop: Returning) -> None:
    bob, thing = stocked(shop)
    line = shop.of("CART").create({"user_id": bob["id"], "product_id": thing["id"], "quantity": 2})
    shop.back("CART", line)
    shop.of("USER").update(bob["id"], {"email": "robert@x"})  # the partition key of user and cart
    assert shop.back("CART", line).outcome == "same"
    assert shop.back("USER", bob).outcome == "written"
    assert shop.row("users", id=bob["id"])["email"] == "robert@x"  # type: ignore[index]  # it is there
    assert shop.all("shopping_carts") != []


def test_a_tombstone_that_says_where_the_item_went_is_no_delete(shop: Returning) -> None:
    """The user has moved on, the cart has moved once, and MySQL has heard of neither."""
    bob, thing = stocked(shop)
    line = shop.of("CART").create({"user_id": bob["id"], "product_id": thing["id"], "quantity": 2})
    shop.back("CART", line)
    layout, client = shop.stores.dynamodb.layout, shop.stores.dynamodb.clients.writes
    shelf = layout.of("CART")
    first, second = (shelf.item_key({**line, "user_email": email}) for email in ("bob@x", "second@x"))
    item: Any = client.get_item(TableName=shelf.table, Key=first, ConsistentRead=True)["Item"]
    tombstones = layout.tombstones("t")
    assert tombstones is not None
    client.put_item(TableName=shelf.table, Item={**item, **second, "quantity": {"N": "7"}, "_rev": {"S": "s"}})
    client.put_item(TableName=shelf.table, Item=tombstones.item(shelf, first, line, moved=second))
    shop.of("USER").update(bob["id"], {"email": "third@x"})
    assert shop.of("CART").get(shop.key("CART", line)) is None
    assert shop.back("CART", line).outcome == "written"
    assert shop.row("shopping_carts")["quantity"] == 7  # type: ignore[index]  # it is there
    client.put_item(TableName=shelf.table, Item=tombstones.item(shelf, second, line))
    assert shop.back("CART", line).outcome == "deleted"


@pytest.mark.parametrize("stage", [Stage.SHADOW, Stage.DYNAMODB])
def test_where_mysql_does_not_follow_nothing_is_written(shop: Returning, stage: Stage) -> None:
    bob = shop.of("USER").create(user("bob"))
    shop.move(stage)
    with pytest.raises(StageMoved):
        shop.back("USER", bob)
    with pytest.raises(StageMoved):
        shop.turn(("USER", bob))
    assert shop.all("users") == []
    with shop.engine.connect() as connection:
        for table in ("crossfade_rev", "crossfade_parked"):
            assert connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar_one() == 0  # noqa: S608 - our own
    shop.move(Stage.RAMP_DOWN)
    assert shop.back("USER", bob).outcome == "written"


def test_no_server_side_value_has_a_say(shop: Returning) -> None:
    shop.execute(
        "ALTER TABLE products MODIFY updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) "
        "ON UPDATE CURRENT_TIMESTAMP(6), ADD COLUMN touched DATETIME(6) NULL DEFAULT '2001-01-01' "
        "ON UPDATE CURRENT_TIMESTAMP(6), MODIFY image_url VARCHAR(500) NULL DEFAULT 'none.png'"
    )
    _, thing = stocked(shop)
    assert shop.row("products")["image_url"] is None  # type: ignore[index]  # it is there
    shop.of("PRODUCT").update(thing["id"], {"inventory_quantity": 3})
    stored = shop.of("PRODUCT").get(thing["id"])
    assert shop.back("PRODUCT", thing).outcome == "written"
    assert shop.records("PRODUCT") == {(thing["id"],): stored}
    with shop.engine.connect() as connection:
        touched = connection.exec_driver_sql("SELECT YEAR(touched) FROM products").scalar_one()
    assert touched == 2001  # a column that no field has stays what it is


def test_what_a_trigger_makes_of_a_value_is_refused_whole(shop: Returning) -> None:
    shop.execute("CREATE TRIGGER shout BEFORE INSERT ON categories FOR EACH ROW SET NEW.name = UPPER(NEW.name)")
    quiet = shop.of("CATEGORY").create({"name": "quiet"})
    with pytest.raises(Unsynced, match="name: MySQL would keep another value"):
        shop.back("CATEGORY", quiet)
    assert shop.all("categories") == []


def test_the_counter_moves_along(shop: Returning) -> None:
    bob, thing = stocked(shop)
    shop.back("CART", shop.of("CART").create({"user_id": bob["id"], "product_id": thing["id"], "quantity": 2}))
    shop.of("CART").delete({"user_id": bob["id"], "product_id": thing["id"]})
    fields = {"user_id": bob["id"], "product_id": thing["id"], "quantity": 3}
    line = shop.of("CART").create({**fields, "id": 5_000})  # the same key, and another row
    assert shop.back("CART", line).outcome == "written"
    assert [row["id"] for row in shop.all("shopping_carts")] == [5_000]
    other = shop.of("USER").create(user("other", id=7_000))
    shop.back("USER", other)
    shop.execute(
        "INSERT INTO users (username, email, password_hash) VALUES ('n', 'n', 'n')",
        f"INSERT INTO shopping_carts (user_id, product_id, quantity) VALUES ({other['id']}, {thing['id']}, 1)",  # noqa: S608 - numbers
    )
    assert [row["id"] for row in shop.all("users")][-1] == 7_001
    assert [row["id"] for row in shop.all("shopping_carts")] == [5_000, 5_001]


def test_the_library(library: Returning) -> None:
    made = [
        ("MEMBER", member(1, interests={"art"}, pin="1234")), ("LANGUAGE", {"code": "en", "name": "English"}),
        ("BOOK", book(1, language_code="en", chapters=[chapter("One", pages=3), chapter("Two", free=True)])),
        ("BRANCH", branch("b1")), ("BRANCH", branch("b2", parent_code="b1")), ("LOAN", loan(branch_code="b2")),
    ]  # fmt: skip
    for entity, record in made:
        stored = library.of(entity).create(record)
        assert library.back(entity, stored).outcome == "written"
    library.assert_equal()
    assert len(library.records("BRANCH")) == 2
    library.of("MEMBER").update(member(1)["id"], {"email": "M1@EXAMPLE.COM", "name": "Renamed"})
    library.of("BOOK").update(book(1)["id"], {"chapters": [chapter("Two", free=True)]})
    library.of("BRANCH").delete("b1")
    for of in (("MEMBER", member(1)), ("BOOK", book(1)), ("BRANCH", branch("b1")), ("BRANCH", branch("b2"))):
        library.back(*of)
    library.assert_equal()
    assert library.row("members")["email"] == "M1@EXAMPLE.COM"  # type: ignore[index]  # it is there


def test_an_expired_item_is_no_item(library: Returning) -> None:
    end = library.clock().replace(microsecond=0)
    fields = {"token": "t", "member_id": "m", "device": "d"}
    library.of("SESSION").create({**fields, "expires": end.replace(year=end.year + 1)})
    assert library.back("SESSION", "t").outcome == "written"
    library.clock.advance(days=400)
    assert library.back("SESSION", "t").outcome == "deleted"
