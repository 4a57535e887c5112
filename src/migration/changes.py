"""What one transaction changes: collected while it runs, written to the outbox before it commits.

Item keys that entities have before a change are collected under locks; those that they have afterwards are found after
the commit, by whoever takes the outbox row, for only then is every other transaction's part in them seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from crossfade.contract.errors import InvalidKey, InvalidValue
from crossfade.dal.errors import ItemTooLarge
from crossfade.dal.key import Key, key_of
from crossfade.dynamodb.expected import expected_items
from crossfade.migration.entries import entity_entry, item_entry
from crossfade.migration.reach import Reach
from crossfade.migration.stores import Stores
from crossfade.mysql.outbox import Entry
from crossfade.mysql.rows import RawRows, RowId, Values, locked_records
from crossfade.mysql.transaction import Transaction


class Changes:
    """Watches one transaction (see `crossfade.mysql.watch`).

    Args:
        stores: both stores.
        reach: what changes reach.
    """

    def __init__(self, stores: Stores, reach: Reach) -> None:
        self._stores, self._reach = stores, reach
        self._rows = RawRows(stores.mysql.tables)
        self._touched: dict[tuple[str, Key], None] = {}
        self._before: dict[RowId, Values | None] = {}
        self._old: dict[str, tuple[str, Entry]] = {}

    # ------------------------------------------------------------------- watching

    def created(self, transaction: Transaction, entity: str, key: Values) -> None:
        """See `Watch.created`."""
        del transaction
        self._touched[entity, Key(key)] = None

    def changing(self, transaction: Transaction, entity: str, key: Values, fields: Collection[str] | None) -> None:
        """See `Watch.changing`."""
        row = self._begin(transaction, entity, Key(key))
        if row is None:
            return
        for table, child in self._owned(transaction, entity, row, lock=True):
            self._remember(table, child)
        source = self._reach.contract.entities[entity]
        columns = None
        if fields is not None:
            attributes = source.fields
            columns = frozenset(c for f in fields if f in attributes for c in attributes[f].columns)
        self._moving(transaction, source.source_table, row, columns)
        self._along(transaction, [(source.source_table, row)], row.keys() if columns is None else columns)

    def deleting(self, transaction: Transaction, entity: str, key: Values) -> None:
        """See `Watch.deleting`."""
        row = self._begin(transaction, entity, Key(key))
        if row is None:
            return
        gone = [*self._owned(transaction, entity, row, lock=True)]
        gone.append((self._reach.contract.entities[entity].source_table, row))
        for table, old in gone:
            self._remember(table, old)
            self._moving(transaction, table, old, None)
        self._along(transaction, gone, None)

    def _along(
        self, transaction: Transaction, rows: Collection[tuple[str, Values]], changed: Collection[str] | None
    ) -> None:
        """What the foreign keys take along when rows are deleted, or some columns of them change."""
        for table, old, columns in self._rows.along(transaction, rows, changed):
            self._remember(table, old)
            for other in self._reach.rooted.get(table, ()):
                self._note_root(transaction, other, old)
            self._moving(transaction, table, old, columns)

    def _begin(self, transaction: Transaction, entity: str, key: Key) -> Values | None:
        """Lock a record, and note its items as they are; its root row, or None if there is none."""
        self._touched[entity, key] = None
        found = self._rows.root(transaction, self._stores.mysql.records(entity), key, lock=True)
        if found is not None:
            self._remember(self._reach.contract.entities[entity].source_table, found)
            self._note_items(transaction, entity, [key])
        return found

    def _moving(self, transaction: Transaction, table: str, row: Values, columns: frozenset[str] | None) -> None:
        """Note the items, of other entities, whose keys are made of a row that changes."""
        for way in self._reach.placing(table, columns):
            keys = way.keys(transaction, row)
            self._note_items(transaction, way.entity, keys)

    def _note_root(self, transaction: Transaction, entity: str, row: Values) -> None:
        fields = self._reach.contract.entities[entity].fields
        key = Key({name: row[fields[name].columns[0]] for name in self._reach.contract.entities[entity].key})
        self._touched[entity, key] = None
        self._note_items(transaction, entity, [key])

    def _note_items(self, transaction: Transaction, entity: str, keys: Iterable[Key]) -> None:
        records = self._stores.mysql.records(entity)
        layout = self._stores.dynamodb.layout
        for key in keys:
            for record in locked_records(transaction, records, key):
                try:
                    expected = expected_items(layout, entity, record)
                except (InvalidKey, InvalidValue, ItemTooLarge):
                    continue  # it has no item; whoever carries its entity over says so
                for item in expected:
                    entry = item_entry(layout, item.table, item.key, entity, key_of(layout.of(entity).entity, record))
                    self._old[entry.place] = entity, entry

    def _owned(self, transaction: Transaction, entity: str, row: Values, *, lock: bool) -> Iterator[tuple[str, Values]]:
        for owned in self._stores.mysql.writer(entity).owned.values():
            for child in self._rows.owned(transaction, owned, row, lock=lock):
                yield owned.table, child

    def _remember(self, table: str, row: Values) -> None:
        self._before.setdefault(self._rows.id(table, row), row)

    # ------------------------------------------------------------------------- end

    def entries(self, transaction: Transaction) -> list[tuple[str, Entry]]:
        """What is to be carried over, each with the entity that it is of; before the transaction commits."""
        layout = self._stores.dynamodb.layout
        found = [*self._old.values()]
        found += [(entity, entity_entry(layout, entity, key)) for entity, key in self._touched]
        for table, old, new in self._changed(transaction):
            for way in self._reach.reached(table, old, new):
                for row in (old, new):
                    if row is not None and all(row[name] is not None for name in way.links):
                        found.append((way.entity, self._propagate(table, way.links, row)))
        return list({(entity, entry.place): (entity, entry) for entity, entry in found}.values())

    def _propagate(self, table: str, links: tuple[str, ...], row: Values) -> Entry:
        values = self._rows.texts(table, {name: row[name] for name in links})
        return Entry("propagate", {"table": table, "values": values})

    def _changed(self, transaction: Transaction) -> Iterator[tuple[str, Values | None, Values | None]]:
        """Every row that is not as it was, before and after."""
        self._remember_new(transaction)
        for row_id, old in self._before.items():
            new = self._rows.again(transaction, row_id)
            if old != new:
                yield row_id[0], old, new

    def _remember_new(self, transaction: Transaction) -> None:
        for entity, key in self._touched:
            row = self._rows.root(transaction, self._stores.mysql.records(entity), key, lock=False)
            if row is None:
                continue
            self._before.setdefault(self._rows.id(self._reach.contract.entities[entity].source_table, row), None)
            for table, child in self._owned(transaction, entity, row, lock=False):
                self._before.setdefault(self._rows.id(table, child), None)
