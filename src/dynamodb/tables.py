"""The tables that a contract needs: names, CreateTable requests, and the shell that sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crossfade.contract.model import Contract
from crossfade.dynamodb.retry import Pacer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOOKUP, CONTROL = "crossfade_lookup", "crossfade_control"
"""The tables of lookup items, and of counters and control items; each has the one key attribute `OWN_KEY`."""

OWN_KEY = "pk"


def table_name(prefix: str, table: str) -> str:
    """A table's full name."""
    return f"{prefix}{table}"


def create_requests(contract: Contract, prefix: str) -> list[dict[str, Any]]:
    """The CreateTable requests for the contract's tables, the lookup table and the control table."""
    raise NotImplementedError


def create_tables(client: DynamoDBClient, contract: Contract, prefix: str, *, pacer: Pacer = Pacer()) -> list[str]:
    """Create the tables that are missing, wait until all are active, and set their time to live.

    Returns:
        The full names of the tables that were created.
    """
    raise NotImplementedError


def delete_tables(client: DynamoDBClient, names: Sequence[str], *, pacer: Pacer = Pacer()) -> None:
    """Delete the tables with these full names, missing ones left out, and wait until they are gone."""
    raise NotImplementedError
