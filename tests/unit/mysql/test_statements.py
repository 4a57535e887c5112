"""The statements that MySQL gets, literally."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract.plan import plan_contract
from crossfade.dal.change import Add, Append, Remove
from crossfade.dal.condition import Condition, F
from crossfade.dal.query import Query, Range
from crossfade.mysql.statements import Direct
from tests.conformance.backend import START
from tests.unit.mysql.compiling import contract, records, text, where, writer


def test_to_one_rows_are_joined_once_each() -> None:
    assert text(records("CART").projection.select) == (
        "SELECT shopping_carts.id AS c0, shopping_carts.user_id AS c1, shopping_carts.product_id AS c2,"
        " shopping_carts.quantity AS c3, shopping_carts.created_at AS c4, shopping_carts.updated_at AS c5,"
        " users.email AS c6, products.name AS c7, products.price AS c8"
        " FROM shopping_carts LEFT OUTER JOIN users AS users ON users.id = shopping_carts.user_id"
        " LEFT OUTER JOIN products AS products ON products.id = shopping_carts.product_id"
    )


def test_aggregates_are_correlated_subqueries() -> None:
    made = text(records("CATEGORY").projection.select)
    assert (
        "coalesce((SELECT count(*) AS count_1 FROM products AS product_count_products"
        " WHERE product_count_products.category_id = categories.id), 0) AS c6" in made
    )
    assert made.count(" JOIN ") == 1


def test_the_children_of_all_parents_are_one_statement() -> None:
    assert text(records("ORDER").projection.to_many["items"].statement([(1,), (2,)], lock=True)) == (
        "SELECT orders.id AS p0, order_items.product_id AS c0, order_items.quantity AS c1,"
        " order_items.price_at_time AS c2"
        " FROM orders INNER JOIN order_items AS order_items ON order_items.order_id = orders.id"
        " WHERE orders.id IN (1, 2) ORDER BY order_items.id ASC, order_items.id ASC FOR UPDATE OF order_items"
    )


def _update(entity: str, changes: dict[str, Any], condition: Condition | None = None) -> str | None:
    made = writer(entity)
    direct = made.direct_update(made._prepare.update({"id": 7}, changes, condition))
    return None if direct is None else _text(direct)


def _text(direct: Direct) -> str:
    return text(direct.statement, direct.values)


def test_no_oversell_is_one_statement() -> None:
    assert _update("PRODUCT", {"inventory_quantity": Add(-3)}, F("inventory_quantity") >= 3) == (
        "UPDATE products SET inventory_quantity=(products.inventory_quantity + -3),"
        " updated_at=datetime.datetime(2034, 5, 1, 12, 0, 0, 250000)"
        " WHERE (products.id = 7) AND (products.inventory_quantity >= 3)"
    )


def test_null_counts_as_nothing_and_is_set() -> None:
    made = _update("CATEGORY", {"parent_id": Remove()})
    assert made == "UPDATE categories SET parent_id=None WHERE categories.id = 7"


@pytest.mark.parametrize(
    ("entity", "changes", "condition"),
    [
        ("ORDER", {"items": Append({"product_id": 1, "quantity": 1, "price_at_time": Decimal(1)})}, None),
        ("ORDER", {"status": "completed"}, F("user_email") == "a@example.com"),
    ],
)
def test_what_one_statement_cannot_say(entity: str, changes: dict[str, Any], condition: Condition | None) -> None:
    assert _update(entity, changes, condition) is None


def test_what_asks_for_no_more_than_a_key_is_compiled_once() -> None:
    made = writer("PRODUCT")
    one, two = (made.direct_update(made._prepare.update({"id": n}, {"name": f"{n}"})) for n in (7, 8))
    assert one is not None
    assert two is not None
    assert one.statement is two.statement
    assert _text(two) == (
        "UPDATE products SET name='8', updated_at=datetime.datetime(2034, 5, 1, 12, 0, 0, 250000) WHERE products.id = 8"
    )
    first, again = (made.direct_delete(made._prepare.delete({"id": n})) for n in (7, 8))
    assert first is not None
    assert again is not None
    assert first.statement is again.statement
    assert _text(again) == "DELETE FROM products WHERE products.id = 8"


def test_a_conditional_delete_is_one_statement() -> None:
    made = writer("PRODUCT")
    direct = made.direct_delete(made._prepare.delete({"id": 7}, F("seller_id") == 4))
    assert direct is not None
    assert _text(direct) == "DELETE FROM products WHERE (products.id = 7) AND (products.seller_id = 4)"


def test_a_key_is_locked_without_its_joined_rows() -> None:
    reads = records("CART")
    key = {"user_id": 1, "product_id": 2}
    locked = reads.projection.select.where(reads.by_keys([key])).with_for_update(of=reads.projection.root)
    made = text(locked)
    assert made.endswith(
        "WHERE (shopping_carts.user_id = 1) AND (shopping_carts.product_id = 2) FOR UPDATE OF shopping_carts"
    )


CONDITIONS: list[tuple[str, Condition, str]] = [
    ("PRODUCT", F("seller_id") == 3, "products.seller_id = 3"),
    ("PRODUCT", F("seller_id") != 3, "products.seller_id <> 3"),
    ("PRODUCT", ~(F("price") > Decimal("1.5")), "products.price <= Decimal('1.50')"),
    ("PRODUCT", F("description").is_null(), "products.description IS NULL"),
    ("PRODUCT", F("name").is_null(), "false = 1"),
    ("PRODUCT", ~(F("description") == "x"), "products.description IS NULL OR (products.description <> 'x')"),
    ("PRODUCT", F("category_id").one_of([1, 2]), "products.category_id IN (1, 2)"),
    ("PRODUCT", F("name").starts_with("50%_!"), "products.name LIKE '50!%!_!!%' ESCAPE '!'"),
    (
        "PRODUCT",
        F("name").contains("50%"),
        "INSTR(CAST(convert(products.name USING utf8mb4) AS BINARY), CAST(convert('50%' USING utf8mb4) AS BINARY)) > 0",
    ),
    (
        "ORDER",
        F("status") < "pending",
        "CAST(convert(orders.status USING utf8mb4) AS BINARY) < CAST(convert('pending' USING utf8mb4) AS BINARY)",
    ),
    ("ORDER", F("user_email") == "a", "users.email = 'a'"),
]


@pytest.mark.parametrize(("entity", "condition", "expected"), CONDITIONS)
def test_conditions(entity: str, condition: Condition, expected: str) -> None:
    checked = writer(entity)._prepare.condition(condition)
    assert checked is not None
    compiled = records(entity).queries.compiled(checked)
    assert compiled.rest is None
    assert where(compiled.where) == expected


def test_what_sql_cannot_compare_is_left_to_the_records() -> None:
    condition = (F("user_id") == 3) & F("items").is_null()
    compiled = records("ORDER").queries.compiled(condition)
    assert where(compiled.where) == "orders.user_id = 3"
    assert compiled.rest == F("items").is_null()


def _query(**parts: Any) -> Query:
    plan = plan_contract(contract())["ORDER"]["for_user"]
    known: dict[str, Any] = {"by": {"user_id": 3}, "range": None, "where": None, "descending": True, "limit": 10}
    return Query(entity=contract().entities["ORDER"], plan=plan, **{**known, **parts})


def _page(query: Query) -> str:
    asked: list[str] = []

    def read(statement: Any, values: Any) -> list[Any]:
        asked.append(text(statement, values))
        return []

    records("ORDER").queries.find(query, read)
    (made,) = asked
    return made.partition(" WHERE ")[2]


def test_a_page_is_compiled_once_for_each_shape() -> None:
    queries = records("ORDER").queries
    made = [queries.prepared(_query(by={"user_id": n}, limit=n)) for n in (3, 4)]
    assert made[0] is made[1]
    behind = [queries.prepared(_query(after=(START, n))) for n in (3, 4)]
    assert behind[0] is behind[1]
    ranges = [Range(ge=START), Range(ge=START, lt=START), Range()]
    others = [queries.prepared(_query(range=of)) for of in ranges] + [queries.prepared(_query(descending=False))]
    assert len({id(found) for found in (made[0], behind[0], *others)}) == 6


def test_a_page_whose_values_decide_is_compiled_for_itself() -> None:
    queries = records("ORDER").queries
    assert queries.prepared(_query(where=F("status") == "paid")) is None
    assert queries.prepared(_query(by={"user_id": None})) is None
    assert queries.prepared(_query(after=(None, 3))) is None


def test_a_page_of_a_range() -> None:
    moment = "datetime.datetime(2034, 5, 1, 12, 0, 0, 250000)"
    assert _page(_query(range=Range(ge=START, lt=START))) == (
        f"(orders.user_id = 3) AND (orders.created_at >= {moment}) AND (orders.created_at < {moment})"
        " ORDER BY orders.created_at DESC, orders.id DESC LIMIT 11"
    )


def test_a_page_begins_behind_a_key() -> None:
    moment = "datetime.datetime(2034, 5, 1, 12, 0, 0, 250000)"
    assert _page(_query(after=(START, 5))) == (
        f"(orders.user_id = 3) AND (orders.created_at <= {moment}) AND ((orders.created_at < {moment})"
        f" OR (orders.created_at = {moment}) AND (orders.id < 5))"
        " ORDER BY orders.created_at DESC, orders.id DESC LIMIT 11"
    )


def test_a_first_page_asks_for_one_more() -> None:
    assert _page(_query()) == "orders.user_id = 3 ORDER BY orders.created_at DESC, orders.id DESC LIMIT 11"


def test_a_count_joins_nothing_that_it_does_not_ask_for() -> None:
    counted = records("ORDER").queries.count(_query())
    assert text(counted) == "SELECT count(*) AS count_1 FROM orders WHERE orders.user_id = 3"
    joined = records("ORDER").queries.count(_query(where=F("user_email") == "a"))
    assert "LEFT OUTER JOIN users" in text(joined)
