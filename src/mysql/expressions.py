"""A contract's expressions as SQL.

On MySQL they become MySQL's own operators and functions. On SQLite, comparisons that both servers make alike
stay SQL (so that joins use indexes), and everything else is evaluated by `contract.evaluate`, called back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from crossfade.contract import sql
from crossfade.contract.errors import InvalidValue
from crossfade.contract.expressions import UNITS, columns
from crossfade.contract.infer import type_of
from crossfade.contract.sql import Expression
from crossfade.contract.types import ANY, BOOL, ValueType, canonical
from crossfade.mysql import sqlite
from crossfade.mysql.types import DECIMAL_COLLATION, ColumnType, DialectName

Sql = sa.ColumnElement[Any]

# Kinds whose stored forms compare on SQLite as their values do.
_ALIKE = {kind: kind for kind in ("decimal", "date", "datetime", "time", "bytes", "float")}
_ALIKE |= {"int": "int", "year": "int", "bool": "int", "str": "str", "enum": "str"}


class Rows(Protocol):
    """The rows that an expression may name."""

    @property
    def dialect(self) -> DialectName:
        """The server that the SQL is for."""

    def column(self, column: sql.Column) -> Sql:
        """The column of the row called `column.table`."""

    def type(self, column: sql.Column) -> ValueType | None:
        """Its type."""


def compile_condition(expression: Expression, rows: Rows) -> Sql:
    """A condition, with SQL's three values."""
    return _COMPILERS[rows.dialect](rows).condition(expression)


def compile_value(expression: Expression, rows: Rows, type_: ValueType | None = None) -> Sql:
    """A value, whose result is read as `type_` (by default, as the expression's own type)."""
    found = type_ or type_of(expression, rows.type) or ANY
    return _COMPILERS[rows.dialect](rows).value(expression, found)


@dataclass(frozen=True, slots=True)
class _MySQL:
    rows: Rows

    def value(self, expression: Expression, type_: ValueType) -> Sql:
        if isinstance(expression, sql.Column):
            return self.rows.column(expression)
        return sa.type_coerce(self._any(expression), ColumnType(type_, "mysql"))

    def condition(self, expression: Expression) -> Sql:
        match expression:
            case sql.Compare(operator, left, right):
                return self._any(left).op(operator, is_comparison=True)(self._any(right))
            case sql.IsNull(operand):
                return self._any(operand).is_(sa.null())
            case sql.InList(operand, options):
                return sa.or_(*(self.condition(sql.Compare("=", operand, o)) for o in options))
            case sql.And(operands):
                return sa.and_(*map(self.condition, operands))
            case sql.Or(operands):
                return sa.or_(*map(self.condition, operands))
            case sql.Not(operand):
                return sa.not_(self.condition(operand))
            case _:
                return self._any(expression)

    def _any(self, expression: Expression) -> Sql:
        match expression:
            case sql.Column():
                return self.rows.column(expression)
            case sql.Literal(value):
                return sa.null() if value is None else sa.literal(value)
            case sql.Arithmetic(operator, left, right):
                return self._any(left).op(operator)(self._any(right))
            case sql.Call(name, arguments):
                return self._call(name, arguments)
            case sql.Case(branches, otherwise):
                made = [(self.condition(when), self._any(then)) for when, then in branches]
                return sa.case(*made, else_=self._any(otherwise))
            case _:
                return self.condition(expression)

    def _call(self, name: str, arguments: tuple[Expression, ...]) -> Sql:
        if name in {"DATE_ADD", "DATE_SUB"}:
            _, amount, unit = arguments
            return call(name, self._any(arguments[0]), _interval(amount, unit))
        return call(name, *map(self._any, arguments))


def call(name: str, *arguments: Sql, type_: ColumnType | None = None) -> Sql:
    """A call of the server's function `name`, whose result is read as `type_`."""
    made: Sql = getattr(sa.func, name)(*arguments, type_=type_)
    return made


