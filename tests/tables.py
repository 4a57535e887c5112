"""Tables for tests that read no stream.

DynamoDB Local reads through all records of a table's stream whenever it looks the table up, which it does for most
requests: with 10,000 records each of them takes 10 ms.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crossfade.contract.model import Contract
from crossfade.dynamodb import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def streamless_tables(client: DynamoDBClient, contract: Contract, prefix: str) -> list[str]:
    """Create a contract's tables as `create_tables` does, but without streams."""
    tables = {
        name: replace(table, deployment=replace(table.deployment, stream=None))
        for name, table in contract.tables.items()
    }
    return create_tables(client, replace(contract, tables=tables), prefix)
