"""How much a table holds, by DynamoDB's own account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossfade.dynamodb import errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Extent:
    """How many items, and their bytes. DynamoDB counts every six hours or so."""

    items: int
    bytes: int


def extent(client: DynamoDBClient, table: str) -> Extent:
    """How much a table holds.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or refuses the credentials.
        SchemaMismatch: there is no such table.
    """
    try:
        found = client.describe_table(TableName=table)["Table"]
    except errors.DRIVER_ERRORS as error:
        raise errors.translate(error, write=False) from error
    return Extent(found["ItemCount"], found["TableSizeBytes"])
