"""The functions of the allow-list (`expressions.FUNCTIONS`), as MySQL has them.

COALESCE is none of them, because it also makes one kind of value of its arguments: see `evaluate`. IF and IFNULL are
CASE and COALESCE by the time an expression is evaluated.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from crossfade.contract.arithmetic import EXACT, Number, scale
from crossfade.contract.coerce import as_number, as_text, as_time, compare


def _texts(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is null if an argument is, and takes its first argument as text."""

    def called(first: Any, *more: Any) -> Any:
        return None if first is None or None in more else call(as_text(first), *more)

    return called


def _numbers(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is null if an argument is, and takes numbers."""

    def called(*arguments: Any) -> Any:
        return None if None in arguments else call(*map(as_number, arguments))

    return called


def _times(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a date or a point in time, null for anything else."""

    def called(first: Any, *more: Any) -> Any:
        moment = as_time(first)
        return None if moment is None else call(moment, *more)

    return called


def _concat(*arguments: Any) -> str | None:
    texts = [as_text(a) for a in arguments]
    return None if None in texts else "".join(t for t in texts if t is not None)


def _concat_ws(separator: Any, *arguments: Any) -> str | None:
    between = as_text(separator)
    return None if between is None else between.join(t for a in arguments if (t := as_text(a)) is not None)


def _nullif(one: Any, other: Any) -> Any:
    return None if compare(one, other, None) == 0 else one


def _whole(rounding: str, on_float: Callable[[float], int]) -> Callable[[Number], Number]:
    def called(number: Number) -> Number:
        if isinstance(number, float):
            return float(on_float(number))
        return int(Decimal(number).to_integral_value(rounding))

    return called


def _round(number: Number, places: Number = 0) -> Number:
    digits = int(places)
    if isinstance(number, float):
        # rint of the scaled value, as my_double_round does: ties go to even
        return float(round(number * 10.0**digits)) / 10.0**digits
    exact = Decimal(number)
    digits = min(digits, scale(exact))
    rounded = exact.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return int(rounded) if digits <= 0 else rounded


def _substring(text: str, position: Any, length: Any = None) -> str:
    start = int(as_number(position) or 0)
    begin = start - 1 if start > 0 else len(text) + start
    if start == 0 or begin < 0:
        return ""
    end = len(text) if length is None else begin + max(0, int(as_number(length) or 0))
    return text[begin:end]


def _upper(text: str) -> str:
    # One character for one, as MySQL's collations map them: the sharp s stays.
    return "".join(u if len(u := c.upper()) == 1 else c for c in text)


def _lower(text: str) -> str:
    return "".join(c.lower()[0] for c in text)


_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 7 * 86400}


def _shift(sign: int) -> Callable[[Any, int, str], Any]:
    """DATE_ADD and DATE_SUB. A date becomes a point in time if the unit is less than a day; text stays text."""

    def called(operand: Any, amount: int, unit: str) -> Any:
        if isinstance(operand, timedelta):
            return operand + sign * timedelta(seconds=amount * _SECONDS[unit]) if unit in _SECONDS else None
        moment = as_time(operand)
        if moment is None:
            return None
        try:
            shifted = _shifted(moment, sign * amount, unit)
        except (ValueError, OverflowError):
            return None
        return as_text(shifted) if isinstance(operand, str) else shifted

    return called


def _shifted(moment: date | datetime, amount: int, unit: str) -> date | datetime:
    if unit in _MONTHS:
        years, month = divmod(moment.year * 12 + moment.month - 1 + amount * _MONTHS[unit], 12)
        return moment.replace(
            year=years, month=month + 1, day=min(moment.day, monthrange(years, month + 1)[1] if years > 0 else 1)
        )
    if not isinstance(moment, datetime) and _SECONDS[unit] < _SECONDS["DAY"]:
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment + timedelta(seconds=amount * _SECONDS[unit])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ABS": _numbers(lambda n: n.copy_abs() if isinstance(n, Decimal) else abs(n)),
    "CEIL": _numbers(_whole(ROUND_CEILING, math.ceil)),
    "CHAR_LENGTH": _texts(len),
    "CONCAT": _concat,
    "CONCAT_WS": _concat_ws,
    "DATE": _times(lambda m: m.date() if isinstance(m, datetime) else m),
    "DATE_ADD": _shift(1),
    "DATE_SUB": _shift(-1),
    "DAY": _times(lambda m: m.day),
    "FLOOR": _numbers(_whole(ROUND_FLOOR, math.floor)),
    "LENGTH": _texts(lambda text: len(text.encode())),
    "LOWER": _texts(_lower),
    "MONTH": _times(lambda m: m.month),
    "NULLIF": _nullif,
    "ROUND": _numbers(_round),
    "SUBSTRING": _texts(_substring),
    "TRIM": _texts(lambda text: text.strip(" ")),
    "UPPER": _texts(_upper),
    "YEAR": _times(lambda m: m.year),
}
# Where a time or a set is written out, which its column's type decides.
WRITES_TEXT = frozenset({"CHAR_LENGTH", "CONCAT", "CONCAT_WS", "LENGTH", "LOWER", "SUBSTRING", "TRIM", "UPPER"})