def _interval(amount: Expression, unit: Expression) -> sa.ColumnClause[Any]:
    if not isinstance(amount, sql.Literal) or not isinstance(unit, sql.Literal) or unit.value not in UNITS:
        raise TypeError("INTERVAL wants a whole number and a unit")
    # INTERVAL takes no parameter for its unit; both parts were checked when the contract was read.
    return sa.literal_column(f"INTERVAL {int(str(amount.value))} {unit.value}")


@dataclass(frozen=True, slots=True)
class _SQLite:
    rows: Rows

    def value(self, expression: Expression, type_: ValueType) -> Sql:
        if isinstance(expression, sql.Column):
            return self.rows.column(expression)
        if isinstance(expression, sql.Literal) and expression.value is None:
            return sa.null()
        return collated(self._evaluated(expression, type_), type_)

    def condition(self, expression: Expression) -> Sql:
        match expression:
            case sql.Compare(operator, left, right):
                made = self._compare(operator, left, right)
                return self._evaluated(expression, BOOL) if made is None else made
            case sql.IsNull(sql.Column() as column):
                return self.rows.column(column).is_(sa.null())
            case sql.InList(operand, options):
                equal = [self.condition(sql.Compare("=", operand, option)) for option in options]
                return sa.or_(*equal)
            case sql.And(operands):
                return sa.and_(*map(self.condition, operands))
            case sql.Or(operands):
                return sa.or_(*map(self.condition, operands))
            case sql.Not(operand):
                return sa.not_(self.condition(operand))
            case _:
                return self._evaluated(expression, BOOL)

    def _compare(self, operator: str, left: Expression, right: Expression) -> Sql | None:
        """The comparison in SQL, or None where SQLite would not make it as MySQL does."""
        if isinstance(left, sql.Literal) and isinstance(right, sql.Column):
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            return self._compare(mirrored.get(operator, operator), right, left)
        if not isinstance(left, sql.Column):
            return None
        type_ = self.rows.type(left)
        kind = _ALIKE.get(type_.kind) if type_ else None
        if type_ is None or kind is None:
            return None
        tested = self.rows.column(left).op(operator, is_comparison=True)
        if isinstance(right, sql.Column):
            other = self.rows.type(right)
            return tested(self.rows.column(right)) if other and _ALIKE.get(other.kind) == kind else None
        if isinstance(right, sql.Literal) and right.value is not None:
            value = _exactly(right.value, type_)
            return None if value is None else tested(sa.literal(value, ColumnType(type_, "sqlite")))
        return None

    def _evaluated(self, expression: Expression, type_: ValueType) -> Sql:
        named = columns(expression)
        types = [self.rows.type(c) or ANY for c in named]
        number = sqlite.evaluation(expression, named, types, type_)
        # The column's own type would take part in choosing the function's: its values pass as they are stored.
        arguments = [sa.type_coerce(self.rows.column(c), sa.types.NullType()) for c in named]
        handle: Sql = sa.literal_column(str(number))
        return call(sqlite.EVALUATE, handle, *arguments, type_=ColumnType(type_, "sqlite"))


def collated(expression: Sql, type_: ValueType) -> Sql:
    """A calculated number with the collation by which SQLite compares it as a number; anything else as it is."""
    return sa.collate(expression, DECIMAL_COLLATION) if type_.kind == "decimal" else expression


def _exactly(value: Any, type_: ValueType) -> Any:
    """A literal as a value of the column's type, or None where that would be another value."""
    if type_.kind not in {"int", "bool", "year", "decimal", "str", "enum"}:
        return None
    try:
        made = canonical(value, type_, "literal")
    except InvalidValue:
        return None
    return made if made == value else None


_COMPILERS: dict[DialectName, type[_MySQL] | type[_SQLite]] = {"mysql": _MySQL, "sqlite": _SQLite}
