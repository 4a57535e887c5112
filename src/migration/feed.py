"""The feed of the way back: what changed in DynamoDB, read from the streams of its tables, for the groups' relays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.closing import Closing
from crossfade.dal.correlation import carried
from crossfade.dal.share import route_of
from crossfade.dal.stage import StageMoved, Standing
from crossfade.dal.telemetry import too_late
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import connect_streams
from crossfade.dynamodb.errors import ChangesLost, Undecodable
from crossfade.dynamodb.stream_calls import StreamCalls, stream_of
from crossfade.dynamodb.stream_item import StreamBusy, StreamItem, StreamTaken
from crossfade.dynamodb.streams import Batch, Quiet, StreamReader
from crossfade.migration.dual_write import Groups
from crossfade.migration.entries import item_entry
from crossfade.migration.late import decided, late
from crossfade.migration.relay_back import BackRelay, Returned, owners
from crossfade.migration.sync import synced
from crossfade.migration.sync_back import SyncBack
from crossfade.mysql.history import history
from crossfade.mysql.outbox import Entry
from crossfade.mysql.transaction import read
from crossfade.mysql.whose import Of

Late = Callable[[str, Iterable[Entry]], None]
"""Told of changes that MySQL does not follow: the group's name, and the item keys."""


class Feed(Closing):
    """Reads the streams of every table that holds entities of some groups. Not to be shared between threads.

    A stream has one reader at a time, which therefore serves all groups, whichever it was asked for.

    Attributes:
        busy: the tables whose streams another process read, at the last turn.
        unread: why the streams of other tables could not be read at the last turn, by table.

    Args:
        groups: what writes share.
        names: the groups whose tables are read.
        clock: gives the current time as an aware datetime.
        seize: take the streams from whoever reads them; they find out, and wait until this one ends.
        anew: forget how far the streams were read: changes were lost, and have been made good otherwise.
        quiet: see `StreamReader.drained`.
        late: told of changes that MySQL does not follow; without, those of them are told that DynamoDB made while it
            decided, and that came too late to be synced back.
    """

    def __init__(
        self,
        groups: Groups,
        names: Iterable[str],
        clock: Callable[[], datetime],
        *,
        seize: bool = False,
        anew: bool = False,
        quiet: Quiet | None = None,
        late: Late | None = None,
    ) -> None:
        self._groups, self._seize, self._quiet = groups, seize, quiet or Quiet()
        self._late = late
        self._layout = groups.stores.dynamodb.layout
        self.relays = {
            name: BackRelay(SyncBack(groups.stores, groups.rows, name, clock)) for name in groups.stores.contract.groups
        }
        self._calls = Calls(groups.stores.dynamodb.clients)
        self._tables = tables_of(groups, names)
        self._anew = set(self._tables) if anew else set[str]()
        self._streams = connect_streams(groups.stores.dynamodb.clients.connection)
        self._readers: dict[str, StreamReader] = {}
        self.busy: list[str] = []
        self.unread: dict[str, CrossfadeError] = {}

    def turn(self) -> Returned:
        """Sync what the next batch of each stream is of, and the parked entities that are due.

        A stream that cannot be read stops none of the others; why is among the errors, at every turn, and in `unread`.

        Raises:
            StoreUnavailable, CapacityExceeded: a store cannot be reached; the same changes are read again.
        """
        self.busy, self.unread = [], {}
        # Read all at once, but synced in turn: what refers to another table's rows comes after these.
        with ThreadPoolExecutor(len(self._tables), "crossfade-streams") as pool:
            batches = list(pool.map(carried(self._read), self._tables))
        synced = (self._synced(table, batch) for table, batch in zip(self._tables, batches, strict=True))
        total = sum(synced, Returned(errors=tuple(map(str, self.unread.values()))))
        for relay in self.relays.values():
            with suppress(StageMoved):
                total += relay.turn()
        return total

    def drained(self, since: float) -> bool:
        """Whether all that changed before a moment, by a monotonic clock, has been read; see `StreamReader`."""
        return all(table in self._readers and self._readers[table].drained(since) for table in self._tables)

    def noisy(self, since: float) -> bool:
        """Whether a change has been read that was made after a moment; see `StreamReader`."""
        return any(reader.noisy(since) for reader in self._readers.values())

    def close(self) -> None:
        """Let another process read the streams."""
        for reader in self._readers.values():
            reader.close()
        self._streams.close()

    # -------------------------------------------------------------------- helpers

    def _read(self, table: str) -> Batch | None:
        try:
            reader = self._readers.get(table) or self._readers.setdefault(table, self._reader(table))
            batch = reader.read()
        except StreamBusy:
            self.busy.append(table)
            return None
        except StreamTaken:
            self._taken(table)
            return None
        except CrossfadeError as error:
            self.unread[table] = error
            if isinstance(error, ChangesLost):
                self._readers.pop(table).close()  # any other process may say so, too
            return None
        self._anew.discard(table)
        return batch

    def _synced(self, table: str, batch: Batch | None) -> Returned:
        if batch is None:
            return Returned()
        returned = self._sync(batch)
        try:
            self._readers[table].acknowledge(batch)
        except StreamTaken:
            self._taken(table)
            return Returned()
        return returned

    def _taken(self, table: str) -> None:
        del self._readers[table]  # it has been taken from this one, which has to wait like any other
        self.busy.append(table)

    def _reader(self, table: str) -> StreamReader:
        keeper = StreamItem(self._calls, self._layout.control_table, table, seize=self._seize)
        stream = stream_of(self._groups.stores.dynamodb.clients.reads, table)
        return StreamReader(StreamCalls(self._streams, stream), keeper, anew=table in self._anew, quiet=self._quiet)

    def _sync(self, batch: Batch) -> Returned:
        changed: dict[str, dict[Of, Entry]] = defaultdict(dict)
        made: dict[Of, list[datetime]] = defaultdict(list)
        total = Returned()
        for change in batch.changes:
            try:
                found = owners(self._layout, change.table, (change.old, change.new))
            except Undecodable as error:
                total += Returned(errors=(error.message,))
                continue
            for of in found:
                entry = item_entry(self._layout, change.table, change.item_key, *of)
                changed[self._groups.of[of[0]]][of] = entry
                if not synced(change.old, change.new):
                    made[of].append(change.at)
        # Looked at after the batch was read: what changed while MySQL followed is found to be followed.
        standings = read(self._groups.stores.mysql.engine, self._groups.rows.look) if changed else {}
        for group, those in changed.items():
            followed = [of for of in those if self._followed(standings[group], of)]
            try:
                if followed:
                    total += self.relays[group].turn(followed)
            except StageMoved:
                followed = []  # since it was looked at
            if left := those.keys() - set(followed):
                if self._late is not None:
                    self._late(group, [those[of] for of in left])
                else:
                    total += self._dropped(group, [made[of] for of in left])
        return total

    def _dropped(self, group: str, made: Iterable[Iterable[datetime]]) -> Returned:
        span = read(self._groups.stores.mysql.engine, lambda t: decided(history(t, group)))
        if not (count := late(made, span)):
            return Returned()
        too_late(group, count)
        says = (
            f"{count} entities of {group} changed in DynamoDB while it decided, which came too late to be synced back: "
            "run `crossfade verify`, and look at what it names"
        )
        return Returned(errors=(says,))

    def _followed(self, standing: Standing, of: Of) -> bool:
        entity = self._groups.stores.contract.entities[of[0]]
        return route_of(standing, entity, of[1]).follows == "mysql"


def tables_of(groups: Groups, names: Iterable[str]) -> list[str]:
    """The full names of the tables that hold entities of some groups."""
    layout = groups.stores.dynamodb.layout
    entities = (entity for name in names for entity in groups.stores.contract.groups[name])
    return list(dict.fromkeys(layout.of(entity).table for entity in entities))
