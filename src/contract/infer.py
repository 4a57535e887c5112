"""The type of a derived value, from the types of the columns it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from crossfade.contract import sql
from crossfade.contract.types import BOOL, MAX_DIGITS, STR, ValueType

Lookup = Callable[[sql.Column], ValueType | None]

BIGINT = ValueType("int", minimum=-(2**63), maximum=2**63 - 1, source="bigint")
_DATE = ValueType("date", source="date")
_TEXT = replace(STR, source="longtext")
_DOUBLE = ValueType("float", source="double")
_BOOLEAN = replace(BOOL, source="tinyint(1)")
_INTEGER_CALLS = {"YEAR", "MONTH", "DAY", "LENGTH", "CHAR_LENGTH"}
_TEXT_CALLS = {"CONCAT", "CONCAT_WS", "UPPER", "LOWER", "TRIM", "SUBSTRING"}
# A VARCHAR column's most characters in utf8mb4 (MySQL 8.4 Reference Manual, 10.4.7: rows of 65,535 bytes).
_MAX_VARCHAR = 16_383
_DATE_UNITS = {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}


def type_of(expression: sql.Expression, lookup: Lookup) -> ValueType | None:
    """The type of `expression`, or None where it cannot be told (an unknown column, branches that differ)."""
    match expression:
        case sql.Column():
            return lookup(expression)
        case sql.Literal(value):
            return _literal(value)
        case sql.Case(branches, otherwise):
            return _common([*(value for _, value in branches), otherwise], lookup)
        case sql.Arithmetic(operator, left, right):
            return _arithmetic(operator, type_of(left, lookup), type_of(right, lookup))
        case sql.Call(name, arguments):
            return _call(name, arguments, lookup)
        case _:
            return _BOOLEAN


def aggregate_type(operation: str, expression: sql.Expression | None, lookup: Lookup) -> ValueType | None:
    """The type of an aggregate over `expression`, as MySQL types it where that is a type of ours.

    A SUM of integers is an integer here, though MySQL calls it DECIMAL: its value is whole. MySQL 8.4
    Reference Manual, 14.19.1: SUM and AVG of exact values are DECIMAL, of approximate ones DOUBLE; AVG has
    div_precision_increment (4) more digits.
    """
    if operation == "COUNT":
        return BIGINT
    inner = type_of(expression, lookup) if expression is not None else None
    if inner is None or operation in {"MIN", "MAX"}:
        return inner
    if inner.kind == "float":
        return _DOUBLE
    if inner.kind == "decimal":
        more = 4 if operation == "AVG" else 0
        return _decimal((inner.precision or 10) + (more or 22), (inner.scale or 0) + more)
    if inner.kind in {"int", "bool", "year"}:
        return BIGINT if operation == "SUM" else _decimal(23, 4)
    return None


def joined_text(types: Sequence[ValueType | None], separator: str = "") -> ValueType:
    """The type of texts joined by `separator`: a VARCHAR where their lengths are known, else LONGTEXT."""
    lengths = [_text_length(t) for t in types if t is not None]
    known = [n for n in lengths if n is not None]
    length = sum(known) + len(separator) * (len(types) - 1)
    if len(known) < len(types) or length > _MAX_VARCHAR:
        return _TEXT
    return ValueType("str", length=length, source=f"varchar({length})")


def _text_length(type_: ValueType) -> int | None:
    match type_.kind:
        case "str":
            return None if type_.byte_length else type_.length
        case "enum":
            return max(map(len, type_.values), default=0)
        case _:
            return None


def _decimal(precision: int, scale: int) -> ValueType:
    precision, scale = min(precision, MAX_DIGITS), min(scale, 30)
    return ValueType("decimal", precision=precision, scale=scale, source=f"decimal({precision},{scale})")


def _literal(value: object) -> ValueType | None:
    match value:
        case bool():
            return _BOOLEAN
        case int():
            return BIGINT
        case str():
            return ValueType("str", length=len(value), source=f"varchar({len(value)})")
        case None:
            return None
        case _:
            exponent = value.as_tuple().exponent  # type: ignore[attr-defined] # the rest of a literal's types is Decimal
            return _decimal(MAX_DIGITS, max(0, -exponent))


def _common(values: list[sql.Expression], lookup: Lookup) -> ValueType | None:
    given = [v for v in values if v != sql.Literal(None)]
    types = [type_of(v, lookup) for v in given]
    known = [t for t in types if t is not None]
    if len(known) < len(given) or not known:
        return None
    kinds = {t.kind for t in known}
    if kinds <= {"str", "enum"}:
        return known[0] if len(set(map(repr, known))) == 1 else _TEXT
    if "decimal" in kinds and kinds <= {"int", "decimal"}:
        return _decimal(MAX_DIGITS, max(t.scale or 0 for t in known))
    if len(kinds) == 1:
        return known[0] if len(set(map(repr, known))) == 1 or kinds != {"int"} else BIGINT
    return None


def _arithmetic(operator: str, left: ValueType | None, right: ValueType | None) -> ValueType | None:
    if left is None or right is None:
        return None
    kinds = {left.kind, right.kind}
    if "float" in kinds:
        return _DOUBLE
    if kinds <= {"int", "bool", "year"} and operator != "/":
        return BIGINT
    if not kinds <= {"int", "bool", "year", "decimal"}:
        return None
    scales = [left.scale or 0, right.scale or 0]
    scale = {"*": sum(scales), "/": scales[0] + 4}.get(operator, max(scales))
    digits = [_digits(left), _digits(right)]
    return _decimal(sum(digits) + 1 if operator in "*/" else max(digits) + 1, scale)


def _digits(type_: ValueType) -> int:
    return type_.precision or 10 if type_.kind == "decimal" else len(str(type_.maximum or 1))


def _call(name: str, arguments: tuple[sql.Expression, ...], lookup: Lookup) -> ValueType | None:
    if name in _INTEGER_CALLS:
        return BIGINT
    if name == "CONCAT":
        return joined_text([type_of(a, lookup) for a in arguments])
    if name in _TEXT_CALLS:
        return _TEXT
    if name == "DATE":
        return _DATE
    if name == "COALESCE":
        return _common(list(arguments), lookup)
    first = type_of(arguments[0], lookup) if arguments else None
    if name in {"DATE_ADD", "DATE_SUB"}:
        unit = arguments[2]
        whole = isinstance(unit, sql.Literal) and unit.value in _DATE_UNITS
        return first if first and (first.kind == "datetime" or whole) else None
    if name in {"CEIL", "FLOOR"} and first:
        return BIGINT if first.kind in {"int", "decimal"} else _DOUBLE
    if name == "ROUND" and first and first.kind == "decimal":
        return _decimal(first.precision or 10, _places(arguments, first))
    return first


def _places(arguments: tuple[sql.Expression, ...], first: ValueType) -> int:
    places = arguments[1] if len(arguments) > 1 else sql.Literal(0)
    if isinstance(places, sql.Literal) and isinstance(places.value, int):
        return max(0, places.value)
    return first.scale or 0
