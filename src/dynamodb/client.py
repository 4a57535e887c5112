"""The way to DynamoDB: clients from the SDK's own settings, and the one object that makes every data request."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack
from uuid import uuid4

import boto3
from botocore.config import Config

from crossfade.dal.errors import ConfigurationError, Conflict, CrossfadeError, StoreError
from crossfade.dynamodb import errors
from crossfade.dynamodb.retry import DEFAULT, Pacer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ReadOperation = Literal["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]
WriteOperation = Literal["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]

_METHODS: Mapping[str, str] = {
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}


class ClientSettings(TypedDict, total=False):
    """What boto3's own settings are called; each one left out is the SDK's chain's to find."""

    endpoint_url: str | None
    region_name: str | None
    profile_name: str | None
    aws_access_key_id: str | None
    aws_secret_access_key: str | None
    aws_session_token: str | None


@dataclass(frozen=True, slots=True)
class Connection:
    """How to connect.

    Attributes:
        settings: what differs from the SDK's own chain (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, role ...).
        connect_timeout, read_timeout: in seconds.
        read_attempts: tries of a read, in botocore's standard mode.
        pool: connections kept open at most.
    """

    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    connect_timeout: float = 2.0
    read_timeout: float = 10.0
    read_attempts: int = 5
    pool: int = 50

    def config(self, attempts: int) -> Config:
        """botocore's configuration for clients that try a request `attempts` times."""
        return Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            max_pool_connections=self.pool,
            tcp_keepalive=True,
            user_agent_extra="crossfade",
        )


@dataclass(frozen=True, slots=True)
class Clients:
    """Two clients of one endpoint: one that retries by itself, and one that never does, for writes."""

    reads: DynamoDBClient
    writes: DynamoDBClient

    def close(self) -> None:
        """Give back the connections."""
        self.reads.close()
        self.writes.close()


def connect(connection: Connection | None = None) -> Clients:
    """Clients by the SDK's own chain of settings. Sends nothing yet but what finding the credentials takes.

    Raises:
        ConfigurationError: there is no region, no credentials or no such profile; the message says where to set it.
        StoreUnavailable: the source of the credentials cannot be reached.
    """
    chosen = connection or Connection()
    settings = chosen.settings
    try:
        session = boto3.session.Session(
            # Every other AWS SDK reads AWS_REGION, and Lambda and ECS set it; botocore reads AWS_DEFAULT_REGION alone.
            region_name=settings.get("region_name") or os.environ.get("AWS_REGION"),
            profile_name=settings.get("profile_name"),
            aws_access_key_id=settings.get("aws_access_key_id"),
            aws_secret_access_key=settings.get("aws_secret_access_key"),
            aws_session_token=settings.get("aws_session_token"),
        )
        # A client without credentials would be made all the same, and fail at its first request.
        if session.get_credentials() is None:
            raise ConfigurationError(errors.NO_CREDENTIALS)
        endpoint = settings.get("endpoint_url")
        return Clients(
            reads=session.client("dynamodb", endpoint_url=endpoint, config=chosen.config(chosen.read_attempts)),
            writes=session.client("dynamodb", endpoint_url=endpoint, config=chosen.config(1)),
        )
    except errors.DRIVER_ERRORS as error:
        raise errors.translate(error, write=False) from error


def create_client(**settings: Unpack[ClientSettings]) -> DynamoDBClient:
    """One client that retries by itself, for work on tables. Settings and errors as for `connect`."""
    return connect(Connection(settings)).reads


@dataclass(frozen=True, slots=True)
class Requested:
    """One request, for logs, metrics and spans.

    Attributes:
        operation: DynamoDB's name of it.
        tables: the tables it concerns.
        seconds: how long it took, botocore's own retries included.
        attempt: from 1; above it for our own retries.
        retries: botocore's own retries, where it answered.
        request_id: DynamoDB's, where it answered.
        units: consumed capacity units, where asked for.
        error: AWS's code, or the class of the error; None for success.
    """

    operation: str
    tables: tuple[str, ...]
    seconds: float
    attempt: int = 1
    retries: int = 0
    request_id: str | None = None
    units: float | None = None
    error: str | None = None


