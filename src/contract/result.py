"""What kind of value an expression has in MySQL, whatever its row: the branches of a CASE become one kind.

`infer` says which type a field of the contract gets; this says what the server makes of values on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from crossfade.contract import sql
from crossfade.contract.arithmetic import EXACT, scale
from crossfade.contract.coerce import as_number, as_text
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import ValueType

Types = Callable[[Column], ValueType | None]
Kind = Literal["null", "exact", "float", "text", "date", "datetime", "time", "bytes"]


@dataclass(frozen=True, slots=True)
class Result:
    """A kind of value; `digits` behind the point of an exact number or of a time's seconds."""

    kind: Kind
    digits: int = 0


_NULL, _WHOLE, _FLOAT, _TEXT, _DATE = (Result(k) for k in ("null", "exact", "float", "text", "date"))
_OF_COLUMN: dict[str, Callable[[ValueType], Result]] = {
    **dict.fromkeys(("int", "year", "bool"), lambda t: _WHOLE),
    "decimal": lambda t: Result("exact", t.scale or 0),
    "float": lambda t: _FLOAT,
    **dict.fromkeys(("str", "enum", "set"), lambda t: _TEXT),
    "date": lambda t: _DATE,
    "datetime": lambda t: Result("datetime", t.fsp),
    "time": lambda t: Result("time", t.fsp),
    "bytes": lambda t: Result("bytes"),
}
_TEXTS = frozenset({"CONCAT", "CONCAT_WS", "LOWER", "SUBSTRING", "TRIM", "UPPER"})
_NUMBERS = frozenset({"CHAR_LENGTH", "DAY", "LENGTH", "MONTH", "YEAR"})
_LESS_THAN_A_DAY = frozenset({"SECOND", "MINUTE", "HOUR"})


def result(expression: Expression, types: Types) -> Result | None:
    """The kind of an expression's values, or None where a column's type is not known."""
    match expression:
        case Column():
            type_ = types(expression)
            known = _OF_COLUMN.get(type_.kind) if type_ is not None else None
            return known(type_) if known is not None and type_ is not None else None
        case sql.Literal(value):
            return _literal(value)
        case sql.Arithmetic(operator, left, right):
            return _arithmetic(operator, result(left, types), result(right, types))
        case sql.Case(branches, otherwise):
            return common((*(then for _, then in branches), otherwise), types)
        case sql.Call(name, arguments):
            return _call(name, arguments, types)
        case _:
            return _WHOLE


def common(expressions: Iterable[Expression], types: Types) -> Result | None:
    """The one kind that the values of several expressions become, or None where it is not known."""
    found = [result(e, types) for e in expressions]
    known = [r for r in found if r is not None and r != _NULL]
    if len(known) < sum(r != _NULL for r in found) or not known:
        return None
    digits = max(r.digits for r in known)
    kinds = {r.kind for r in known}
    if len(kinds) == 1:
        return Result(known[0].kind, digits)
    if kinds <= {"exact", "float"}:
        return _FLOAT
    if kinds <= {"date", "datetime"}:
        return Result("datetime", digits)
    return None if kinds & {"bytes", "time"} else _TEXT


def become(value: Any, wanted: Result | None, written: ValueType | None) -> Any:
    """A value as one of the kind `wanted`; `written` says how it is written where that is text."""
    if value is None or wanted is None:
        return value
    match wanted.kind:
        case "text":
            return as_text(value, written)
        case "float":
            return float(as_number(value) or 0)
        case "datetime" if isinstance(value, date) and not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case _:
            return value


def padded(value: Any, wanted: Result | None) -> Any:
    """An exact number with all its digits behind the point: COALESCE writes them, CASE does not."""
    short = wanted is not None and wanted.kind == "exact" and value is not None and scale(value) < wanted.digits
    if wanted is None or not short:
        return value
    return Decimal(value).quantize(Decimal(1).scaleb(-wanted.digits), context=EXACT)


def _literal(value: object) -> Result:
    match value:
        case None:
            return _NULL
        case Decimal():
            return Result("exact", scale(value))
        case str():
            return _TEXT
        case _:
            return _WHOLE


def _number(of: Result) -> Result:
    """The kind of a value in a calculation."""
    return _FLOAT if of.kind in {"text", "float", "bytes"} else Result("exact", of.digits)


def _arithmetic(operator: str, left: Result | None, right: Result | None) -> Result | None:
    if left is None or right is None:
        return None
    one, other = _number(left), _number(right)
    if _FLOAT in {one, other}:
        return _FLOAT
    digits = {"*": one.digits + other.digits, "/": one.digits + 4}.get(operator, max(one.digits, other.digits))
    return Result("exact", min(digits, 30))


def _call(name: str, arguments: tuple[Expression, ...], types: Types) -> Result | None:
    if name in _TEXTS or name in _NUMBERS or name == "DATE":
        return _TEXT if name in _TEXTS else _WHOLE if name in _NUMBERS else _DATE
    if name == "COALESCE":
        return common(arguments, types)
    first = result(arguments[0], types)
    if first is None or name == "NULLIF":
        return first
    if name in {"DATE_ADD", "DATE_SUB"}:
        shorter = isinstance(arguments[2], sql.Literal) and arguments[2].value in _LESS_THAN_A_DAY
        return Result("datetime") if first == _DATE and shorter else first
    number = _number(first)
    if name == "ABS" or number == _FLOAT:
        return number
    return Result("exact", min(number.digits, _places(arguments))) if name == "ROUND" else _WHOLE


def _places(arguments: tuple[Expression, ...]) -> int:
    places = arguments[1] if len(arguments) > 1 else sql.Literal(0)
    return max(0, places.value) if isinstance(places, sql.Literal) and isinstance(places.value, int) else 30
