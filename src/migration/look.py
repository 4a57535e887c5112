"""One step of a verification: some rows and their items, or some items and their rows, compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from crossfade.contract.errors import InvalidValue
from crossfade.dal.entity import Record
from crossfade.dal.errors import StoreError
from crossfade.dal.key import Key
from crossfade.dal.redaction import key_texts
from crossfade.dynamodb.batch import batch_get
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.expected import Expected, expected_items, owner, tombstone
from crossfade.dynamodb.wire import Item, key_id
from crossfade.migration.compare import Compared
from crossfade.migration.looked import Looked, counted
from crossfade.migration.redact import hides, reason_of, row_texts
from crossfade.migration.report import Counts, Difference, Kind
from crossfade.migration.stores import Stores
from crossfade.migration.straight import Straight
from crossfade.mysql.projection import Row
from crossfade.mysql.scan import Rows, Texts
from crossfade.mysql.transaction import read

TOMBSTONE = "it is marked as deleted"
_FOREIGN = "no entity of the contract has such an item"

Wanted = tuple[Callable[[], Record], tuple[Expected, ...]]
"""What makes a record, and its items."""


class Look:
    """Compares records with items. Safe to share between threads.

    Args:
        stores: both stores.
        calls: reads the items.
        chosen: whether an entity's key is to be looked at.
        every: whether every key is, of the entities whose rows are looked at.
    """

    def __init__(
        self, stores: Stores, calls: Calls, chosen: Callable[[str, Key], bool], *, every: bool = False
    ) -> None:
        self._stores, self._calls, self._chosen, self._every = stores, calls, chosen, every
        self._layout = stores.dynamodb.layout
        self._hides = cache(lambda table, entity: hides(self._layout, table, entity))

    # ---------------------------------------------------------------- rows first

    def records(self, entity: str, records: Sequence[Record]) -> Looked:
        """Every item of some records, compared."""
        looked = Looked()
        wanted: list[Wanted] = []
        for record in records:
            try:
                wanted.append((partial(dict, record), self._expected(entity, record)))
            except (InvalidValue, StoreError) as error:
                looked.differences.append(self._impossible(entity, self._key(entity, record), error))
        unreadable = len(looked.differences)
        return self._compare(looked, entity, wanted, Counts(rows=len(records), unreadable=unreadable))

    def texts(self, entity: str, straight: Straight, texts: Texts) -> Looked:
        """A chunk of the source's rows as the server sent them.

        Raises:
            IRREGULAR: a row is not as most are; then `rows` is for the chunk.
        """
        key_of = self._layout.of(entity).key_of
        read = list(zip(texts.rows, texts.many, strict=True))
        if not self._every:
            read = [(row, many) for row, many in read if self._chosen(entity, key_of(straight.record(row, many)))]
        differing = read if straight.match is None else [read[n] for n in straight.match.differing(self._calls, read)]
        made = [(partial(_whole, straight, *row), straight.expected(*row)) for row in differing]
        wanted: list[Wanted] = [(record, items) for record, items in made if items]
        expired = len(made) - len(wanted)
        counts = Counts(rows=len(read) - expired, equal=len(read) - len(differing), expired=expired)
        return self._compare(Looked(), entity, wanted, counts)

    def _compare(self, looked: Looked, entity: str, wanted: Sequence[Wanted], counts: Counts) -> Looked:
        found = self._found(entity, wanted)
        equal = 0
        for record, items in wanted:
            own = [
                d
                for e in items
                if not _equal(e, there := found.get(e.id)) and (d := self._compared(entity, record(), e, there))
            ]
            looked.differences += own
            looked.keys += [self._layout.of(entity).key_of(record())] if own else []
            equal += not own
        looked.counts[entity] = counts + Counts(equal=equal) + counted(looked.differences)
        return looked

    def rows(self, entity: str, rows: Rows) -> Looked:
        """A chunk of the source's rows, those that cannot be read too."""
        shelf = self._layout.of(entity)
        looked = self.records(entity, [r for r in rows.records if self._chosen(entity, shelf.key_of(r))])
        for bad in rows.unreadable:
            key = {
                "row": ", ".join(row_texts(self._stores.contract.entities[entity], self._columns(entity), bad.position))
            }
            looked.differences.append(self._impossible(entity, key, bad.error))
        unreadable = len(rows.unreadable)
        looked.counts[entity] += Counts(rows=unreadable, unreadable=unreadable, expired=rows.expired)
        return looked

    def again(self, entity: str, keys: Sequence[Key]) -> Looked:
        """The records of some keys as they are now, compared."""
        return self.records(entity, self._now(entity, keys))

    def _expected(self, entity: str, record: Record) -> tuple[Expected, ...]:
        """The items of a record that are compared."""
        return expected_items(self._layout, entity, record)

    def _found(self, entity: str, wanted: Sequence[Wanted]) -> dict[Any, Item]:
        """The items that there are, by the identities of the expected ones."""
        del entity
        by_table: dict[str, list[Item]] = defaultdict(list)
        for one in (e for _, items in wanted for e in items):
            by_table[one.table].append(one.key)
        return {
            (table, place): item
            for table, keys in by_table.items()
            for place, item in batch_get(self._calls, table, keys).items()
        }

    def _compared(self, entity: str, record: Record, expected: Expected, found: Item | None) -> Difference | None:
        told, lookup = self._key(entity, record), expected.lookup
        if found is None or tombstone(found):
            reason = "" if found is None else TOMBSTONE
            return self._differs("missing", entity, expected.table, expected.key, told, lookup=lookup, reason=reason)
        compared = Compared(self._layout.of(entity), expected, found)
        if not compared.fields:
            return None
        kind: Kind = "undecodable" if compared.undecodable else "mismatch"
        difference = self._differs(kind, entity, expected.table, expected.key, told, lookup=lookup)
        return replace(difference, fields=compared.fields)

    def _impossible(self, entity: str, key: Mapping[str, str], error: InvalidValue | StoreError) -> Difference:
        reason = f"the row has no item: {reason_of(error, self._stores.contract.entities[entity])}"
        return Difference("undecodable", entity, self._layout.of(entity).table, {}, key, reason=reason)

    def _differs(
        self,
        kind: Kind,
        entity: str | None,
        table: str,
        place: Item,
        key: Mapping[str, str] | None = None,
        *,
        lookup: bool = False,
        reason: str = "",
    ) -> Difference:
        # The key of a damaged item need not be of the entity that it names.
        hidden = self._hides(table, entity if key is not None else None)
        return Difference(kind, entity, table, place, key, lookup, hidden, reason)

    # --------------------------------------------------------------- items first

    def items(self, table: str, items: Sequence[Item]) -> Looked:
        """Some items of a table: those that no row explains."""
        looked = Looked()
        owned: dict[str, list[tuple[Item, Key]]] = defaultdict(list)
        for item in items:
            place = self._place(table, item)
            if tombstone(item):
                looked.counts[self._entity(table, item)] += Counts(tombstones=1)
                continue
            try:
                of = owner(self._layout, table, item)
            except Undecodable as error:
                self._add(looked, self._differs("undecodable", error.entity, table, place, reason=error.message))
                continue
            if of is None:
                self._add(looked, self._differs("extra", None, table, place, reason=_FOREIGN))
            elif self._chosen(of.entity, of.key):
                owned[of.entity].append((item, of.key))
        for entity, found in owned.items():
            self._explain(looked, entity, table, found)
        return looked

    def _explain(self, looked: Looked, entity: str, table: str, found: Sequence[tuple[Item, Key]]) -> None:
        records = self._now(entity, list(dict.fromkeys(key for _, key in found)))
        places = {e.id for r in records for e in self._possible(entity, r)}
        shelf = self._layout.of(entity)
        by_key = {shelf.ident(r): r for r in records}
        for item, key in found:
            place = self._place(table, item)
            if (table, key_id(place)) in places:
                continue
            if table == shelf.table and self._expired(entity, item):
                looked.counts[entity] += Counts(expired=1)
                continue
            difference = self._unexplained(entity, table, item, key, by_key.get(shelf.ident(key)))
            if difference is not None:
                self._add(looked, difference)

    def _unexplained(self, entity: str, table: str, item: Item, key: Key, record: Record | None) -> Difference | None:
        """What is told of an item at whose item key the record of its own key, if there is one, has none."""
        del record
        lookup = table != self._layout.of(entity).table
        return self._differs("extra", entity, table, self._place(table, item), self._key(entity, key), lookup=lookup)

    def _add(self, looked: Looked, difference: Difference) -> None:
        looked.differences.append(difference)
        looked.items.append(difference.item_key)
        looked.counts[difference.entity or ""] += counted([difference])

    def _possible(self, entity: str, record: Record) -> tuple[Expected, ...]:
        try:
            return expected_items(self._layout, entity, record)
        except (InvalidValue, StoreError):
            return ()  # told where its row was looked at

    def _expired(self, entity: str, item: Item) -> bool:
        try:
            return self._layout.of(entity).stored(item).state == "expired"
        except Undecodable:
            return False

    def _entity(self, table: str, item: Item) -> str:
        try:
            of = owner(self._layout, table, item)
        except Undecodable as error:
            return error.entity or ""
        return of.entity if of else ""

    def _place(self, table: str, item: Item) -> Item:
        """An item's key, by the names of its table's key."""
        if table == self._layout.lookup_table:
            return {"pk": item["pk"]}
        prefix = self._layout.prefix
        of = self._stores.contract.tables[table.removeprefix(prefix)]
        return {name: item[name] for name in (of.pk, of.sk) if name is not None}

    def items_again(self, table: str, keys: Sequence[Item]) -> Looked:
        """The items at some item keys as they are now, looked at as `items` does."""
        return self.items(table, list(batch_get(self._calls, table, keys).values()))

    # ------------------------------------------------------------------- helpers

    def _now(self, entity: str, keys: Sequence[Key]) -> list[Record]:
        """The records of some keys; rows that cannot be read are left out."""
        mysql = self._stores.mysql
        try:
            return list(read(mysql.engine, lambda t: mysql.records(entity).get_many(t, keys)).values())
        except InvalidValue:
            if len(keys) == 1:
                return []
        return [record for key in keys for record in self._now(entity, [key])]

    def _key(self, entity: str, record: Mapping[str, Any]) -> dict[str, str]:
        return key_texts(self._stores.contract.entities[entity], record)

    def _columns(self, entity: str) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        tables = self._stores.mysql.records(entity).projection.tables
        return tables.identity(self._stores.contract.entities[entity].source_table)


def _equal(expected: Expected, found: Item | None) -> bool:
    """Whether an item is, but for its `_rev`, what is expected, to the letter."""
    if found is None:
        return False
    return expected.item == found or expected.item == {n: v for n, v in found.items() if n != REV}


def _whole(straight: Straight, row: Row, many: Mapping[str, Any]) -> Record:
    return straight.record(row, many).whole()
