"""What a write adds to the counts and sums of others."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract.aggregates import Delta, aggregate_effects, aggregate_fields, deltas, embedded_value
from crossfade.contract.expressions import columns, map_columns, parse_condition, parse_expression
from crossfade.contract.model import Attribute, Contract
from crossfade.contract.model_derivation import Aggregate, ChildColumn, ToMany
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import ValueType, parse_sql_type
from tests.unit.contract.planned import contract, entity, field

BIGINT, MONEY = parse_sql_type("bigint"), parse_sql_type("decimal(20,2)")
ID = field("id", "int unsigned", nullable=False)


def resolved(text: str, root: str, *, condition: bool = True) -> Expression:
    """An expression as the loader resolves it: the root row's columns have no table."""
    parsed = parse_condition(text) if condition else parse_expression(text)
    return map_columns(parsed, lambda c: Column(None if c.table == root else c.table, c.name))


def aggregate(
    name: str, operation: Any, table: str, condition: str, root: str, amount: str | None = None, **more: Any
) -> Attribute:
    type_: ValueType = more.pop("type_", BIGINT)
    expression = resolved(amount, root, condition=False) if amount else None
    made = Aggregate(operation, table, more.pop("alias", table), resolved(condition, root), expression)
    return Attribute(name, "N", name, type_, derivation=made, **{"maintain": "propagate", **more})


def owned(**more: Any) -> Attribute:
    """The items of an order."""
    names = {"product_id": "int unsigned", "quantity": "int unsigned", "price": "decimal(10,2)"}
    held = tuple(ChildColumn(n, Column("order_items", n), parse_sql_type(t)) for n, t in names.items())
    many = ToMany(
        "order_items", "order_items", resolved("orders.id = order_items.order_id", "orders"), "array", held, owned=True
    )
    return Attribute(
        "items", "L", "items", ValueType("rows", columns={c.name: c.type for c in held}), derivation=many, **more
    )


def shop(
    *on_product: Attribute, on_order: tuple[Attribute, ...] = (), on_category: tuple[Attribute, ...] = ()
) -> Contract:
    product = entity(
        "PRODUCT",
        [ID, field("category_id", "int unsigned"), field("price", "decimal(10,2)"), *on_product],
        {"PK": "{id}"},
        ["id"],
        source_table="products",
    )
    order = entity(
        "ORDER", [ID, field("status", "varchar(9)"), owned(), *on_order], {"PK": "{id}"}, ["id"], source_table="orders"
    )
    category = entity(
        "CATEGORY",
        [ID, field("parent_id", "int unsigned"), *on_category],
        {"PK": "{id}"},
        ["id"],
        source_table="categories",
    )
    return contract(product, order, category)


ORDERED = aggregate("times_ordered", "COUNT", "order_items", "order_items.product_id = products.id", "products")
SOLD = aggregate(
    "sold", "SUM", "order_items", "order_items.product_id = products.id", "products", "order_items.quantity"
)
PRODUCTS = aggregate("products", "COUNT", "products", "products.category_id = categories.id", "categories")
WORTH = aggregate(
    "worth",
    "SUM",
    "products",
    "products.category_id = categories.id AND products.price > 1",
    "categories",
    "products.price",
    type_=MONEY,
)
CHILDREN = aggregate("children", "COUNT", "categories", "child.parent_id = categories.id", "categories", alias="child")


def item(product: int, quantity: int = 1, price: str = "1.00") -> dict[str, Any]:
    return {"product_id": product, "quantity": quantity, "price": Decimal(price)}


def order(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "status": "new", "items": list(items), **more}


