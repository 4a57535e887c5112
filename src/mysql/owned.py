"""Owned child rows: written with the root row whose list they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, takewhile
from typing import Any

import sqlalchemy as sa

from crossfade.contract import sql
from crossfade.contract.coerce import to_type
from crossfade.contract.expressions import columns
from crossfade.contract.hops import conjuncts
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.types import ValueType
from crossfade.dal.errors import SchemaMismatch
from crossfade.mysql.expressions import Sql, compile_condition
from crossfade.mysql.tables import Joined, Scope, Tables
from crossfade.mysql.to_many import among
from crossfade.mysql.transaction import Transaction

Values = Mapping[str, Any]


class OwnedRows:
    """The rows of one owned construction.

    Attributes:
        field: the field that lists them.
        table: their table's name.
        links: the child's columns that name the root row, each with the root's column.
        constants: the child's columns that are the same for every row of the field.
        names: by child column, the name of its value in the field's rows.
    """

    def __init__(self, tables: Tables, owner: str, field: str, construction: ToMany) -> None:
        self.field = field
        self._owner = owner
        self.table = construction.table
        self._tables = tables
        self._source = tables.source(construction.table)
        self._rows = tables.table(construction.table)
        self._single = construction.shape == "object"
        alias = construction.alias
        self._scope = Scope(tables, {alias: Joined(construction.table, self._rows)})
        self.links: dict[str, str] = {}
        self.constants: dict[str, Any] = {}
        self._rest: list[Sql] = []
        for part in conjuncts(construction.condition):
            self._add(part, alias)
        if not self.links:
            raise SchemaMismatch(
                f"the rows of {field} cannot be written: no column of {construction.table} names their owner",
                store="mysql",
            )
        self._types: dict[str, ValueType] = {}
        self.names: dict[str, str] = {}
        for made in construction.columns:
            own = made.expression
            if isinstance(own, sql.Column) and own.table == alias and not self._source.columns[own.name].generated:
                self.names[own.name] = made.name
                self._types[own.name] = made.type

    def _add(self, part: sql.Expression, alias: str) -> None:
        mine, other = _sides(part, alias)
        if mine is not None and isinstance(other, sql.Column) and other.table is None:
            self.links[mine.name] = other.name
        elif mine is not None and isinstance(other, sql.Literal):
            self.constants[mine.name] = to_type(other.value, self._source.columns[mine.name].type, mine.name)
        elif {c.table for c in columns(part)} == {alias}:
            self._rest.append(compile_condition(part, self._scope))
        else:
            raise SchemaMismatch(
                f"the rows of {self.field} cannot be written: their condition is more than equalities", store="mysql"
            )

    def given(self, value: Any) -> list[Values]:
        """The field's value as a list of rows."""
        if self._single:
            return [] if value is None else [value]
        return list(value or ())

    def kept(self, value: Any) -> list[Values]:
        """What the child table keeps of the field's value: the rows' own columns."""
        return [self._columns(row) for row in self.given(value)]

    def insert(self, transaction: Transaction, owner: Values, rows: Sequence[Values]) -> None:
        """Insert rows, in order.

        Args:
            transaction: where.
            owner: the root row's values, by column.
            rows: the field's rows.
        """
        # Rows of the same columns go into one statement; their order, which is their ids' order, is kept.
        for _, alike in groupby(self.made(owner, rows), key=tuple):
            transaction.execute(self._rows.insert(), list(alike))

    def made(self, owner: Values, rows: Sequence[Values]) -> list[dict[str, Any]]:
        """The child rows to insert, by column. Arguments as for `insert`."""
        link = {mine: owner[theirs] for mine, theirs in self.links.items()} | self.constants
        return [{**link, **self._columns(row)} for row in rows]

    def _columns(self, row: Values) -> dict[str, Any]:
        found = {}
        for column, name in self.names.items():
            source, value = self._source.columns[column], row.get(name)
            made_there = source.auto_increment or (source.default is not None and not source.nullable)
            if value is not None or not made_there:
                found[column] = stored_value(value, self._types[column], source.type, name)
        return found

    def delete(self, transaction: Transaction, owner: Values) -> None:
        """Delete every row of an owner."""
        transaction.execute(self._rows.delete().where(self._of(owner)))

    def replace(self, transaction: Transaction, owner: Values, rows: Sequence[Values]) -> bool:
        """Make the rows of an owner `rows`. Those at the beginning that stay the same are not touched.

        Args:
            transaction: where; the owner's row is locked.
            owner: the root row's values, by column.
            rows: the rows as they shall be, in order.

        Returns:
            Whether anything was written.
        """
        identity = [self._rows.c[name] for name in self._tables.identity(self.table)]
        own = [self._rows.c[name] for name in self.names]
        selected = sa.select(*(c.label(f"c{i}") for i, c in enumerate([*identity, *own])))
        old = transaction.rows(selected.where(self._of(owner)).order_by(*identity).with_for_update())
        width = len(identity)
        pairs = zip(old, rows, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: self._is(pair[0][width:], pair[1]), pairs))
        if same < len(old):
            gone = among(identity, [tuple(row[:width]) for row in old[same:]])
            transaction.execute(self._rows.delete().where(gone))
        self.insert(transaction, owner, rows[same:])
        return not same == len(old) == len(rows)

    def _is(self, stored: Sequence[Any], row: Values) -> bool:
        """Whether a stored row is the given one; an id that was not given may be any."""
        given = self._columns(row)
        return all(
            given[column] == value if column in given else self._source.columns[column].auto_increment
            for column, value in zip(self.names, stored, strict=True)
        )

    def cascades(self) -> bool:
        """Whether the server deletes the rows with their owner."""
        return not self.constants and any(
            key.table == self._owner
            and key.on_delete == "cascade"
            and dict(zip(key.columns, key.references, strict=True)) == self.links
            for key in self._source.foreign_keys
        )

    def _of(self, owner: Values) -> Sql:
        wanted = {mine: owner[theirs] for mine, theirs in self.links.items()} | self.constants
        return sa.and_(*(self._rows.c[name] == value for name, value in wanted.items()), *self._rest)


def stored_value(value: Any, given: ValueType, stored: ValueType, name: str) -> Any:
    """A field's value as its column holds it. Raises InvalidValue if it cannot."""
    return value if given.kind == stored.kind else to_type(value, stored, name)


def _sides(part: sql.Expression, alias: str) -> tuple[sql.Column | None, sql.Expression | None]:
    """A child's column and what it equals; two Nones for any other condition."""
    if isinstance(part, sql.Compare) and part.operator == "=":
        for mine, other in ((part.left, part.right), (part.right, part.left)):
            if isinstance(mine, sql.Column) and mine.table == alias and alias not in {c.table for c in columns(other)}:
                return mine, other
    return None, None
