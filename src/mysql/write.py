"""Writing records: each operation's statements, inside a transaction that the caller has begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from crossfade.contract.model import Contract, Entity
from crossfade.dal.change import Append, Change
from crossfade.dal.condition import Condition, holds
from crossfade.dal.entity import Record
from crossfade.dal.errors import (
    ConditionFailed,
    InvalidValue,
    MissingReference,
    NotFound,
    Referenced,
    VersionConflict,
)
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.mysql.errors import DuplicateEntry, ServerInvalid
from crossfade.mysql.prepared import Written
from crossfade.mysql.records import Records
from crossfade.mysql.refusals import Refusals
from crossfade.mysql.statements import Statements, parameters
from crossfade.mysql.tables import Tables
from crossfade.mysql.transaction import Transaction

R = TypeVar("R")


class Writer(Statements):
    """Writes the records of one entity.

    Args:
        contract: the contract.
        tables: the schema's tables.
        entity: the entity.
        prepare: knows what a write may say.
        records: gives what reads an entity, by its name.

    Raises:
        SchemaMismatch: the entity cannot be written.
    """

    def __init__(
        self, contract: Contract, tables: Tables, entity: Entity, prepare: Preparer, records: Callable[[str], Records]
    ) -> None:
        super().__init__(tables, entity, records(entity.name))
        self._prepare = prepare
        self._refusals = Refusals(contract, tables, entity, records)

    def create(self, transaction: Transaction, record: Record) -> Record:
        """Insert a new record and its owned rows; returns it with its id.

        Raises:
            DuplicateKey, DuplicateUnique, MissingReference, InvalidValue: see `Repository.create`.
        """

        def insert() -> Record:
            row = self.row(record)
            return {**record, **self._id_of(transaction.write(self.insertion(tuple(row)), parameters(row)), record)}

        made = self._explained(transaction, record, None, insert)
        if transaction.watch is not None:
            transaction.watch.created(transaction, self.entity.name, self._key(made))
        self._explained(transaction, made, self._key(made), lambda: self._insert_owned(transaction, made))
        return made

    def put(self, transaction: Transaction, record: Record) -> Record:
        """Insert a record, or replace the one with its key; returns it with its id. Errors as `create`."""
        key = self.key(record)
        if key is not None and transaction.watch is not None:
            transaction.watch.changing(transaction, self.entity.name, key, None)
        old = self._records.lock(transaction, key) if key is not None else None
        if old is None:
            return self.create(transaction, record)
        new = self._prepare.replace(record, old)
        for field, column in self.columns.items():
            if new[field] is None and self._source.columns[column].auto_increment:
                new[field] = old[field]
        self._rewrite(transaction, new, old, list(self.columns), list(self.owned))
        return new

    def update(self, transaction: Transaction, update: Update) -> None:
        """Change a record, in one statement if SQL can say it.

        Raises:
            NotFound, ConditionFailed, VersionConflict, DuplicateUnique, MissingReference, InvalidValue: see
                `Repository.update`.
        """
        if transaction.watch is not None:
            transaction.watch.changing(transaction, self.entity.name, update.key, update.changes)
        direct = self.direct_update(update)
        if direct is not None:
            try:
                if transaction.write(*direct).rowcount:
                    return
            except (DuplicateEntry, MissingReference, ServerInvalid):
                pass  # the statement is undone; the way below finds out what is wrong, in the order of every store
        old = self._checked(transaction, update.key, update.where, update.version)
        if old is None:
            raise NotFound("there is no entity with this key")
        new = self._prepare.changed(update, old)
        plain = [f for f in update.changes if f in self.columns]
        self._rewrite(transaction, new, old, plain, [], update.changes)

    def delete(self, transaction: Transaction, delete: Delete) -> bool:
        """Delete a record and its owned rows; False if there is none.

        Raises:
            ConditionFailed, VersionConflict, Referenced: see `Repository.delete`.
        """
        if transaction.watch is not None:
            transaction.watch.deleting(transaction, self.entity.name, delete.key)
        direct = self.direct_delete(delete)
        if direct is not None:
            try:
                if transaction.write(*direct).rowcount:
                    return True
                if delete.where is None and delete.version is None:
                    return False
            except (Referenced, MissingReference):
                pass  # the statement is undone; the way below finds out what refers to it
        old = self._checked(transaction, delete.key, delete.where, delete.version)
        if old is None:
            return False
        self.remove(transaction, old)
        return True

    def remove(self, transaction: Transaction, record: Record) -> None:
        """Delete a locked record and its owned rows, expired or not. Raises Referenced."""
        if transaction.watch is not None:
            transaction.watch.deleting(transaction, self.entity.name, self._key(record))
        owner = self.values(record)
        try:
            for rows in self.owned.values():
                if not rows.cascades():
                    rows.delete(transaction, owner)
            transaction.execute(self.table.delete().where(self._records.by_keys([self._key(record)])))
        except (Referenced, MissingReference) as error:
            # SQLite has one code for both directions of a foreign key.
            refused = error if isinstance(error, Referenced) else Referenced(error.message, store=error.store)
            raise self._refusals.referenced(transaction, refused, owner) from None

    def present(self, transaction: Transaction, keys: Sequence[Key]) -> set[Key]:
        """The keys that are taken, by expired records too; locked."""
        return self._records.present(transaction, keys)

    def key(self, record: Record) -> Key | None:
        """A record's key, or None if the server makes it."""
        return None if any(record[f] is None for f in self.entity.key) else self._key(record)

    # ----------------------------------------------------------------- helpers

    def _rewrite(
        self,
        transaction: Transaction,
        new: Record,
        old: Record,
        plain: list[str],
        lists: list[str],
        changes: Mapping[str, Change] | None = None,
    ) -> None:
        """Write a locked record's columns and owned rows."""
        key = self._key(old)
        values = {self.columns[f]: self._stored(f, new[f]) for f in plain if f not in self.entity.key}

        def write() -> None:
            if values:
                transaction.write(*self.assignment(key, values))
            owner = self.values(new)
            for field, rows in self.owned.items():
                change = (changes or {}).get(field)
                if isinstance(change, Append):
                    rows.insert(transaction, owner, list(change.values))
                elif change is not None or field in lists:
                    rows.replace(transaction, owner, rows.given(new[field]))

        self._explained(transaction, new, key, write)

    def _explained(self, transaction: Transaction, record: Record, own: Key | None, write: Callable[[], R]) -> R:
        """Run `write`; what the server refuses is explained, and expired holders of unique values give way."""
        while True:
            try:
                return write()
            except DuplicateEntry as error:
                self.remove(transaction, self._refusals.duplicate(transaction, error, record, own))
            except MissingReference as error:
                raise self._refusals.missing(transaction, error, record) from None
            except ServerInvalid as error:
                raise self._invalid(error, record) from None

    def _invalid(self, error: ServerInvalid, record: Record) -> InvalidValue:
        column = error.column
        if column is None:
            return InvalidValue(error.field, error.reason, entity=self.entity.name)
        lacking = next(self._lacking(column, record), error.field)
        return InvalidValue(lacking, f"wants a value: the column {column} holds no null", entity=self.entity.name)

    def _lacking(self, column: str, record: Record) -> Iterator[str]:
        """The fields without a value for a column, in the root row and in the owned ones."""
        yield from (field for field, own in self.columns.items() if own == column and record[field] is None)
        for field, rows in self.owned.items():
            if (name := rows.names.get(column)) is not None:
                given = enumerate(rows.given(record[field]))
                yield from (f"{field}[{number}].{name}" for number, row in given if row.get(name) is None)

    def _checked(
        self, transaction: Transaction, key: Key, where: Condition | None, version: int | None
    ) -> Record | None:
        """The locked record, if it has the version and fulfils the condition; None if there is none."""
        old = self._records.lock(transaction, key)
        if old is None:
            return None
        if version is not None and self.entity.version_field:
            found = old[self.entity.version_field]
            if found != version:
                raise VersionConflict(f"it has version {found}, not {version}", current=old, current_version=found)
        if where is not None and not holds(where, old):
            raise ConditionFailed("the condition does not hold", current=old)
        return old

    def _insert_owned(self, transaction: Transaction, record: Record) -> None:
        owner = self.values(record)
        for field, rows in self.owned.items():
            rows.insert(transaction, owner, rows.given(record[field]))

    def _key(self, record: Record) -> Key:
        return Key({f: record[f] for f in self.entity.key})

    def _id_of(self, result: Written, record: Record) -> dict[str, Any]:
        """The id that the server made, by field."""
        for field, column in self.columns.items():
            if self._source.columns[column].auto_increment and record[field] is None:
                return {field: self._prepare.argument(field, result.lastrowid)}
        return {}


class Access(Protocol):
    """What reads and writes each entity."""

    def records(self, entity: str) -> Records:
        """Reads the entity."""

    def writer(self, entity: str) -> Writer:
        """Writes the entity."""
