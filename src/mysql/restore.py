"""Putting whole records back into MySQL: exactly as they are, only where there is none, each refusal told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

from crossfade.contract.errors import CrossfadeError, InvalidValue
from crossfade.contract.source import SourceTable
from crossfade.dal.entity import Record
from crossfade.dal.errors import MissingReference, OutcomeUnknown, SchemaMismatch, StoreError, StoreUnavailable
from crossfade.dal.key import Key, key_of
from crossfade.dal.memory_state import ident
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.kept import KeptOtherwise, check_kept
from crossfade.mysql.misfits import misfits
from crossfade.mysql.references import Dangling
from crossfade.mysql.store import MySQLStore
from crossfade.mysql.transaction import Transaction, run


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of one record.

    Attributes:
        status: `written`; `present`, there is a row with its key, which was left; `waiting`, what it refers to is not
            there yet; `refused`, MySQL cannot hold it.
        reason: why it waits or was refused.
    """

    status: Literal["written", "present", "waiting", "refused"]
    reason: str = ""


class Restore:
    """Puts back the records of one entity: its own row and the child rows it owns.

    Attributes:
        tables: its table, and those of the child rows.

    Args:
        store: the database.
        entity: the entity's name.

    Raises:
        SchemaMismatch: the entity cannot be written.
    """

    def __init__(self, store: MySQLStore, entity: str) -> None:
        self._store, self._engine = store, store.engine
        self._entity = store.contract.entities[entity]
        self._records, self._writer = store.records(entity), store.writer(entity)
        self._source = store.schema.tables[self._entity.source_table]
        owned = (store.schema.tables[rows.table] for rows in self._writer.owned.values())
        self.tables: tuple[SourceTable, ...] = (self._source, *owned)

    @cached_property
    def unwritten(self) -> tuple[str, ...]:
        """The columns (`table.column`) that no field has: new rows get the server's own values there."""
        known = [set(self._writer.columns.values())]
        known += [{*rows.names, *rows.links, *rows.constants} for rows in self._writer.owned.values()]
        return tuple(
            f"{table.name}.{name}"
            for table, names in zip(self.tables, known, strict=True)
            for name, column in table.columns.items()
            if name not in names and not column.generated
        )

    @cached_property
    def impossible(self) -> tuple[str, ...]:
        """Those of `unwritten` without which MySQL takes no row."""
        columns = {f"{table.name}.{n}": c for table in self.tables for n, c in table.columns.items()}
        return tuple(
            n
            for n in self.unwritten
            if not columns[n].nullable and columns[n].default is None and not columns[n].auto_increment
        )

    @property
    def triggers(self) -> tuple[str, ...]:
        """The triggers of its tables, which new rows may fire."""
        return tuple(trigger for table in self.tables for trigger in table.triggers)

    def load(self, records: Sequence[Record]) -> list[Restored]:
        """Put records back, no two of them with one key: in one transaction, or, where one is refused, one by one.

        Raises:
            StoreUnavailable, CapacityExceeded, Conflict, OutcomeUnknown: whether they were written is not known; safe
                to repeat.
            SchemaMismatch: the tables have changed.
        """
        return self._loaded(records, checks=True)

    def load_unchecked(self, records: Sequence[Record]) -> list[Restored]:
        """As `load`, wherever the records' references lead: for rows that refer to each other in circles.

        When all are written, `prune` must follow.
        """
        return self._loaded(records, checks=False)

    def prune(self, records: Sequence[Record]) -> list[int]:
        """Delete those of the records' rows of which a reference leads nowhere, with the child rows they own.

        Returns:
            Which of them, by position. Others may refer to them: prune those again.

        Raises:
            StoreError: as for `load`.
        """
        by_key = {ident(self._entity, record): number for number, record in enumerate(records)}

        def work(transaction: Transaction) -> list[int]:
            found = transaction.rows(self._dangling.statement.where(self._records.by_keys(self._keys(records))))
            keys = [Key(dict(zip(self._entity.key, row, strict=True))) for row in found]
            for key in keys:
                row = self._writer.row(records[by_key[ident(self._entity, key)]])
                for rows in self._writer.owned.values():
                    rows.delete(transaction, row)
                transaction.execute(self._writer.table.delete().where(self._records.by_keys([key])))
            return [by_key[ident(self._entity, key)] for key in keys]

        return run(self._engine, work, checks=False) if self._dangling.possible else []

    # -------------------------------------------------------------------- helpers

    @cached_property
    def _dangling(self) -> Dangling:
        return Dangling(self._store.schema, dialect_name(self._engine), self._records, self._writer)

    def _keys(self, records: Sequence[Record]) -> list[Key]:
        return [key_of(self._entity, record) for record in records]

    def _loaded(self, records: Sequence[Record], *, checks: bool) -> list[Restored]:
        if not records:
            return []
        try:
            return run(self._engine, lambda t: self._insert(t, records), checks=checks)
        except (CrossfadeError, KeptOtherwise) as error:
            lost = isinstance(error, (StoreUnavailable, OutcomeUnknown, SchemaMismatch))
            if lost or getattr(error, "retryable", False):
                raise
            if len(records) == 1:
                return [self._refused(records[0], error)]
        return [restored for record in records for restored in self._loaded([record], checks=checks)]

    def _refused(self, record: Record, error: CrossfadeError | KeptOtherwise) -> Restored:
        if isinstance(error, MissingReference):
            return Restored("waiting", error.message)
        found = list(misfits(self._writer, self._source, self._store.schema.tables, record))
        return Restored("refused", "; ".join(found) or _told(error))

    def _insert(self, transaction: Transaction, records: Sequence[Record]) -> list[Restored]:
        idents = [ident(self._entity, key) for key in self._keys(records)]
        there = {ident(self._entity, k) for k in self._writer.present(transaction, self._keys(records))}
        absent = [r for r, i in zip(records, idents, strict=True) if i not in there]
        if len(absent) == 1:
            self._writer.create(transaction, absent[0])
        else:
            self._insert_many(transaction, absent)
        self._check(transaction, absent)
        return [Restored("present" if i in there else "written") for i in idents]

    def _insert_many(self, transaction: Transaction, records: Sequence[Record]) -> None:
        rows = [self._writer.row(record) for record in records]
        for _, alike in groupby(rows, key=tuple):
            transaction.execute(self._writer.table.insert(), list(alike))
        for record, row in zip(records, rows, strict=True):
            for field, owned in self._writer.owned.items():
                owned.insert(transaction, row, owned.given(record[field]))

    def _check(self, transaction: Transaction, records: Sequence[Record]) -> None:
        """Raise KeptOtherwise unless the rows hold what was given."""
        if not records:
            return
        statement = self._records.projection.select.where(self._records.by_keys(self._keys(records)))
        found = {ident(self._entity, r): r for r in self._records.fetch(transaction, statement)}
        for record in records:
            check_kept(self._writer, found.get(ident(self._entity, record)), record)


def _told(error: CrossfadeError | KeptOtherwise) -> str:
    if isinstance(error, InvalidValue):
        return f"the row {error.reason}" if error.field == "entity" else f"{error.field}: {error.reason}"
    return error.message if isinstance(error, StoreError) else str(error)
