"""The store on DynamoDB. Importing this loads boto3."""

from __future__ import annotations

from typing import Unpack

from crossfade.contract.model import Contract
from crossfade.dal.prepare import Clock
from crossfade.dynamodb.client import ClientSettings, Connection, connect, create_client
from crossfade.dynamodb.store import DynamoDBStore
from crossfade.dynamodb.tables import create_tables, delete_tables

__all__ = ["DynamoDBStore", "create_client", "create_tables", "delete_tables", "open_store"]


def open_store(
    contract: Contract, *, prefix: str = "", clock: Clock | None = None, **settings: Unpack[ClientSettings]
) -> DynamoDBStore:
    """Open the store. Endpoint, region and credentials come from the SDK's own chain, but for what is given.

    Args:
        contract: the contract.
        prefix: before every table's name.
        clock: gives the current time as an aware datetime.
        **settings: what boto3 calls `endpoint_url`, `region_name` and so on.

    Raises:
        ConfigurationError: there are no credentials or no region, or the contract does not fit DynamoDB.
    """
    clients = connect(Connection(settings))
    if clock is None:
        return DynamoDBStore(contract, clients, prefix=prefix)
    return DynamoDBStore(contract, clients, prefix=prefix, clock=clock)