class Calls:
    """Every request to DynamoDB's data goes through here: retries, errors and events in one place.

    Safe to share between threads.

    Args:
        clients: what to send with.
        pacer: the retries of writes and of what a batch left over.
        on_event: told of every request; must not raise.
        capacity: ask for the consumed capacity of every request.
        clock: a monotonic clock in seconds, for the events.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        pacer: Pacer = DEFAULT,
        on_event: Callable[[Requested], None] | None = None,
        capacity: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.clients = clients
        self.pacer = pacer
        self._on_event = on_event
        self._capacity = capacity
        self._clock = clock

    def read(self, operation: ReadOperation, **request: Any) -> dict[str, Any]:
        """Send a read; botocore retries what may pass, and a conflicting TransactGetItems is tried again here.

        Raises:
            CapacityExceeded, StoreUnavailable, SchemaMismatch, Rejected: see `errors`.
            Conflict: another transaction kept writing what TransactGetItems reads.
            ConfigurationError: the credentials are gone.
        """
        return self._repeat(
            lambda attempt: self._send(self.clients.reads, operation, request, attempt, write=False),
            lambda error: isinstance(error, Conflict),
        )

    def write(self, operation: WriteOperation, **request: Any) -> dict[str, Any]:
        """Send a write; tried again only where it certainly was not made, or is a transaction.

        A transaction carries a token (`ClientRequestToken`; made here where the caller gave none), by which
        DynamoDB makes it once however often it arrives: "A client request token is valid for 10 minutes after the
        first request that uses it is completed" (API Reference, TransactWriteItems).

        Raises:
            ConditionRefused: the condition of a single write was false.
            Cancelled: a transaction was cancelled by its own content (a false condition, an invalid value).
            Unclear: it may have been made, and may not.
            CapacityExceeded, Conflict, StoreUnavailable: it was not made, to the end of the retries.
            SchemaMismatch, Rejected: no such table; an invalid request.
            ConfigurationError: the credentials are gone.
        """
        repeatable = operation == "TransactWriteItems"
        if repeatable:
            request.setdefault("ClientRequestToken", str(uuid4()))
        unclear: list[errors.Unclear] = []

        def again(error: StoreError) -> bool:
            if isinstance(error, errors.Unclear):
                unclear.append(error)
                return repeatable
            return error.retryable

        try:
            return self._repeat(
                lambda attempt: self._send(self.clients.writes, operation, request, attempt, write=True), again
            )
        except CrossfadeError as error:
            # What ends the retries of a transaction says nothing about an earlier try that may have been made,
            # unless it is the transaction's own answer.
            if not unclear or error is unclear[-1] or isinstance(error, (errors.Cancelled, errors.Rejected)):
                raise
            raise unclear[-1] from error

    def _repeat(self, send: Callable[[int], dict[str, Any]], again: Callable[[StoreError], bool]) -> dict[str, Any]:
        last: StoreError | None = None
        for attempt in self.pacer.tries():
            try:
                return send(attempt)
            except StoreError as error:
                if not again(error):
                    raise
                last = error
        assert last is not None  # noqa: S101 - narrows the type; there is always a first try
        raise last

    def _send(
        self, client: DynamoDBClient, operation: str, request: dict[str, Any], attempt: int, *, write: bool
    ) -> dict[str, Any]:
        if self._capacity:
            request = {"ReturnConsumedCapacity": "TOTAL", **request}
        start = self._clock()
        try:
            response: dict[str, Any] = getattr(client, _METHODS[operation])(**request)
        except errors.DRIVER_ERRORS as error:
            answer = getattr(error, "response", {})
            self._tell(operation, request, attempt, start, answer, errors.aws_code(error))
            raise errors.translate(error, write=write) from error
        self._tell(operation, request, attempt, start, response, None)
        return response

    def _tell(
        self,
        operation: str,
        request: Mapping[str, Any],
        attempt: int,
        start: float,
        response: Mapping[str, Any],
        error: str | None,
    ) -> None:
        if self._on_event is None:
            return
        metadata = response.get("ResponseMetadata", {})
        event = Requested(
            operation=operation,
            tables=_tables(request),
            seconds=self._clock() - start,
            attempt=attempt,
            retries=metadata.get("RetryAttempts", 0),
            request_id=metadata.get("RequestId"),
            units=_units(response.get("ConsumedCapacity")),
            error=error,
        )
        self._on_event(event)


def _tables(request: Mapping[str, Any]) -> tuple[str, ...]:
    if "TableName" in request:
        return (request["TableName"],)
    if "RequestItems" in request:
        return tuple(request["RequestItems"])
    actions = (action for item in request["TransactItems"] for action in item.values())
    return tuple(dict.fromkeys(action["TableName"] for action in actions))


def _units(consumed: Any) -> float | None:
    if consumed is None:
        return None
    of_tables = [consumed] if isinstance(consumed, Mapping) else consumed
    return float(sum(of_table["CapacityUnits"] for of_table in of_tables))
