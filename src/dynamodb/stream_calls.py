"""What a table's stream says, as values, and the requests that ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crossfade.dal.errors import SchemaMismatch, StoreError
from crossfade.dynamodb import errors
from crossfade.dynamodb.errors import STORE, ChangesLost
from crossfade.dynamodb.retry import DEFAULT, Pacer
from crossfade.dynamodb.stream_shards import Listing, list_shards, lost
from crossfade.dynamodb.wire import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

_IMAGES = "NEW_AND_OLD_IMAGES"


@dataclass(frozen=True, slots=True)
class Stream:
    """A table's stream, by the table's full name."""

    table: str
    arn: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one item.

    Attributes:
        table: the table's full name.
        item_key: the item key.
        old: the item before it; None where there was none.
        new: the item after it; None where there is none.
        sequence: its number in the stream.
        at: when it was made, to the second.
        swept: DynamoDB removed the item because its time was over.
    """

    table: str
    item_key: Item
    old: Item | None
    new: Item | None
    sequence: str
    at: datetime
    swept: bool = False


def stream_of(client: DynamoDBClient, table: str) -> Stream:
    """The stream of a table.

    Raises:
        SchemaMismatch: there is no such table, or it has no stream of old and new images.
        StoreUnavailable: DynamoDB cannot be reached.
    """
    try:
        found = client.describe_table(TableName=table)["Table"]
    except errors.DRIVER_ERRORS as error:
        raise errors.translate(error, write=False) from error
    wanted = found.get("StreamSpecification", {})
    if not wanted.get("StreamEnabled") or wanted.get("StreamViewType") != _IMAGES:
        says = f"{table} has no stream of old and new images: set `stream` to {_IMAGES} in the contract"
        raise SchemaMismatch(f"{says}, run `crossfade tables apply`, and start the relay again", store=STORE)
    return Stream(table, found["LatestStreamArn"])


@dataclass(frozen=True, slots=True)
class StreamCalls:
    """Sends the requests of one stream, again where DynamoDB is overloaded or out of reach.

    Attributes:
        client: what to send with.
        stream: the stream.
        pacer: the retries.
        limit: changes in an answer at most; 1,000 is DynamoDB's own.
    """

    client: DynamoDBStreamsClient
    stream: Stream
    pacer: Pacer = DEFAULT
    limit: int = 1_000

    def shards(self) -> Listing:
        """Every shard of the stream."""
        return list_shards(lambda **request: self._send("describe_stream", request), self.stream.arn)

    def iterator(self, shard: str, after: str | None) -> str:
        """A place in a shard: behind the change with a sequence number, or at the oldest one. It lasts 15 minutes.

        Raises:
            ChangesLost: what comes there is not kept any more.
        """
        where = {"ShardIteratorType": "TRIM_HORIZON"}
        if after is not None:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        try:
            answer = self._send("get_shard_iterator", {"StreamArn": self.stream.arn, "ShardId": shard, **where})
        except SchemaMismatch as error:
            raise lost(self.stream.table, f"the shard {shard} of its stream is gone") from error
        return str(answer["ShardIterator"])

    def records(self, iterator: str) -> tuple[tuple[Change, ...], str | None]:
        """The changes at a place, and the place behind them; None where the shard ends.

        Raises:
            IteratorExpired: the place was asked for too long ago.
            ChangesLost: what came there is not kept any more.
        """
        answer = self._send("get_records", {"ShardIterator": iterator, "Limit": self.limit})
        return tuple(self._change(r) for r in answer["Records"]), answer.get("NextShardIterator")

    def _change(self, record: Mapping[str, Any]) -> Change:
        made = record["dynamodb"]
        return Change(
            self.stream.table,
            made["Keys"],
            made.get("OldImage"),
            made.get("NewImage"),
            made["SequenceNumber"],
            made["ApproximateCreationDateTime"].astimezone(UTC),
            _swept(record),
        )

    def _send(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        last: StoreError | None = None
        for _ in self.pacer.tries():
            try:
                answer: Mapping[str, Any] = getattr(self.client, operation)(**request)
            except errors.DRIVER_ERRORS as error:
                translated = errors.translate(error, write=False)
                if isinstance(translated, ChangesLost):
                    raise lost(self.stream.table, "its stream does not keep them any more") from error
                if not isinstance(translated, StoreError) or not translated.retryable:
                    raise translated from error
                last = translated
                continue
            return answer
        assert last is not None  # noqa: S101 - narrows the type; there is always a first try
        raise last


def _swept(record: Mapping[str, Any]) -> bool:
    """API Reference, Record: items that the Time to Live process deleted have a userIdentity with this principalId.

    DynamoDB Local has none, and a name of its own for such an event.
    """
    by = record.get("userIdentity", {}).get("PrincipalId")
    return bool(by == "dynamodb.amazonaws.com" or record["eventName"] == "UNKNOWN_TO_SDK_VERSION")
