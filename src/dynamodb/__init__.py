"""The store on DynamoDB. Importing this loads boto3."""

from __future__ import annotations

from typing import Unpack

from crossfade.contract.model import Contract
from crossfade.dal.prepare import Clock
from crossfade.dynamodb.client import ClientSettings, Connection, connect, create_client
from crossfade.dynamodb.store import DynamoDBStore
from crossfade.dynamodb.table_apply import create_tables, delete_tables

__all__ = ["DynamoDBStore", "create_client", "create_tables", "delete_tables", "open_store"]


def open_store(
    contract: Contract,
    *,
    prefix: str = "",
    clock: Clock | None = None,
    tombstones: bool = False,
    transport: str = "direct",
    **settings: Unpack[ClientSettings],
) -> DynamoDBStore:
    """Open the store. Endpoint, region and credentials come from the SDK's own chain, but for what is given.

    Args:
        contract: the contract.
        prefix: before every table's name.
        clock: gives the current time as an aware datetime.
        tombstones: whether deletes leave tombstones.
        transport: see `Connection`.
        **settings: what boto3 calls `endpoint_url`, `region_name` and so on.

    Raises:
        ConfigurationError: there are no credentials or no region, or the contract does not fit DynamoDB.
    """
    clients = connect(Connection(settings, transport=transport))
    if clock is None:
        return DynamoDBStore(contract, clients, prefix=prefix, tombstones=tombstones)
    return DynamoDBStore(contract, clients, prefix=prefix, clock=clock, tombstones=tombstones)
