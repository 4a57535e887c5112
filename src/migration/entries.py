"""Outbox entries, made and read back."""

from __future__ import annotations

import json
from typing import Any

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.template import Slot
from crossfade.dal.answer_text import label
from crossfade.dal.key import Key
from crossfade.dal.redaction import digest, key_texts
from crossfade.dynamodb.expected import Owner
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.wire import Item
from crossfade.migration.redact import reason_of, sensitive_columns
from crossfade.migration.report_json import encode_bytes, item_key_from
from crossfade.migration.sync import Place
from crossfade.mysql.outbox import Entry


def item_entry(layout: Layout, table: str, key: Item, entity: str, owner: Key) -> Entry:
    """An item key to sync.

    Args:
        layout: where entities lie.
        table: the full name of its table.
        key: the item key.
        entity, owner: who had it.
    """
    detail = {"table": table.removeprefix(layout.prefix), "key": _plain(key), **_entity(layout, entity, owner)}
    return Entry("item", detail)


def entity_entry(layout: Layout, entity: str, key: Key) -> Entry:
    """An entity all of whose items are to be synced."""
    return Entry("entity", _entity(layout, entity, key))


def place_of(layout: Layout, entry: Entry) -> Place:
    """The item key of an `item` entry."""
    table, key = layout.prefix + entry.detail["table"], item_key_from(entry.detail["key"], "the outbox")
    return Place(table, key, (owner_of(layout, entry),))


def owner_of(layout: Layout, entry: Entry) -> Owner:
    """The entity of an `item` or `entity` entry."""
    entity: str = entry.detail["entity"]
    slots = _slots(layout, entity)
    return Owner(entity, Key({field: slots[field].value(text) for field, text in entry.detail["owner"].items()}))


def describe(layout: Layout, entry: Entry) -> str:
    """What an entry is about, in few words; what is sensitive by its digest."""
    if entry.kind == "propagate":
        table, values = entry.detail["table"], entry.detail["values"]
        hidden = {c for e in layout.contract.entities.values() if e.source_table == table for c in sensitive_columns(e)}
        return f"made of {table} {label({c: digest(v) if c in hidden else v for c, v in values.items()})}"
    owner = owner_of(layout, entry)
    return f"{owner.entity} {label(key_texts(layout.of(owner.entity).entity, owner.key))}"


def why(layout: Layout, entry: Entry, error: CrossfadeError) -> str:
    """Why an entry could not be carried over, without the values of sensitive fields."""
    entities = layout.contract.entities
    return reason_of(error, *(entities.values() if entry.kind == "propagate" else [entities[entry.detail["entity"]]]))


def _entity(layout: Layout, entity: str, key: Key) -> dict[str, Any]:
    return {"entity": entity, "owner": {name: slot.text(key[name]) for name, slot in _slots(layout, entity).items()}}


def _slots(layout: Layout, entity: str) -> dict[str, Slot]:
    of = layout.of(entity).entity
    return {name: Slot(name, type=of.fields[name].value_type) for name in of.key}


def _plain(item: Item) -> Any:
    return json.loads(json.dumps(item, default=encode_bytes))
