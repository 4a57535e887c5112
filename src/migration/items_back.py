"""The item of an entity's key, as it is now, for whoever copies it back to MySQL."""

from __future__ import annotations

from crossfade.contract.errors import InvalidKey, InvalidValue
from crossfade.contract.plan_key import ViaParents
from crossfade.dal.errors import ItemTooLarge
from crossfade.dal.key import Key
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import MOVED
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.reads import Reader
from crossfade.dynamodb.shelf import Stored
from crossfade.dynamodb.wire import Item
from crossfade.migration.stores import Stores
from crossfade.mysql.rows import locked_records
from crossfade.mysql.transaction import Transaction

_MOVES = 5  # tombstones that are followed: each is one move that MySQL has not heard of


class ItemsBack:
    """Reads items. Safe to share between threads.

    Args:
        stores: both stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores, self._layout = stores, stores.dynamodb.layout
        self._calls = Calls(stores.dynamodb.clients)
        self._reader = Reader(self._layout, self._calls)

    def read(self, transaction: Transaction, entity: str, key: Key) -> Stored | None:
        """The item, strongly consistent, expired or not; None where there is none, or a tombstone.

        An item under its parent moves after that has. Until then its key leads to where it is to lie, and it is still
        where MySQL has it, or where the tombstones that it left lead.

        Args:
            transaction: sees MySQL.
            entity: the entity's name.
            key: its key.

        Raises:
            Undecodable: it does not hold what the contract says.
            StoreError: DynamoDB cannot be read.
        """
        found = self._reader.look(entity, (key,)).get(key)
        if found is None and isinstance(self._layout.of(entity).plan, ViaParents):
            return self._astray(transaction, entity, key)
        return found

    def _astray(self, transaction: Transaction, entity: str, key: Key) -> Stored | None:
        shelf, place = self._layout.of(entity), self._place(transaction, entity, key)
        for _ in range(_MOVES):
            item = place and self._calls.read("GetItem", TableName=shelf.table, Key=place, ConsistentRead=True).get(
                "Item"
            )
            if not item or not shelf.owns(item):
                return None
            if shelf.holds(item, key):
                return shelf.stored(item)
            place = item.get(MOVED, {}).get("M")
        return None

    def _place(self, transaction: Transaction, entity: str, key: Key) -> Item | None:
        """Where the item would lie by what MySQL says."""
        for record in locked_records(transaction, self._stores.mysql.records(entity), key):
            try:
                return expected_items(self._layout, entity, record)[0].key
            except (InvalidKey, InvalidValue, ItemTooLarge):
                return None
        return None
