"""The shop's contract: it fits its schema, every pattern has its key or index, and costs what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import lint, load, parse_schema
from crossfade.contract.plan import plan_contract, plan_key
from examples.shop.shop import CONTRACT
from tests.systems.shop import SYSTEM

SCHEMA = parse_schema(CONTRACT.with_name("schema.sql").read_text(encoding="utf-8"))
TEXT: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
SHOP = load(CONTRACT)

# pattern -> the index (None: the table itself), and the requests of a page
SERVED = {
    "USER.by_username": ("GSI2", 1),
    "USER.by_email": (None, 1),
    "USER.by_id": ("GSI1", 1),
    "USER.super_admins": ("GSI3", 2),
    "CART.for_user": (None, 2),
    "CART.for_product": ("GSI1", 1),
    "ORDER.for_user": (None, 2),
    "ORDER.by_id": ("GSI1", 1),
    "ORDER.by_status": ("GSI3", 2),
    "PRODUCT.listing": ("Listing", 2),
    "PRODUCT.by_category": ("ByCategory", 1),
    "PRODUCT.by_seller": ("BySeller", 1),
    "CATEGORY.all": ("GSI2", 1),
    "CATEGORY.under": (None, 1),
    "CATEGORY.children": ("GSI1", 1),
}


def test_every_pattern_is_served_in_order_and_without_a_scan() -> None:
    plans = {f"{e}.{n}": plan for e, found in plan_contract(SHOP).items() for n, plan in found.items()}
    assert {name: (plan.index, plan.requests) for name, plan in plans.items()} == SERVED
    assert all(plan.ordered and plan.access != "scan" for plan in plans.values())


@pytest.mark.parametrize(
    ("entity", "requests"), [("USER", 1), ("CART", 1), ("ORDER", 1), ("PRODUCT", 0), ("CATEGORY", 1)]
)
def test_requests_before_the_item_itself(entity: str, requests: int) -> None:
    assert plan_key(SHOP, entity).requests == requests


def test_lint_has_nothing_but_remarks() -> None:
    assert {finding.severity for finding in lint(SHOP, SCHEMA)} <= {"info"}


def test_types_are_those_of_the_schema() -> None:
    attributes = [a for t in TEXT["tables"] for e in t["entities"] for a in e["attributes"]]
    plain = [a for a in attributes if not {"join", "calculation", "transformation"} & a.keys()]
    for attribute in plain:
        column = SCHEMA.column(attribute["source_table"], attribute["source_column"])
        assert column is not None, attribute
        assert (column.type.source, column.nullable) == (attribute["source_type"], attribute["nullable"]), attribute
    columns = {(a["source_table"], a["source_column"]) for a in plain}
    known = {(t.name, c) for t in SCHEMA.tables.values() for c in t.columns}
    assert {table for table, _ in known - columns} == {"order_items"}


def test_every_foreign_key_is_a_reference() -> None:
    owners = {e.source_table: e for e in SHOP.entities.values()} | {"order_items": SHOP.entities["ORDER"]}
    for table in SCHEMA.tables.values():
        for key in table.foreign_keys:
            if (table.name, key.table) == ("order_items", "orders"):
                continue  # the items are owned
            dot = "items." if table.name == "order_items" else ""
            fields = tuple(dot + c for c in key.columns)
            found = [r for r in owners[table.name].references if r.fields == fields]
            assert [(r.entity, r.on_delete) for r in found] == [(owners[key.table].name, key.on_delete)]


def test_every_access_pattern_is_accounted_for() -> None:
    served = {number for table in SHOP.tables.values() for number in table.satisfies}
    elsewhere = {f"AP{n}" for n in range(1, 49)} - served
    assert elsewhere == {"AP6", "AP18"}
    told = set(re.findall(r"AP\d+", TEXT["description"]))
    assert elsewhere | {"AP9", "AP36"} <= told


def test_every_access_pattern_that_touches_the_database_is_tried() -> None:
    assert set(SYSTEM.patterns) == {number for table in SHOP.tables.values() for number in table.satisfies}


def test_password_hashes_are_sensitive() -> None:
    assert SHOP.entities["USER"].sensitive == {"password_hash"}


def test_the_schema_stands_beside_the_contract() -> None:
    assert Path(SHOP.source).with_name("schema.sql").is_file()
