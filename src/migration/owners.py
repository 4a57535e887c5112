"""Who has an item key: the inverse of the projection, as a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crossfade.dal.entity import Record
from crossfade.dynamodb.expected import Expected, Owner, expected_items
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item, key_id
from crossfade.migration.stores import Stores
from crossfade.mysql.transaction import Transaction


class Owners:
    """Finds the row that has an item key, in MySQL. Safe to share between threads."""

    def __init__(self, stores: Stores) -> None:
        self._contract, self._mysql = stores.contract, stores.mysql
        self._layout = stores.dynamodb.layout

    def expected(
        self, transaction: Transaction, table: str, key: Item, hints: Iterable[Owner]
    ) -> tuple[Expected | None, str | None]:
        """The item that MySQL says lies at an item key, or None, and the entity whose key it is.

        Args:
            transaction: sees MySQL as it is to count.
            table: the full name of the table.
            key: the item key.
            hints: who may have it; looked at besides what the key itself says.

        Raises:
            InvalidKey, InvalidValue, ItemTooLarge: its row is there, and has no item.
            ValueError: neither the key nor a hint says where to look.
        """
        wanted = (table, key_id(key))
        hinted = list(dict.fromkeys(hints))
        searched: str | None = None
        for entity, records in self._candidates(transaction, table, key, hinted):
            searched = searched or entity
            for record in records:
                for item in expected_items(self._layout, entity, record):
                    if item.id == wanted:
                        return item, entity
        if searched is None:
            raise ValueError(f"nothing says whose the item key {key} of {table} is")
        return None, searched

    def _candidates(
        self, transaction: Transaction, table: str, key: Item, hints: list[Owner]
    ) -> Iterator[tuple[str, list[Record]]]:
        for hint in hints:
            yield hint.entity, list(self._mysql.records(hint.entity).get_many(transaction, [hint.key]).values())
        for entity, values in self._searches(table, key):
            try:
                yield entity, self._mysql.records(entity).search(transaction, values)
            except ValueError:
                continue  # the key tells too little; a hint must lead there

    def _searches(self, table: str, key: Item) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if table == self._layout.lookup_table:
            text = key[OWN_KEY]["S"]
            for name in self._contract.entities:
                for lookup in self._layout.of(name).lookups:
                    if (values := lookup.search(name, text)) is not None:
                        yield name, values
            return
        for name in self._contract.entities:
            shelf = self._layout.of(name)
            if shelf.table != table:
                continue
            if (values := shelf.codec.keys.search_item_key(key)) is not None:
                yield name, values
