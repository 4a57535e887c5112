"""Compares the tables that are there with those that a contract needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crossfade.contract.model import Contract
from crossfade.dynamodb.table_state import describe
from crossfade.dynamodb.tables import create_requests

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def differences(client: DynamoDBClient, contract: Contract, prefix: str) -> list[str]:
    """What is missing or differs, one sentence each; only what a read or write depends on.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or refuses the credentials.
    """
    found: list[str] = []
    for wanted in create_requests(contract, prefix):
        table = describe(client, wanted["TableName"])
        if table is None:
            found.append(f"there is no table {wanted['TableName']}")
        else:
            found += (f"table {wanted['TableName']}: {text}" for text in compare(wanted, table))
    return found


def compare(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """How a table differs from its CreateTable request.

    Args:
        wanted: the request.
        found: the description that DescribeTable gives.
    """
    if found["TableStatus"] not in {"ACTIVE", "UPDATING"}:
        yield f"is {found['TableStatus']}"
    key = key_difference("its key", wanted, found, wanted, found)
    if key is not None:
        yield key
    indexes = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", ())}
    for index in wanted.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        if name not in indexes:
            yield f"has no index {name}"
            continue
        if indexes[name].get("IndexStatus", "ACTIVE") not in {"ACTIVE", "UPDATING"}:
            yield f"its index {name} is {indexes[name]['IndexStatus']}"
        yield from index_differences(index, indexes[name], wanted, found)


def index_differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], request: Mapping[str, Any], table: Mapping[str, Any]
) -> Iterator[str]:
    """How an index differs from the one that is wanted; one that holds more serves as well.

    Args:
        wanted: its part of the CreateTable request.
        found: its part of the description.
        request, table: the whole request and the whole description.
    """
    name = wanted["IndexName"]
    key = key_difference(f"the key of index {name}", wanted, found, request, table)
    if key is not None:
        yield key
    asked, there = wanted["Projection"], found["Projection"]
    if there["ProjectionType"] == "ALL":
        return
    missing = set(asked.get("NonKeyAttributes", ())) - set(there.get("NonKeyAttributes", ()))
    if asked["ProjectionType"] == "ALL" or missing:
        lacks = f" without {', '.join(sorted(missing))}" if missing else ""
        yield f"index {name} projects {there['ProjectionType']}{lacks}, not {asked['ProjectionType']}"


def key_difference(
    what: str, wanted: Mapping[str, Any], found: Mapping[str, Any], request: Mapping[str, Any], table: Mapping[str, Any]
) -> str | None:
    """How a table's or an index's key differs; None where it does not. `what` begins the sentence."""
    asked, there = typed_key(wanted, request), typed_key(found, table)
    return None if asked == there else f"{what} is {_text(there)}, not {_text(asked)}"


def typed_key(of: Mapping[str, Any], table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names and types of a key, partition key first."""
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    parts = sorted(of["KeySchema"], key=lambda part: part["KeyType"] != "HASH")
    return [(part["AttributeName"], types[part["AttributeName"]]) for part in parts]


def _text(key: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({type_})" for name, type_ in key)
