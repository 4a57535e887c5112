"""Reads by key, strongly consistent: to the item key through the key plan, then to the item, and again if it moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.contract.plan_key import Direct, Resolution, ViaLookup
from crossfade.dal.errors import Conflict, InvalidKey
from crossfade.dal.key import Key
from crossfade.dynamodb.batch import batch_get
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import DELETED, REV
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.shelf import TARGET, Shelf, Stored
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import AttributeValue, Item, KeyId, key_id

# An item that moves once between two reads is ordinary, one that moves each time is being fought over.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entity's item lies, if it exists.

    Attributes:
        key: the item key.
        proof: the token of the lookup item that said so. The same proof twice means that nothing moved in between.
    """

    key: Item
    proof: AttributeValue | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A record of which others are made.

    Attributes:
        values: the fields that are known of it.
        at: gives its item key.
    """

    values: Mapping[str, Any]
    at: Callable[[], Item]


class Reader:
    """Reads by key.

    Args:
        layout: where entities lie.
        calls: how requests are made.
    """

    def __init__(self, layout: Layout, calls: Calls) -> None:
        self.layout = layout
        self._calls = calls

    # -------------------------------------------------------------------------------------- entities

    def get(self, entity: str, key: Key) -> Stored | None:
        """The entity's item, or None if it is absent or expired."""
        found = self.look(entity, (key,)).get(key)
        return found if found is not None and found.state == "live" else None

    def buffers(self, entity: str, key: Key) -> bool:
        """Whether this reader gives the entity as it will be, not as it is."""
        del entity, key
        return False

    def look(self, entity: str, keys: Sequence[Key]) -> dict[Key, Stored]:
        """The items of the entities that exist, expired ones too; tombstones left out.

        Raises:
            Conflict: an item moved again and again while it was looked for.
        """
        shelf = self.layout.of(entity)
        found: dict[Key, Stored] = {}
        places = self.locate(entity, keys)
        for _ in range(_ROUNDS):
            found |= self._at(shelf, places)
            if isinstance(shelf.plan, Direct):
                return found
            missing = {key: place for key, place in places.items() if key not in found}
            if not missing:
                return found
            # Absence is believed only once the way to the item is the same again.
            again = self.locate(entity, tuple(missing))
            places = {key: place for key, place in again.items() if place != missing[key]}
            if not places:
                return found
        raise Conflict("the item moves each time it is looked for", store=STORE)

    def _at(self, shelf: Shelf, places: Mapping[Key, Place]) -> dict[Key, Stored]:
        items = self.items(shelf.table, [place.key for place in places.values()])
        found = {}
        for key, place in places.items():
            item = items.get(key_id(place.key))
            stored = shelf.stored(item) if item is not None and shelf.owns(item) else None
            if stored is not None and stored.state != "deleted" and shelf.ident(stored.record) == shelf.ident(key):
                found[key] = stored
        return found

    # ------------------------------------------------------------------------------------- item keys

    def locate(self, entity: str, keys: Sequence[Key]) -> dict[Key, Place]:
        """Where the items of these entities lie, as far as that can be known; they need not exist."""
        shelf = self.layout.of(entity)
        plan = shelf.plan
        if isinstance(plan, ViaLookup):
            texts = {text: key for key in keys if (text := plan.lookup.text(entity, key)) is not None}
            return {texts[t]: Place(item[TARGET]["M"], item.get(REV)) for t, item in self.lookup_items(texts).items()}
        found = {}
        for key, values in zip(keys, self.resolve(plan.resolution, keys), strict=True):
            item_key = _item_key(shelf, values)
            if item_key is not None:
                found[key] = Place(item_key)
        return found

    def resolve(self, resolution: Resolution, given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Each of the given fields, with those that a resolution adds to them."""
        rows: list[list[Mapping[str, Any] | None]] = [[] for _ in given]
        for step in resolution.steps:
            wanted = [step.key_values(values, found) for values, found in zip(given, rows, strict=True)]
            keys = [Key(values) if values is not None else None for values in wanted]
            read = self.rows(step.entity, tuple(dict.fromkeys(k for k in keys if k is not None)), step.reads)
            for key, found in zip(keys, rows, strict=True):
                row = read.get(key) if key is not None else None
                found.append(row.values if row is not None else None)
        return [resolution.values(values, found) for values, found in zip(given, rows, strict=True)]

    def rows(self, entity: str, keys: Sequence[Key], reads: Iterable[str]) -> dict[Key, Row]:
        """Records of which others are made: those that exist, expired ones too, as a join finds them.

        Args:
            entity: the entity.
            keys: distinct keys.
            reads: the fields wanted. What the lookup item tells already costs no further request.
        """
        shelf = self.layout.of(entity)
        if keys and isinstance(shelf.plan, ViaLookup) and shelf.told.issuperset(reads):
            return {key: _told(shelf, key, place) for key, place in self.locate(entity, keys).items()}
        found = self.look(entity, keys)
        return {key: Row(stored.record, lambda at=stored.key: at) for key, stored in found.items()}  # type: ignore[misc]  # the default binds the loop's key

    # ----------------------------------------------------------------------------------------- items

    def items(self, table: str, keys: Sequence[Item]) -> dict[KeyId, Item]:
        """The items that exist at some item keys of a table."""
        if len(keys) != 1:
            return batch_get(self._calls, table, keys) if keys else {}
        answer = self._calls.read("GetItem", TableName=table, Key=keys[0], ConsistentRead=True)
        return {key_id(keys[0]): answer["Item"]} if "Item" in answer else {}

    def lookup_items(self, texts: Iterable[str]) -> dict[str, Item]:
        """The lookup items that exist, by their text; tombstones left out."""
        keys = [{OWN_KEY: {"S": text}} for text in texts]
        found = self.items(self.layout.lookup_table, keys).values()
        return {item[OWN_KEY]["S"]: item for item in found if DELETED not in item}


def _told(shelf: Shelf, key: Key, place: Place) -> Row:
    """What is known of a record from its keys alone."""
    return Row({**shelf.codec.keys.parse_item_key(place.key), **key}, lambda: place.key)


def _item_key(shelf: Shelf, values: Mapping[str, Any]) -> Item | None:
    """The item key, or None where there is none: nothing can lie there."""
    try:
        return shelf.item_key(values)
    except InvalidKey:
        return None
