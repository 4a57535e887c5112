"""The relay of the way back: syncs what changed in DynamoDB back to MySQL, and tries again what could not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.model import Entity
from crossfade.dal.correlation import carried
from crossfade.dal.errors import CapacityExceeded, StoreUnavailable
from crossfade.dal.metrics import GROUP, STORE, TAKEN, WRITTEN
from crossfade.dal.telemetry import RELAY_TURN, telling
from crossfade.dynamodb.expected import owner
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.wire import Item
from crossfade.migration.redact import reason_of
from crossfade.migration.sync_back import SyncBack, SyncedBack, Unsynced
from crossfade.mysql.whose import Of


@dataclass(frozen=True, slots=True)
class Returned:
    """What one turn did.

    Attributes:
        taken: changes that were handed in, and parked entities that were due.
        keys: entities that they are of, each once.
        written, deleted, same: what became of them; see `SyncedBack`.
        parked: those that could not be synced, and are tried again later.
        errors: why, each reason once.
    """

    taken: int = 0
    keys: int = 0
    written: int = 0
    deleted: int = 0
    same: int = 0
    parked: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: Returned) -> Returned:
        return Returned(
            self.taken + other.taken, self.keys + other.keys, self.written + other.written,
            self.deleted + other.deleted, self.same + other.same, self.parked + other.parked,
            tuple(dict.fromkeys((*self.errors, *other.errors))),
        )  # fmt: skip


class BackRelay:
    """Syncs entities of one group back. Any number of relays may run at once.

    Args:
        sync: syncs the group.
        workers: entities at a time.
        retries: parked entities of one turn at most.
    """

    def __init__(self, sync: SyncBack, *, workers: int = 4, retries: int = 100) -> None:
        self._sync, self._workers, self._retries = sync, workers, retries

    @telling(
        RELAY_TURN,
        lambda self, *_: {GROUP: self._sync.group, STORE: "mysql"},
        lambda done: {TAKEN: done.taken, WRITTEN: done.keys - done.parked},
    )
    def turn(self, changed: Iterable[Of] = ()) -> Returned:
        """Sync what changed, and the parked entities that are due; park what cannot be.

        When it returns, every change is in MySQL, or its entity is parked there: whoever hands changes in may note
        that they are done, and must not before.

        Args:
            changed: the entities, each with its key, in any order and as often as they changed.

        Raises:
            StageMoved: MySQL does not follow DynamoDB any more; what had been synced by then stays.
            StoreUnavailable, CapacityExceeded: a store cannot be reached; hand the same changes in again.
        """
        given = [*changed, *(self._sync.parked(parked) for parked in self._sync.parking.due(self._retries))]
        waiting = {self._sync.place(*of): of for of in given}
        results: dict[Of, SyncedBack | CrossfadeError] = {}
        while waiting:
            found = self._pass(list(waiting.values()))
            results |= found
            # What these wait for may be there by now, if anything is.
            left = {place: of for place, of in waiting.items() if _waits(found[of])}
            waiting = left if len(left) < len(waiting) else {}
        failed = {of: result for of, result in results.items() if isinstance(result, CrossfadeError)}
        if failed:
            self._sync.park(failed)
        return _counted(len(given), results, self._sync.stores.contract.entities)

    def parked(self) -> int:
        """How many entities are parked. Raises StoreUnavailable."""
        return self._sync.parking.count()

    def _pass(self, those: Sequence[Of]) -> dict[Of, SyncedBack | CrossfadeError]:
        with ThreadPoolExecutor(self._workers, "crossfade-back") as pool:
            return dict(zip(those, pool.map(carried(self._one), those), strict=True))

    def _one(self, of: Of) -> SyncedBack | CrossfadeError:
        try:
            return self._sync.sync(*of)
        except (StoreUnavailable, CapacityExceeded):
            raise  # the others would meet it too
        except CrossfadeError as error:
            return error


def owners(layout: Layout, table: str, images: Iterable[Item | None]) -> dict[Of, None]:
    """The entities that a change of an item is of, each once: who had the item key, and who has it now.

    Args:
        layout: where entities lie.
        table: the full name of the item's table.
        images: the item before the change and after it; None where there was none.

    Raises:
        Undecodable: an entity's item, with a damaged key.
    """
    found = (owner(layout, table, image) for image in images if image is not None)
    return {(of.entity, of.key): None for of in found if of is not None}


def _waits(result: SyncedBack | CrossfadeError) -> bool:
    return isinstance(result, Unsynced) and result.waits


def _counted(taken: int, results: Mapping[Of, SyncedBack | CrossfadeError], entities: Mapping[str, Entity]) -> Returned:
    outcomes = Counter(result.outcome for result in results.values() if isinstance(result, SyncedBack))
    errors = [reason_of(r, entities[name]) for (name, _), r in results.items() if isinstance(r, CrossfadeError)]
    return Returned(
        taken, len(results), outcomes["written"], outcomes["deleted"], outcomes["same"], len(errors),
        tuple(dict.fromkeys(errors)),
    )  # fmt: skip
