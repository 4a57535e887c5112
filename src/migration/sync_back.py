"""sync, the other way: make MySQL's row what the item of its key says now, owned child rows included.

It is keyed by the entity's own key, which item and row both have, wherever the item lies. All of it happens in one
transaction, whose order an exhaustive model shows to be needed:

- the stage rows are shared first, so that no move gives MySQL the authority before the commit;
- then the key's row in `crossfade_rev` is locked, and only then is the item read: whoever comes later reads later;
- what is written is the item, whole, whatever was written before. That the item's token was copied already says nothing
  of the row as it is: another row's deletion may have taken it along since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.lookup import Lookup
from crossfade.contract.model import Entity
from crossfade.contract.plan_key import lookup_slots
from crossfade.dal.errors import MissingReference, Referenced
from crossfade.dal.key import Key
from crossfade.dal.metrics import ENTITY, OUTCOME, STORE
from crossfade.dal.share import route_of
from crossfade.dal.stage import StageMoved, Standing, Standings
from crossfade.dal.telemetry import SYNC_BACK, telling
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.shelf import Stored
from crossfade.migration.entries import entity_entry, owner_of
from crossfade.migration.items_back import ItemsBack
from crossfade.migration.redact import reason_of
from crossfade.migration.reverse_waiting import dumped
from crossfade.migration.stores import Stores
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.mirror import Mirror, Unfit
from crossfade.mysql.outbox import Entry
from crossfade.mysql.parked import Parked, Parking
from crossfade.mysql.revs import Revs
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.together import Taken, Together, Wanted
from crossfade.mysql.transaction import Transaction, run
from crossfade.mysql.whose import Of

MOST_TOGETHER = 32
"""Entities of one transaction at most, where unique values change hands among them."""


def place_of(entity: Entity, key: Key) -> str:
    """A digest of an entity and its key, the same for keys that MySQL takes for one."""
    text = Lookup("key", lookup_slots(entity, entity.key)).text(entity.name, key)
    return sha256(str(text).encode()).hexdigest()


class Unsynced(CrossfadeError):
    """MySQL cannot take what an item says, as things are; nothing was written.

    Attributes:
        of: whose the item is: the entity's name, and its key.
        reason: why. No value is told.
        waits: whether it is for what other rows hold or lack, so that their sync may let it in.
        item_key: where the item lies, if there is one.
    """

    def __init__(self, of: Of, reason: str, *, waits: bool, item_key: Mapping[str, Any] | None) -> None:
        self.of, self.reason, self.waits, self.item_key = of, reason, waits, item_key
        super().__init__(f"{of[0]}: {reason}")


@dataclass(frozen=True, slots=True)
class SyncedBack:
    """What a sync left.

    Attributes:
        outcome: `written`, the item's row; `deleted`, none; `same`, what there was: it was right.
        token: the item's token; None where there is no item.
    """

    outcome: Literal["written", "deleted", "same"]
    token: str | None = None


class SyncBack:
    """Syncs entities of one group back. Safe to share between threads.

    Attributes:
        stores: both stores.
        group: the group's name.
        parking: what could not be synced.

    Args:
        stores: both stores.
        rows: where the groups stand.
        group: the group's name.
        clock: gives the current time as an aware datetime.
    """

    def __init__(self, stores: Stores, rows: StageRows, group: str, clock: Callable[[], datetime]) -> None:
        self.stores, self.group = stores, group
        self._rows, self._clock, self._engine = rows, clock, stores.mysql.engine
        self._revs, self._items = Revs(self._engine, group), ItemsBack(stores)
        self._mirrors: dict[str, Mirror] = {}
        self._groups = {entity: name for name, entities in stores.contract.groups.items() for entity in entities}
        self._parkings = {name: Parking(self._engine, name, clock) for name in stores.contract.groups}
        self.parking = self._parkings[group]

    @telling(SYNC_BACK, lambda self, of, _: {STORE: "mysql", ENTITY: of}, lambda synced: {OUTCOME: synced.outcome})
    def sync(self, entity: str, key: Key) -> SyncedBack:
        """Sync one entity, and those with it that have unique values that it has by now.

        Raises:
            StageMoved: MySQL does not follow DynamoDB; nothing was written.
            Unsynced: MySQL cannot take what the item says; nothing was written.
            StoreError: a store cannot be reached, or did not say whether it committed: safe to repeat.
        """
        asked = self.place(entity, key)
        together: dict[str, Of] = {asked: (entity, key)}
        while True:
            seen: dict[str, Stored | None] = {}
            try:
                return self._once(together, seen)[asked]
            except Taken as error:
                grown = {**{self.place(*of): of for of in error.holders}, **together}
                if not len(together) < len(grown) <= MOST_TOGETHER:
                    raise _unsynced(together[asked], error, seen.get(asked)) from error
                together = grown
            except (Unfit, Undecodable, MissingReference, Referenced) as error:
                raise _unsynced(together[asked], error, seen.get(asked)) from error

    def place(self, entity: str, key: Key) -> str:
        """See `place_of`."""
        return place_of(self.stores.contract.entities[entity], key)

    def park(self, errors: Mapping[Of, CrossfadeError]) -> None:
        """Park entities that could not be synced, each with the error.

        Raises:
            StageMoved: MySQL does not follow DynamoDB; nothing was parked.
            StoreError: MySQL cannot be reached.
        """

        entities = self.stores.contract.entities

        def work(transaction: Transaction) -> None:
            standing = self._fence(transaction)[self.group]
            for place, of in sorted((self.place(*of), of) for of in errors if self._handed(standing, of)):
                error = errors[of]
                at = error.item_key if isinstance(error, Unsynced) else None
                why = error.reason if isinstance(error, Unsynced) else reason_of(error, entities[of[0]])
                detail = self._detail(of, why, at)
                self.parking.park(transaction, place, of[0], detail, failed=True)

        run(self._engine, work)

    def parked(self, parked: Parked) -> Of:
        """Which entity is parked."""
        entry = Entry("entity", {"entity": parked.entity, "owner": parked.detail["key"]})
        return parked.entity, owner_of(self.stores.dynamodb.layout, entry).key

    # ------------------------------------------------------------------- the steps

    def _once(self, together: Mapping[str, Of], seen: dict[str, Stored | None]) -> dict[str, SyncedBack]:
        # On SQLite only a whole transaction can be without checks: see `Transaction.unchecked`.
        checks = len(together) == 1 or dialect_name(self._engine) != "sqlite"
        return run(self._engine, lambda t: self._sync(t, together, seen), checks=checks)

    def _sync(
        self, transaction: Transaction, together: Mapping[str, Of], seen: dict[str, Stored | None]
    ) -> dict[str, SyncedBack]:
        standings, now = self._fence(transaction), self._clock()
        # In one order, so that those that sync the same ones wait for each other in turn.
        places = sorted(place for place, of in together.items() if self._handed(standings[self.group], of))
        tokens = {place: self._revs.lock(transaction, place, now) for place in places}
        seen.update({place: self._items.read(transaction, *together[place]) for place in places})
        wanted = {place: self._wanted(together[place], seen[place]) for place in places}
        writing = Together(self.stores.mysql, transaction, list(wanted.values()))
        writing.write()
        self._follow(transaction, writing.along, together[min(together)], standings)
        synced = {place: _synced(wanted[place], seen[place]) for place in places}
        for place in places:
            if synced[place].token != tokens[place]:
                self._revs.remember(transaction, place, synced[place].token, now)
        for place in together:
            self.parking.remove(transaction, place)
        return {**dict.fromkeys(together, SyncedBack("same")), **synced}

    def _fence(self, transaction: Transaction) -> Standings:
        standings = self._rows.share(transaction)
        if not standings[self.group].follows("mysql"):
            raise StageMoved(standings)
        return standings

    def _handed(self, standing: Standing, of: Of) -> bool:
        """Whether DynamoDB decides for a key: of others, there is nothing to sync."""
        return route_of(standing, self.stores.contract.entities[of[0]], of[1]).authority == "dynamodb"

    def _wanted(self, of: Of, item: Stored | None) -> Wanted:
        record = item.record if item is not None and item.state == "live" else None
        return Wanted(self._mirror(of[0]), of[1], record)

    def _follow(self, transaction: Transaction, along: Iterable[Of], cause: Of, standings: Standings) -> None:
        """Park what MySQL deleted or changed along, due at once: its own items say what is to be there."""
        for of in along:
            group = self._groups[of[0]]
            if not standings[group].follows("mysql"):
                raise Referenced(f"it would take along a {of[0]}, and the group {group} stands elsewhere")
            detail = self._detail(of, f"MySQL changed it along with {cause[0]}", None)
            self._parkings[group].park(transaction, self.place(*of), of[0], detail, failed=False)

    # --------------------------------------------------------------------- helpers

    def _mirror(self, entity: str) -> Mirror:
        if entity not in self._mirrors:
            self._mirrors[entity] = Mirror(self.stores.mysql, entity)
        return self._mirrors[entity]

    def _detail(self, of: Of, reason: str, item_key: Mapping[str, Any] | None) -> dict[str, Any]:
        key = entity_entry(self.stores.dynamodb.layout, *of).detail["owner"]
        return {"key": key, "reason": reason, "item_key": None if item_key is None else dumped(dict(item_key))}


def _unsynced(of: Of, error: CrossfadeError, item: Stored | None) -> Unsynced:
    at = item.key if item is not None else getattr(error, "item_key", None)
    waits = not isinstance(error, (Unfit, Undecodable))
    return Unsynced(of, str(getattr(error, "message", error)), waits=waits, item_key=at)


def _synced(wanted: Wanted, item: Stored | None) -> SyncedBack:
    token = item.rev if item is not None else None
    if not wanted.wrote:
        return SyncedBack("same", token)
    return SyncedBack("deleted" if wanted.record is None else "written", token)
