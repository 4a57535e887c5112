"""The way to DynamoDB: clients from the SDK's own settings."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from crossfade.dal.errors import ConfigurationError
from crossfade.dal.telemetry import throttled
from crossfade.dynamodb import errors, replies
from crossfade.dynamodb.request import tables_of
from crossfade.dynamodb.steps import Steps
from crossfade.dynamodb.transport import PageReader, Transport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

_METHODS: Mapping[str, str] = {
    "BatchExecuteStatement": "batch_execute_statement",
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


_MISREAD = (AttributeError, KeyError, TypeError, ValueError)
"""What botocore's parser raises at a reply that is of another shape than its model says."""

_PARTLY = frozenset({"BatchExecuteStatement", "BatchWriteItem"})
"""What may be done in part, and throttled for the rest, without being an error."""


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
        read_attempts: tries of a read.
        pool: connections kept open at most.
        transport: how data requests are sent: `direct`, by crossfade itself, or through `boto3`, for those who need
            its hooks.
    """

    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    connect_timeout: float = 2.0
    read_timeout: float = 10.0
    read_attempts: int = 5
    pool: int = 50
    transport: str = "direct"

    def __post_init__(self) -> None:
        if self.transport not in ("direct", "boto3"):
            raise ConfigurationError(f"transport is direct or boto3, not {self.transport!r} (CROSSFADE_TRANSPORT)")

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


@dataclass(frozen=True)
class Clients:
    """Two clients of one endpoint: one that retries by itself, and one that never does, for writes.

    Attributes:
        reads, writes: the clients.
        connection: what they were made with, for the streams' client; None for the SDK's own chain.
        transport: sends data requests in their place.
    """

    reads: DynamoDBClient
    writes: DynamoDBClient
    connection: Connection | None = None
    transport: Transport | None = None

    @property
    def read_attempts(self) -> int:
        """How often a read is to be tried: once, where the client itself tries again."""
        return 1 if self.transport is None or self.connection is None else self.connection.read_attempts

    def steps(
        self, operation: str, request: dict[str, Any], *, write: bool, reader: PageReader | None = None
    ) -> Steps[dict[str, Any]]:
        """Send a data request; raises what botocore does. botocore's clients never pause, and do without `reader`."""
        if self.transport is not None:
            return (yield from _counting(self.transport, operation, request, again=not write, reader=reader))
        client = self.writes if write else self.reads
        try:
            answer: dict[str, Any] = getattr(client, _METHODS[operation])(**request)
        except _MISREAD as error:
            raise ResponseParserError(f"boto3 cannot read the answer to {operation}") from error
        replies.check(operation, request, answer)
        return answer

    @cached_property
    def hurried(self) -> Clients:
        """Clients that wait for a second at most, and do not try again: for what can be left to others."""
        if self.connection is None:
            return self
        return connect(replace(self.connection, connect_timeout=0.5, read_timeout=1.0, read_attempts=1))

    def close(self) -> None:
        """Give back the connections."""
        self.reads.close()
        self.writes.close()
        if self.transport is not None:
            self.transport.close()
        hurried: Clients | None = vars(self).get("hurried")  # if anybody asked for them
        if hurried is not None and hurried is not self:
            hurried.close()


def connect(connection: Connection | None = None) -> Clients:
    """Clients by the SDK's own chain of settings. Sends nothing yet but what finding the credentials takes.

    Raises:
        ConfigurationError: there is no region, no credentials or no such profile, or the endpoint is no URL; the
            message says where to set it.
        StoreUnavailable: the source of the credentials cannot be reached.
    """
    chosen = connection or Connection()
    endpoint = chosen.settings.get("endpoint_url")
    with _session(chosen.settings) as session:
        reads = session.client("dynamodb", endpoint_url=endpoint, config=chosen.config(chosen.read_attempts))
        writes = session.client("dynamodb", endpoint_url=endpoint, config=chosen.config(1))
        return Clients(reads, writes, chosen, None if chosen.transport == "boto3" else _direct(session, writes, chosen))


def _direct(session: boto3.session.Session, client: DynamoDBClient, chosen: Connection) -> Transport:
    credentials = session.get_credentials()
    assert credentials is not None  # noqa: S101 - narrows the type; the session was found to have them
    return Transport.of(
        client,
        credentials,
        connect=chosen.connect_timeout,
        read=chosen.read_timeout,
        kept=chosen.pool,
        ca=session._session.get_config_variable("ca_bundle"),  # boto3 gives its settings to nobody
    )


def connect_streams(connection: Connection | None = None) -> DynamoDBStreamsClient:
    """A client of the tables' streams; it retries nothing by itself. Settings and errors as for `connect`.

    AWS has streams at an endpoint of their own, which the SDK's chain knows (AWS_ENDPOINT_URL_DYNAMODB_STREAMS). An
    endpoint that is given is taken for both, as DynamoDB Local serves both at one.
    """
    chosen = connection or Connection()
    with _session(chosen.settings) as session:
        return session.client(
            "dynamodbstreams", endpoint_url=chosen.settings.get("endpoint_url"), config=chosen.config(1)
        )


def _count_throttles(response: Any, operation: Any, request_dict: Mapping[str, Any], **_: Any) -> None:
    """botocore calls this after each try, its own retries included, which nobody else hears of."""
    if response is not None and errors.throttles(response[1]):
        request = json.loads(request_dict["body"]) if operation.name in _METHODS else None
        _count(operation.name, request, response[1])


def _count(operation: str, request: Mapping[str, Any] | None, answer: Mapping[str, Any]) -> None:
    """Tell how much of a request was turned away; of requests that are not about data no table is told."""
    if turned_away := errors.throttles(answer):
        tables = () if request is None else tables_of(request)
        throttled(operation, turned_away, tables[0] if len(tables) == 1 else None)


def _counting(
    transport: Transport, operation: str, request: dict[str, Any], *, again: bool, reader: PageReader | None
) -> Steps[dict[str, Any]]:
    try:
        answer = yield from transport.steps(operation, request, again=again, reader=reader)
    except ClientError as error:
        _count(operation, request, error.response)
        raise
    replies.check(operation, request, answer)
    if operation in _PARTLY:
        _count(operation, request, answer)
    return answer


@contextmanager
def _session(settings: ClientSettings) -> Iterator[boto3.session.Session]:
    """A session that has credentials, and what making clients with it raises as our own errors."""
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
        session.events.register("needs-retry.dynamodb", _count_throttles)
        yield session
    except errors.DRIVER_ERRORS as error:
        raise errors.translate(error, write=False) from error
    except ValueError as error:
        raise ConfigurationError(
            f"{error}: AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL and `endpoint_url` in the AWS profile want a URL"
        ) from None


def create_client(**settings: Unpack[ClientSettings]) -> DynamoDBClient:
    """One client that retries by itself, for work on tables. Settings and errors as for `connect`."""
    return connect(Connection(settings, transport="boto3")).reads
