"""The CloudFormation template, and that cfn-lint finds nothing in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped] # cfn-lint ships no types
from cfnlint.config import ManualArgs  # type: ignore[import-untyped] # as above

from crossfade.contract import load
from crossfade.dynamodb.export_cloudformation import cloudformation
from tests.unit.contract.priced import expected
from tests.unit.dynamodb.opened import CONTRACTS, contract_of

Template = dict[str, Any]


def linted(template: Template) -> list[str]:
    """What cfn-lint says of a template, for one region."""
    found = lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))
    return [f"{match.rule.id} {match.message}" for match in found]


@pytest.mark.parametrize("name", CONTRACTS)
def test_cfn_lint_finds_nothing(name: str) -> None:
    assert linted(cloudformation(contract_of(name), "shop_")) == []


def test_cfn_lint_finds_nothing_in_provisioned_tables() -> None:
    assert linted(cloudformation(expected(billing="PROVISIONED", stream="KEYS_ONLY", ttl_attribute="expires"))) == []


def _without_definitions(template: Template) -> None:
    template["Resources"]["UsersTable"]["Properties"]["AttributeDefinitions"] = []


def _of_no_table(template: Template) -> None:
    template["Resources"]["UsersLatencyAlarm"]["Properties"]["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"][0][
        "Value"
    ] = {"Ref": "UserTable"}


def _without_parameter(template: Template) -> None:
    del template["Parameters"]["AlarmTopicArn"]


def _misspelt(template: Template) -> None:
    properties = template["Resources"]["UsersTable"]["Properties"]
    properties["DeletionProtection"] = properties.pop("DeletionProtectionEnabled")


@pytest.mark.parametrize("break_it", [_without_definitions, _of_no_table, _without_parameter, _misspelt])
def test_cfn_lint_finds_what_is_broken(break_it: Callable[[Template], None]) -> None:
    template = cloudformation(contract_of("shop"))
    break_it(template)
    assert linted(template)


def test_a_table_is_what_the_contract_says() -> None:
    raw = json.loads(CONTRACTS["shop"].read_text(encoding="utf-8"))
    raw["tables"][1] |= {"ttl_attribute": "gone", "deletion_protection": True, "removal": "destroy"}
    made = cloudformation(load(raw), "t_")["Resources"]["ProductsTable"]
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Delete", "Delete")
    properties = made["Properties"]
    assert properties["TableName"] == {"Fn::Sub": "${TablePrefix}Products"}
    assert properties["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert [i["IndexName"] for i in properties["GlobalSecondaryIndexes"]] == ["Listing", "ByCategory", "BySeller"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "gone", "Enabled": True}
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["Tags"] == [{"Key": "application", "Value": "shop"}]


def test_own_tables_are_kept_as_well_as_the_best_kept() -> None:
    template = cloudformation(contract_of("shop"), "t_")
    lookup, control = (template["Resources"][f"Crossfade{n}Table"] for n in ("Lookup", "Control"))
    assert template["Parameters"]["TablePrefix"]["Default"] == "t_"
    for own in (lookup, control):
        assert own["DeletionPolicy"] == "Retain"
        assert own["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert own["Properties"]["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
        assert "StreamSpecification" not in own["Properties"]
    assert lookup["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "_ttl", "Enabled": True}
    assert "TimeToLiveSpecification" not in control["Properties"]


def test_provisioned_capacity_is_what_the_rates_need() -> None:
    # 2 updates of books a second, 5 units each, and 5 in GSI1: 10 a second / 0.7 = 14.3. Reads: 2 x 2 on the way back.
    contract = expected(billing="PROVISIONED", book={"update_rps": 2, "updates": ["title"]})
    properties = cloudformation(contract)["Resources"]["LibraryTable"]["Properties"]
    assert properties["ProvisionedThroughput"] == {"ReadCapacityUnits": 6, "WriteCapacityUnits": 15}
    (index,) = properties["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"] == {"ReadCapacityUnits": 1, "WriteCapacityUnits": 15}


def test_every_place_has_its_alarms() -> None:
    made = cloudformation(contract_of("shop"))["Resources"]
    assert [n for n in made if n.startswith("Categories") and n.endswith("Alarm")] == [
        "CategoriesReadThrottlingAlarm",
        "CategoriesWriteThrottlingAlarm",
        "CategoriesGSI1ReadThrottlingAlarm",
        "CategoriesGSI1WriteThrottlingAlarm",
        "CategoriesGSI2ReadThrottlingAlarm",
        "CategoriesGSI2WriteThrottlingAlarm",
        "CategoriesLatencyAlarm",
        "CategoriesSystemErrorsAlarm",
    ]
    throttled = made["CategoriesGSI1WriteThrottlingAlarm"]["Properties"]
    assert (throttled["MetricName"], throttled["Statistic"]) == ("WriteThrottleEvents", "Sum")
    assert throttled["Dimensions"] == [
        {"Name": "TableName", "Value": {"Ref": "CategoriesTable"}},
        {"Name": "GlobalSecondaryIndexName", "Value": "GSI1"},
    ]
    latency = made["CrossfadeLookupLatencyAlarm"]["Properties"]
    together, *metrics = latency["Metrics"]
    assert (together["Expression"], latency["Threshold"]) == ("MAX(METRICS())", {"Ref": "LatencyMilliseconds"})
    assert [m["MetricStat"]["Metric"]["Dimensions"][1]["Value"] for m in metrics] == [
        "BatchGetItem", "DeleteItem", "GetItem", "PutItem", "TransactWriteItems",
    ]  # fmt: skip
    assert "Dimensions" not in made["UserErrorsAlarm"]["Properties"]


def test_no_alarm_watches_more_metrics_than_cloudwatch_allows() -> None:
    # Amazon CloudWatch User Guide, "Using metric math": an alarm on an expression has ten metrics at most.
    resources = cloudformation(contract_of("shop"))["Resources"].values()
    watched = [r["Properties"]["Metrics"] for r in resources if "Metrics" in r["Properties"]]
    assert watched
    assert all(len(metrics) <= 10 for metrics in watched)
