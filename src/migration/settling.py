"""Waits until what was committed has arrived: what a shadow read does before it takes a difference for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

from crossfade.contract.model import Entity
from crossfade.dal.key import Key
from crossfade.dal.stage import StoreName
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stream_item import checkpoint_of
from crossfade.migration.dual_write import Groups
from crossfade.migration.entries import entity_entry
from crossfade.migration.feed import tables_of
from crossfade.migration.sync_back import place_of
from crossfade.mysql.outbox import Entry, Kind, Outbox
from crossfade.mysql.parked import Parking
from crossfade.mysql.transaction import read

_STORES: tuple[StoreName, ...] = get_args(StoreName)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.25  # seconds; twice as long each time


class Settling:
    """See `crossfade.dal.shadow_model.Settled`. Safe to share between threads.

    To DynamoDB, it is the outbox that holds what is on its way. A propagation names none of the records that it
    reaches: it is waited for first, then what it was turned into.

    To MySQL, the relay tells with each stream's checkpoint until when everything was read, and what MySQL could not
    take is parked. A record may be joined from others of its group, so all of the group's streams are waited for.

    Args:
        groups: what writes share.
        clock: a monotonic clock, in seconds.
        now: gives the current time, in epoch seconds.
        sleep: takes seconds; by default it ends when this is closed.
    """

    def __init__(
        self,
        groups: Groups,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._groups, self._clock, self._now = groups, clock, now
        self._calls = Calls(groups.stores.dynamodb.clients)
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait

    def __call__(self, entity: Entity, keys: tuple[Key, ...], timeout: float) -> bool:
        """See `Settled.__call__`. False, too, where nothing is carried over."""
        asked, until = self._now(), self._clock() + timeout
        group = self._groups.of[entity.name]
        ways = {
            "dynamodb": lambda: self._written(group, entity, keys, until),
            "mysql": lambda: self._read_back(group, asked, until) and not self._parked(group, entity, keys),
        }
        followers = self._followers(group)
        return bool(followers) and all(ways[store]() for store in followers)

    def close(self) -> None:
        """Wait no more."""
        self._closed.set()

    def _followers(self, group: str) -> list[StoreName]:
        """The stores that are kept equal to another; both, while only a share of the keys has been handed over."""
        standing = read(self._groups.stores.mysql.engine, self._groups.rows.look)[group]
        return [store for store in _STORES if standing.follows(store)]

    # ---------------------------------------------------------------------------------- to DynamoDB

    def _written(self, group: str, entity: Entity, keys: tuple[Key, ...], until: float) -> bool:
        outbox, layout = self._groups.outboxes[group], self._groups.stores.dynamodb.layout
        entries = [entity_entry(layout, entity.name, key) for key in keys]
        kinds: tuple[Kind, ...] = ("item",) if keys else ("item", "entity")
        return self._gone(outbox, until, ("propagate",), []) and self._gone(outbox, until, kinds, entries)

    def _gone(self, outbox: Outbox, until: float, kinds: tuple[Kind, ...], entries: list[Entry]) -> bool:
        """Wait until nothing is left of what is there now."""
        last = outbox.last()
        return self._wait(lambda: not outbox.waits(last, kinds, entries), until)

    # ------------------------------------------------------------------------------------- to MySQL

    def _read_back(self, group: str, asked: float, until: float) -> bool:
        """Wait until everything that had changed when this was asked has been read."""

        def read_back(table: str) -> bool:
            return self._wait(lambda: self._read_until(table) >= asked, until)

        return all(map(read_back, tables_of(self._groups, [group])))

    def _read_until(self, table: str) -> int:
        found = checkpoint_of(self._calls, self._groups.stores.dynamodb.layout.control_table, table)
        return 0 if found is None else found.until

    def _parked(self, group: str, entity: Entity, keys: tuple[Key, ...]) -> bool:
        parking = Parking(self._groups.stores.mysql.engine, group, lambda: datetime.now(UTC))
        return parking.holds(entity.name, [place_of(entity, key) for key in keys])

    def _wait(self, done: Callable[[], bool], until: float) -> bool:
        pause = _FIRST_PAUSE
        while not done():
            if self._closed.is_set() or self._clock() + pause > until:
                return False
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True
