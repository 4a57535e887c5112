"""Where the groups stand, as a process knows it: read from MySQL when it is needed, and seldom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.stage import Standing, Standings
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.stage_item import StageView
from crossfade.migration.lease import Leases
from crossfade.migration.stores import Stores
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read

PATIENCE = Retry(base=0.005, cap=0.03, deadline=10.0, attempts=10_000)
"""How long a write waits for a move that it meets."""


class LiveBoard:
    """Knows where the groups stand (see `crossfade.dal.planned.Board`). Safe to share between threads.

    MySQL's rows say it; of a group whose authority is DynamoDB, the item does, for as long as it says so.

    Args:
        stores: both stores.
        rows: where the groups stand, in MySQL.
        leases: where they stand, in DynamoDB.
        refresh: seconds for which what was read is told again; writes find out at once, whatever it is.
        clock: a monotonic clock, in seconds.
        pacer: see `Board`.
        refreshed: told where the groups stand each time that was read anew; what it does delays that one call.
    """

    def __init__(
        self,
        stores: Stores,
        rows: StageRows,
        leases: Leases,
        *,
        refresh: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        pacer: Pacer | None = None,
        refreshed: Callable[[Standings], None] | None = None,
    ) -> None:
        self._stores, self._rows, self._leases = stores, rows, leases
        self._refresh, self._clock, self._refreshed = refresh, clock, refreshed
        self.pacer = pacer or Pacer(PATIENCE)
        self._lock = threading.Lock()
        self._known: tuple[float, Standings] | None = None

    def standings(self) -> Standings:
        """See `Board.standings`. Raises StoreUnavailable where nothing was ever read, and nothing can be."""
        known = self._known
        if known is not None and self._clock() - known[0] < self._refresh:
            return known[1]
        with self._lock:
            now = self._clock()
            if self._known is not None and now - self._known[0] < self._refresh:
                return self._known[1]  # somebody else has read meanwhile
            self._known = now, self._later(self._read())
            standings = self._known[1]
        if self._refreshed is not None:
            self._refreshed(standings)
        return standings

    def moved(self, standings: Standings) -> None:
        """See `Board.moved`."""
        with self._lock:
            self._known = self._clock(), self._later(standings)

    def _read(self) -> Standings:
        known = self._known[1] if self._known is not None else {}
        if known and all(of.route.authority == "dynamodb" for of in known.values()):
            found = {group: view for group in known if (view := self._leases.view(group)) is not None}
            if all(self._settled(found.get(group), of) for group, of in known.items()):
                return {group: view.standing for group, view in found.items()}
        try:
            rows = read(self._stores.mysql.engine, self._rows.look)
        except StoreUnavailable:
            return self._without_mysql()
        for group, of in rows.items():
            if of.handed and not self._reached(self._leases.view(group), of):
                self._leases.follow(group, of)  # whoever moved the row has not come so far
        return rows

    def _without_mysql(self) -> Standings:
        """Where DynamoDB says that every group stands, if it decides in all of them.

        An item that says so, and is not held, is not behind MySQL's row: a move back holds it first.
        """
        found = {group: self._leases.view(group) for group in self._stores.contract.groups}
        told = {group: view.standing for group, view in found.items() if view is not None and not view.held}
        if told.keys() != found.keys() or any(of.route.authority != "dynamodb" for of in told.values()):
            raise StoreUnavailable("MySQL, which decides or may decide, cannot be reached", store="mysql")
        return told

    def _settled(self, view: StageView | None, of: Standing) -> bool:
        """Whether the item says, by itself, where the group stands."""
        return view is not None and self._reached(view, of) and view.standing.route.authority == "dynamodb"

    @staticmethod
    def _reached(view: StageView | None, of: Standing) -> bool:
        """Whether the item is as far as MySQL's row."""
        return view is not None and view.standing.epoch >= of.epoch

    def _later(self, standings: Standings) -> Standings:
        """The later of what is known and what was read: a slow reader must not turn the time back."""
        found = dict(standings)
        for group, known in () if self._known is None else self._known[1].items():
            found[group] = max(found.get(group, known), known, key=lambda of: of.epoch)
        return found
