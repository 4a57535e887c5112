"""+ - * / as MySQL calculates: exact on integers and DECIMAL, binary floating point with anything else.

A quotient has four digits more behind the point than its dividend, but inside one calculation it is carried
on with more: `1 / 3 * 3` is 1.0000. So a whole tree of operations is calculated at once and rounded last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal

from crossfade.contract.coerce import as_number
from crossfade.contract.sql import Arithmetic, Expression

# The scale of a quotient is the dividend's plus div_precision_increment (default 4), of a product the sum;
# a DECIMAL has at most 30 digits behind the point: MySQL 8.4 Reference Manual, 14.6.1 and 13.1.3.
_DIVISION_DIGITS = 4
_MAX_SCALE = 30
# DECIMAL is stored and divided in words of nine digits: strings/decimal.cc, DIG_PER_DEC1.
_WORD = 9
_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class _Exact:
    """An exact number and how many digits behind the point it is shown with."""

    number: Decimal
    scale: int


def calculate(expression: Arithmetic, value: Callable[[Expression], Any]) -> int | Decimal | float | None:
    """The value of an operation.

    Args:
        expression: the operation; its operands may be operations again.
        value: evaluates every other operand.

    Returns:
        None if an operand is null, or divides by zero.
    """
    found = _calculate(expression, value)
    if not isinstance(found, _Exact):
        return found
    if found.scale == 0 and found.number == found.number.to_integral_value():
        return int(found.number)
    return found.number.quantize(Decimal(1).scaleb(-found.scale), context=_EXACT)


def _calculate(expression: Expression, value: Callable[[Expression], Any]) -> _Exact | float | None:
    if not isinstance(expression, Arithmetic):
        return _operand(value(expression))
    left, right = _calculate(expression.left, value), _calculate(expression.right, value)
    if left is None or right is None:
        return None
    if isinstance(left, _Exact) and isinstance(right, _Exact):
        return _exact(expression.operator, left, right)
    one, other = (float(n.number) if isinstance(n, _Exact) else n for n in (left, right))
    match expression.operator:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "/":
            return one / other if other else None


def _operand(found: Any) -> _Exact | float | None:
    number = as_number(found)
    if isinstance(number, (int, Decimal)):
        exact = Decimal(number)
        exponent = exact.as_tuple().exponent
        return _Exact(exact, max(0, -exponent) if isinstance(exponent, int) else 0)
    return number


def _exact(operator: Literal["+", "-", "*", "/"], left: _Exact, right: _Exact) -> _Exact | None:
    match operator:
        case "+":
            return _Exact(_EXACT.add(left.number, right.number), max(left.scale, right.scale))
        case "-":
            return _Exact(_EXACT.subtract(left.number, right.number), max(left.scale, right.scale))
        case "*":
            return _Exact(_EXACT.multiply(left.number, right.number), min(left.scale + right.scale, _MAX_SCALE))
        case "/":
            return _quotient(left, right)


def _quotient(left: _Exact, right: _Exact) -> _Exact | None:
    if not right.number:
        return None
    words = _words(left.scale) + _words(right.scale)
    more = max(0, _DIVISION_DIGITS - (_WORD * words - left.scale - right.scale))
    digits = _WORD * _words(_WORD * words + more)
    quotient = _EXACT.divide(left.number, right.number)
    carried = quotient.quantize(Decimal(1).scaleb(-digits), ROUND_DOWN, context=_EXACT)
    return _Exact(carried, min(left.scale + _DIVISION_DIGITS, _MAX_SCALE))


def _words(digits: int) -> int:
    return -(-digits // _WORD)
