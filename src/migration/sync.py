"""sync: make the item at one item key what MySQL says should be there, now (the design's one primitive).

Why each rule is there is shown by an exhaustive model; taken away, each loses a write:

- the item is read first, then MySQL, on a snapshot that begins after that;
- the write demands that the item is still the one that was read, by its token; it is made even where nothing
  changes, for the new token alone makes a slower sync fail that saw an older row;
- a row that is not there leaves a tombstone, or a late copy of it would come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from crossfade.dal import metrics
from crossfade.dal.errors import Conflict
from crossfade.dal.telemetry import SYNC, counted, telling
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import STORE, ConditionRefused, Unclear
from crossfade.dynamodb.errors import Undecodable as Damaged
from crossfade.dynamodb.expected import Expected, Owner, owner, tombstone
from crossfade.dynamodb.tombstones import TOMBSTONE_LIFE, Tombstones
from crossfade.dynamodb.wire import Item
from crossfade.migration.errors import Refused
from crossfade.migration.owners import Owners
from crossfade.migration.stores import Stores
from crossfade.mysql.install import missing
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Transaction

Fence = Callable[[Transaction, Sequence[Owner]], None]
"""Called in the transaction before it reads, with who may have the item key: raises where MySQL is not to be copied
from."""

_TRIES = 20
_OWN = "sync"  # begins its tokens; all others are hexadecimal


def synced(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    """Whether a sync made a change of an item: then MySQL said what is there, and nobody's write is in it alone.

    Args:
        old, new: the item before the change and after it; None where there was none. Where both have the same token,
            the change is of somebody who knows of none.
    """
    token = (new or {}).get(REV)
    return token is not None and token["S"].startswith(_OWN) and token != (old or {}).get(REV)


@dataclass(frozen=True, slots=True)
class Place:
    """An item key of a table, by the table's full name, and who may have it besides what the key itself says."""

    table: str
    key: Item
    hints: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What step 1 saw: the item at the place, or None."""

    place: Place
    item: Item | None


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync left: the row's item, or a tombstone; and the item's token."""

    outcome: Literal["written", "deleted"]
    token: str


