"""The tables that a contract needs: names, CreateTable requests, and the shell that sends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from crossfade.contract.model import Contract, Deployment, Index, Table
from crossfade.dal.errors import StoreUnavailable
from crossfade.dynamodb import errors
from crossfade.dynamodb.retry import Pacer, Retry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOOKUP, CONTROL = "crossfade_lookup", "crossfade_control"
"""The tables of lookup items, and of counters and control items; each has the one key attribute `OWN_KEY`."""

OWN_KEY = "pk"

WAIT = Pacer(Retry(base=0.2, cap=5.0, deadline=600.0, attempts=1_000))
"""The pace at which a table's state is asked for; a table with indexes takes minutes at AWS."""


def table_name(prefix: str, table: str) -> str:
    """A table's full name."""
    return f"{prefix}{table}"


def table_names(contract: Contract, prefix: str) -> list[str]:
    """The full names of the contract's tables, the lookup table and the control table."""
    return [table_name(prefix, name) for name in (*contract.tables, LOOKUP, CONTROL)]


def create_requests(contract: Contract, prefix: str) -> list[dict[str, Any]]:
    """The CreateTable requests for the contract's tables, the lookup table and the control table."""
    return [
        *(_create(table_name(prefix, t.name), t) for t in contract.tables.values()),
        *(_create(table_name(prefix, n), Table(n, OWN_KEY, None, {OWN_KEY: "S"})) for n in (LOOKUP, CONTROL)),
    ]


def ttl_requests(contract: Contract, prefix: str) -> list[dict[str, Any]]:
    """The UpdateTimeToLive requests for the tables that have a TTL attribute."""
    return [
        {
            "TableName": table_name(prefix, table.name),
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": table.deployment.ttl_attribute},
        }
        for table in contract.tables.values()
        if table.deployment.ttl_attribute is not None
    ]


def create_tables(client: DynamoDBClient, contract: Contract, prefix: str, *, pacer: Pacer = WAIT) -> list[str]:
    """Create the tables that are missing, wait until all are active, and set their time to live.

    Tables that exist are left as they are.

    Returns:
        The full names of the tables that were created.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or a table was not active in time.
        CapacityExceeded: too many tables are being made at once.
    """
    created = []
    for request in create_requests(contract, prefix):
        if _send(client.create_table, request, unless="ResourceInUseException") is not None:
            created.append(request["TableName"])
    for name in table_names(contract, prefix):
        _wait(client, name, "ACTIVE", pacer)
    for request in ttl_requests(contract, prefix):
        if request["TableName"] in created:
            _send(client.update_time_to_live, request)
    return created


def delete_tables(client: DynamoDBClient, names: Sequence[str], *, pacer: Pacer = WAIT) -> None:
    """Delete the tables with these full names, missing ones left out, and wait until they are gone.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or a table was not gone in time.
        Rejected: a table is protected against deletion.
    """
    for name in names:
        _send(client.delete_table, {"TableName": name}, unless="ResourceNotFoundException")
    for name in names:
        _wait(client, name, None, pacer)


def _create(name: str, table: Table) -> dict[str, Any]:
    keys = dict.fromkeys((*_names(table), *(n for index in table.indexes for n in _names(index))))
    request: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": table.key_types.get(key, "S")} for key in keys
        ],
        "KeySchema": _schema(table),
        **_billing(table.deployment),
    }
    if table.indexes:
        request["GlobalSecondaryIndexes"] = [_index(index, table.deployment) for index in table.indexes]
    return request | _options(table.deployment)


def _names(of: Table | Index) -> tuple[str, ...]:
    return (of.pk,) if of.sk is None else (of.pk, of.sk)


def _schema(of: Table | Index) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(_names(of), ("HASH", "RANGE"), strict=False)]


def _index(index: Index, deployment: Deployment) -> dict[str, Any]:
    projected: dict[str, Any] = {"ProjectionType": index.projection}
    if index.projection == "INCLUDE":
        projected["NonKeyAttributes"] = list(index.attributes)
    made = {"IndexName": index.name, "KeySchema": _schema(index), "Projection": projected}
    return made | {k: v for k, v in _billing(deployment).items() if k != "BillingMode"}


def _billing(deployment: Deployment) -> dict[str, Any]:
    if deployment.billing == "PROVISIONED":
        # The least there is: capacity is set, and scaled, where the table is run.
        return {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        }
    return {"BillingMode": "PAY_PER_REQUEST"}


def _options(deployment: Deployment) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if deployment.stream is not None:
        found["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": deployment.stream}
    if deployment.deletion_protection:
        found["DeletionProtectionEnabled"] = True
    if deployment.tags:
        found["Tags"] = [{"Key": key, "Value": value} for key, value in deployment.tags.items()]
    return found


def _send(send: Callable[..., Any], request: dict[str, Any], *, unless: str | None = None) -> Any:
    """The response, or None where AWS answers with the code `unless`."""
    try:
        return send(**request)
    except errors.DRIVER_ERRORS as error:
        if isinstance(error, ClientError) and errors.aws_code(error) == unless:
            return None
        raise errors.translate(error, write=False) from error


def _wait(client: DynamoDBClient, name: str, wanted: str | None, pacer: Pacer) -> None:
    """Wait until a table has a status, or (None) is gone."""
    status = None
    for _ in pacer.tries():
        found = _send(client.describe_table, {"TableName": name}, unless="ResourceNotFoundException")
        status = None if found is None else found["Table"]["TableStatus"]
        if status == wanted:
            return
    raise StoreUnavailable(f"the table {name} is {status}, not {wanted or 'gone'}", store=errors.STORE)
