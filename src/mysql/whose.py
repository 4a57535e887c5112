"""Whose a row is, and which rows of others go along when it is deleted or changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from crossfade.contract.model import Entity
from crossfade.contract.model_derivation import ToMany
from crossfade.dal.key import Key
from crossfade.mysql.owned import stored_value
from crossfade.mysql.rows import RawRows, Values
from crossfade.mysql.store import MySQLStore
from crossfade.mysql.transaction import Transaction

Of = tuple[str, Key]
"""An entity's name and its key."""


class Whose:
    """Finds the entities of rows. Safe to share between threads.

    Args:
        store: the database.
    """

    def __init__(self, store: MySQLStore) -> None:
        self._store, self._rows = store, RawRows(store.tables)

    def entities(self, transaction: Transaction, table: str, row: Values) -> Iterator[Of]:
        """The entities of which a row is the root, or an owned child."""
        for name, entity in self._store.contract.entities.items():
            if entity.source_table == table:
                yield name, self.key(entity, row)
            for field, attribute in entity.fields.items():
                many = attribute.derivation
                if isinstance(many, ToMany) and many.owned and many.table == table:
                    owned = self._store.writer(name).owned[field]
                    links = {theirs: row[mine] for mine, theirs in owned.links.items()}
                    for root in self._rows.equal(transaction, entity.source_table, links, lock=True):
                        yield name, self.key(entity, root)

    def key(self, entity: Entity, row: Values) -> Key:
        """The key of a root row."""
        columns = self._store.tables.source(entity.source_table).columns
        found = {}
        for name in entity.key:
            stored = columns[entity.fields[name].columns[0]]
            found[name] = stored_value(row[stored.name], stored.type, entity.fields[name].value_type, name)
        return Key(found)

    def along(
        self, transaction: Transaction, table: str, row: Values, changed: Collection[str] | None = None
    ) -> set[Of]:
        """The entities of which MySQL deletes or changes a row when another one is deleted or changed.

        Args:
            transaction: as for `RawRows.along`.
            table: the table of the row.
            row: the row as it is, locked.
            changed: as for `RawRows.along`.
        """
        along = self._rows.along(transaction, [(table, row)], changed)
        return {of for other, child, _ in along for of in self.entities(transaction, other, child)}