@dataclass
class Sync:
    """Syncs item keys. Safe to share between threads.

    Attributes:
        stores: both stores.
        calls: reads and writes the items.
        clock: gives the current time, for tombstones.
        fence: see `Fence`.
        life: how long a tombstone stays.
        owners: finds whose an item key is.
    """

    stores: Stores
    calls: Calls
    clock: Callable[[], datetime]
    fence: Fence = lambda transaction, owners: None
    life: timedelta = TOMBSTONE_LIFE
    owners: Owners = field(init=False)

    def __post_init__(self) -> None:
        self.owners = Owners(self.stores)

    @telling(SYNC, lambda self, place: {metrics.STORE: STORE}, lambda synced: {metrics.OUTCOME: synced.outcome})
    def sync(self, place: Place) -> Synced:
        """Sync one item key.

        Raises:
            InvalidKey, InvalidValue, ItemTooLarge: the row is there, and has no item; the item is left as it is.
            ValueError: nothing says whose the item key is.
            Conflict: others kept writing the item.
            StoreError: a store cannot be reached; whether the item was written is then not known, and does not matter:
                another sync puts it right.
        """
        for _ in range(_TRIES):
            seen = self.look(place)
            with Transaction(self.stores.mysql.engine, writes=False) as transaction:
                self.fence(transaction, place.hints)
                item = self.project(transaction, seen)
                try:
                    written = self.write(seen, item)
                except Unclear:
                    continue  # the next look tells: by its token, or by another's
            if written:
                return Synced("deleted" if tombstone(item) else "written", item[REV]["S"])
            counted(metrics.CONFLICTS, {metrics.COLLECTION: place.table})
        raise Conflict("others kept writing the item while it was synced", store=STORE)

    def look(self, place: Place) -> Seen:
        """Step 1: read the item, strongly consistent."""
        found = self.calls.read("GetItem", TableName=place.table, Key=place.key, ConsistentRead=True)
        return Seen(place, found.get("Item"))

    def project(self, transaction: Transaction, seen: Seen) -> Item:
        """Step 2: the item that MySQL says should be there, or a tombstone, with a fresh token.

        The transaction's snapshot must have begun after step 1.
        """
        place = seen.place
        expected, entity = self.owners.expected(transaction, place.table, place.key, self._hints(seen))
        token = f"{_OWN}{uuid4().hex}"
        if expected is not None:
            return {**self._foreign(seen, expected), **expected.stamped(token)}
        return self._tombstone(seen, entity or "", token)

    def write(self, seen: Seen, item: Item) -> bool:
        """Step 3: write it if the item is still what step 1 saw; False if it is not.

        Raises:
            Unclear: the reply was lost.
        """
        names, values = {"#k": next(iter(seen.place.key))}, {}
        if seen.item is None:
            condition = "attribute_not_exists(#k)"
        elif REV in seen.item:
            condition, names, values = "#r = :r", {"#r": REV}, {":r": seen.item[REV]}
        else:
            condition, names = "attribute_exists(#k) AND attribute_not_exists(#r)", {**names, "#r": REV}
        request: dict[str, Any] = {
            "TableName": seen.place.table,
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
        }
        try:
            self.calls.write("PutItem", **request, **({"ExpressionAttributeValues": values} if values else {}))
        except ConditionRefused:
            return False
        return True

    # --------------------------------------------------------------------- helpers

    def _hints(self, seen: Seen) -> Iterable[Owner]:
        yield from seen.place.hints
        if (of := self._owner(seen)) is not None:
            yield of

    def _owner(self, seen: Seen) -> Owner | None:
        try:
            return owner(self.stores.dynamodb.layout, seen.place.table, seen.item) if seen.item else None
        except Damaged:
            return None

    def _foreign(self, seen: Seen, expected: Expected) -> Item:
        """The attributes of the entity's item that the contract does not know, which a whole put would drop."""
        if seen.item is None or expected.lookup or tombstone(seen.item):
            return {}
        of = self._owner(seen)
        shelf = self.stores.dynamodb.layout.of(expected.entity)
        if of is None or of.entity != expected.entity:
            return {}
        return {n: v for n, v in seen.item.items() if n not in shelf.known_attributes}

    def _tombstone(self, seen: Seen, entity: str, token: str) -> Item:
        layout, tombstones = self.stores.dynamodb.layout, Tombstones(token, self.clock(), self.life)
        if seen.place.table == layout.lookup_table:
            return tombstones.lookup(seen.place.key, entity, seen.item or {})
        of = self._owner(seen) or next((h for h in seen.place.hints if h.entity == entity), None)
        key = of.key if of is not None and of.entity == entity else None
        return tombstones.item(layout.of(entity), seen.place.key, key)


def sync_of(stores: Stores, clock: Callable[[], datetime]) -> Sync:
    """A sync with requests of its own, which refuses to overwrite DynamoDB where that decides. Arguments as for `Sync`.

    Raises:
        StoreUnavailable: MySQL cannot be reached.
    """
    return Sync(stores, Calls(stores.dynamodb.clients), clock, _while_mysql_decides(stores))


def _while_mysql_decides(stores: Stores) -> Fence:
    if missing(stores.mysql.engine):
        return lambda transaction, owners: None  # no group has ever moved
    rows = StageRows(list(stores.contract.groups), stores.target)

    def fence(transaction: Transaction, owners: Sequence[Owner]) -> None:
        del owners  # in doubt about one key, none is overwritten
        for group, of in rows.share(transaction).items():
            if of.handed:
                raise Refused(f"{group} stands at {of}, where DynamoDB decides: MySQL must not overwrite it")

    return fence
