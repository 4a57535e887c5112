"""What a changed row of the shop reaches: which records are made of it, and whose item keys move with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from crossfade.mysql.ways import Way
from tests.unit.migration.embedded import Shop

CATEGORY = {"id": 1, "name": "Books", "parent_id": None}


def told(ways: Iterable[Way]) -> set[str]:
    """The fields that ways lead to."""
    return {f"{way.entity}.{way.field}" for way in ways}


def test_whose_rows_a_table_holds(shop: Shop) -> None:
    assert dict(shop.groups.reach.rooted) == {
        "users": ["USER"], "shopping_carts": ["CART"], "orders": ["ORDER"], "products": ["PRODUCT"],
        "categories": ["CATEGORY"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "columns", "moved"),
    [
        ("users", {"email"}, {"CART.user_email", "ORDER.user_email"}),
        ("users", {"first_name"}, set()),
        ("users", None, {"CART.user_email", "ORDER.user_email"}),
        ("products", {"name", "price"}, set()),
        ("categories", {"name"}, {"CATEGORY.parent_name"}),
        ("categories", {"parent_id"}, set()),
        ("order_items", None, set()),
        ("none", None, set()),
    ],
)
def test_whose_item_keys_move(shop: Shop, table: str, columns: set[str] | None, moved: set[str]) -> None:
    given = None if columns is None else frozenset(columns)
    assert told(shop.groups.reach.placing(table, given)) == moved


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({}, set()),
        ({"name": "Maps"}, {"CATEGORY.parent_name", "PRODUCT.category_name", "PRODUCT.category_path"}),
        ({"parent_id": 7}, {"CATEGORY.child_count", "PRODUCT.category_path"}),
    ],
)
def test_what_a_change_reaches(shop: Shop, changes: dict[str, Any], reached: set[str]) -> None:
    assert told(shop.groups.reach.reached("categories", CATEGORY, {**CATEGORY, **changes})) == reached


def test_a_row_that_comes_or_goes_reaches_what_no_foreign_key_guards(shop: Shop) -> None:
    """Nothing can be made of a category that is not there yet, or not any more; its parent's children are counted."""
    reach = shop.groups.reach
    for old, new in ((None, CATEGORY), (CATEGORY, None)):
        assert told(reach.reached("categories", old, new)) == {"CATEGORY.child_count"}
    line = {"order_id": 1, "product_id": 2}
    assert told(reach.reached("order_items", None, line)) == {"ORDER.items", "PRODUCT.times_ordered"}
