"""Ways: every join of the shop's contract, run backwards."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.key import Key
from crossfade.mysql import MySQLStore, create_sqlite_file, open_store
from crossfade.mysql.transaction import read
from crossfade.mysql.ways import Way
from tests.conformance.backend import Clock, load_contract, schema_of

ROWS = """
INSERT INTO users (id, username, email, password_hash, first_name, last_name)
  VALUES (1, 'a', 'a@x.org', 'h', 'A', 'A'), (2, 'b', 'b@x.org', 'h', 'B', 'B');
INSERT INTO categories (id, name, parent_id) VALUES (1, 'Books', NULL), (2, 'Maps', 1), (3, 'Old maps', 2);
INSERT INTO products (id, name, price, inventory_quantity, category_id, seller_id)
  VALUES (10, 'Atlas', 1, 1, 3, 1), (11, 'Novel', 1, 1, 1, 1);
INSERT INTO shopping_carts (id, user_id, product_id, quantity) VALUES (1, 1, 10, 1), (2, 2, 10, 1), (3, 1, 11, 1);
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MySQLStore]:
    """The shop with a few rows."""
    file = tmp_path / "shop.sqlite"
    create_sqlite_file(file, schema_of("shop").read_text(encoding="utf-8"))
    made = open_store(load_contract("shop"), f"sqlite:///{file}", clock=Clock())
    with made.engine.begin() as connection:
        for statement in ROWS.split(";\n"):
            connection.exec_driver_sql(statement)
    yield made
    made.close()


def told(way: Way) -> tuple[Any, ...]:
    """A way in one line."""
    return way.table, way.field, way.links, sorted(way.reads), way.guarded


def follow(store: MySQLStore, entity: str, field: str, **values: Any) -> list[set[Key]]:
    """The keys that the ways to a field lead to from a row, way by way."""
    ways = [way for way in store.ways(entity) if way.field == field]
    return [set(read(store.engine, lambda t, way=way: way.keys(t, values))) for way in ways]  # type: ignore[misc]  # binds the loop's value


def test_every_joined_row_has_a_way_back(store: MySQLStore) -> None:
    assert [told(way) for way in store.ways("CART")] == [
        ("users", "user_email", ("id",), ["email", "id"], True),
        ("products", "product_name", ("id",), ["id", "name"], True),
        ("products", "product_price", ("id",), ["id", "price"], True),
    ]
    assert [told(way) for way in store.ways("CATEGORY")] == [
        ("categories", "parent_name", ("id",), ["id", "name"], True),
        ("products", "product_count", ("category_id",), ["category_id"], False),
        ("categories", "child_count", ("parent_id",), ["parent_id"], False),
    ]
    assert store.ways("USER") == []


def test_a_chain_has_a_way_from_every_link(store: MySQLStore) -> None:
    """Atlas lies under Old maps, under Maps, under Books."""
    atlas, novel = Key(id=10), Key(id=11)
    assert follow(store, "PRODUCT", "category_path", id=3) == [{atlas}, set(), set()]
    assert follow(store, "PRODUCT", "category_path", id=2) == [set(), {atlas}, set()]
    assert follow(store, "PRODUCT", "category_path", id=1) == [{novel}, set(), {atlas}]


def test_a_row_leads_to_all_that_is_made_of_it(store: MySQLStore) -> None:
    lines = [{Key(user_id=1, product_id=10), Key(user_id=2, product_id=10)}]
    assert follow(store, "CART", "product_name", id=10) == lines
    assert follow(store, "CART", "product_name", id=99) == [set()]


def test_a_count_leads_to_the_row_that_counts(store: MySQLStore) -> None:
    assert follow(store, "CATEGORY", "child_count", parent_id=1) == [{Key(id=1)}]
    assert follow(store, "CATEGORY", "child_count", parent_id=None) == [set()]


def test_a_join_by_no_equality_is_refused(store: MySQLStore) -> None:
    contract = deepcopy(load_contract("shop").definition)
    (category,) = [
        e for table in contract["tables"] for e in table.get("entities", [table]) if e.get("entity_type") == "CATEGORY"
    ]
    joined = next(a for a in category["attributes"] if a["name"] == "parent_name")
    joined["join"]["join_condition"] = "parent.id > categories.parent_id"
    changed = MySQLStore(load(contract), store.engine)
    with pytest.raises(SchemaMismatch, match=r"CATEGORY\.parent_name joins categories by no equality"):
        changed.ways("CATEGORY")