def test_a_record_counts_in_the_entity_that_it_refers_to() -> None:
    made = shop(on_category=(PRODUCTS,))
    (effect,) = aggregate_effects(made, "PRODUCT")
    assert (effect.parent, effect.field, effect.fields, effect.rows) == ("CATEGORY", "products", ("category_id",), None)
    product = {"id": 1, "category_id": 5, "price": None}
    assert deltas((effect,), None, product) == (Delta("CATEGORY", {"id": 5}, "products", 1),)
    assert deltas((effect,), product, None) == (Delta("CATEGORY", {"id": 5}, "products", -1),)
    assert deltas((effect,), product, {**product, "category_id": 6}) == (
        Delta("CATEGORY", {"id": 5}, "products", -1),
        Delta("CATEGORY", {"id": 6}, "products", 1),
    )
    assert deltas((effect,), product, {**product, "price": 1}) == ()


def test_a_null_reference_counts_nowhere() -> None:
    effects = aggregate_effects(shop(on_category=(PRODUCTS,)), "PRODUCT")
    assert deltas(effects, None, {"id": 1, "category_id": None, "price": None}) == ()


def test_a_sum_counts_what_its_condition_lets_through() -> None:
    effects = aggregate_effects(shop(on_category=(WORTH,)), "PRODUCT")
    old = {"id": 1, "category_id": 5, "price": Decimal("1.00")}
    new = {**old, "price": Decimal("2.50")}
    assert deltas(effects, old, new) == (Delta("CATEGORY", {"id": 5}, "worth", Decimal("2.50")),)
    assert deltas(effects, new, {**new, "price": None}) == (Delta("CATEGORY", {"id": 5}, "worth", Decimal("-2.50")),)


def test_a_category_counts_its_children() -> None:
    effects = aggregate_effects(shop(on_category=(CHILDREN,)), "CATEGORY")
    assert deltas(effects, None, {"id": 2, "parent_id": 1}) == (Delta("CATEGORY", {"id": 1}, "children", 1),)


def test_owned_rows_count_each_for_itself() -> None:
    effects = aggregate_effects(shop(ORDERED, SOLD), "ORDER")
    assert [e.fields for e in effects] == [("items.product_id",), ("items.product_id",)]
    found = deltas(effects, order(item(1), item(2)), order(item(2, 5), item(3), item(3)))
    assert found == (
        Delta("PRODUCT", {"id": 1}, "times_ordered", -1),
        Delta("PRODUCT", {"id": 3}, "times_ordered", 2),
        Delta("PRODUCT", {"id": 1}, "sold", -1),
        Delta("PRODUCT", {"id": 2}, "sold", 4),
        Delta("PRODUCT", {"id": 3}, "sold", 2),
    )


def test_no_rows_count_nothing() -> None:
    assert deltas(aggregate_effects(shop(ORDERED), "ORDER"), None, order(items=None)) == ()


def test_an_owned_row_may_count_through_its_owner() -> None:
    """The child's own foreign key is no column of the row, but it equals the owner's key."""
    ledger = aggregate("lines", "COUNT", "order_items", "order_items.order_id = ledgers.id", "ledgers")
    made = shop()
    ledgers = entity("LEDGER", [ID, ledger], {"PK": "{id}"}, ["id"], source_table="ledgers")
    effects = aggregate_effects(contract(ledgers, *made.entities.values()), "ORDER")
    assert deltas(effects, None, order(item(1), item(2), id=9)) == (Delta("LEDGER", {"id": 9}, "lines", 2),)


@pytest.mark.parametrize(
    ("operation", "amount", "found", "of_none"),
    [
        ("COUNT", None, Decimal(3), Decimal(0)),
        ("SUM", "order_items.quantity * order_items.price", Decimal("11.00"), Decimal("0.00")),
        ("AVG", "order_items.quantity", Decimal("2.33"), None),
        ("MIN", "order_items.price", Decimal("1.00"), None),
        ("MAX", "order_items.price", Decimal("5.00"), None),
    ],
)
def test_a_record_aggregates_its_own_rows(operation: Any, amount: str | None, found: Any, of_none: Any) -> None:
    attribute = aggregate(
        "a", operation, "order_items", "order_items.order_id = orders.id", "orders", amount, type_=MONEY
    )
    made = shop(on_order=(attribute,))
    (of_order,) = aggregate_fields(made, "ORDER")
    assert of_order.effect is not None
    assert of_order.effect.embedded
    rows = order(item(1, 3, "1.00"), item(2, 3, "1.00"), item(3, 1, "5.00"))
    assert embedded_value(of_order.effect, rows, MONEY) == found
    assert embedded_value(of_order.effect, order(), MONEY) == of_none
    assert aggregate_effects(made, "ORDER") == ()


