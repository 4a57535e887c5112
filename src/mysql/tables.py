"""The tables behind a contract, and the rows that one statement joins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from crossfade.contract import sql
from crossfade.contract.expressions import columns
from crossfade.contract.hops import conjuncts
from crossfade.contract.model import Contract
from crossfade.contract.model_derivation import JoinStep
from crossfade.contract.source import SourceSchema, SourceTable
from crossfade.contract.sql import Expression
from crossfade.contract.types import ValueType, declared
from crossfade.dal.errors import SchemaMismatch
from crossfade.mysql.expressions import Sql, compile_condition
from crossfade.mysql.schema import metadata
from crossfade.mysql.types import DialectName


class Tables:
    """The database's tables: what the schema says of them, and how SQLAlchemy names them.

    Args:
        schema: the tables.
        dialect: the server they lie on.
        contract: says which TINYINT(1) are numbers; without it, none are.
    """

    def __init__(self, schema: SourceSchema, dialect: DialectName, contract: Contract | None = None) -> None:
        self.schema = schema = _numbered(schema, contract) if contract else schema
        self.dialect = dialect
        self._metadata = metadata(schema, dialect)

    def source(self, name: str) -> SourceTable:
        """What the schema says of a table.

        Raises:
            SchemaMismatch: the database has no such table.
        """
        found = self.schema.tables.get(name)
        if found is None:
            raise SchemaMismatch(f"the database has no table {name}", store="mysql")
        return found

    def table(self, name: str) -> sa.Table:
        """The table. Raises SchemaMismatch if the database has no such table."""
        self.source(name)
        return self._metadata.tables[name]

    def column(self, table: str, rows: sa.FromClause, name: str) -> Sql:
        """A column of `rows`, which is the table or an alias of it. Raises SchemaMismatch if there is none."""
        if name not in self.source(table).columns:
            raise SchemaMismatch(f"the database has no column {table}.{name}", store="mysql")
        return rows.c[name]

    def identity(self, table: str) -> tuple[str, ...]:
        """The columns that tell a table's rows apart: the primary key, else a unique index, else all.

        A unique index that holds no null comes first, as InnoDB has it; rows with null are not unique in any other.
        """
        source = self.source(table)
        plain = [names for names in source.uniques.values() if all(names)]  # others are over expressions
        uniques = sorted(plain, key=lambda names: any(source.columns[n].nullable for n in names))
        return source.primary_key or next(iter(uniques), tuple(source.columns))


@dataclass(frozen=True, slots=True)
class Joined:
    """One joined row: its table, and what SQL calls it."""

    table: str
    rows: sa.FromClause


@dataclass
class Scope:
    """The rows that the expressions of one attribute may name: by alias, the root row by None."""

    tables: Tables
    rows: dict[str | None, Joined]

    @property
    def dialect(self) -> DialectName:
        """See `expressions.Rows`."""
        return self.tables.dialect

    def column(self, column: sql.Column) -> Sql:
        """See `expressions.Rows`."""
        found = self.rows[column.table]
        return self.tables.column(found.table, found.rows, column.name)

    def type(self, column: sql.Column) -> ValueType | None:
        """See `expressions.Rows`."""
        found = self.rows.get(column.table)
        source = self.tables.schema.column(found.table, column.name) if found else None
        return source.type if source else None

    def with_row(self, alias: str | None, joined: Joined) -> Scope:
        """The same rows and one more."""
        return Scope(self.tables, {**self.rows, alias: joined})


_Node = tuple[Any, ...]


@dataclass
class JoinTree:
    """A FROM clause that grows by to-one rows. The same hop is joined once, whoever asks for it.

    Attributes:
        base: the rows that are there from the start.
        source: the FROM clause.
    """

    base: Scope
    source: sa.FromClause
    _nodes: dict[_Node, Joined] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tables = self.base.tables
        self._names.update(str(getattr(joined.rows, "name", "")) for joined in self.base.rows.values())

    def scope(self, steps: Sequence[JoinStep] = ()) -> Scope:
        """The rows that `steps` lead to, joined if they are not yet."""
        scope = self.base
        path: dict[str | None, _Node] = {}
        for step in steps:
            others = {c.table for c in columns(step.condition)} - {step.alias}
            node = (step, tuple(path.get(other, ()) for other in sorted(others, key=str)))
            if node not in self._nodes:
                self._nodes[node] = self._join(step, scope)
            path[step.alias] = node
            scope = scope.with_row(step.alias, self._nodes[node])
        return scope

    def needed(self, condition: Sql) -> sa.FromClause:
        """The FROM clause for a condition: without the joins, if it names no joined row."""
        named = {getattr(part, "table", None) for part in visitors.iterate(condition)}
        joined = {id(node.rows) for node in self._nodes.values()}
        return self.source if any(id(table) in joined for table in named) else self.base.rows[None].rows

    def _join(self, step: JoinStep, scope: Scope) -> Joined:
        table = self.tables.table(step.table)
        joined = Joined(step.table, table.alias(self._name(step.alias)))
        self.source = self.source.outerjoin(joined.rows, self._condition(step, scope, joined))
        return joined

    def _condition(self, step: JoinStep, scope: Scope, joined: Joined) -> Sql:
        condition = compile_condition(step.condition, scope.with_row(step.alias, joined))
        if leads_to_one(self.tables.source(step.table), step):
            return condition
        # Several rows may match: the first by its identity is meant, or the root row would be there twice.
        identity = self.tables.identity(step.table)
        candidate = Joined(step.table, self.tables.table(step.table).alias(self._name(f"first_{step.alias}")))
        found = [candidate.rows.c[name] for name in identity]
        first = (
            sa.select(*found)
            .where(compile_condition(step.condition, scope.with_row(step.alias, candidate)))
            .order_by(*found)
            .limit(1)
            .correlate_except(candidate.rows)
            .scalar_subquery()
        )
        wanted = [joined.rows.c[name] for name in identity]
        return (wanted[0] if len(wanted) == 1 else sa.tuple_(*wanted)) == first

    def _name(self, wanted: str) -> str:
        names = (wanted, *(f"{wanted}_{i}" for i in range(2, len(self._names) + 3)))
        name = next(n for n in names if n not in self._names)
        self._names.add(name)
        return name


def _numbered(schema: SourceSchema, contract: Contract) -> SourceSchema:
    """The schema with the TINYINT(1) columns that a contract declares to be numbers."""
    tables = dict(schema.tables)
    for entity in contract.entities.values():
        for attribute in entity.attributes:
            column = schema.column(entity.source_table, attribute.column) if attribute.column else None
            if column is not None and (type_ := declared(column.type, attribute.type)).kind != column.type.kind:
                table = tables[entity.source_table]
                tables[table.name] = replace(table, columns={**table.columns, column.name: replace(column, type=type_)})
    return SourceSchema(tables)


def leads_to_one(table: SourceTable, step: JoinStep) -> bool:
    """Whether at most one row fulfils the hop's condition: it fixes every column of a key."""
    fixed = {name for name, _ in equalities(step.condition, step.alias)}
    return any(key and fixed.issuperset(key) for key in (table.primary_key, *table.uniques.values()))


def equalities(condition: Expression, alias: str) -> Iterator[tuple[str, Expression]]:
    """The joined row's columns that a condition makes equal to something else, each with that."""
    for part in conjuncts(condition):
        if isinstance(part, sql.Compare) and part.operator == "=":
            for one, other in ((part.left, part.right), (part.right, part.left)):
                elsewhere = alias not in {c.table for c in columns(other)}
                if isinstance(one, sql.Column) and one.table == alias and elsewhere:
                    yield one.name, other
