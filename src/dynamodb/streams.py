"""Reads what changed in a table, from its stream: every change at least once, those of one item in their order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from crossfade.dynamodb.errors import ChangesLost, IteratorExpired
from crossfade.dynamodb.stream_calls import Change, StreamCalls
from crossfade.dynamodb.stream_checkpoint import Checkpoint, Keeper
from crossfade.dynamodb.stream_shards import RETENTION, Listing, check_age, lost

# Below the lease of whoever keeps the checkpoint; who waits for a stream to be read waits for this, too.
_SAVE_EVERY = 1.0
# Seconds that a change may take into its stream. Developer Guide: "in near-real time", for which there is no bound.
_ON_ITS_WAY = 2.0
SKEW = 1.0
"""Seconds by which this machine's clock and DynamoDB's may differ."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one shard, in order.

    Attributes:
        shard: the shard.
        changes: the changes; never none.
        ends: whether the shard ends with them.
    """

    shard: str
    changes: tuple[Change, ...]
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a shard counts as read to its end: `answers` empty ones, the first and the last `seconds` apart."""

    answers: int = 3
    seconds: float = 5.0

    @property
    def apart(self) -> float:
        """How far apart the answers that count must be, in seconds."""
        return self.seconds / max(1, self.answers - 1)


@dataclass(slots=True)
class _Cursor:
    """Where the reader is in one shard: behind `after`, or at the shard's beginning.

    Attributes:
        empty: when the last empty answers that count were asked for.
        until: see `Checkpoint`, of this shard.
        begun: what `until` was when the reader came to the shard.
        newest: when the newest change that was acknowledged was made, in epoch seconds.
    """

    after: str | None
    empty: deque[float]
    until: float
    begun: float
    newest: float = float("-inf")
    iterator: str | None = None


