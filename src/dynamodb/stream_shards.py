"""The shards of a stream: which there are, which may be read now, and whether something between them is gone.

Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams": a shard is split, or followed by another,
by itself; "it's important for applications to always process a parent shard before it processes a child shard", and
then the changes of one item come in the order in which they were made. Changes are kept for 24 hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.dynamodb.errors import STORE, ChangesLost
from crossfade.dynamodb.stream_checkpoint import Checkpoint

RETENTION = 24 * 60 * 60
"""Seconds for which a stream keeps a change."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard.

    Attributes:
        id: its id.
        parent: the shard that it follows; that one may be gone.
    """

    id: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The shards of a stream.

    Attributes:
        enabled: whether changes still come into the stream.
        shards: the shards, by id.
    """

    enabled: bool
    shards: Mapping[str, Shard]

    def readable(self, checkpoint: Checkpoint) -> tuple[Shard, ...]:
        """The shards that may be read now: their parents have been read to the end, or are gone."""
        return tuple(
            shard
            for shard in self.shards.values()
            if not checkpoint.done(shard.id)
            and (shard.parent is None or shard.parent not in self.shards or checkpoint.done(shard.parent))
        )

    def missing(self, checkpoint: Checkpoint) -> tuple[str, ...]:
        """The shards of which something was still to be read, and that are gone."""
        begun = [s for s in checkpoint.shards if s not in self.shards and not checkpoint.done(s)]
        return (*begun, *(parent for parent in self._gone(checkpoint) if parent not in checkpoint.shards))

    def begun(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint of a stream that is read for the first time: what is gone already is not missed."""
        return checkpoint.ended(self._gone(checkpoint))

    def trimmed(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint without the shards that are gone, but for those that others follow."""
        return checkpoint.only((*self.shards, *(s.parent for s in self.shards.values() if s.parent is not None)))

    def _gone(self, checkpoint: Checkpoint) -> Sequence[str]:
        """The shards that are not there any more and that unread ones follow."""
        unread = (s for s in self.shards.values() if s.id not in checkpoint.shards)
        return [s.parent for s in unread if s.parent is not None and s.parent not in self.shards]


def list_shards(describe: Callable[..., Mapping[str, Any]], arn: str) -> Listing:
    """Every shard of a stream.

    Args:
        describe: sends a DescribeStream.
        arn: the stream.
    """
    shards: dict[str, Shard] = {}
    more: dict[str, str] = {}
    while True:
        described = describe(StreamArn=arn, **more)["StreamDescription"]
        shards |= {s["ShardId"]: Shard(s["ShardId"], s.get("ParentShardId")) for s in described["Shards"]}
        last = described.get("LastEvaluatedShardId")
        if last is None:
            return Listing(described["StreamStatus"] in {"ENABLING", "ENABLED"}, shards)
        more = {"ExclusiveStartShardId": last}


def check_age(checkpoint: Checkpoint, arn: str, table: str, now: float) -> None:
    """Check that what came after a checkpoint is still kept, and that nobody found something gone before.

    Args:
        checkpoint: the checkpoint.
        arn: the table's stream now.
        table: the table's full name.
        now: in epoch seconds.

    Raises:
        ChangesLost: the stream is another one, was not read for as long as it keeps changes, or has lost some.
    """
    if checkpoint.lost:
        raise ChangesLost(checkpoint.lost, store=STORE)
    if checkpoint.stream != arn:
        raise lost(table, "its stream was made anew")
    if now - checkpoint.at > RETENTION:
        raise lost(table, "its stream was not read for 24 hours")


def lost(table: str, why: str) -> ChangesLost:
    """The error that changes of a table were never read, and cannot be any more."""
    return ChangesLost(
        f"changes of {table} may be lost: {why}. Where DynamoDB decides, run `crossfade backfill --reverse`; then "
        "`crossfade relay --anew`, and `crossfade verify --reverse`: write again, with the application, what it names",
        store=STORE,
    )
