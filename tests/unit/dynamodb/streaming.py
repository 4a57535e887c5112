"""A stubbed stream: what is asked is compared with what the test expects, time stands until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber

from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.stream_calls import Stream, StreamCalls
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from crossfade.dynamodb.streams import Batch, Quiet, StreamReader

ARN = "arn:aws:dynamodb:eu-west-1:1:table/Things/stream/2034-05-01T12:00:00.000"
AT = datetime(2034, 5, 1, 12, tzinfo=UTC)
NOW = int(AT.timestamp())
_SESSION = boto3.session.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


def record(number: int, name: str = "MODIFY", seconds: float = 0.0, **more: Any) -> dict[str, Any]:
    """A stream record of the item `a`, made so long after `AT`."""
    key = {"PK": {"S": "a"}}
    images = {"OldImage": {**key, "n": {"N": "1"}}, "NewImage": {**key, "n": {"N": "2"}}}
    at = AT + timedelta(seconds=seconds)
    made = {"Keys": key, "SequenceNumber": f"{number:021d}", "ApproximateCreationDateTime": at, **images}
    return {"eventName": name, "dynamodb": made, **more}


def sequence(number: int) -> str:
    """The sequence number of `record`."""
    return f"{number:021d}"


@dataclass
class Memory:
    """A keeper in memory."""

    kept: Checkpoint | None = None
    saved: list[Checkpoint] = field(default_factory=list)
    released: bool = False

    def load(self) -> Checkpoint | None:
        """See `Keeper.load`."""
        return self.kept

    def save(self, checkpoint: Checkpoint) -> None:
        """See `Keeper.save`."""
        self.kept = checkpoint
        self.saved.append(checkpoint)

    def release(self) -> None:
        """See `Keeper.release`."""
        self.released = True


@dataclass
class Streaming:
    """A reader on a stubbed client.

    Attributes:
        stub: what the client is to be asked.
        keeper: keeps the checkpoint.
        reader: the object under test.
        slept: the delays, in seconds.
        time: its clock, in seconds.
    """

    stub: Stubber
    keeper: Memory
    reader: StreamReader
    slept: list[float]
    time: float = 0.0

    def lists(self, *shards: str | tuple[str, str], status: str = "ENABLED") -> None:
        """Expect a DescribeStream that finds these shards, each with its parent if it has one."""
        self.stub.add_response("describe_stream", described(shards, status=status), {"StreamArn": ARN})

    def begins(self, shard: str, after: int | None = None, iterator: str | None = None) -> None:
        """Expect a GetShardIterator, which gives `iterator`."""
        where = {"ShardIteratorType": "TRIM_HORIZON"}
        if after is not None:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": sequence(after)}
        asked = {"StreamArn": ARN, "ShardId": full(shard), **where}
        self.stub.add_response("get_shard_iterator", {"ShardIterator": iterator or f"{shard}-0"}, asked)

    def gives(self, iterator: str, *numbers: int, then: str | None, made: float = 0.0) -> None:
        """Expect a GetRecords that gives these changes, made so many seconds after `AT`."""
        answer: dict[str, Any] = {"Records": [record(number, seconds=made) for number in numbers]}
        if then is not None:
            answer["NextShardIterator"] = then
        self.stub.add_response("get_records", answer, asks(iterator))

    def fails(self, method: str, code: str, asked: dict[str, Any] | None = None) -> None:
        """Expect a request that is refused."""
        self.stub.add_client_error(method, code, http_status_code=400, expected_params=asked)

    def told(self) -> tuple[int, int]:
        """What the checkpoint says: when it was kept, and until when everything was read."""
        kept = self.keeper.kept
        assert kept is not None
        return kept.at, kept.until

    def take(self) -> list[int] | None:
        """The next batch's numbers; it is acknowledged."""
        batch = self.reader.read()
        if batch is None:
            return None
        self.reader.acknowledge(batch)
        return numbers_of(batch)


def full(shard: str) -> str:
    """A shard id as long as the API wants it."""
    return f"shardId-{shard:->21}"


def asks(iterator: str) -> dict[str, Any]:
    """What GetRecords is asked."""
    return {"ShardIterator": iterator, "Limit": 1_000}


def described(shards: Any, *, status: str = "ENABLED", last: str | None = None) -> dict[str, Any]:
    """The answer to a DescribeStream."""
    pairs = [(s, None) if isinstance(s, str) else s for s in shards]
    listed = [{"ShardId": full(s)} | ({"ParentShardId": full(p)} if p else {}) for s, p in pairs]
    more = {"LastEvaluatedShardId": full(last)} if last is not None else {}
    return {"StreamDescription": {"StreamArn": ARN, "StreamStatus": status, "Shards": listed, **more}}


def numbers_of(batch: Batch) -> list[int]:
    """The numbers of a batch's changes."""
    return [int(change.sequence) for change in batch.changes]


@contextmanager
def streaming(kept: dict[str, int | None] | None = None, **options: Any) -> Iterator[Streaming]:
    """A reader; at the end everything expected must have been asked for.

    Args:
        kept: the checkpoint's shards; None for no checkpoint.
        **options: of the reader.
    """
    client = _SESSION.client("dynamodbstreams", config=Config(retries={"total_max_attempts": 1}))
    stub, slept = Stubber(client), list[float]()
    shards = {full(s): None if n is None else sequence(n) for s, n in (kept or {}).items()}
    keeper = Memory(None if kept is None else Checkpoint(ARN, shards, NOW))
    pacer = Pacer(Retry(attempts=3), sleep=slept.append, clock=lambda: 0.0, draw=lambda low, high: low)
    reader = StreamReader(
        StreamCalls(client, Stream("Things", ARN), pacer),
        keeper,
        **{"quiet": Quiet(3, 4.0), **options},
    )
    made = Streaming(stub, keeper, reader, slept)
    reader.clock = lambda: made.time
    if "now" not in options:
        reader.now = lambda: NOW + made.time
    with stub:
        yield made
        stub.assert_no_pending_responses()
