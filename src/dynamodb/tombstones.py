"""What a delete leaves while the other store has a copy: a tombstone, so that nothing older comes back. Pure.

It carries the entity's own key, by which whoever reads the table's stream finds the row, and a time to live where the
table has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, final

from crossfade.dynamodb.codec import DELETED, MOVED, REV
from crossfade.dynamodb.operations import TOMBSTONE_TTL
from crossfade.dynamodb.shelf import OF_ENTITY, OWNER, TARGET, Shelf
from crossfade.dynamodb.wire import AttributeValue, Item

TOMBSTONE_LIFE = timedelta(days=7)
"""How long a tombstone stays: longer than any request is under way, and than a stream keeps what changed."""


@final
@dataclass(frozen=True, slots=True)
class Tombstones:
    """Makes the tombstones of one write.

    Attributes:
        token: their fresh `_rev`.
        now: when the write is made.
        life: how long they stay.
    """

    token: str
    now: datetime
    life: timedelta = TOMBSTONE_LIFE

    def item(self, shelf: Shelf, at: Item, key: Mapping[str, Any] | None = None, *, moved: Item | None = None) -> Item:
        """What an entity's item leaves.

        Args:
            shelf: how the entity is stored.
            at: the item key.
            key: has the entity's own key fields; None where nothing says whose the item key was.
            moved: the item key under which the same entity lies now; None where it is gone.
        """
        codec = shelf.codec
        made = {**self._marked(at), codec.type_attribute: codec.type_value}
        ttl = codec.keys.table.deployment.ttl_attribute
        if ttl is not None:
            made[ttl] = self._end
        if moved is not None:
            made[MOVED] = {"M": moved}
        return made | (codec.encode_key(key) if key is not None else {})

    def lookup(self, at: Item, entity: str, before: Mapping[str, AttributeValue]) -> Item:
        """What a lookup item leaves.

        Args:
            at: its key.
            entity: whose it was, by name; empty where nothing says so.
            before: the lookup item, as far as it is known.
        """
        kept = {name: before[name] for name in (OWNER, TARGET) if name in before}
        return {**self._marked(at), **kept, OF_ENTITY: {"S": entity}, TOMBSTONE_TTL: self._end}

    def _marked(self, at: Item) -> Item:
        return {**at, DELETED: {"N": str(int(self.now.timestamp()))}, REV: {"S": self.token}}

    @property
    def _end(self) -> AttributeValue:
        return {"N": str(int((self.now + self.life).timestamp()))}
