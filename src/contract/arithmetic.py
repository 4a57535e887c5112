"""+ - * / as MySQL calculates: exact on integers and DECIMAL, binary floating point with anything else."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

from crossfade.contract.coerce import as_number

# The scale of a quotient is the dividend's plus div_precision_increment (default 4), of a product the sum;
# a DECIMAL has at most 30 digits behind the point: MySQL 8.4 Reference Manual, 14.6.1 and 13.1.3.
_DIVISION_DIGITS = 4
_MAX_SCALE = 30
# Python's default context would round after 28 digits.
EXACT = Context(prec=130, rounding=ROUND_HALF_UP)

Number = int | Decimal | float
Operator = Literal["+", "-", "*", "/"]


def calculate(operator: Operator, left: object, right: object) -> Number | None:
    """The value of an operation on two values of whatever types.

    Returns:
        None if an operand is null, or the divisor zero.
    """
    one, other = as_number(left), as_number(right)
    if one is None or other is None:
        return None
    if isinstance(one, float) or isinstance(other, float):
        return _floating(operator, float(one), float(other))
    return _exact(operator, one, other)


def scale(number: int | Decimal) -> int:
    """The digits behind the point."""
    exponent = Decimal(number).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _floating(operator: Operator, left: float, right: float) -> float | None:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right if right else None


def _exact(operator: Operator, left: int | Decimal, right: int | Decimal) -> int | Decimal | None:
    if operator == "/":
        return _quotient(Decimal(left), Decimal(right)) if right else None
    if isinstance(left, int) and isinstance(right, int):
        return {"+": left + right, "-": left - right, "*": left * right}[operator]
    one, other = Decimal(left), Decimal(right)
    match operator:
        case "+":
            return _signless(EXACT.add(one, other))
        case "-":
            return _signless(EXACT.subtract(one, other))
        case _:
            return _rounded(EXACT.multiply(one, other), min(scale(one) + scale(other), _MAX_SCALE))


def _quotient(left: Decimal, right: Decimal) -> Decimal:
    return _rounded(EXACT.divide(left, right), min(scale(left) + _DIVISION_DIGITS, _MAX_SCALE))


def _rounded(number: Decimal, digits: int) -> Decimal:
    return _signless(number.quantize(Decimal(1).scaleb(-digits), context=EXACT))


def _signless(number: Decimal) -> Decimal:
    """The number without the sign of a zero: DECIMAL has no negative one."""
    return number if number else abs(number)
