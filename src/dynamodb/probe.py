"""What an endpoint can do."""

from __future__ import annotations

from botocore.exceptions import ClientError

from crossfade.dal.errors import StoreUnavailable
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.errors import STORE, Rejected, Unclear
from crossfade.dynamodb.partiql import insert
from crossfade.dynamodb.tables import OWN_KEY


def takes_statements(clients: Clients, table: str) -> bool:
    """Whether the endpoint has INSERT statements with parameters: asked with a key that no item can have.

    Args:
        clients: what to send with.
        table: the full name of one of crossfade's own tables.

    Raises:
        CapacityExceeded, StoreUnavailable: it cannot be asked.
    """
    calls = Calls(clients)
    for _ in calls.pacer.tries():
        try:
            calls.write("BatchExecuteStatement", Statements=[insert(table, {OWN_KEY: {"S": ""}})])
        except Rejected:
            return False
        except Unclear as error:
            # A server error that is none of DynamoDB's own is moto's, to whose parser a parameter is one too many.
            if isinstance(error.__cause__, ClientError) and not error.finished:
                return False
            continue
        return True
    raise StoreUnavailable("DynamoDB does not answer", store=STORE)
