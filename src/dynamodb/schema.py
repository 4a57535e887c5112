"""Compares the tables that are there with those that a contract needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from crossfade.contract.model import Contract
from crossfade.dynamodb import errors
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
        try:
            table: Mapping[str, Any] = client.describe_table(TableName=wanted["TableName"])["Table"]
        except errors.DRIVER_ERRORS as error:
            if isinstance(error, ClientError) and errors.aws_code(error) == "ResourceNotFoundException":
                found.append(f"there is no table {wanted['TableName']}")
                continue
            raise errors.translate(error, write=False) from error
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
    yield from _keys("its key", wanted, found, wanted, found)
    indexes = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", ())}
    for index in wanted.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        if name not in indexes:
            yield f"has no index {name}"
            continue
        if indexes[name].get("IndexStatus", "ACTIVE") not in {"ACTIVE", "UPDATING"}:
            yield f"its index {name} is {indexes[name]['IndexStatus']}"
        yield from _keys(f"the key of index {name}", index, indexes[name], wanted, found)
        yield from _projection(name, index["Projection"], indexes[name]["Projection"])


def _keys(
    what: str, wanted: Mapping[str, Any], found: Mapping[str, Any], request: Mapping[str, Any], table: Mapping[str, Any]
) -> Iterator[str]:
    asked, there = _typed_key(wanted, request), _typed_key(found, table)
    if asked != there:
        yield f"{what} is {_text(there)}, not {_text(asked)}"


def _typed_key(of: Mapping[str, Any], table: Mapping[str, Any]) -> list[tuple[str, str]]:
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    parts = sorted(of["KeySchema"], key=lambda part: part["KeyType"] != "HASH")
    return [(part["AttributeName"], types[part["AttributeName"]]) for part in parts]


def _text(key: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({type_})" for name, type_ in key)


def _projection(name: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """An index that holds more than the contract says serves as well."""
    if found["ProjectionType"] == "ALL":
        return
    missing = set(wanted.get("NonKeyAttributes", ())) - set(found.get("NonKeyAttributes", ()))
    if wanted["ProjectionType"] == "ALL" or missing:
        lacks = f" without {', '.join(sorted(missing))}" if missing else ""
        yield f"index {name} projects {found['ProjectionType']}{lacks}, not {wanted['ProjectionType']}"
