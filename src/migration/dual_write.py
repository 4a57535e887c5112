"""Dual writes: a change of MySQL, its outbox rows in the same transaction, and DynamoDB right after the commit.

A failure of DynamoDB never fails the write: what could not be carried over stays in the outbox, for the relay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.breaker import Breaker
from crossfade.dal.errors import ConfigurationError, StoreUnavailable
from crossfade.dal.share import route_of
from crossfade.dal.stage import Route, StageMoved, Standing, Standings
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.expected import Owner
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.migration.carry import Carrier, check_not_handed, fence_of
from crossfade.migration.changes import Changes
from crossfade.migration.dependences import dependences
from crossfade.migration.entries import owner_of
from crossfade.migration.reach import Reach
from crossfade.migration.stores import Stores
from crossfade.mysql.outbox import Entry, Outbox, Row
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Hooks, Transaction

_ONCE = Retry(attempts=1)
_FAILURES, _PAUSE = 3, 5.0
"""Writes in a row that DynamoDB did not answer, after which it is left alone; and for how many seconds."""


@dataclass(frozen=True)
class Groups:
    """What writes of a contract's groups share.

    Attributes:
        stores: both stores.
        rows: where the groups stand.
        reach: what changes reach.
        outboxes, carriers: of each group.
        inline: what writers carry over with, who wait for nobody.
        breaker: leaves DynamoDB alone where it does not answer them.
        of: the group of each entity.
    """

    stores: Stores
    rows: StageRows
    reach: Reach
    outboxes: Mapping[str, Outbox]
    carriers: Mapping[str, Carrier]
    inline: Mapping[str, Carrier]
    breaker: Breaker
    of: Mapping[str, str]

    @classmethod
    def open(cls, stores: Stores, clock: Callable[[], datetime]) -> Groups:
        """Those of the stores' contract.

        Raises:
            SchemaMismatch: nothing leads back from a joined row, or nothing says where a group stands.
            StoreUnavailable: MySQL cannot be reached.
        """
        groups = stores.contract.groups
        rows, reach = StageRows(list(groups), stores.target), Reach(stores)
        hurried = Calls(stores.dynamodb.clients.hurried, pacer=Pacer(_ONCE))
        return cls(
            stores,
            rows,
            reach,
            {name: Outbox(stores.mysql.engine, name, clock) for name in groups},
            {name: Carrier(stores, reach, fence_of(rows, stores.contract, name), clock) for name in groups},
            {name: Carrier(stores, reach, fence_of(rows, stores.contract, name), clock, hurried) for name in groups},
            Breaker(_FAILURES, _PAUSE),
            {entity: name for name, entities in groups.items() for entity in entities},
        )

    def hooks(self, planned: Standings) -> Callable[[], Hooks]:
        """What makes the hooks of the transactions that write groups where these stand by plan."""
        return lambda: DualWrite(self, planned)

    def unfenced(self, group: str, clock: Callable[[], datetime]) -> Carrier:
        """A carrier for whoever holds the group's row himself: of keys that are not handed over."""

        def fence(transaction: Transaction, owners: Sequence[Owner]) -> None:
            check_not_handed(self.stores.contract, self.rows.look(transaction)[group], owners)

        return Carrier(self.stores, self.reach, fence, clock)

    def insert(
        self, transaction: Transaction, entries: list[tuple[str, Entry]], standings: Standings, *, left: bool = True
    ) -> list[tuple[str, Row]]:
        """Write entries to the outboxes of their entities' groups, where these are carried over.

        Args:
            transaction: the transaction that changes what they carry over.
            entries: the entries, each with its entity.
            standings: where the groups stand.
            left: see `Outbox.insert`.

        Returns:
            The rows, each with its group.
        """
        found: dict[str, list[Entry]] = defaultdict(list)
        for entity, entry in entries:
            if self._carried(standings[self.of[entity]], entry):
                found[self.of[entity]].append(entry)
        return [
            (name, row) for name, of in found.items() for row in self.outboxes[name].insert(transaction, of, left=left)
        ]

    def undivided(self, group: str, standing: Standing) -> tuple[str, ...]:
        """Why a group cannot stand where both stores decide: what ties its keys together; nothing if it can."""
        if not 0 < standing.handed < 100:
            return ()
        return dependences(self.stores.contract, self.stores.mysql.schema, self.reach.ways, group)

    def owned(self, standing: Standing, entry: Entry) -> Route:
        """What is done with the key that an `item` or `entity` entry names."""
        owner = owner_of(self.stores.dynamodb.layout, entry)
        return route_of(standing, self.stores.contract.entities[owner.entity], owner.key)

    def _carried(self, standing: Standing, entry: Entry) -> bool:
        if entry.kind == "propagate" or not standing.ahead:
            return standing.follows("dynamodb")  # what it reaches will be looked at one by one
        return self.owned(standing, entry).follows == "dynamodb"