def test_an_aggregate_of_own_rows_may_be_filtered_by_the_record() -> None:
    condition = "order_items.order_id = orders.id AND orders.status = 'new' AND order_items.quantity > 1"
    made = shop(on_order=(aggregate("a", "COUNT", "order_items", condition, "orders"),))
    (found,) = aggregate_fields(made, "ORDER")
    assert found.effect is not None
    assert embedded_value(found.effect, order(item(1), item(1, 2)), BIGINT) == 1
    assert embedded_value(found.effect, order(item(1, 2), status="done"), BIGINT) == 0


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        (
            aggregate("a", "MAX", "products", "products.category_id = categories.id", "categories", "products.price"),
            "MAX cannot be kept by adding to it",
        ),
        (
            aggregate(
                "a", "COUNT", "products", "products.category_id = categories.id", "categories", maintain="snapshot"
            ),
            "it is a snapshot",
        ),
        (
            aggregate("a", "COUNT", "ghosts", "ghosts.category_id = categories.id", "categories"),
            "table ghosts belongs to no entity, nor does any own all its rows",
        ),
        (
            aggregate("a", "COUNT", "products", "products.category_id = categories.parent_id", "categories"),
            "the rows are not joined by the key of CATEGORY",
        ),
        (
            aggregate("a", "COUNT", "products", "products.shelf = categories.id", "categories"),
            "PRODUCT has no field of column products.shelf",
        ),
        (
            aggregate("a", "COUNT", "order_items", "order_items.shelf = categories.id", "categories"),
            "ORDER.items has no column order_items.shelf",
        ),
        (
            aggregate(
                "a",
                "COUNT",
                "products",
                "products.category_id = categories.id AND products.id > categories.parent_id",
                "categories",
            ),
            "its condition reads categories.parent_id of the counting row",
        ),
    ],
)
def test_what_cannot_be_kept_says_why(attribute: Attribute, reason: str) -> None:
    (found,) = aggregate_fields(shop(on_category=(attribute,)), "CATEGORY")
    assert (found.effect, found.reason) == (None, reason)


_ORDERS = st.builds(
    lambda items: order(*items), st.lists(st.builds(item, st.integers(1, 3), st.integers(0, 5)), max_size=4)
)
_EVERY = shop(ORDERED, SOLD)


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | _ORDERS), max_size=12))
def test_the_sum_of_all_deltas_is_a_recount(writes: list[tuple[int, dict[str, Any] | None]]) -> None:
    effects = aggregate_effects(_EVERY, "ORDER")
    orders: dict[int, dict[str, Any]] = {}
    kept: Counter[tuple[Any, str]] = Counter()
    for number, new in writes:
        for delta in deltas(effects, orders.get(number), new):
            assert delta.amount != 0
            kept[delta.key["id"], delta.field] += int(delta.amount)
        orders.pop(number, None)
        if new is not None:
            orders[number] = new
    recount: Counter[tuple[Any, str]] = Counter()
    for row in (row for held in orders.values() for row in held["items"]):
        recount[row["product_id"], "times_ordered"] += 1
        recount[row["product_id"], "sold"] += row["quantity"]
    assert {k: v for k, v in kept.items() if v} == {k: v for k, v in recount.items() if v}


def test_expressions_of_effects_are_over_fields() -> None:
    for effect in aggregate_effects(_EVERY, "ORDER"):
        assert effect.amount is None or columns(effect.amount) == (Column("items", "quantity"),)
