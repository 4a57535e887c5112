"""The policies: enough for what is done, and nothing that is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.client import BaseClient

from crossfade.contract import load
from crossfade.dal.change import Add
from crossfade.dynamodb.export_iam import Place, policies
from tests.unit.dynamodb.opened import CONTRACTS, Opened, contract_of, opened
from tests.unit.dynamodb.test_export_cloudformation import linted

HERE = Place("aws", "us-east-1", "123456789012")
_TABLES = "arn:aws:dynamodb:us-east-1:123456789012:table/t_"
_ACTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def allowed(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Every pair of action and table (or `Table/index/Name`)."""
    return {
        (action.removeprefix("dynamodb:"), resource.removeprefix(_TABLES))
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def asked(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What IAM asks of a request."""
    if operation == "TransactWriteItems":
        yield from ((_ACTS[kind], act["TableName"]) for item in request["TransactItems"] for kind, act in item.items())
    elif operation.startswith("Batch"):
        yield from ((operation, table) for table in request["RequestItems"])
    else:
        index = request.get("IndexName")
        yield operation, request["TableName"] + (f"/index/{index}" if index else "")


@pytest.fixture
def shop() -> Iterator[Opened]:
    with opened("shop") as process:
        yield process


def _user(shop: Opened, number: int) -> Any:
    return shop.of("USER").create({"username": f"u{number}", "email": f"{number}@x", "password_hash": "h"})


def _everything(shop: Opened) -> None:
    users, carts, orders, products = (shop.of(n) for n in ("USER", "CART", "ORDER", "PRODUCT"))
    shop.of("CATEGORY").put_many([{"id": 7, "name": "Ink"}, {"id": 8, "name": "Pens", "parent_id": 7}])
    _user(shop, 1)
    products.create({"id": 5, "seller_id": 1, "category_id": 8, "name": "Pen", "price": 1, "inventory_quantity": 3})
    carts.create({"user_id": 1, "product_id": 5, "quantity": 1})
    items = [{"product_id": 5, "quantity": 1, "price_at_time": 1}]
    orders.create({"user_id": 1, "status": "pending", "total_amount": 1, "items": items})
    products.update({"id": 5}, {"inventory_quantity": Add(-1)})
    users.update({"id": 1}, {"email": "new@x"})
    users.get_many([{"id": 1}, {"id": 2}])
    for of, pattern, by in (
        (carts, "for_user", {"user_id": 1}), (orders, "for_user", {"user_id": 1}), (orders, "by_id", {"id": 1}),
        (users, "by_username", {"username": "u1"}), (users, "by_email", {"email": "new@x"}), (products, "listing", {}),
        (shop.of("CATEGORY"), "all", {}), (users, "super_admins", {}), (orders, "by_status", {"status": "pending"}),
    ):  # fmt: skip
        of.find(pattern, **by)
    with shop.work() as work:
        work.repository("USER").get({"id": 1})
        work.repository("CART").update({"user_id": 1, "product_id": 5}, {"quantity": 2})
        work.commit()
    orders.delete({"id": 1})
    users.delete({"id": 1})


def test_the_application_may_do_what_it_does(shop: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    done: Counter[tuple[str, str]] = Counter()
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # where every request passes, whoever made the client

    def note(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        done.update((action, place.removeprefix("t_")) for action, place in asked(operation, request))
        return send(client, operation, request)

    monkeypatch.setattr(BaseClient, "_make_api_call", note)
    _everything(shop)
    shop.store.check()
    may = allowed(policies(contract_of("shop"), "t_", HERE)["application"])
    assert len(done) > 30
    assert {pair for pair in done if pair not in may} == set()


def test_the_application_may_scan_only_what_a_pattern_scans() -> None:
    assert "Scan" not in {action for action, _ in allowed(policies(contract_of("shop"), "t_", HERE)["application"])}
    raw = json.loads(CONTRACTS["shop"].read_text(encoding="utf-8"))
    raw["tables"][1]["entities"][0]["access_patterns"].append({"name": "by_name", "by": ["name"], "scan": True})
    may = allowed(policies(load(raw), "t_", HERE)["application"])
    assert {place for action, place in may if action == "Scan"} == {"Products"}


def test_no_role_may_do_what_it_need_not() -> None:
    made = {role: allowed(document) for role, document in policies(contract_of("shop"), "t_", HERE).items()}
    actions = {role: {action for action, _ in pairs} for role, pairs in made.items()}
    assert actions["reading"] == {"DescribeTable", "GetItem", "BatchGetItem", "Scan"}
    assert not any("Table" in a and a != "DescribeTable" for a in actions["application"] | actions["migration"])
    assert ("PartiQLInsert", "Users") in made["migration"]
    assert ("PartiQLInsert", "crossfade_control") not in made["migration"]
    assert {place for action, place in made["migration"] if action == "UpdateItem"} == {"crossfade_control"}
    assert {place for action, place in made["migration"] if action == "GetRecords"} == {
        "Users/stream/*", "Products/stream/*", "Categories/stream/*",
    }  # fmt: skip
    assert not {"GetItem", "PutItem", "Scan", "Query"} & actions["deployment"]
    assert {place for _, place in made["deployment"]} == {
        "Users", "Products", "Categories", "crossfade_lookup", "crossfade_control",
    }  # fmt: skip
    assert not any("*" in action for pairs in made.values() for action, _ in pairs)


@pytest.mark.parametrize("name", CONTRACTS)
def test_cfn_lint_knows_every_action(name: str) -> None:
    assert linted(_template(policies(contract_of(name), "t_"))) == []


def test_cfn_lint_finds_an_action_that_there_is_not() -> None:
    made = policies(contract_of("shop"))
    made["reading"]["Statement"][0]["Action"].append("dynamodb:ReadItem")
    assert any("ReadItem" in text or "readitem" in text for text in linted(_template(made)))


def _template(made: Mapping[str, Any]) -> dict[str, Any]:
    """The policies as resources, their pseudo parameters filled in."""

    def filled(document: Any) -> Any:
        statements = [{**s, "Resource": [{"Fn::Sub": r} for r in s["Resource"]]} for s in document["Statement"]]
        return {**document, "Statement": statements}

    resources = {
        role.capitalize(): {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": filled(document)}}
        for role, document in made.items()
    }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
