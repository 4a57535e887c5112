"""Changes that one request can make without a read. Pure: what takes more gives None."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossfade.contract.template import Template
from crossfade.dal.change import Change, Remove, Set
from crossfade.dal.condition import AllOf, Comparison, Condition
from crossfade.dal.prepare import Delete, Update
from crossfade.dynamodb.actions import DeleteItem, Demand, Unmet, UpdateItem
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.guards import Guard, Where
from crossfade.dynamodb.paging import lively
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.wire import AttributeValue
from crossfade.dynamodb.writes import identity


def fast_update(shelf: Shelf, update: Update, token: str) -> UpdateItem | None:
    """The one conditional UpdateItem for an update, its key left to be filled in.

    Args:
        shelf: how the entity is stored.
        update: the update.
        token: the fresh `_rev`.

    Returns:
        None where more than the item depends on the change, or the change on more than the request knows.

    Raises:
        InvalidKey: the new value of an index key cannot be one.
    """
    touched = frozenset(update.changes)
    if touched & shelf.linked or shelf.dependent(touched):
        return None
    index_keys = _index_keys(shelf, update)
    if index_keys is None:
        return None
    demand = Demand(_guard(shelf, update), Unmet(shelf.entity.name, update))
    attributes = {REV: {"S": token}, **index_keys}
    return UpdateItem(shelf.table, {}, shelf.entity.name, update.changes, attributes, (demand,))


def fast_delete(shelf: Shelf, delete: Delete) -> DeleteItem | None:
    """The one conditional DeleteItem for a delete, its key left to be filled in.

    None where more than the item depends on it.
    """
    if not shelf.single:
        return None
    demand = Demand(_guard(shelf, delete), Unmet(shelf.entity.name, delete))
    return DeleteItem(shelf.table, {}, (demand,))


def _guard(shelf: Shelf, asked: Update | Delete) -> Guard:
    wanted: list[Condition] = [c for c in (lively(shelf), asked.where) if c is not None]
    if asked.version is not None and shelf.entity.version_field is not None:
        wanted.append(Comparison(shelf.entity.version_field, "=", asked.version))
    there = identity(shelf, asked.key)
    return (*there, Where(shelf.entity.name, AllOf(tuple(wanted)))) if wanted else there


def _index_keys(shelf: Shelf, update: Update) -> Mapping[str, AttributeValue | None] | None:
    """The index keys that change, rebuilt; None where that takes what only the item knows."""
    keys, templates = shelf.codec.keys, shelf.entity.keys
    changed = keys.made_of(update.changes).intersection(keys.index_names)
    for name in _neighbours(shelf, changed):
        if not _always_there(shelf, templates[name]):
            return None
    known = {**update.key, **dict(_settled(update.changes))}
    found: dict[str, AttributeValue | None] = {}
    for name in sorted(changed):
        if not set(templates[name].fields) <= set(known):
            return None
        found[name] = keys.key_attribute(name, known)
    return found


def _neighbours(shelf: Shelf, changed: frozenset[str]) -> Iterator[str]:
    """The key attributes of every index that has one of `changed`."""
    for index in shelf.codec.keys.table.indexes:
        names = {n for n in (index.pk, index.sk) if n is not None}
        if names & changed and names <= set(shelf.entity.keys):
            yield from names


def _always_there(shelf: Shelf, template: Template) -> bool:
    """Whether a template yields a key for every record, so that its index holds all of them."""
    fields = shelf.entity.fields
    return all(
        slot.default is not None or (slot.spec != "flag" and slot.field in fields and not fields[slot.field].nullable)
        for slot in template.slots
    )


def _settled(changes: Mapping[str, Change]) -> Iterator[tuple[str, Any]]:
    """The fields whose new value does not depend on the old one."""
    for field, change in changes.items():
        if isinstance(change, Set):
            yield field, change.value
        elif isinstance(change, Remove):
            yield field, None
