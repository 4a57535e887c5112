"""What a refused write means: an error for the caller, or a way round what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossfade.contract.plan_key import Direct, item_key_fields
from crossfade.dal.entity import Record
from crossfade.dal.errors import (
    Conflict,
    DuplicateKey,
    DuplicateUnique,
    InvalidKey,
    MissingReference,
    StoreError,
)
from crossfade.dal.key import Key
from crossfade.dynamodb.actions import Astray, Changed, Held, Missing, Occupied, Refusal, Refused
from crossfade.dynamodb.codec import DELETED, REV
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.reads import Reader
from crossfade.dynamodb.shelf import OWNER, TARGET, Shelf
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item, key_id

# The order in which errors are told where several apply: dal.repository. Within unique lists, the contract's order.
_KEY, _UNIQUE, _REFERENCE = 0, 1, 1_000


class Judge:
    """Turns refusals into errors, or into obstacles that the next try removes.

    Args:
        layout: where entities lie.
        reader: looks at what is in the way.
    """

    def __init__(self, layout: Layout, reader: Reader) -> None:
        self._layout = layout
        self._reader = reader

    def weigh(self, refused: Refused, obstacles: Obstacles) -> None:
        """Note what the next try has to remove; nothing to note means that it only has to read again.

        Raises:
            DuplicateKey, DuplicateUnique, MissingReference: trying again is no use.
            Conflict: the write contradicts itself.
        """
        found: list[tuple[int, StoreError]] = []
        again = False
        for refusal, item in refused.found:
            error = self._error(refusal, item, obstacles, final=refused.final)
            if error is None:
                again = True
            else:
                found.append(error)
        if refused.final and not found:
            raise Conflict("the writes of this unit contradict each other", store=STORE)
        if not again:
            raise min(found, key=lambda e: e[0])[1] from None

    def duplicates(self, entity: str, record: Record, own: Key | None) -> None:
        """Raise what takes precedence over a missing reference.

        Args:
            entity: the entity's name.
            record: the record that cannot be written.
            own: the key of the entity that it replaces; None where it is to be created.

        Raises:
            DuplicateKey, DuplicateUnique: something else has its key, or a unique value.
        """
        shelf = self._layout.of(entity)
        key = shelf.key_of(record)
        if own is None and self._reader.get(entity, key) is not None:
            raise _duplicate_key(entity, key)
        texts = {t: lookup for lookup in shelf.lookups if (t := lookup.text(entity, record)) is not None}
        held = self._reader.lookup_items(texts)
        for text, lookup in texts.items():
            if text in held and held[text][OWNER] != shelf.owner(own or key) and self._led_to(shelf, held[text], key):
                raise _duplicate_unique(entity, key, lookup.fields)
        self._taken(shelf, record, own)

    def _taken(self, shelf: Shelf, record: Record, own: Key | None) -> None:
        """Raise if something else than `own` lies at the record's item key."""
        try:
            at = shelf.item_key(record)
        except InvalidKey:
            return
        found = self._reader.items(shelf.table, [at]).get(key_id(at))
        if found is None or (own is not None and shelf.holds(found, own)):
            return
        if (error := self._occupied(shelf, shelf.key_of(record), found, Obstacles())) is not None:
            raise error[1]

    # ------------------------------------------------------------------------------------- refusals

    def _error(
        self, refusal: Refusal, item: Item | None, obstacles: Obstacles, *, final: bool
    ) -> tuple[int, StoreError] | None:
        """The error with its rank, or None where another try may succeed."""
        match refusal:
            case Occupied(entity, key):
                shelf = self._layout.of(entity)
                return self._occupied(shelf, key, item, obstacles) if item is not None else None
            case Held(entity, key, lookup, text):
                shelf = self._layout.of(entity)
                if final:
                    return _UNIQUE, _duplicate_unique(entity, key, lookup.fields)
                if item is not None:
                    return self._held(shelf, refusal, item, obstacles)
                obstacles.vacant.pop(text, None)
            case Missing():
                return self._missing(refusal, item, final=final)
            case Astray(text):
                obstacles.stray(text)
            case Changed(key=at):
                obstacles.forget(key_id(at))
        return None

    def _occupied(self, shelf: Shelf, key: Key, item: Item, obstacles: Obstacles) -> tuple[int, StoreError] | None:
        entity = shelf.entity.name
        if not shelf.owns(item) and DELETED not in item:
            return _KEY, DuplicateKey(
                "an item of another kind lies at its item key", entity=entity, key=key, store=STORE
            )
        found = shelf.stored(item)
        if found.state != "live":
            obstacles.add(shelf, key, found)
            return None
        if shelf.ident(found.record) == shelf.ident(key):
            return _KEY, _duplicate_key(entity, key)
        parts = set(item_key_fields(self._layout.contract, shelf.entity))
        for number, fields in enumerate(shelf.entity.unique):
            if set(fields) == parts:
                return _UNIQUE + number, _duplicate_unique(entity, key, fields)
        return _REFERENCE - 1, DuplicateKey("another one lies at its item key", entity=entity, key=key, store=STORE)

    def _held(self, shelf: Shelf, held: Held, item: Item, obstacles: Obstacles) -> tuple[int, StoreError] | None:
        if not self._led_to(shelf, item, held.key, obstacles):
            return None
        if held.lookup.kind == "key" or item[OWNER] == shelf.owner(held.key):
            return _KEY, _duplicate_key(held.entity, held.key)
        number = next((i for i, f in enumerate(shelf.entity.unique) if f == held.lookup.fields), 0)
        return _UNIQUE + number, _duplicate_unique(held.entity, held.key, held.lookup.fields)

    def _led_to(self, shelf: Shelf, item: Item, key: Key, obstacles: Obstacles | None = None) -> bool:
        """Whether a lookup item leads to a live item of its owner; what is no such item becomes an obstacle."""
        noted = obstacles or Obstacles()
        text = item[OWN_KEY]["S"]
        if DELETED in item:
            noted.vacate(text, item[REV]["S"] if REV in item else None)
            return False
        at = item[TARGET]["M"]
        found = self._reader.items(shelf.table, [at]).get(key_id(at))
        stored = shelf.stored(found) if found is not None and shelf.owns(found) else None
        if stored is None or stored.state == "deleted" or shelf.owner(stored.record) != item[OWNER]:
            noted.vacate(text, item[REV]["S"] if REV in item else None)
            return False
        if stored.state == "expired":
            noted.add(shelf, key, stored)
            noted.vacant.pop(text, None)
            return False
        return True

    def _missing(self, missing: Missing, item: Item | None, *, final: bool) -> tuple[int, StoreError] | None:
        target = self._layout.of(missing.target)
        gone = item is None or DELETED in item
        certain = final or (gone and isinstance(target.plan, Direct))
        if not certain and missing.target_key in self._reader.look(missing.target, (missing.target_key,)):
            return None
        return _REFERENCE, MissingReference(
            f"there is no {missing.target} with the key that {', '.join(missing.fields)} says",
            fields=missing.fields,
            target=missing.target,
            entity=missing.entity,
            store=STORE,
        )


def _duplicate_key(entity: str, key: Mapping[str, Any]) -> DuplicateKey:
    return DuplicateKey("there is one with this key already", entity=entity, key=key, store=STORE)


def _duplicate_unique(entity: str, key: Mapping[str, Any], fields: tuple[str, ...]) -> DuplicateUnique:
    return DuplicateUnique(
        f"another one has the same {', '.join(fields)}", fields=fields, entity=entity, key=key, store=STORE
    )
