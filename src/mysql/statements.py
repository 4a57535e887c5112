"""The statements that write an entity's rows, one by one: what SQL can say, and the values for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from crossfade.contract.model import Entity
from crossfade.contract.model_derivation import ToMany
from crossfade.dal.change import Add, Change, Remove, Set
from crossfade.dal.condition import AllOf, Condition, fields
from crossfade.dal.entity import Record
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Update
from crossfade.mysql.expressions import Sql
from crossfade.mysql.owned import OwnedRows, stored_value
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables

# Kinds whose sum MySQL makes and limits exactly as we do. A DOUBLE reaches further than DynamoDB's numbers.
_ADDABLE = frozenset({"int", "decimal"})
# Before a parameter's name: SQLAlchemy keeps the columns' own for itself.
_TO, _OF, _VERSION = "=", "==", "==="


class _Assigned(NamedTuple):
    """What a column is set to; or what is added to it."""

    value: Any
    adds: bool = False


class Direct(NamedTuple):
    """One statement that writes.

    Attributes:
        statement: the statement.
        values: of its parameters.
    """

    statement: Prepared | sa.UpdateBase
    values: Mapping[str, Any] = MappingProxyType({})


class Statements:
    """Makes the statements of one entity.

    Attributes:
        entity: the entity.
        table: its root table.
        columns: the column of each field that is nothing but a column, which the server does not compute.
        owned: the child rows that belong to a record, by field.

    Args:
        tables: the schema's tables.
        entity: the entity.
        records: reads the entity.

    Raises:
        SchemaMismatch: the entity cannot be written.
    """

    def __init__(self, tables: Tables, entity: Entity, records: Records) -> None:
        self.entity = entity
        self._dialect = tables.dialect
        self._records = records
        self._source = tables.source(entity.source_table)
        self.table = tables.table(entity.source_table)
        self.columns = {
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
        self._statements: dict[tuple[Any, ...], Prepared] = {}
        self._check()

    def insertion(self, columns: tuple[str, ...]) -> Prepared:
        """The INSERT of a row with these columns, whose values are `parameters`; compiled once."""

        def statement() -> sa.Insert:
            return self.table.insert().values({name: self._parameter(name, adds=False) for name in columns})

        return self._prepared(("insert", *columns), statement)

    def direct_update(self, update: Update) -> Direct | None:
        """The one UPDATE that checks and changes at once; None if SQL cannot say it."""
        assigned = {self.columns.get(field): self._assigned(field, change) for field, change in update.changes.items()}
        made = {column: value for column, value in assigned.items() if column is not None and value is not None}
        if not made or len(made) < len(update.changes):
            return None
        if self._simple(update.where):
            return self._assignment(update.key, made, update.version)
        where = self._where(self._records.by_keys([update.key]), update.where, update.version)
        if where is None:
            return None
        values = {column: self._value(column, assigned) for column, assigned in made.items()}
        return Direct(self.table.update().where(where).values(values))

    def assignment(self, key: Mapping[str, Any], values: Mapping[str, Any]) -> Direct:
        """The UPDATE that gives the columns of one row other values."""
        return self._assignment(key, {column: _Assigned(value) for column, value in values.items()}, None)

    def direct_delete(self, delete: Delete) -> Direct | None:
        """The one DELETE that checks and deletes at once; None if SQL cannot say it."""
        if not all(rows.cascades() for rows in self.owned.values()):
            return None
        if self._simple(delete.where):
            where, known = self._bound(delete.key, delete.version)
            return Direct(self._prepared(("delete", *known), lambda: self.table.delete().where(where())), known)
        asked = self._where(self._records.by_keys([delete.key]), delete.where, delete.version)
        return None if asked is None else Direct(self.table.delete().where(asked))

    def direct_delete_many(self, keys: Sequence[Key]) -> sa.Delete | None:
        """The one DELETE of several keys; None if their owned rows must be deleted first."""
        where = self._where(self._records.by_keys(keys), None, None)
        if where is None or not all(rows.cascades() for rows in self.owned.values()):
            return None
        return self.table.delete().where(where)

    def row(self, record: Record) -> dict[str, Any]:
        """The root row to insert for a record, by column; what the server makes is left out."""
        found = {}
        for field, column in self.columns.items():
            source, value = self._source.columns[column], record[field]
            made_there = source.auto_increment or (source.default is not None and not source.nullable)
            if value is not None or not made_there:
                found[column] = self._stored(field, value)
        return found

    def values(self, record: Record) -> dict[str, Any]:
        """The root row's values, by column, those that the server would make among them.

        Raises:
            InvalidValue: a column cannot hold its value.
        """
        return {column: self._stored(field, record[field]) for field, column in self.columns.items()}

    def _check(self) -> None:
        loose = [f for f in self.entity.key if f not in self.columns]
        named = set(self.columns.values())
        loose += [c for rows in self.owned.values() for c in rows.links.values() if c not in named]
        if loose:
            raise SchemaMismatch(
                f"{self.entity.name} cannot be written: {', '.join(loose)} is no plain column of its table",
                store="mysql",
            )

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
            parts.append(self.table.c[self.columns[self.entity.version_field or ""]] == version)
        return sa.and_(*parts)

    def _simple(self, where: Condition | None) -> bool:
        """Whether the key and a version are all that has to be asked, as ever so often: compiled once, then."""
        return where is None and self.entity.ttl is None

    def _assignment(self, key: Mapping[str, Any], made: Mapping[str, _Assigned], version: int | None) -> Direct:
        where, known = self._bound(key, version)

        def statement() -> sa.Update:
            values = {column: self._parameter(column, adds=of.adds) for column, of in made.items()}
            return self.table.update().where(where()).values(values)

        pattern = ("update", *known, *((column, of.adds) for column, of in made.items()))
        values = parameters({column: of.value for column, of in made.items()})
        return Direct(self._prepared(pattern, statement), {**known, **values})

    def _prepared(self, pattern: tuple[Any, ...], make: Callable[[], sa.UpdateBase]) -> Prepared:
        found = self._statements.get(pattern)
        if found is None:
            found = self._statements[pattern] = Prepared(make())
        return found

    def _bound(self, key: Mapping[str, Any], version: int | None) -> tuple[Callable[[], Sql], dict[str, Any]]:
        """The row of a key, in a version if one is given, as parameters; and their values."""
        known = {f"{_OF}{field}": value for field, value in key.items()}
        if version is None:
            return lambda: self._records.by_bound_key(_OF), known
        of = self.table.c[self.columns[self.entity.version_field or ""]]
        there = sa.bindparam(_VERSION, type_=of.type)
        return lambda: sa.and_(self._records.by_bound_key(_OF), of == there), {**known, _VERSION: version}

    def _assigned(self, field: str, change: Change) -> _Assigned | None:
        """What a column is set to, or what is added to it; None if SQL cannot say it."""
        column = self.columns.get(field)
        if column is None:
            return None
        source, type_ = self._source.columns[column], self.entity.fields[field].value_type
        match change:
            case Set(value):
                return _Assigned(self._stored(field, value))
            case Remove():
                return _Assigned(None)
            case Add(amount) if self._dialect == "mysql" and type_.kind in _ADDABLE and source.type.kind == type_.kind:
                return _Assigned(amount, adds=True)
            case _:
                return None

    def _parameter(self, column: str, *, adds: bool) -> Sql:
        name = f"{_TO}{column}"
        if not adds:
            return sa.bindparam(name, type_=self.table.c[column].type)
        return self._sum(column, sa.bindparam(name, type_=sa.types.NullType()))

    def _value(self, column: str, assigned: _Assigned) -> Any:
        if assigned.adds:
            return self._sum(column, sa.literal(assigned.value, sa.types.NullType()))
        return sa.null() if assigned.value is None else assigned.value

    def _sum(self, column: str, amount: Sql) -> Sql:
        plain: Sql = sa.type_coerce(self.table.c[column], sa.types.NullType())
        old: Sql = sa.func.coalesce(plain, sa.literal_column("0")) if self._source.columns[column].nullable else plain
        return old.op("+")(amount)

    def _stored(self, field: str, value: Any) -> Any:
        type_ = self._source.columns[self.columns[field]].type
        return stored_value(value, self.entity.fields[field].value_type, type_, field)


def parameters(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values by the names of a statement's parameters."""
    return {f"{_TO}{name}": value for name, value in row.items()}