class DualWrite:
    """Goes along with one transaction (see `crossfade.mysql.transaction.Hooks`).

    Args:
        groups: what writes share.
        planned: where the groups that are written stand, as far as the writer knows.
    """

    def __init__(self, groups: Groups, planned: Standings) -> None:
        self._groups, self._planned = groups, planned
        self._standings: Standings = {}
        self._changes: Changes | None = None
        self._left: list[tuple[str, Row]] = []

    def begun(self, transaction: Transaction) -> None:
        """Take the lock that a move waits for. Raises StageMoved where a group stands elsewhere."""
        self._standings = self._groups.rows.share(transaction)
        if any(self._standings[group] != standing for group, standing in self._planned.items()):
            raise StageMoved(self._standings)
        if any(standing.follows("dynamodb") for standing in self._standings.values()):
            self._changes = Changes(self._groups.stores, self._groups.reach)
            transaction.watch = self._changes

    def committing(self, transaction: Transaction) -> None:
        """Write the outbox. Raises ConfigurationError where DynamoDB decides for a key that was written."""
        if self._changes is not None:
            transaction.watch = None
            entries = self._changes.entries(transaction)
            self._refuse_handed(entries)
            self._left = self._groups.insert(transaction, entries, self._standings)

    def _refuse_handed(self, entries: list[tuple[str, Entry]]) -> None:
        for entity, entry in entries:
            group = self._groups.of[entity]
            standing = self._standings[group]
            if not standing.handed or entry.kind == "propagate":
                continue
            if self._groups.owned(standing, entry).authority == "dynamodb":
                raise ConfigurationError(
                    f"the group {group} stands at {standing}, and DynamoDB decides for this {entity}: write it by "
                    "itself, in no unit of work; nothing was written"
                )

    def landed(self) -> bool:
        """Whether what was committed is there, for sure: its outbox rows are."""
        with suppress(CrossfadeError):
            return any(self._groups.outboxes[group].holds([row]) for group, row in self._left[:1])
        return False

    def committed(self) -> None:
        """Carry over what can be at once. Where DynamoDB does not answer, again and again, it is left to the relay."""
        breaker = self._groups.breaker
        ticket = breaker.enter()
        if ticket is None:
            return
        done: dict[str, list[Row]] = defaultdict(list)
        try:
            self._carry(done)
        except StoreUnavailable:
            breaker.failed(ticket)
        except (CrossfadeError, StageMoved):
            breaker.succeeded(ticket)
        else:
            breaker.succeeded(ticket)
        with suppress(CrossfadeError):
            for group, rows in done.items():
                self._groups.outboxes[group].done(rows)

    def _carry(self, done: dict[str, list[Row]]) -> None:
        for group, row in self._left:
            if row.entry.kind == "propagate":
                continue  # may reach many: the relay's
            self._groups.inline[group].carry(row.entry)
            done[group].append(row)
