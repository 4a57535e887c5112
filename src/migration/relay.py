"""The relay: carries over what writers could not, and what reaches many."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.metrics import GROUP, STORE, TAKEN, WRITTEN
from crossfade.dal.stage import StageMoved
from crossfade.dal.telemetry import RELAY_TURN, telling
from crossfade.migration.dual_write import Groups
from crossfade.migration.entries import why
from crossfade.mysql.outbox import Entry, Outbox, Row
from crossfade.mysql.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Relayed:
    """What one turn did.

    Attributes:
        taken: rows that were taken.
        carried: rows of them that have been carried over.
        failed: rows of them that could not be, and are tried again later.
        errors: why, each reason once.
    """

    taken: int = 0
    carried: int = 0
    failed: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: Relayed) -> Relayed:
        errors = dict.fromkeys((*self.errors, *other.errors))
        return Relayed(
            self.taken + other.taken, self.carried + other.carried, self.failed + other.failed, tuple(errors)
        )


class Relay:
    """Carries over the outbox of one group. Any number of relays may run at once.

    Args:
        groups: what writes share.
        group: the group's name.
        batch: rows of one turn at most.
    """

    def __init__(self, groups: Groups, group: str, *, batch: int = 100) -> None:
        self._groups, self._group, self._batch = groups, group, batch
        self._outbox: Outbox = groups.outboxes[group]

    @telling(
        RELAY_TURN,
        lambda self, **_: {GROUP: self._group, STORE: "dynamodb"},
        lambda done: {TAKEN: done.taken, WRITTEN: done.carried},
    )
    def turn(self, *, fresh: bool = False) -> Relayed:
        """Take rows that are due, carry each over, and delete exactly those.

        The rows stay locked meanwhile: a relay that dies leaves them to the next one.

        Args:
            fresh: take those, too, that are left to their writers for a moment.

        Raises:
            StoreUnavailable: MySQL cannot be reached.
        """
        # Writers insert into the outbox meanwhile, and must not wait for DynamoDB here.
        with Transaction(self._groups.stores.mysql.engine, writes=True, gaps=False) as transaction:
            rows = self._outbox.take(transaction, self._batch, fresh=fresh)
            relayed = self._carry(transaction, rows)
            transaction.commit()
        return relayed

    def _carry(self, transaction: Transaction, rows: list[Row]) -> Relayed:
        alike: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            alike[row.entry.place].append(row)
        total = Relayed(taken=len(rows))
        for same in alike.values():
            try:
                following = self._groups.carriers[self._group].carry(same[0].entry)
            except StageMoved:
                return total  # what is left is the next stage's to carry over, or to forget
            except CrossfadeError as error:
                reason = why(self._groups.stores.dynamodb.layout, same[0].entry, error)
                for row in same:
                    self._outbox.postpone(transaction, row, reason)
                total += Relayed(failed=len(same), errors=(reason,))
                if isinstance(error, StoreUnavailable):
                    return total  # the others would meet it too
                continue
            self._follow(transaction, following)
            self._outbox.delete(transaction, same)
            total += Relayed(carried=len(same))
        return total

    def _follow(self, transaction: Transaction, entries: list[tuple[str, Entry]]) -> None:
        if entries:
            self._groups.insert(transaction, entries, self._groups.rows.look(transaction), left=False)
