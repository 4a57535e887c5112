"""Writing records: each operation's statements, inside a transaction that the caller has begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from crossfade.contract.model import Contract, Entity, ToMany
from crossfade.dal.change import Add, Append, Change, Remove, Set
from crossfade.dal.condition import AllOf, Condition, fields, holds
from crossfade.dal.entity import Record
from crossfade.dal.errors import (
    ConditionFailed,
    InvalidValue,
    MissingReference,
    NotFound,
    Referenced,
    SchemaMismatch,
    VersionConflict,
)
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.mysql.errors import DuplicateEntry, ServerInvalid
from crossfade.mysql.expressions import Sql
from crossfade.mysql.owned import OwnedRows, stored_value
from crossfade.mysql.records import Records
from crossfade.mysql.refusals import Refusals
from crossfade.mysql.tables import Tables
from crossfade.mysql.transaction import Transaction

R = TypeVar("R")

# Kinds whose sum MySQL makes and limits exactly as we do. A DOUBLE reaches further than DynamoDB's numbers.
_ADDABLE = frozenset({"int", "decimal"})


class Writer:
    """Writes the records of one entity."""

    def __init__(
        self, contract: Contract, tables: Tables, entity: Entity, prepare: Preparer, records: Callable[[str], Records]
    ) -> None:
        self.entity = entity
        self._dialect = tables.dialect
        self._prepare = prepare
        self._records = records(entity.name)
        self._source = tables.source(entity.source_table)
        self.table = self._root = tables.table(entity.source_table)
        self._refusals = Refusals(contract, tables, entity, records)
        self._columns = {
            name: attribute.columns[0]
            for name, attribute in entity.fields.items()
            if attribute.column is not None
            and not tables.source(entity.source_table).columns[attribute.columns[0]].generated
        }
        self.owned = {
            name: OwnedRows(tables, entity.source_table, name, attribute.derivation)
            for name, attribute in entity.fields.items()
            if isinstance(attribute.derivation, ToMany) and attribute.derivation.owned
        }
        self._check()

    def _check(self) -> None:
        loose = [f for f in self.entity.key if f not in self._columns]
        named = set(self._columns.values())
        loose += [c for rows in self.owned.values() for c in rows.links.values() if c not in named]
        if loose:
            raise SchemaMismatch(
                f"{self.entity.name} cannot be written: {', '.join(loose)} is no plain column of its table",
                store="mysql",
            )

    # -------------------------------------------------------------- operations

    def create(self, transaction: Transaction, record: Record) -> Record:
        """Insert a new record and its owned rows; returns it with its id.

        Raises:
            DuplicateKey, DuplicateUnique, MissingReference, InvalidValue: see `Repository.create`.
        """

        def insert() -> Record:
            result = transaction.execute(self._root.insert().values(self.row(record)))
            return {**record, **self._id_of(result, record)}

        made = self._explained(transaction, record, None, insert)
        self._explained(transaction, made, self._key(made), lambda: self._insert_owned(transaction, made))
        return made

    def put(self, transaction: Transaction, record: Record) -> Record:
        """Insert a record, or replace the one with its key; returns it with its id. Errors as `create`."""
        key = self.key(record)
        old = self._records.lock(transaction, key) if key is not None else None
        if old is None:
            return self.create(transaction, record)
        new = self._prepare.replace(record, old)
        for field, column in self._columns.items():
            if new[field] is None and self._source.columns[column].auto_increment:
                new[field] = old[field]
        self._rewrite(transaction, new, old, list(self._columns), list(self.owned))
        return new

    def update(self, transaction: Transaction, update: Update) -> None:
        """Change a record, in one statement if SQL can say it.

        Raises:
            NotFound, ConditionFailed, VersionConflict, DuplicateUnique, MissingReference, InvalidValue: see
                `Repository.update`.
        """
        direct = self.direct_update(update)
        if direct is not None:
            try:
                if transaction.execute(direct).rowcount:
                    return
            except (DuplicateEntry, MissingReference, ServerInvalid):
                pass  # the statement is undone; the way below finds out what is wrong, in the order of every store
        old = self._checked(transaction, update.key, update.where, update.version)
        if old is None:
            raise NotFound("there is no entity with this key")
        new = self._prepare.changed(update, old)
        plain = [f for f in update.changes if f in self._columns]
        self._rewrite(transaction, new, old, plain, [], update.changes)

    def delete(self, transaction: Transaction, delete: Delete) -> bool:
        """Delete a record and its owned rows; False if there is none.

        Raises:
            ConditionFailed, VersionConflict, Referenced: see `Repository.delete`.
        """
        direct = self.direct_delete(delete)
        if direct is not None:
            try:
                if transaction.execute(direct).rowcount:
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
        owner = self._owner(record)
        try:
            for rows in self.owned.values():
                if not rows.cascades():
                    rows.delete(transaction, owner)
            transaction.execute(self._root.delete().where(self._records.by_keys([self._key(record)])))
        except (Referenced, MissingReference) as error:
            # SQLite has one code for both directions of a foreign key.
            refused = error if isinstance(error, Referenced) else Referenced(error.message, store=error.store)
            raise self._refusals.referenced(transaction, refused, owner) from None

    # -------------------------------------------------------------- statements

    def direct_update(self, update: Update) -> sa.Update | None:
        """The one UPDATE that checks and changes at once; None if SQL cannot say it."""
        where = self._where(self._records.by_keys([update.key]), update.where, update.version)
        if where is None or not update.changes:
            return None
        values: dict[str, Any] = {}
        for field, change in update.changes.items():
            made = self._assignment(field, change)
            if made is None:
                return None
            values[self._columns[field]] = made
        return self._root.update().where(where).values(values)

    def direct_delete(self, delete: Delete) -> sa.Delete | None:
        """The one DELETE that checks and deletes at once; None if SQL cannot say it."""
        where = self._where(self._records.by_keys([delete.key]), delete.where, delete.version)
        if where is None or not all(rows.cascades() for rows in self.owned.values()):
            return None
        return self._root.delete().where(where)

    def direct_delete_many(self, keys: Sequence[Key]) -> sa.Delete | None:
        """The one DELETE of several keys; None if their owned rows must be deleted first."""
        where = self._where(self._records.by_keys(keys), None, None)
        if where is None or not all(rows.cascades() for rows in self.owned.values()):
            return None
        return self._root.delete().where(where)

    def present(self, transaction: Transaction, keys: Sequence[Key]) -> set[Key]:
        """The keys that are taken, by expired records too; locked."""
        return self._records.present(transaction, keys)

    def key(self, record: Record) -> Key | None:
        """A record's key, or None if the server makes it."""
        return None if any(record[f] is None for f in self.entity.key) else self._key(record)

    def row(self, record: Record) -> dict[str, Any]:
        """The root row to insert for a record, by column; what the server makes is left out."""
        found = {}
        for field, column in self._columns.items():
            source, value = self._source.columns[column], record[field]
            made_there = source.auto_increment or (source.default is not None and not source.nullable)
            if value is not None or not made_there:
                found[column] = self._stored(field, value)
        return found

    def _where(self, key: Sql, where: Condition | None, version: int | None) -> Sql | None:
        """The rows of a key that have not expired and fulfil the conditions; None if SQL cannot say it."""
        parts = [key]
        alive = self._records.queries.alive()
        asked = [c for c in (alive, where) if c is not None]
        if asked:
            condition = asked[0] if len(asked) == 1 else AllOf(tuple(asked))
            operands = [self._records.projection.operand(f) for f in fields(condition)]
            compiled = self._records.queries.compiled(condition)
            if compiled.rest is not None or any(o is None or o.column is None for o in operands):
                return None
            if compiled.where is not None:
                parts.append(compiled.where)
        if version is not None:
            parts.append(self._root.c[self._columns[self.entity.version_field or ""]] == version)
        return sa.and_(*parts)

    def _assignment(self, field: str, change: Change) -> Any:
        """What a column is set to; None if SQL cannot say it."""
        column = self._columns.get(field)
        if column is None:
            return None
        source, type_ = self._source.columns[column], self.entity.fields[field].value_type
        match change:
            case Set(value):
                stored = self._stored(field, value)
                return sa.null() if stored is None else stored
            case Remove():
                return sa.null()
            case Add(amount) if self._dialect == "mysql" and type_.kind in _ADDABLE and source.type.kind == type_.kind:
                plain: Sql = sa.type_coerce(self._root.c[column], sa.types.NullType())
                old: Sql = sa.func.coalesce(plain, sa.literal_column("0")) if source.nullable else plain
                return old.op("+")(sa.literal(amount, sa.types.NullType()))
            case _:
                return None

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
        values = {self._columns[f]: self._stored(f, new[f]) for f in plain if f not in self.entity.key}

        def write() -> None:
            if values:
                where = self._records.by_keys([key])
                transaction.execute(self._root.update().where(where).values(values))
            owner = self._owner(new)
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
                raise InvalidValue(error.field, error.reason, entity=self.entity.name) from None

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
        owner = self._owner(record)
        for field, rows in self.owned.items():
            rows.insert(transaction, owner, rows.given(record[field]))

    def _stored(self, field: str, value: Any) -> Any:
        type_ = self._source.columns[self._columns[field]].type
        return stored_value(value, self.entity.fields[field].value_type, type_, field)

    def _owner(self, record: Record) -> dict[str, Any]:
        """The root row's values, by column."""
        return {column: self._stored(field, record[field]) for field, column in self._columns.items()}

    def _key(self, record: Record) -> Key:
        return Key({f: record[f] for f in self.entity.key})

    def _id_of(self, result: sa.CursorResult[Any], record: Record) -> dict[str, Any]:
        """The id that the server made, by field."""
        for field, column in self._columns.items():
            if self._source.columns[column].auto_increment and record[field] is None:
                return {field: self._prepare.argument(field, result.lastrowid)}
        return {}


class Access(Protocol):
    """What reads and writes each entity."""

    def records(self, entity: str) -> Records:
        """Reads the entity."""

    def writer(self, entity: str) -> Writer:
        """Writes the entity."""
