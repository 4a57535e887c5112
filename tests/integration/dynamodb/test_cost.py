"""The units that `crossfade.contract.workload` counts are those that DynamoDB charges.

Of a transaction DynamoDB Local says too little for several puts into one table, and doubles the indexes' units, which
AWS does not: awslabs/amazon-dynamodb-local-samples issue 31, and the measurements in nubo-db/dynoxide pull request
188. There the table's units are counted by action here, and the indexes' halved.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import crossfade
from crossfade.app import App
from crossfade.contract import load
from crossfade.contract.cost import with_rows
from crossfade.contract.model import Contract
from crossfade.contract.workload import requests
from crossfade.dal.condition import F
from crossfade.dynamodb import DynamoDBStore, create_client
from tests.tables import streamless_tables

CONTRACT = Path(__file__).parents[3] / "contracts" / "migrationContract.json"
Charged = dict[tuple[str, str | None, str], float]


class Bill:
    """What a client's requests are charged, by table, index and kind."""

    def __init__(self, prefix: str, *clients: Any) -> None:
        self._prefix = prefix
        self._charged: Charged = defaultdict(float)
        self._acted: Counter[str] = Counter()
        for client in clients:
            client.meta.events.register("provide-client-params.dynamodb.*", self._ask)
            client.meta.events.register("after-call.dynamodb.*", self._note)

    def of(self, action: Callable[[], object]) -> Charged:
        self._charged.clear()
        action()
        return {place: units for place, units in self._charged.items() if units}

    def _ask(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        actions = [action for item in params.get("TransactItems", ()) for action in item.values()]
        self._acted = Counter(action["TableName"].removeprefix(self._prefix) for action in actions)
        return {**params, "ReturnConsumedCapacity": "INDEXES"}

    def _note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        for table in consumed if isinstance(consumed, list) else [consumed]:
            name, kind = table["TableName"].removeprefix(self._prefix), _kind(model.name)
            acted = self._acted[name]
            own = 2.0 * acted if acted else table["Table"]["CapacityUnits"]
            self._charged[name, None, kind] += own
            for index, units in table.get("GlobalSecondaryIndexes", {}).items():
                self._charged[name, index, kind] += units["CapacityUnits"] / (2 if acted else 1)


def _kind(operation: str) -> str:
    return "read" if operation in {"GetItem", "BatchGetItem", "Query", "Scan"} else "write"


@pytest.fixture
def app(dynamodb_endpoint: str, table_prefix: str) -> Iterator[App]:
    streamless_tables(create_client(), load(CONTRACT), table_prefix)
    with crossfade.open(CONTRACT, stage="dynamodb", table_prefix=table_prefix, transport="boto3") as opened:
        yield opened


@pytest.fixture
def bill(app: App, table_prefix: str) -> Bill:
    assert isinstance(app.store, DynamoDBStore)
    return Bill(table_prefix, app.store.clients.reads, app.store.clients.writes)


def counted(contract: Contract, entity: str, name: str) -> Charged:
    """What the contract says that a call takes, its items of 500 bytes."""
    sized = with_rows(contract, {}, dict.fromkeys(contract.entities, 500))
    request = next(r for r in requests(sized) if (r.entity, r.name) == (entity, name))
    kinds = [((u.table, u.index, k), getattr(u, k)) for u in request.uses for k in ("read", "write")]
    return {place: units for place, units in kinds if units}


def updating(contract: Contract, entity: str, *fields: str) -> Contract:
    of = contract.entities[entity]
    changed = replace(of, estimate=replace(of.estimate, updates=fields))
    return replace(contract, entities={**contract.entities, entity: changed})


def user(app: App, number: int = 1) -> int:
    made = app.repository("USER").create(
        {
            "username": f"u{number}",
            "email": f"u{number}@x",
            "password_hash": "h",
            "is_seller": True,
            "super_admin": True,
        }
    )
    return int(made["id"])


def product(app: App, seller: int) -> int:
    parent = None
    for name in ("Goods", "Paper", "Pens"):
        parent = app.repository("CATEGORY").create({"name": name, "parent_id": parent})["id"]
    given = {"seller_id": seller, "category_id": parent, "name": "Pen", "price": 1, "inventory_quantity": 5}
    return int(app.repository("PRODUCT").create(given)["id"])


def test_what_a_user_takes(app: App, bill: Bill) -> None:
    users, contract = app.repository("USER"), load(CONTRACT)
    assert bill.of(lambda: user(app)) == counted(contract, "USER", "create")
    assert bill.of(lambda: users.get({"id": 1})) == counted(contract, "USER", "get")
    for change in ({"first_name": "A"}, {"username": "v"}):
        wanted = counted(updating(contract, "USER", *change), "USER", "update")
        assert bill.of(partial(users.update, {"id": 1}, change)) == wanted, change
    assert bill.of(lambda: users.find("by_username", username="v")) == counted(contract, "USER", "by_username")


def test_what_products_and_carts_take(app: App, bill: Bill) -> None:
    contract, products, carts = load(CONTRACT), app.repository("PRODUCT"), app.repository("CART")
    seller = user(app)
    number = product(app, seller)
    given = {"seller_id": seller, "category_id": 3, "name": "Ink", "price": 1, "inventory_quantity": 5}
    assert bill.of(lambda: products.create(given)) == counted(contract, "PRODUCT", "create")
    assert bill.of(lambda: products.get({"id": number})) == counted(contract, "PRODUCT", "get")
    stocked = updating(contract, "PRODUCT", "inventory_quantity")
    taken = {"inventory_quantity": crossfade.Add(-1)}
    sold = partial(products.update, {"id": number}, taken, where=F("inventory_quantity") >= 1)
    assert bill.of(sold) == counted(stocked, "PRODUCT", "update")
    line = {"user_id": seller, "product_id": number, "quantity": 1}
    assert bill.of(lambda: carts.create(line)) == counted(contract, "CART", "create")
    key = {"user_id": seller, "product_id": number}
    assert bill.of(lambda: carts.update(key, {"quantity": 2})) == counted(contract, "CART", "update")
    assert bill.of(lambda: carts.delete(key)) == counted(contract, "CART", "delete")


def test_what_orders_take(app: App, bill: Bill) -> None:
    contract, orders = load(CONTRACT), app.repository("ORDER")
    buyer = user(app)
    items = [{"product_id": product(app, buyer), "quantity": 1, "price_at_time": 1}]
    order = {"user_id": buyer, "status": "pending", "total_amount": 1, "items": items}
    assert bill.of(lambda: orders.create(order)) == counted(contract, "ORDER", "create")
    assert bill.of(lambda: orders.get({"id": 1})) == counted(contract, "ORDER", "get")
    moved = updating(contract, "ORDER", "status")
    assert bill.of(lambda: orders.update({"id": 1}, {"status": "completed"})) == counted(moved, "ORDER", "update")
    assert bill.of(lambda: orders.delete({"id": 1})) == counted(contract, "ORDER", "delete")


def test_what_puts_and_patterns_take(app: App, bill: Bill) -> None:
    contract, users, products = load(CONTRACT), app.repository("USER"), app.repository("PRODUCT")
    seller = user(app)
    number = product(app, seller)
    stored = users.get({"id": seller}) or {}
    assert bill.of(lambda: users.put({**stored, "first_name": "B"})) == counted(contract, "USER", "put")
    line = products.get({"id": number}) or {}
    assert bill.of(lambda: products.put({**line, "inventory_quantity": 9})) == counted(contract, "PRODUCT", "put")
    asked: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("PRODUCT", "listing", {}), ("PRODUCT", "by_category", {"category_id": 3}),
        ("PRODUCT", "by_seller", {"seller_id": seller}), ("USER", "by_email", {"email": "u1@x"}),
        ("USER", "super_admins", {}), ("CATEGORY", "all", {}), ("CATEGORY", "under", {"parent_name": "ROOT"}),
        ("CATEGORY", "children", {"parent_id": 1}),
    )  # fmt: skip
    for entity, pattern, by in asked:
        # One item is there of each, so one is read.
        of = contract.entities[entity]
        patterns = {**of.access_patterns, pattern: replace(of.access_patterns[pattern], items=1)}
        one = replace(contract, entities={**contract.entities, entity: replace(of, access_patterns=patterns)})
        found = bill.of(partial(app.repository(entity).find, pattern, **by))
        assert found == counted(one, entity, pattern), pattern


def test_what_a_changed_name_takes(app: App, bill: Bill) -> None:
    contract, categories = load(CONTRACT), app.repository("CATEGORY")
    categories.create({"name": "Goods"})
    found = bill.of(lambda: categories.update({"id": 1}, {"name": "Things"}))
    wanted = counted(updating(contract, "CATEGORY", "name"), "CATEGORY", "update")

    def written(charged: Charged) -> Charged:
        """Without the indexes, of whose two entries DynamoDB Local counts one; the search for copies only reads."""
        return {place: units for place, units in charged.items() if place[1] is None and place[2] == "write"}

    assert written(found) == written(wanted)
