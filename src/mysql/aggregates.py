"""Aggregates over the rows that belong to a root row, as correlated subqueries."""

from __future__ import annotations

import sqlalchemy as sa

from crossfade.contract.infer import aggregate_type
from crossfade.contract.model_derivation import Aggregate
from crossfade.contract.types import ANY, ValueType
from crossfade.mysql import sqlite
from crossfade.mysql.expressions import Sql, call, compile_condition, compile_value
from crossfade.mysql.operands import calculated
from crossfade.mysql.tables import Joined, Scope
from crossfade.mysql.types import ColumnType


def compile_aggregate(aggregate: Aggregate, name: str, base: Scope, expected: ValueType) -> tuple[Sql, ValueType]:
    """The subquery, and the type of what it gives.

    Args:
        aggregate: the aggregate.
        name: a name that no other subquery of the statement has.
        base: the root row.
        expected: the field's type, where the aggregate's own cannot be told.
    """
    rows = base.tables.table(aggregate.table).alias(f"{name}_{aggregate.table}")
    scope = base.with_row(aggregate.alias, Joined(aggregate.table, rows))
    found = aggregate_type(aggregate.operation, aggregate.expression, scope.type)
    type_ = found or (expected if expected.kind != "number" else ANY)
    where = compile_condition(aggregate.condition, scope)
    value = sa.select(_function(aggregate, scope)).select_from(rows).where(where)
    subquery: Sql = value.correlate(base.rows[None].rows).scalar_subquery()
    if aggregate.operation in {"COUNT", "SUM"}:
        # SQLite holds exact numbers as texts, and sorts every number before every text.
        nothing = "'0'" if scope.dialect == "sqlite" and type_.kind == "decimal" else "0"
        subquery = sa.func.coalesce(subquery, sa.literal_column(nothing))
    return calculated(subquery, type_, scope), type_


def _function(aggregate: Aggregate, scope: Scope) -> Sql:
    name = aggregate.operation
    if aggregate.expression is None:
        return sa.func.count()
    value = compile_value(aggregate.expression, scope)
    if scope.dialect == "mysql" or name not in {"SUM", "AVG"}:
        return call(name.lower(), value)
    # SQLite would add and divide our exact numbers, which are texts, as binary floating point.
    stored: Sql = sa.type_coerce(value, sa.types.NullType())
    if name == "SUM":
        return call(sqlite.SUM, stored)
    type_ = value.type.value_type if isinstance(value.type, ColumnType) else ANY
    scale: Sql = sa.literal_column(str(type_.scale or 0))
    return call(sqlite.AVERAGE, stored, scale)
