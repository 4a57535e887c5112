"""Terraform's JSON form."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.dynamodb.export_terraform import escaped, terraform
from tests.unit.contract.priced import expected
from tests.unit.dynamodb.opened import CONTRACTS, contract_of
from tests.unit.dynamodb.terraform_syntax import problems

Configuration = dict[str, Any]


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_parses_as_terraform(name: str) -> None:
    made = terraform(contract_of(name), "shop_")
    assert problems(json.loads(json.dumps(made))) == []


def _alarm(configuration: Configuration) -> Any:
    return configuration["resource"]["aws_cloudwatch_metric_alarm"]["Users-read-throttling"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda c: c.update(resources={}),
        lambda c: c["variable"].pop("table_prefix"),
        lambda c: c["resource"]["aws_dynamodb_table"].pop("Users"),
        lambda c: c["resource"]["aws_dynamodb_table"]["Users"].pop("hash_key"),
        lambda c: c["resource"]["aws_dynamodb_table"]["Users"].update(range="SK"),
        lambda c: c["resource"].update(aws_dynamo_table={}),
        lambda c: _alarm(c).update(alarm_name="${var.table_prefix"),
        lambda c: _alarm(c).update(alarm_name="${}"),
        lambda c: c["resource"]["aws_dynamodb_table"].update({"2 users": {}}),
        lambda c: c["resource"].update(aws_dynamodb_table=[]),
    ],
)
def test_the_check_finds_what_is_broken(break_it: Callable[[Configuration], object]) -> None:
    made = terraform(contract_of("shop"))
    break_it(made)
    assert problems(made)


def test_a_table_is_what_the_contract_says() -> None:
    raw = json.loads(CONTRACTS["shop"].read_text(encoding="utf-8"))
    raw["tables"][1] |= {"ttl_attribute": "gone", "deletion_protection": True, "removal": "destroy"}
    raw["tables"][1]["tags"] = {"${a}": "%{b}"}
    made = terraform(load(raw))["resource"]["aws_dynamodb_table"]["Products"]
    assert made["name"] == "${var.table_prefix}Products"
    assert (made["hash_key"], "range_key" in made, made["billing_mode"]) == ("id", False, "PAY_PER_REQUEST")
    assert made["ttl"] == {"attribute_name": "gone", "enabled": True}
    assert (made["stream_enabled"], made["stream_view_type"]) == (True, "NEW_AND_OLD_IMAGES")
    assert made["point_in_time_recovery"] == {"enabled": True}
    assert (made["deletion_protection_enabled"], made["lifecycle"]) == (True, {"prevent_destroy": False})
    assert made["tags"] == {"$${a}": "%%{b}"}
    declared = {a["name"] for a in made["attribute"]}
    assert declared == {"id", "listing", "created_key", "category_id", "seller_id"}
    assert made["global_secondary_index"][0] == {
        "name": "Listing",
        "hash_key": "listing",
        "range_key": "created_key",
        "projection_type": "INCLUDE",
        "non_key_attributes": ["category_id", "seller_id", "name", "price", "inventory_quantity"],
    }


def test_own_tables() -> None:
    tables = terraform(contract_of("shop"))["resource"]["aws_dynamodb_table"]
    assert tables["crossfade_lookup"]["ttl"] == {"attribute_name": "_ttl", "enabled": True}
    assert "ttl" not in tables["crossfade_control"]
    assert tables["crossfade_control"]["lifecycle"] == {"prevent_destroy": True}


def test_provisioned_capacity() -> None:
    contract = expected(billing="PROVISIONED", book={"update_rps": 2, "updates": ["title"]})
    made = terraform(contract)["resource"]["aws_dynamodb_table"]["Library"]
    assert (made["read_capacity"], made["write_capacity"]) == (6, 15)
    assert made["global_secondary_index"][0]["write_capacity"] == 15


def test_alarms() -> None:
    alarms = terraform(contract_of("shop"))["resource"]["aws_cloudwatch_metric_alarm"]
    throttled = alarms["Users-GSI1-write-throttling"]
    assert throttled["dimensions"] == {
        "TableName": "${aws_dynamodb_table.Users.name}",
        "GlobalSecondaryIndexName": "GSI1",
    }
    together, first, *_ = alarms["Users-latency"]["metric_query"]
    assert (together["expression"], together["return_data"]) == ("MAX(METRICS())", True)
    assert (first["metric"]["metric_name"], first["metric"]["stat"]) == ("SuccessfulRequestLatency", "p99")
    assert alarms["Users-latency"]["threshold"] == "${var.latency_milliseconds}"


def test_escaping() -> None:
    assert escaped("a$b{c} ${d} %{e}") == "a$b{c} $${d} %%{e}"
