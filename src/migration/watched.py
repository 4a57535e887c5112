"""What the gauges tell of the groups of a contract."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from crossfade.dal.stage import Standings
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stream_item import checkpoint_of
from crossfade.migration.dual_write import Groups
from crossfade.migration.feed import tables_of
from crossfade.migration.relaying import streamed
from crossfade.mysql.parked import Parking


@dataclass(frozen=True, slots=True)
class WatchedGroups:
    """A `Watched` of groups. Its methods raise StoreError where a store cannot be asked.

    Attributes:
        groups: the groups.
        standings: says where they stand.
        now: gives the current time, in epoch seconds.
    """

    groups: Groups
    standings: Callable[[], Standings]
    now: Callable[[], float] = time.time

    def waiting(self) -> dict[str, tuple[int, float]]:
        """See `Watched.waiting`."""
        depths = {name: outbox.depth() for name, outbox in self.groups.outboxes.items()}
        return {name: (depth.rows, depth.age) for name, depth in depths.items()}

    def parked(self) -> dict[str, int]:
        """See `Watched.parked`."""
        engine = self.groups.stores.mysql.engine
        return {name: Parking(engine, name, lambda: datetime.now(UTC)).count() for name in self.groups.outboxes}

    def lags(self) -> dict[tuple[str, str], float]:
        """See `Watched.lags`. Nothing is told of a table whose stream nobody has read yet."""
        dynamodb, found = self.groups.stores.dynamodb, {}
        calls = Calls(dynamodb.clients)
        for name, standing in self.standings().items():
            for table in tables_of(self.groups, [name]) if streamed(standing) else ():
                checkpoint = checkpoint_of(calls, dynamodb.layout.control_table, table)
                if checkpoint is not None and checkpoint.until:
                    found[name, table] = max(0.0, self.now() - checkpoint.until)
        return found