@dataclass
class StreamReader:
    """Reads one table's stream, one batch at a time. Not to be shared between threads.

    What was acknowledged is not read again, by this reader or a later one; what was not, is. The very first reader
    begins with the oldest change that is kept: let it begin before the changes that matter.

    A reader that was away, with what it was behind, for more than 24 hours raises `ChangesLost` wherever the stream
    shows it: a shard that is gone, a position that is trimmed, a checkpoint that old. The checkpoint says so from then
    on, to every later reader, until one reads `anew`.

    Attributes:
        calls: what to read with.
        keeper: keeps the checkpoint.
        anew: forget the checkpoint: changes were lost, and have been made good otherwise.
        quiet: see `drained`.
        clock: a monotonic clock, in seconds.
        now: gives the current time, in epoch seconds.
    """

    calls: StreamCalls
    keeper: Keeper
    anew: bool = False
    quiet: Quiet = Quiet()
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    _found: Checkpoint | None = field(default=None, init=False)
    _checkpoint: Checkpoint | None = field(default=None, init=False)
    _first: float = field(default=float("-inf"), init=False)
    _listing: Listing = field(default_factory=lambda: Listing(True, {}), init=False)
    _listed: float = field(default=float("-inf"), init=False)
    _ended: float = field(default=float("-inf"), init=False)
    _due: float = field(default=float("-inf"), init=False)
    _saved: float = field(default=float("-inf"), init=False)
    _cursors: dict[str, _Cursor] = field(default_factory=dict, init=False)
    _given: Batch | None = field(default=None, init=False)

    def read(self) -> Batch | None:
        """The next batch; the same again where it was not acknowledged; None where no shard has one now.

        Raises:
            ChangesLost: changes that were never read are gone: see there.
            StreamBusy, StreamTaken: another reader has the stream; see `Keeper`.
            CapacityExceeded, StoreUnavailable: DynamoDB does not answer, to the end of the retries.
        """
        try:
            return self._given or self._next()
        except ChangesLost as error:
            self._note(error)
            raise

    def _next(self) -> Batch | None:
        checkpoint = self._checkpoint or self._begin()
        if self._behind(self.clock()):
            checkpoint = self._list(checkpoint)
        if self.clock() - self._saved >= _SAVE_EVERY:
            self._save(checkpoint)
        for shard, cursor in tuple(self._cursors.items()):
            self._given = self._poll(shard, cursor)
            if self._given is not None:
                # The others first, next time.
                self._cursors[shard] = self._cursors.pop(shard)
                return self._given
        return None

    def acknowledge(self, batch: Batch) -> None:
        """Say that a batch has been dealt with.

        Raises:
            ValueError: it is not the batch that was read last.
            StreamTaken: another reader has the stream, and will read the batch too.
        """
        if self._checkpoint is None or batch is not self._given:
            raise ValueError("only the batch that was read last can be acknowledged")
        last, cursor = batch.changes[-1], self._cursors[batch.shard]
        checkpoint = self._checkpoint.read(batch.shard, last.sequence)
        cursor.newest = max(cursor.newest, last.at.timestamp())
        cursor.until = max(cursor.until, cursor.newest)
        self._save(checkpoint.ended([batch.shard]) if batch.ends else checkpoint)
        self._given = None
        if batch.ends:
            self._leave(batch.shard)

    def drained(self, since: float) -> bool:
        """Whether everything that was written before a moment has been read and acknowledged.

        True once, after that moment, every shard that there is has been read to its end, or has answered empty
        `quiet.answers` times over at least `quiet.seconds`, or has brought a change that was made that long after the
        moment, by DynamoDB's clock: other items may be written without a pause. The shards must have been listed once
        more that long after the moment, and after the last one ended. Go on with `read` until it is.

        API Reference, StreamRecord: the time of a change is "rounded down to the closest second". DynamoDB Local rounds
        it down to the minute: there one may wait as long for a stream that is never quiet.

        It is as sure as DynamoDB lets it be, which is no proof. API Reference, GetRecords: an empty answer does not
        mean that nothing follows, "it might take multiple calls to get to a portion of the shard that contains
        stream records", hence several. Developer Guide: stream records are written "in near-real time", for which
        there is no bound; a change that comes into the stream later than `quiet.seconds` after it was made is missed.
        Whoever stops reading then has to verify.

        Args:
            since: the moment, by the reader's clock. Whoever writes what is waited for must have stopped by then.
        """
        checkpoint, self._due = self._checkpoint, max(since, self._ended) + self.quiet.seconds
        beyond = self._certain(since) + self.quiet.seconds
        for cursor in self._cursors.values():
            while cursor.empty and cursor.empty[0] < since:
                cursor.empty.popleft()  # the next empty answer counts at once
        if checkpoint is None or self._listed < self._due:
            return False
        # One that is being read may be missing in a listing that is behind.
        unread = {s for s in self._listing.shards if not checkpoint.done(s)}.union(self._cursors)
        return all(self._silent(shard, since) or self._reached(shard, beyond) for shard in unread)

    def noisy(self, since: float) -> bool:
        """Whether a change has been read that was made after a moment, by the reader's clock."""
        return any(self._reached(shard, self._certain(since)) for shard in self._cursors)

    def close(self) -> None:
        """Let another reader have the stream."""
        self.keeper.release()

    # --------------------------------------------------------------------------------------- shards

    def _begin(self) -> Checkpoint:
        loaded, stream = self.keeper.load(), self.calls.stream
        if loaded is None or self.anew:
            self._first = self.now()
            return self._list(self.calls.shards().begun(Checkpoint(stream.arn)))
        self._found = loaded
        check_age(loaded, stream.arn, stream.table, self.now())
        return self._list(loaded)

    def _note(self, error: ChangesLost) -> None:
        """Let every later reader know, and this one, if it is asked again."""
        kept = self._checkpoint or self._found
        if kept is not None and not kept.lost:
            self.keeper.save(replace(kept, lost=error.message))
            self._checkpoint, self.anew = None, False

    def _behind(self, now: float) -> bool:
        """Whether the shards have to be listed again: from time to time, where one ended, and for `drained`."""
        old = now - self._listed >= self.quiet.seconds
        return old or self._ended >= self._listed or self._listed < self._due <= now

    def _list(self, checkpoint: Checkpoint) -> Checkpoint:
        self._listed = self.clock()
        self._listing = self._whole(checkpoint)
        self._checkpoint = self._listing.trimmed(checkpoint)
        self._open(self._checkpoint)
        return self._checkpoint

    def _whole(self, checkpoint: Checkpoint) -> Listing:
        """The shards; asked for again where one is missing, for a listing may be behind."""
        table, missing = self.calls.stream.table, ""
        for _ in self.calls.pacer.tries():
            listing = self.calls.shards()
            if not listing.enabled:
                raise lost(table, "its stream is disabled")
            missing = ", ".join(listing.missing(checkpoint))
            if not missing:
                return listing
        raise lost(table, f"shards of its stream are gone ({missing})")

    def _open(self, checkpoint: Checkpoint) -> None:
        """Begin with the shards that may be read now and are not yet."""
        for shard in self._listing.readable(checkpoint):
            if shard.id not in self._cursors:
                empty = deque[float](maxlen=self.quiet.answers)
                self._cursors[shard.id] = _Cursor(
                    checkpoint.shards.get(shard.id), empty, checkpoint.until, checkpoint.until
                )

    def _leave(self, shard: str) -> None:
        """A shard has been read to its end: those that follow it may be read."""
        assert self._checkpoint is not None  # noqa: S101 - narrows the type; nothing is read before there is one
        self._ended = self.clock()
        del self._cursors[shard]
        self._checkpoint = self._checkpoint.ended([shard])
        self._open(self._checkpoint)

    def _silent(self, shard: str, since: float) -> bool:
        cursor = self._cursors.get(shard)
        return cursor is not None and len(cursor.empty) == self.quiet.answers and cursor.empty[0] >= since

    def _reached(self, shard: str, made: float) -> bool:
        cursor = self._cursors.get(shard)
        return cursor is not None and cursor.newest >= made

    def _certain(self, moment: float) -> float:
        """What DynamoDB's clock says after a moment of the reader's clock for certain, in epoch seconds."""
        return self.now() - (self.clock() - moment) + SKEW

    # -------------------------------------------------------------------------------------- records

    def _poll(self, shard: str, cursor: _Cursor) -> Batch | None:
        asked, at = self.clock(), self.now()
        changes, cursor.iterator = self._records(shard, cursor)
        if changes:
            cursor.empty.clear()
            cursor.after = changes[-1].sequence
            return Batch(shard, changes, ends=cursor.iterator is None)
        cursor.until = max(cursor.until, at - _ON_ITS_WAY)
        if cursor.iterator is None:
            self._leave(shard)
        elif not cursor.empty or asked - cursor.empty[-1] >= self.quiet.apart:
            cursor.empty.append(asked)
        return None

    def _records(self, shard: str, cursor: _Cursor) -> tuple[tuple[Change, ...], str | None]:
        iterator = cursor.iterator or self.calls.iterator(shard, cursor.after)
        try:
            return self.calls.records(iterator)
        except IteratorExpired:
            pass
        except ChangesLost:
            if not self._keeps(cursor):
                raise
        return self.calls.records(self.calls.iterator(shard, cursor.after))

    def _keeps(self, cursor: _Cursor) -> bool:
        """Whether what comes behind a cursor must still be there, whatever became of its iterator.

        DynamoDB refuses a place behind a change that it does not keep. Nothing shows that for a shard's beginning:
        there it counts until when all was read, and that a first reader misses nothing of before it came. One empty
        answer does not tell: see `drained`.
        """
        until = cursor.until if len(cursor.empty) == self.quiet.answers else cursor.begun
        return cursor.after is not None or self.now() - max(until, self._first) < RETENTION / 2

    def _save(self, checkpoint: Checkpoint) -> None:
        until = min((int(cursor.until) for cursor in self._cursors.values()), default=checkpoint.until)
        checkpoint = replace(checkpoint, at=int(self.now()), until=until)
        self.keeper.save(checkpoint)
        self._checkpoint, self._saved = checkpoint, self.clock()
