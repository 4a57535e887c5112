"""What still has to follow from a write that was made, kept as an item until it is done.

The item is written in the transaction of the change itself and removed when everything has followed. Whoever finds
one (the next change of the same entity, or `DynamoDBStore.finish`) does the rest, so that a process that dies in
between leaves nothing wrong for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossfade.contract.lookup import Lookup
from crossfade.contract.plan_key import lookup_slots
from crossfade.dal.key import Key
from crossfade.dynamodb.actions import DeleteItem, Demand, PutItem, Unfinished
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.guards import Is, Lacks
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.shelf import OF_ENTITY, Shelf
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item

PREFIX = "pending|"
_OLD, _CHANGED = "old", "changed"


@dataclass(frozen=True, slots=True)
class Pending:
    """A change from which others follow.

    Attributes:
        entity: the entity that changed.
        old: the fields, as they were, by which what follows is found; the key among them.
        changed: the fields that changed; None for a delete.
    """

    entity: str
    old: Mapping[str, Any]
    changed: frozenset[str] | None

    def text(self, layout: Layout) -> str:
        """The item's key."""
        return pending_text(layout.of(self.entity), self.old)


def pending_text(shelf: Shelf, key: Mapping[str, Any]) -> str:
    """The key of the item with what is pending for an entity; `key` has its key fields."""
    entity = shelf.entity
    return f"{PREFIX}{Lookup('key', lookup_slots(entity, entity.key)).text(entity.name, key)}"


def mark(layout: Layout, pending: Pending, token: str) -> PutItem:
    """The action that notes what is pending. Demands that what was pending before is finished."""
    shelf, text = layout.of(pending.entity), pending.text(layout)
    old = {f: v for f in pending.old if (v := shelf.codec.encode_field(f, pending.old[f])) is not None}
    item: Item = {
        OWN_KEY: {"S": text},
        OF_ENTITY: {"S": pending.entity},
        _OLD: {"M": old},
        REV: {"S": token},
    }
    if pending.changed is not None:
        item[_CHANGED] = {"L": [{"S": field} for field in sorted(pending.changed)]}
    key = Key({f: pending.old[f] for f in shelf.entity.key})
    demand = Demand((Lacks(OWN_KEY),), Unfinished(pending.entity, key))
    return PutItem(layout.control_table, {OWN_KEY: {"S": text}}, item, (demand,))


def clear(layout: Layout, text: str, token: str) -> DeleteItem:
    """The action that removes the note which `token` made."""
    demand = Demand((Is(REV, {"S": token}),), Unfinished("", Key()))
    return DeleteItem(layout.control_table, {OWN_KEY: {"S": text}}, (demand,))


def read_pending(layout: Layout, item: Item) -> Pending:
    """What an item says is pending."""
    entity = item[OF_ENTITY]["S"]
    shelf = layout.of(entity)
    changed = item.get(_CHANGED)
    return Pending(
        entity,
        {field: shelf.codec.decode_field(field, stored) for field, stored in item[_OLD]["M"].items()},
        None if changed is None else frozenset(field["S"] for field in changed["L"]),
    )
