"""The contracts of the tree: their rows are right, the same everywhere, and those of smaller runs come first."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import Contract, SourceSchema, load, parse_schema
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.layout import Layout
from crossfade.mysql import MySQLStore, create, insert_rows
from crossfade.mysql.scan import Scan, Span
from crossfade.mysql.schema import create_sqlite
from crossfade.seed import NOW, SeedError, plan_seed, seed_rows
from tests.unit.seed.checking import rows_of

ROOT = Path(__file__).parents[3]
CONTRACTS = {
    "shop": ROOT / "contracts" / "migrationContract.json",
    "library": ROOT / "tests" / "contracts" / "library" / "contract.json",
    "unusual": ROOT / "tests" / "contracts" / "unusual" / "migrationContract.json",
    "chinook": ROOT / "examples" / "chinook" / "migrationContract.json",
    "productivity": ROOT / "contracts" / "examples" / "productivity" / "migrationContract.json",
    "shuttle": ROOT / "contracts" / "examples" / "shuttle" / "migrationContract.json",
    "calendsync": ROOT / "contracts" / "examples" / "calendsync" / "migrationContract.json",
}
SCRIPTS = {"chinook": ROOT / "examples" / "chinook" / "chinook-mysql.sql"}


@cache
def opened(name: str) -> tuple[SourceSchema, Contract]:
    path = CONTRACTS[name]
    schema = parse_schema(SCRIPTS.get(name, path.with_name("schema.sql")).read_text(encoding="utf-8"))
    return schema, load(path, schema=schema)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_row_fits_its_schema(name: str) -> None:
    made = rows_of(plan_seed(*opened(name), rows=150, seed=11))
    assert all(made.values())


@pytest.mark.parametrize("name", ["shop", "library"])
def test_rows_are_the_same_in_every_process(name: str) -> None:
    code = f"from tests.unit.seed.test_contracts import stable; print(stable({name!r}))"
    found = set()
    for hash_seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        found.add(
            subprocess.run(  # noqa: S603 - this test's own code
                [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
            ).stdout
        )
    assert found == {stable(name) + "\n"}


def stable(name: str) -> str:
    """A digest of every row, sets in one order."""
    plan = plan_seed(*opened(name), rows=40, seed=5)
    texts = []
    for table in plan.tables:
        for row in plan.rows(table):
            texts.append(repr([sorted(v) if isinstance(v, frozenset) else v for v in row.values()]))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize(("small", "large"), [(10, 25), (50, 100), (99, 100), (100, 777)])
def test_a_larger_run_begins_with_the_smaller_one(name: str, small: int, large: int) -> None:
    few, many = plan_seed(*opened(name), rows=small), plan_seed(*opened(name), rows=large)
    for table, count in few.counts.items():
        common = min(count, many.counts[table])
        assert list(few.rows(table, 0, common)) == list(many.rows(table, 0, common)), table


@pytest.mark.parametrize(("small", "large"), [("0.3", "0.5"), ("0.07", "1"), ("1", "3.3")])
def test_a_larger_scale_begins_with_the_smaller_one(small: str, large: str) -> None:
    for name in CONTRACTS:
        few = plan_seed(*opened(name), scale=Decimal(small))
        many = plan_seed(*opened(name), scale=Decimal(large))
        for table, count in few.counts.items():
            common = min(count, many.counts[table])
            assert list(few.rows(table, 0, common)) == list(many.rows(table, 0, common)), table


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_row_needs_none_before_it(name: str) -> None:
    whole, single = plan_seed(*opened(name), rows=60), plan_seed(*opened(name), rows=60)
    for table, count in whole.counts.items():
        rows = list(whole.rows(table))
        for i in (count - 1, count // 2, 0, count // 3):
            assert list(single.rows(table, i, i + 1)) == [rows[i]]


def test_another_seed_gives_other_rows() -> None:
    one, other = plan_seed(*opened("shop"), seed=1), plan_seed(*opened("shop"), seed=2)
    assert list(one.rows("users")) != list(other.rows("users"))


def test_counts_are_kept() -> None:
    counts = {"users": 30, "orders": 500, "order_items": 4000, "shopping_carts": 60}
    made = {table: len(list(rows)) for table, rows in seed_rows(*opened("shop"), counts, 3)}
    assert {t: made[t] for t in counts} == counts
    assert made["products"] == 90


def test_more_rows_of_one_table_leave_its_first_ones() -> None:
    few = plan_seed(*opened("shop"), tables={"users": 50, "orders": 100})
    many = plan_seed(*opened("shop"), tables={"users": 50, "orders": 400})
    assert list(few.rows("orders")) == list(many.rows("orders", 0, 100))


@pytest.mark.parametrize("name", sorted(CONTRACTS.keys() - {"unusual"}))  # whose AUTO_INCREMENT SQLite does not have
def test_sqlite_takes_every_row(name: str) -> None:
    path = CONTRACTS[name]
    engine = create("sqlite://")
    try:
        schema = create_sqlite(engine, SCRIPTS.get(name, path.with_name("schema.sql")).read_text(encoding="utf-8"))
        plan = plan_seed(schema, load(path, schema=schema), rows=60, seed=2)
        for table in plan.tables:
            assert insert_rows(engine, schema, table, plan.rows(table)) == plan.counts[table]
    finally:
        engine.dispose()


@pytest.mark.parametrize("name", sorted(CONTRACTS.keys() - {"unusual"}))  # as above
def test_every_row_can_be_carried_to_an_item_of_its_own(name: str) -> None:
    path = CONTRACTS[name]
    engine = create("sqlite://")
    try:
        schema = create_sqlite(engine, SCRIPTS.get(name, path.with_name("schema.sql")).read_text(encoding="utf-8"))
        plan = plan_seed(schema, load(path, schema=schema), rows=80, seed=8)
        for table in plan.tables:
            insert_rows(engine, schema, table, plan.rows(table))
        store = MySQLStore(load(path), engine, clock=lambda: NOW)
        layout = Layout(store.contract, "", lambda: NOW)
        keys: Counter[tuple[str, str]] = Counter()
        for entity in store.contract.entities:
            rows = Scan(store, entity).read(Span(), 10_000)
            assert rows.records
            assert not rows.unreadable
            for record in rows.records:
                keys.update((item.table, repr(item.key)) for item in expected_items(layout, entity, record))
        assert max(keys.values()) == 1
    finally:
        engine.dispose()


def test_what_belongs_together_does() -> None:
    plan = plan_seed(*opened("shop"), rows=200)
    made = rows_of(plan)
    users = {u["id"]: u for u in made["users"]}
    for row in made["users"] + made["orders"] + made["products"]:
        assert row["created_at"] <= row["updated_at"]
    for order in made["orders"]:
        assert order["created_at"] >= users[order["user_id"]]["created_at"]
    assert all(u["email"].split("@")[0].split(".")[0][:3] in u["username"] for u in users.values())
    prices = {p["id"]: p["price"] for p in made["products"]}
    assert all(i["price_at_time"] == prices[i["product_id"]] for i in made["order_items"])
    per_order = {i["order_id"] for i in made["order_items"]}
    assert per_order == {o["id"] for o in made["orders"]}
    orders = sorted((sum(o["user_id"] == u for o in made["orders"]) for u in users), reverse=True)
    assert sum(orders[: len(orders) // 5]) > 0.35 * sum(orders), "some users order more than others"


def test_a_missing_table_is_named() -> None:
    schema, contract = opened("shop")
    without = SourceSchema({n: t for n, t in schema.tables.items() if n != "products"})
    with pytest.raises(SeedError, match="reads the table products, which the database does not have"):
        plan_seed(without, contract)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"tables": {"order": 5}}, "did you mean 'orders'?"),
        ({"tables": {"users": 0, "orders": 5}}, "room for 0 rows"),
        ({"tables": {"users": 3, "products": 2, "shopping_carts": 7}}, "room for"),
        ({"rows": 10**20}, "would get 100,000,000,000,000,000,000 rows, and 100,000,000 is the most"),
        ({"tables": {"users": 10**20}}, "users would get"),
        ({"tables": {"orders": 10**20}}, "orders would get"),
        ({"tables": {"order_items": 10**20}}, "order_items: .* asked for, but orders has"),
        ({"scale": 10**9}, "would get 100,000,000,000 rows"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(SeedError, match=says):
        plan_seed(*opened("shop"), **arguments)
