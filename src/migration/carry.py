"""Carries what the outbox holds over to DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from crossfade.contract.model import Contract
from crossfade.dal.share import route_of
from crossfade.dal.stage import StageMoved, Standing
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.expected import Owner, expected_items
from crossfade.migration.entries import entity_entry, owner_of, place_of
from crossfade.migration.reach import Reach
from crossfade.migration.stores import Stores
from crossfade.migration.sync import Fence, Place, Sync
from crossfade.mysql.outbox import Entry
from crossfade.mysql.rows import RawRows
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Transaction, read


class Carrier:
    """Carries the entries of one group over. Safe to share between threads.

    Args:
        stores: both stores.
        reach: what changes reach.
        fence: see `Fence`.
        clock: gives the current time.
        calls: how requests are made.
    """

    def __init__(
        self, stores: Stores, reach: Reach, fence: Fence, clock: Callable[[], datetime], calls: Calls | None = None
    ) -> None:
        self._stores, self._reach = stores, reach
        self._sync = Sync(stores, calls or Calls(stores.dynamodb.clients), clock, fence)

    def carry(self, entry: Entry) -> list[tuple[str, Entry]]:
        """Carry one entry over.

        Returns:
            What is to be carried over instead, each with the entity that it is of: these entries must be in the outbox
            before this one leaves it.

        An entry of a key for which DynamoDB decides is of no account: what it stands for was there when that began.

        Raises:
            StageMoved: the group stands where MySQL is not carried over.
            InvalidKey, InvalidValue, ItemTooLarge: DynamoDB cannot hold what MySQL has.
            StoreError: a store cannot be reached.
        """
        if entry.kind == "propagate":
            return read(self._stores.mysql.engine, lambda t: self._made_of(t, entry))
        with suppress(HandedOver):
            if entry.kind == "item":
                self._sync.sync(place_of(self._stores.dynamodb.layout, entry))
            else:
                self._entity(entry)
        return []

    def _entity(self, entry: Entry) -> None:
        layout = self._stores.dynamodb.layout
        owner = owner_of(layout, entry)
        records = self._stores.mysql.records(owner.entity)
        record = read(self._stores.mysql.engine, lambda t: records.get(t, owner.key))
        if record is None:
            return  # the items that it had have entries of their own
        for item in expected_items(layout, owner.entity, record):
            self._sync.sync(Place(item.table, item.key, (owner,)))

    def _made_of(self, transaction: Transaction, entry: Entry) -> list[tuple[str, Entry]]:
        table: str = entry.detail["table"]
        values = RawRows(self._stores.mysql.tables).values(table, entry.detail["values"])
        layout = self._stores.dynamodb.layout
        found: dict[str, tuple[str, Entry]] = {}
        for way in self._reach.ways.get(table, ()):
            if set(way.links) != set(values):
                continue
            for key in way.keys(transaction, values):
                made = entity_entry(layout, way.entity, key)
                found[made.place] = way.entity, made
        return list(found.values())


class HandedOver(Exception):
    """DynamoDB decides for a key, and MySQL must not overwrite it."""


def fence_of(rows: StageRows, contract: Contract, group: str) -> Fence:
    """The fence of syncs: until the transaction ends the group stands where MySQL is carried over.

    It raises StageMoved where it does not, and HandedOver for a key that is ahead of it.
    """

    def fence(transaction: Transaction, owners: Sequence[Owner]) -> None:
        standings = rows.share(transaction)
        if not standings[group].follows("dynamodb"):
            raise StageMoved(standings)
        check_not_handed(contract, standings[group], owners)

    return fence


def check_not_handed(contract: Contract, standing: Standing, owners: Sequence[Owner]) -> None:
    """Raise HandedOver if DynamoDB decides for one of some keys."""
    for of in owners:
        if route_of(standing, contract.entities[of.entity], of.key).authority == "dynamodb":
            raise HandedOver
