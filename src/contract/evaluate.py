"""Evaluates the expressions of a contract in Python as MySQL evaluates them.

Conditions have three values (None is unknown). Exact numbers stay exact (Decimal); a text that is compared
or calculated with as a number becomes binary floating point, as in MySQL. Texts compare by the collation of
their column's type, and where none is known by MySQL's default, which ignores case and accents
(utf8mb4_0900_ai_ci); what is less and what is greater follows the folded code points.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from crossfade.contract.arithmetic import calculate
from crossfade.contract.coerce import as_number, as_text, compare, truth
from crossfade.contract.functions import FUNCTIONS, WRITES_TEXT
from crossfade.contract.result import Result, Types, become, common, padded, result
from crossfade.contract.sql import (
    And,
    Arithmetic,
    Call,
    Case,
    Column,
    Compare,
    Expression,
    InList,
    IsNull,
    Literal,
    Not,
    Or,
)
from crossfade.contract.types import ValueType

Row = Callable[[Column], Any]


def untyped(column: Column) -> ValueType | None:
    """The types of columns of which nothing is known."""
    del column
    return None


def evaluate(expression: Expression, row: Row, types: Types = untyped) -> Any:
    """The value of an expression.

    Args:
        expression: the expression.
        row: gives each column's canonical value; None for a column of a row that is not there.
        types: gives each column's type, for its collation and its fractional digits.

    Returns:
        A number (int, Decimal, float), str, date, datetime, timedelta, bool for a condition, or None. See
        `coerce.to_type` for the value that a field holds.
    """
    return _Evaluation(row, types).value(expression)


def holds(expression: Expression, row: Row, types: Types = untyped) -> bool:
    """Whether a condition is true; neither false nor unknown."""
    return truth(evaluate(expression, row, types)) is True


def written_as(expression: Expression, types: Types) -> ValueType | None:
    """The type by which a time or a set is written as text: its fractional digits, the order of its members.

    Args:
        expression: what gave the value.
        types: as for `evaluate`.

    Returns:
        A type with these digits or members; None where a column's type is not known.
    """
    if isinstance(expression, Column):
        return types(expression)
    found = result(expression, types)
    return ValueType("datetime", fsp=found.digits) if found is not None else None


class _Evaluation:
    def __init__(self, row: Row, types: Types) -> None:
        self._row = row
        self._types = types

    def value(self, expression: Expression) -> Any:
        match expression:
            case Column():
                return self._row(expression)
            case Literal(value):
                return value
            case Call("COALESCE", arguments):
                wanted = common(arguments, self._types)
                return padded(self._first(arguments, wanted), wanted)
            case Call(name, arguments):
                return FUNCTIONS[name](*(self._argument(name, a) for a in arguments))
            case Arithmetic(operator, left, right):
                return calculate(operator, self._number(left), self._number(right))
            case Case(branches, otherwise):
                chosen = (then for when, then in branches if truth(self.value(when)) is True)
                return self._first((next(chosen, otherwise),), result(expression, self._types))
            case _:
                return self._condition(expression)

    def _first(self, expressions: tuple[Expression, ...], wanted: Result | None) -> Any:
        """The first value that is not null, as the one kind that all of them become."""
        for expression in expressions:
            value = self.value(expression)
            if value is not None:
                return become(value, wanted, written_as(expression, self._types))
        return None

    def _condition(self, expression: Expression) -> bool | None:
        match expression:
            case Compare(operator, left, right):
                return self._compare(operator, left, right)
            case IsNull(operand):
                return self.value(operand) is None
            case InList(operand, options):
                return _any([self._compare("=", operand, option) for option in options])
            case And(operands):
                return _all([truth(self.value(o)) for o in operands])
            case Or(operands):
                return _any([truth(self.value(o)) for o in operands])
            case Not(operand):
                held = truth(self.value(operand))
                return None if held is None else not held
            case _:
                raise TypeError(f"not an expression: {expression!r}")

    def _compare(self, operator: str, left: Expression, right: Expression) -> bool | None:
        types = (self._types(side) for side in (left, right) if isinstance(side, Column))
        collation = next((t.collation for t in types if t is not None and t.collation), None)
        order = compare(self._operand(left), self._operand(right), collation)
        return None if order is None else _HOLDS[operator](order)

    def _operand(self, expression: Expression) -> Any:
        value = self.value(expression)
        return self._text(expression, value) if isinstance(value, frozenset) else value

    def _number(self, expression: Expression) -> Any:
        value = self.value(expression)
        if isinstance(value, (date, timedelta)):
            return as_number(value, written_as(expression, self._types))
        return value

    def _argument(self, name: str, expression: Expression) -> Any:
        value = self.value(expression)
        if name in WRITES_TEXT and isinstance(value, (date, timedelta, frozenset)):
            return self._text(expression, value)
        return value

    def _text(self, expression: Expression, value: Any) -> str | None:
        return as_text(value, written_as(expression, self._types))


_HOLDS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _all(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def _any(found: list[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False
