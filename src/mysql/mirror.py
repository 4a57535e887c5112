"""Makes the rows of one entity what a record says, value for value: no default, no ON UPDATE, no new id has a say.

The root row is changed, not replaced, wherever it can be, so that columns that the contract does not have stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from crossfade.contract.errors import CrossfadeError, InvalidValue
from crossfade.dal.entity import Record
from crossfade.dal.errors import MissingReference, Referenced
from crossfade.dal.key import Key
from crossfade.dal.memory_state import ident
from crossfade.mysql.errors import ServerInvalid
from crossfade.mysql.kept import KeptOtherwise, check_kept, same
from crossfade.mysql.misfits import misfits
from crossfade.mysql.refusals import Refusals
from crossfade.mysql.rows import RawRows, Values
from crossfade.mysql.store import MySQLStore
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.whose import Of, Whose


class Unfit(CrossfadeError):
    """MySQL cannot hold a record as it is; the message says why, and tells no value."""


class Mirror:
    """Writes one entity. Safe to share between threads.

    Attributes:
        entity: its name.

    Args:
        store: the database.
        entity: the entity's name.

    Raises:
        SchemaMismatch: the entity cannot be written.
    """

    def __init__(self, store: MySQLStore, entity: str) -> None:
        self.entity = entity
        self._store, self._of = store, store.contract.entities[entity]
        self._writer, self._records = store.writer(entity), store.records(entity)
        self._source = store.tables.source(self._of.source_table)
        self._rows, self._whose = RawRows(store.tables), Whose(store)
        self._refusals = Refusals(store.contract, store.tables, self._of, store.records)
        self._referred = {c for _, key in store.schema.referring(self._source.name) for c in key.references}

    def row(self, transaction: Transaction, key: Key) -> Values | None:
        """The root row of a key as it is now, locked; None if there is none.

        One whose key the column takes for the same, and DynamoDB does not, is another's.
        """
        found = self._rows.root(transaction, self._records, key, lock=True)
        if found is None or ident(self._of, self._whose.key(self._of, found)) != ident(self._of, key):
            return None
        return found

    def delete(self, transaction: Transaction, row: Values, along: set[Of]) -> None:
        """Delete a root row, and the child rows it owns.

        Args:
            transaction: where.
            row: from `row`.
            along: the entities are added whose rows MySQL deletes or changes with it.

        Raises:
            Referenced: others refer to it.
        """
        along |= self._whose.along(transaction, self._source.name, row)
        try:
            for rows in self._writer.owned.values():
                if not rows.cascades():
                    rows.delete(transaction, row)
            transaction.execute(self._writer.table.delete().where(self._identity(row)))
        except (Referenced, MissingReference) as error:
            # SQLite has one code for both directions of a foreign key.
            refused = error if isinstance(error, Referenced) else Referenced(error.message, store=error.store)
            raise self._refusals.referenced(transaction, refused, row) from None

    def put(self, transaction: Transaction, record: Record, row: Values | None, along: set[Of]) -> bool:
        """Insert a record, or change its rows wherever they differ.

        Args:
            transaction: where.
            record: every field, canonical.
            row: from `row`.
            along: as for `delete`.

        Returns:
            Whether anything was written.

        Raises:
            Unfit: MySQL cannot hold it.
            MissingReference: what it refers to is not there.
            Referenced: others refer to a value that it has no longer.
            DuplicateEntry: another row has one of its unique values.
        """
        with self._explained(transaction, record):
            return self._put(transaction, record, row, along)

    def check(self, transaction: Transaction, record: Record) -> None:
        """Read back what was put. Raises Unfit where it is not what was given."""
        chosen = self._records.projection.select.where(self._records.by_keys([self._key(record)]))
        found = self._records.fetch(transaction, chosen)
        try:
            check_kept(self._writer, next(iter(found), None), record)
        except KeptOtherwise as error:
            raise self._unfit(record, error) from None

    # ------------------------------------------------------- several at once: see `together`

    def take_out(self, transaction: Transaction, record: Record, row: Values) -> bool:
        """Delete the root row alone, to be put back in this transaction; False where others would refer to nothing."""
        values = self._writer.values(record)
        if any(row[name] != values.get(name, row[name]) for name in self._referred):
            return False
        with transaction.unchecked():
            transaction.execute(self._writer.table.delete().where(self._identity(row)))
        return True

    def put_back(self, transaction: Transaction, record: Record, row: Values) -> None:
        """Insert the root row that was taken out, with the record's values; columns that no field has keep theirs.

        Raises as `put`, which must follow.
        """
        computed = {name for name, column in self._source.columns.items() if column.generated}
        kept = {name: value for name, value in row.items() if name not in computed}
        with self._explained(transaction, record):
            transaction.execute(self._writer.table.insert().values({**kept, **self._writer.values(record)}))

    def holders(self, transaction: Transaction, record: Record) -> set[Of]:
        """The entities whose rows have a unique value of a record, or of its owned rows; itself among them."""
        values = self._writer.values(record)
        made = [(self._source.name, values)]
        for field, rows in self._writer.owned.items():
            made += [(rows.table, row) for row in rows.made(values, rows.given(record[field]))]
        found: set[Of] = set()
        for table, row in made:
            for wanted in self._uniques(table, row):
                for holder in self._rows.equal(transaction, table, wanted, lock=True):
                    found.update(self._whose.entities(transaction, table, holder))
        return found

    # -------------------------------------------------------------------- helpers

    @contextmanager
    def _explained(self, transaction: Transaction, record: Record) -> Iterator[None]:
        try:
            yield
        except MissingReference as error:
            raise self._refusals.missing(transaction, error, record) from None
        except (InvalidValue, ServerInvalid) as error:
            raise self._unfit(record, error) from None

    def _put(self, transaction: Transaction, record: Record, row: Values | None, along: set[Of]) -> bool:
        values = self._writer.values(record)
        if row is None:
            transaction.execute(self._writer.table.insert().values(values))
            self._owned(transaction, record)
            return True
        for rows in self._writer.owned.values():
            if any(row[theirs] != values[theirs] for theirs in rows.links.values()):
                rows.delete(transaction, row)
        changed = self._update(transaction, row, values, along)
        return self._owned(transaction, record) or changed

    def _update(self, transaction: Transaction, row: Values, values: Values, along: set[Of]) -> bool:
        changed = {name: value for name, value in values.items() if not same(row[name], value)}
        if not changed:
            return False
        if self._referred & changed.keys():
            along |= self._whose.along(transaction, self._source.name, row, changed.keys())
        table = self._writer.table
        # MySQL 8.4 Reference Manual, 13.2.5: a column keeps its value under ON UPDATE if it is set to that.
        kept = {n: table.c[n] for n, c in self._source.columns.items() if c.on_update and n not in changed}
        transaction.execute(table.update().where(self._identity(row)).values({**kept, **changed}))
        return True

    def _owned(self, transaction: Transaction, record: Record) -> bool:
        values, wrote = self._writer.values(record), False
        for field, rows in self._writer.owned.items():
            wrote |= rows.replace(transaction, values, rows.given(record[field]))
        return wrote

    def _uniques(self, table: str, row: Values) -> Iterator[Values]:
        """The values of a row that no other one may have, index by index."""
        source = self._store.tables.source(table)
        for names in (*source.uniques.values(), source.primary_key):
            wanted = {name: row.get(name) for name in names}
            if names and None not in wanted.values():
                yield wanted

    def _identity(self, row: Values) -> sa.ColumnElement[bool]:
        columns = self._writer.table.c
        return sa.and_(*(columns[name] == row[name] for name in self._store.tables.identity(self._source.name)))

    def _key(self, record: Record) -> Key:
        return Key({field: record[field] for field in self._of.key})

    def _unfit(self, record: Record, error: InvalidValue | KeptOtherwise) -> Unfit:
        found = "; ".join(misfits(self._writer, self._source, self._store.schema.tables, record))
        if found or isinstance(error, KeptOtherwise):
            return Unfit(found or str(error))
        return Unfit(f"the row {error.reason}" if error.field == "entity" else f"{error.field}: {error.reason}")
