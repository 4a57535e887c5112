"""What DynamoDB must hold for a record, and whose an item is: the two directions of one mapping. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from crossfade.dal.entity import Record
from crossfade.dal.key import Key
from crossfade.dynamodb.codec import DELETED, REV
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.forms import Misfit
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.limits import check_item
from crossfade.dynamodb.shelf import OF_ENTITY, OWNER, Shelf
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import AttributeValue, Item, KeyId, key_id


class Expected(NamedTuple):
    """One item that a record has: its own, or a lookup item.

    Attributes:
        entity: the entity's name.
        table: the full name of the table it lies in.
        key: its item key.
        item: the whole item but for `_rev`, of which every write makes a fresh one.
        lookup: whether it is a lookup item.
    """

    entity: str
    table: str
    key: Item
    item: Item
    lookup: bool = False

    @property
    def id(self) -> tuple[str, KeyId]:
        """The table and the item key, comparable."""
        return self.table, key_id(self.key)

    def stamped(self, token: str) -> Item:
        """The item to write, with its `_rev`."""
        return {**self.item, REV: {"S": token}}


def expected_items(layout: Layout, entity: str, record: Record) -> tuple[Expected, ...]:
    """Every item that a record has: its own first, then its lookup items.

    Args:
        layout: where entities lie.
        entity: the entity's name.
        record: every field, canonical; not expired.

    Raises:
        InvalidKey, InvalidValue: DynamoDB cannot hold it.
        ItemTooLarge: it is over 400 KB.
    """
    shelf = layout.of(entity)
    key = shelf.item_key(record)
    own = check_item(shelf.codec.encode(record), entity=entity, key=shelf.key_of(record))
    return with_lookups(layout, Expected(entity, shelf.table, key, own), record)


def with_lookups(layout: Layout, own: Expected, record: Mapping[str, Any]) -> tuple[Expected, ...]:
    """A record's own item, then its lookup items. Raises as `expected_items`."""
    shelf, key, found = layout.of(own.entity), own.key, [own]
    for lookup in shelf.lookups:
        item = shelf.lookup_item(lookup, record, key, "")
        if item is not None:
            del item[REV]
            found.append(Expected(own.entity, layout.lookup_table, {OWN_KEY: item[OWN_KEY]}, item, lookup=True))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an item is.

    Attributes:
        entity: the entity's name.
        key: the entity's own key.
    """

    entity: str
    key: Key


def owner(layout: Layout, table: str, item: Mapping[str, AttributeValue]) -> Owner | None:
    """Whose an item is, by what stands in it; None where no entity of the contract has such an item.

    Args:
        layout: where entities lie.
        table: the full name of the table it lies in.
        item: the item, a tombstone included.

    Raises:
        Undecodable: it is an entity's, and its key is damaged.
    """
    if table == layout.lookup_table:
        entity = str(item.get(OF_ENTITY, {}).get("S"))
        known = entity in layout.contract.entities
        return Owner(entity, _owner_key(layout.of(entity), item)) if known else None
    for name in layout.contract.entities:
        shelf = layout.of(name)
        if shelf.table == table and shelf.owns(item):
            return Owner(name, _own_key(shelf, item))
    return None


def tombstone(item: Mapping[str, AttributeValue]) -> bool:
    """Whether an item marks a deleted one."""
    return DELETED in item


def _own_key(shelf: Shelf, item: Mapping[str, AttributeValue]) -> Key:
    codec = shelf.codec
    return _decoded(shelf, {f: codec.stored(item, f) for f in shelf.entity.key}, shelf.key_in(item))


def _owner_key(shelf: Shelf, item: Mapping[str, AttributeValue]) -> Key:
    stored = item.get(OWNER, {}).get("M", {})
    return _decoded(shelf, {f: stored.get(f) for f in shelf.entity.key}, {OWN_KEY: item.get(OWN_KEY, {})})


def _decoded(shelf: Shelf, stored: Mapping[str, AttributeValue | None], item_key: Item) -> Key:
    found: dict[str, Any] = {}
    for field, value in stored.items():
        try:
            found[field] = shelf.codec.decode_field(field, value)
        except Misfit as misfit:
            raise _damaged(shelf, field, str(misfit), item_key) from None
        if found[field] is None:
            raise _damaged(shelf, field, "is missing", item_key)
    return Key(found)


def _damaged(shelf: Shelf, field: str, reason: str, item_key: Item) -> Undecodable:
    name = shelf.entity.name
    return Undecodable(f"the key field {field} {reason}", attribute=field, item_key=item_key, entity=name)
