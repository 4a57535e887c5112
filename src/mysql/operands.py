"""Fields in SQL, to compare and to sort by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crossfade.contract.coerce import to_type
from crossfade.contract.expressions import columns
from crossfade.contract.model_derivation import ToOne
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import ValueType
from crossfade.mysql.expressions import Sql, collated, compile_condition, compile_value
from crossfade.mysql.tables import Scope
from crossfade.mysql.types import ColumnType, DialectName

# Only the record tells their values: SQL compares them otherwise than Python does.
_OPAQUE = frozenset({"json", "any", "number", "rows", "row"})


@dataclass(frozen=True, slots=True)
class Operand:
    """A field in SQL.

    Attributes:
        expression: its value as stored.
        type: what parameters are compared with it as.
        column: the name of the root row's column, where it is nothing else.
        nullable: whether it may be NULL.
    """

    expression: Sql
    type: ValueType
    column: str | None = None
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Named:
    """Stands for a value that is given when the statement is run, under this name."""

    name: str


def parameter(value: Any, type_: ValueType, dialect: DialectName) -> Sql:
    """A value of `type_` in a statement, or the place of one."""
    column_type = ColumnType(type_, dialect)
    return sa.bindparam(value.name, type_=column_type) if isinstance(value, Named) else sa.literal(value, column_type)


def column_operand(scope: Scope, column: Column, type_: ValueType) -> Operand | None:
    """A field of `type_` that is a column; None where the column's values are not the field's."""
    joined = scope.rows[column.table]
    source = scope.tables.source(joined.table).columns[column.name]
    if source.type.kind != type_.kind or type_.kind in _OPAQUE:
        return None
    is_root = column.table is None
    return Operand(scope.column(column), source.type, column.name if is_root else None, not is_root or source.nullable)


def joined_operand(join: ToOne, scope: Scope, type_: ValueType) -> Operand | None:
    """A field of `type_` from a joined row; None where it is text that Python joins."""
    if join.separator is not None or type_.kind in _OPAQUE:
        return None
    (select,) = join.selects
    if isinstance(select, Column):
        plain = column_operand(scope, select, type_)
        if plain is None or (join.when is None and join.otherwise is None):
            return plain
    holds = [] if join.when is None else [compile_condition(join.when, scope)]
    aliases = dict.fromkeys(c.table for c in columns(select) if c.table is not None)
    if join.otherwise is not None and aliases:
        holds.append(sa.or_(*(present(alias, scope) for alias in aliases)))
    column_type = ColumnType(type_, scope.dialect)
    otherwise = sa.literal(to_type(join.otherwise, type_, "otherwise"), column_type)
    chosen: Sql = compile_value(select, scope, type_)
    if holds:
        chosen = sa.case((sa.and_(*holds), chosen), else_=otherwise)
    return Operand(calculated(chosen, type_, scope), type_)


def computed_operand(expression: Expression, scope: Scope, type_: ValueType) -> Operand | None:
    """A calculated field of `type_`."""
    if type_.kind in _OPAQUE:
        return None
    return Operand(calculated(compile_value(expression, scope, type_), type_, scope), type_)


def calculated(expression: Sql, type_: ValueType, scope: Scope) -> Sql:
    """A calculated expression that reads, compares and sorts as values of `type_`."""
    typed: Sql = sa.type_coerce(expression, ColumnType(type_, scope.dialect))
    return collated(typed, type_) if scope.dialect == "sqlite" else typed


def present(alias: str, scope: Scope) -> Sql:
    """Whether the joined row is there."""
    row = scope.rows[alias]
    return row.rows.c[scope.tables.identity(row.table)[0]].is_not(sa.null())
