"""CreateTable requests, compared literally, and the shell that sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crossfade.contract import loads
from crossfade.dal.errors import CapacityExceeded, StoreUnavailable
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.table_apply import create_tables, delete_tables
from crossfade.dynamodb.tables import create_requests, table_names
from tests.unit.dynamodb.fakes import stubbed
from tests.unit.dynamodb.samples import raw_contract, small

PACER = Pacer(Retry(attempts=3), sleep=lambda seconds: None, clock=lambda: 0.0)


def own(name: str) -> dict[str, Any]:
    """The request for one of crossfade's own tables."""
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def test_the_least_table() -> None:
    assert create_requests(small(), "p_") == [
        {
            "TableName": "p_Things",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
        own("p_crossfade_lookup"),
        own("p_crossfade_control"),
    ]


def test_a_table_with_everything() -> None:
    made = small(
        sk="raw",
        gsis=[
            {
                "index_name": "GSI1",
                "pk": "T",
                "sk": "id",
                "projection": "INCLUDE",
                "projected_attributes": ["raw"],
            },
            {"index_name": "GSI2", "pk": "raw", "projection": "KEYS_ONLY"},
        ],
        stream="NEW_AND_OLD_IMAGES",
        deletion_protection=True,
        tags={"team": "a"},
        billing="PROVISIONED",
        ttl_attribute="ttl",
    )
    least = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    assert create_requests(made, "")[0] == {
        "TableName": "Things",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "N"},
            {"AttributeName": "raw", "AttributeType": "B"},
            {"AttributeName": "T", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "raw", "KeyType": "RANGE"},
        ],
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": least,
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "GSI1",
                "KeySchema": [
                    {"AttributeName": "T", "KeyType": "HASH"},
                    {"AttributeName": "id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["raw"]},
                "ProvisionedThroughput": least,
            },
            {
                "IndexName": "GSI2",
                "KeySchema": [{"AttributeName": "raw", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "ProvisionedThroughput": least,
            },
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "DeletionProtectionEnabled": True,
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    # As well kept as the contract's, with the tags that all of them have.
    assert create_requests(made, "")[1] == {
        **own("crossfade_lookup"), "DeletionProtectionEnabled": True, "Tags": [{"Key": "team", "Value": "a"}],
    }  # fmt: skip


def test_names_have_the_prefix() -> None:
    assert table_names(small(), "p_") == ["p_Things", "p_crossfade_lookup", "p_crossfade_control"]


# ------------------------------------------------------------------- the shell


@contextmanager
def client() -> Iterator[tuple[Any, Any]]:
    """A stubbed client; at the end everything expected must have been asked for."""
    made, stubber = stubbed()
    with stubber:
        yield made, stubber
        stubber.assert_no_pending_responses()


def expect_status(stubber: Any, name: str, status: str | None, **more: Any) -> None:
    """Expect a question for a table's state."""
    if status is None:
        stubber.add_client_error("describe_table", "ResourceNotFoundException", expected_params={"TableName": name})
    else:
        table = {"TableStatus": status, "TableArn": f"arn:{name}", **more}
        stubber.add_response("describe_table", {"Table": table}, {"TableName": name})


def ttl_request(name: str, attribute: str) -> dict[str, Any]:
    """The request that sets a time to live."""
    return {"TableName": name, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": attribute}}


def test_tables_are_created_and_waited_for() -> None:
    made = loads(json.dumps(raw_contract()))
    names = table_names(made, "p_")
    with client() as (dynamodb, stubber):
        for name in names:
            expect_status(stubber, name, None)
        for request in create_requests(made, "p_"):
            stubber.add_response("create_table", {}, request)
        for status in ("CREATING", "ACTIVE"):
            expect_status(stubber, "p_Things", status)
        stubber.add_response("update_time_to_live", {}, ttl_request("p_Things", "ttl"))
        expect_status(stubber, "p_crossfade_lookup", "ACTIVE")
        stubber.add_response("update_time_to_live", {}, ttl_request("p_crossfade_lookup", "_ttl"))
        for name in names:
            expect_status(stubber, name, "ACTIVE")
        assert create_tables(dynamodb, made, "p_", pacer=PACER) == names


def test_tables_that_exist_are_left_as_they_are() -> None:
    with client() as (dynamodb, stubber):
        for request in create_requests(small(), ""):
            there = {k: v for k, v in request.items() if k != "BillingMode"}  # another billing, and no time to live
            expect_status(stubber, request["TableName"], "ACTIVE", **there)
            ttl = {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
            stubber.add_response("describe_time_to_live", ttl, {"TableName": request["TableName"]})
        assert create_tables(dynamodb, small(), "", pacer=PACER) == []


def expect_nothing_there(stubber: Any) -> None:
    """Expect the three questions, for tables that are not there."""
    for name in table_names(small(), ""):
        expect_status(stubber, name, None)


def test_a_table_that_never_becomes_active_is_told() -> None:
    with client() as (dynamodb, stubber):
        expect_nothing_there(stubber)
        for request in create_requests(small(), ""):
            stubber.add_response("create_table", {}, request)
        for _ in range(3):
            expect_status(stubber, "crossfade_lookup", "CREATING")
        with pytest.raises(StoreUnavailable, match="the table crossfade_lookup was not ready in time: is CREATING"):
            create_tables(dynamodb, small(), "", pacer=PACER)


def test_too_much_under_way_is_waited_for_and_then_told() -> None:
    with client() as (dynamodb, stubber):
        expect_nothing_there(stubber)
        for _ in range(3):
            stubber.add_client_error("create_table", "LimitExceededException")
            expect_status(stubber, "Things", None)
        with pytest.raises(CapacityExceeded):
            create_tables(dynamodb, small(), "", pacer=PACER)


def test_a_refusal_is_told_at_once() -> None:
    with client() as (dynamodb, stubber):
        expect_nothing_there(stubber)
        stubber.add_client_error("create_table", "AccessDeniedException")
        with pytest.raises(StoreUnavailable, match="permission"):
            create_tables(dynamodb, small(), "", pacer=PACER)


def test_a_table_that_is_being_deleted_is_waited_for_and_one_that_somebody_makes_is_left() -> None:
    things, lookup, control = create_requests(small(), "")
    with client() as (dynamodb, stubber):
        expect_status(stubber, "Things", "DELETING")
        expect_status(stubber, "crossfade_lookup", None)
        expect_status(stubber, "crossfade_control", None)
        stubber.add_client_error("create_table", "ResourceInUseException", expected_params=things)
        expect_status(stubber, "Things", "DELETING")
        expect_status(stubber, "Things", None)
        stubber.add_response("create_table", {}, things)
        stubber.add_client_error("create_table", "ResourceInUseException", expected_params=lookup)
        expect_status(stubber, "crossfade_lookup", "ACTIVE")
        stubber.add_response("create_table", {}, control)
        expect_status(stubber, "crossfade_lookup", "ACTIVE")
        stubber.add_response("update_time_to_live", {}, ttl_request("crossfade_lookup", "_ttl"))
        for name in table_names(small(), ""):
            expect_status(stubber, name, "ACTIVE")
        create_tables(dynamodb, small(), "", pacer=PACER)


def test_tables_are_deleted_and_waited_for() -> None:
    with client() as (dynamodb, stubber):
        stubber.add_response("delete_table", {}, {"TableName": "a"})
        stubber.add_client_error("delete_table", "ResourceNotFoundException")
        expect_status(stubber, "a", "DELETING")
        expect_status(stubber, "a", None)
        expect_status(stubber, "b", None)
        delete_tables(dynamodb, ["a", "b"], pacer=PACER)
