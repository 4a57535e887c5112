"""How far a table's stream has been read, as a value, and what keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What has been read of one stream, and acknowledged.

    Attributes:
        stream: the stream's ARN; a table whose stream was made anew has another one.
        shards: the sequence number of the last change read, by shard; None where a shard was read to its end.
            A shard that is not there has given nothing yet.
        at: when this was true, in epoch seconds.
        until: in epoch seconds, the moment before which everything that changed has been read; 0 where none is known.
            As exact as the clocks of DynamoDB and of the reader agree: good to tell a lag, not to decide a move.
        lost: why changes may be gone that were never read, until the stream is read anew; empty where none are.
    """

    stream: str
    shards: Mapping[str, str | None] = field(default_factory=dict)
    at: int = 0
    until: int = 0
    lost: str = ""

    def read(self, shard: str, sequence: str) -> Checkpoint:
        """The same, with a shard read as far as a change."""
        return replace(self, shards={**self.shards, shard: sequence})

    def ended(self, shards: Iterable[str]) -> Checkpoint:
        """The same, with shards of which nothing is left to read."""
        return replace(self, shards={**self.shards, **dict.fromkeys(shards)})

    def only(self, shards: Iterable[str]) -> Checkpoint:
        """The same, without the shards that are not among these."""
        kept = frozenset(shards)
        return replace(self, shards={shard: at for shard, at in self.shards.items() if shard in kept})

    def done(self, shard: str) -> bool:
        """Whether nothing is left to read of a shard."""
        return shard in self.shards and self.shards[shard] is None

    def text(self) -> str:
        """The checkpoint as JSON."""
        return json.dumps(asdict(self), sort_keys=True)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that `Checkpoint.text` gave."""
    return Checkpoint(**json.loads(text))


class Keeper(Protocol):
    """Keeps one stream's checkpoint, for one reader at a time."""

    def load(self) -> Checkpoint | None:
        """The checkpoint, from now on this reader's alone; None where nothing was read yet.

        Raises:
            StreamBusy: another reader has it.
        """

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep the checkpoint; called every second or so, to show that the reader is alive.

        Raises:
            StreamTaken: another reader has taken it; nothing was saved.
        """

    def release(self) -> None:
        """Let another reader have it at once."""
