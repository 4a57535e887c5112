"""The way to DynamoDB: clients from the SDK's own settings, and the one object that makes every data request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from crossfade.dynamodb.retry import Pacer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ReadOperation = Literal["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]
WriteOperation = Literal["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]


@dataclass(frozen=True, slots=True)
class Connection:
    """What is set differently from the SDK's own chain of settings; None leaves it to the chain.

    Attributes:
        region, profile, endpoint_url: as the SDK knows them (`AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`).
        connect_timeout, read_timeout: in seconds.
        read_attempts: tries of a read, by botocore's standard mode.
        pool: connections kept open at most.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    connect_timeout: float = 2.0
    read_timeout: float = 10.0
    read_attempts: int = 5
    pool: int = 50


@dataclass(frozen=True, slots=True)
class Clients:
    """Two clients of one endpoint: one that retries by itself, and one that never does, for writes."""

    reads: DynamoDBClient
    writes: DynamoDBClient

    def close(self) -> None:
        """Give back the connections."""
        raise NotImplementedError


def connect(connection: Connection = Connection()) -> Clients:
    """Clients by the SDK's own chain of settings. Sends nothing yet but what finding the credentials takes.

    Raises:
        ConfigurationError: there is no region, no credentials or no such profile; the message says where to set it.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Requested:
    """One request, for logs, metrics and spans.

    Attributes:
        operation: DynamoDB's name of it.
        tables: the tables it concerns.
        seconds: how long it took.
        attempt: from 1; above it for our own retries.
        request_id: DynamoDB's, where it answered.
        units: consumed capacity units, where asked for.
        error: the AWS code, or the class of the error; None for success.
    """

    operation: str
    tables: tuple[str, ...]
    seconds: float
    attempt: int = 1
    request_id: str | None = None
    units: float | None = None
    error: str | None = None


class Calls:
    """Every request to DynamoDB's data goes through here: retries, errors and events in one place.

    Args:
        clients: what to send with.
        pacer: the retries of writes and of what a batch left over.
        on_event: told of every request; must not raise.
        capacity: ask for the consumed capacity of every request.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        pacer: Pacer = Pacer(),
        on_event: Callable[[Requested], None] | None = None,
        capacity: bool = False,
    ) -> None:
        self.clients = clients
        self.pacer = pacer

    def read(self, operation: ReadOperation, **request: Any) -> dict[str, Any]:
        """Send a read; botocore retries what may pass.

        Raises:
            CapacityExceeded, StoreUnavailable, SchemaMismatch, Conflict (TransactGetItems): see `errors`.
        """
        raise NotImplementedError

    def write(self, operation: WriteOperation, **request: Any) -> dict[str, Any]:
        """Send a write; tried again only where it certainly was not made, or is a transaction (which carries a token).

        `TransactWriteItems` without a `ClientRequestToken` gets one.

        Raises:
            ConditionRefused: the condition of a single write was false.
            Cancelled: a transaction was cancelled by its own content (a false condition, an invalid value).
            Unclear: it may have been made, and may not.
            CapacityExceeded, Conflict, StoreUnavailable: it was not made, to the end of the retries.
            SchemaMismatch: no such table or index.
        """
        raise NotImplementedError
