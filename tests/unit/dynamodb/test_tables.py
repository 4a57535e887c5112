"""CreateTable requests, compared literally, and the shell that sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crossfade.contract import Contract, loads
from crossfade.dal.errors import CapacityExceeded, StoreUnavailable
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.tables import create_requests, create_tables, delete_tables, table_names, ttl_requests
from tests.unit.dynamodb.fakes import stubbed
from tests.unit.dynamodb.samples import key, raw_contract

PACER = Pacer(Retry(attempts=3), sleep=lambda seconds: None, clock=lambda: 0.0)


def contract(**table: Any) -> Contract:
    """A contract of one small table."""
    raw = {
        "table": "Things",
        "type": "single-entity",
        "entity_type": "THING",
        "source_table": "things",
        "pk": "id",
        "key": ["id"],
        "attributes": [
            {"name": "id", "type": "N", "source_column": "id", "source_type": "int"},
            {"name": "raw", "type": "B", "source_column": "raw", "source_type": "varbinary(9)"},
            key("GSI1PK", "T"),
        ],
        **table,
    }
    return loads(json.dumps({"version": "2", "tables": [raw]}))


def own(name: str) -> dict[str, Any]:
    """The request for one of crossfade's own tables."""
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def test_the_least_table() -> None:
    assert create_requests(contract(), "p_") == [
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
    made = contract(
        sk="raw",
        gsis=[
            {
                "index_name": "GSI1",
                "pk": "GSI1PK",
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
            {"AttributeName": "GSI1PK", "AttributeType": "S"},
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
                    {"AttributeName": "GSI1PK", "KeyType": "HASH"},
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
    assert ttl_requests(made, "p_") == [
        {"TableName": "p_Things", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}}
    ]


def test_names_have_the_prefix() -> None:
    assert table_names(contract(), "p_") == ["p_Things", "p_crossfade_lookup", "p_crossfade_control"]
    assert ttl_requests(contract(), "p_") == []


# ------------------------------------------------------------------- the shell


@contextmanager
def client() -> Iterator[tuple[Any, Any]]:
    """A stubbed client; at the end everything expected must have been asked for."""
    made, stubber = stubbed()
    with stubber:
        yield made, stubber
        stubber.assert_no_pending_responses()


def expect_status(stubber: Any, name: str, status: str | None) -> None:
    """Expect a question for a table's state."""
    if status is None:
        stubber.add_client_error("describe_table", "ResourceNotFoundException", expected_params={"TableName": name})
    else:
        stubber.add_response("describe_table", {"Table": {"TableStatus": status}}, {"TableName": name})


def test_tables_are_created_and_waited_for() -> None:
    made = loads(json.dumps(raw_contract()))
    with client() as (dynamodb, stubber):
        for request in create_requests(made, "p_"):
            stubber.add_response("create_table", {}, request)
        for status in ("CREATING", "ACTIVE"):
            expect_status(stubber, "p_Things", status)
        expect_status(stubber, "p_crossfade_lookup", "ACTIVE")
        expect_status(stubber, "p_crossfade_control", "ACTIVE")
        stubber.add_response("update_time_to_live", {}, ttl_requests(made, "p_")[0])
        assert create_tables(dynamodb, made, "p_", pacer=PACER) == table_names(made, "p_")


def test_tables_that_exist_are_left_as_they_are() -> None:
    made = loads(json.dumps(raw_contract()))
    with client() as (dynamodb, stubber):
        for _ in range(3):
            stubber.add_client_error("create_table", "ResourceInUseException")
        for name in table_names(made, ""):
            expect_status(stubber, name, "ACTIVE")
        assert create_tables(dynamodb, made, "", pacer=PACER) == []


def test_a_table_that_never_becomes_active_is_told() -> None:
    with client() as (dynamodb, stubber):
        for request in create_requests(contract(), ""):
            stubber.add_response("create_table", {}, request)
        for _ in range(3):
            expect_status(stubber, "Things", "CREATING")
        with pytest.raises(StoreUnavailable, match="the table Things is CREATING, not ACTIVE"):
            create_tables(dynamodb, contract(), "", pacer=PACER)


def test_a_refusal_is_told() -> None:
    with client() as (dynamodb, stubber):
        stubber.add_client_error("create_table", "LimitExceededException")
        with pytest.raises(CapacityExceeded):
            create_tables(dynamodb, contract(), "", pacer=PACER)


def test_tables_are_deleted_and_waited_for() -> None:
    with client() as (dynamodb, stubber):
        stubber.add_response("delete_table", {}, {"TableName": "a"})
        stubber.add_client_error("delete_table", "ResourceNotFoundException")
        expect_status(stubber, "a", "DELETING")
        expect_status(stubber, "a", None)
        expect_status(stubber, "b", None)
        delete_tables(dynamodb, ["a", "b"], pacer=PACER)
