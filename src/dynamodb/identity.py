"""Which tables there are, beyond their names: a table that was deleted and made anew is another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crossfade.dynamodb import errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def table_ids(client: DynamoDBClient, names: Iterable[str]) -> dict[str, str]:
    """What tells each table from any other, earlier ones of its name included: its id, or when it was made.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or refuses the credentials.
        SchemaMismatch: there is no such table.
    """
    found = {}
    for name in names:
        try:
            table = client.describe_table(TableName=name)["Table"]
        except errors.DRIVER_ERRORS as error:
            raise errors.translate(error, write=False) from error
        # DynamoDB Local gives no ids, or none that are new with a new table.
        found[name] = f"{table.get('TableId', '')} of {table['CreationDateTime'].isoformat()}"
    return found
