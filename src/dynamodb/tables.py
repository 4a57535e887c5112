"""The tables that a contract needs: their names, and the CreateTable requests. Pure."""

from __future__ import annotations

from typing import Any

from crossfade.contract import own_tables
from crossfade.contract.capacity import Throughput, throughput
from crossfade.contract.model import Contract, Deployment, Index, Table
from crossfade.dynamodb.operations import every_table

LOOKUP, CONTROL, OWN_KEY = own_tables.LOOKUP, own_tables.CONTROL, own_tables.OWN_KEY


def table_name(prefix: str, table: str) -> str:
    """A table's full name."""
    return f"{prefix}{table}"


def table_names(contract: Contract, prefix: str) -> list[str]:
    """The full names of the contract's tables, the lookup table and the control table."""
    return [table_name(prefix, name) for name in (*contract.tables, LOOKUP, CONTROL)]


def create_requests(contract: Contract, prefix: str) -> list[dict[str, Any]]:
    """The CreateTable requests for the contract's tables, the lookup table and the control table.

    Provisioned capacity is what the contract's rates need; where it says none, the least there is.
    """
    return [_create(contract, table_name(prefix, table.name), table) for table in every_table(contract)]


def units(needed: Throughput) -> dict[str, int]:
    """Capacity as requests have it."""
    return {"ReadCapacityUnits": needed.read, "WriteCapacityUnits": needed.write}


def _create(contract: Contract, name: str, table: Table) -> dict[str, Any]:
    keys = dict.fromkeys((*_names(table), *(n for index in table.indexes for n in _names(index))))
    provisioned = table.deployment.billing == "PROVISIONED"
    needed = throughput(contract, table.name) if provisioned else {}
    request: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": table.key_types.get(key, "S")} for key in keys
        ],
        "KeySchema": _schema(table),
        "BillingMode": "PROVISIONED" if provisioned else "PAY_PER_REQUEST",
        **_capacity(needed.get(None)),
    }
    if table.indexes:
        request["GlobalSecondaryIndexes"] = [_index(i) | _capacity(needed.get(i.name)) for i in table.indexes]
    return request | _options(table.deployment)


def _names(of: Table | Index) -> tuple[str, ...]:
    return (of.pk,) if of.sk is None else (of.pk, of.sk)


def _schema(of: Table | Index) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(_names(of), ("HASH", "RANGE"), strict=False)]


def _index(index: Index) -> dict[str, Any]:
    projected: dict[str, Any] = {"ProjectionType": index.projection}
    if index.projection == "INCLUDE":
        projected["NonKeyAttributes"] = list(index.attributes)
    return {"IndexName": index.name, "KeySchema": _schema(index), "Projection": projected}


def _capacity(needed: Throughput | None) -> dict[str, Any]:
    return {} if needed is None else {"ProvisionedThroughput": units(needed)}


def _options(deployment: Deployment) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if deployment.stream is not None:
        found["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": deployment.stream}
    if deployment.deletion_protection:
        found["DeletionProtectionEnabled"] = True
    if deployment.tags:
        found["Tags"] = [{"Key": key, "Value": value} for key, value in deployment.tags.items()]
    return found
