"""Parsing of a contract's SQL fragments into the expressions of `crossfade.contract.sql`.

sqlglot reads the text; every node it finds must have a row in the tables below, or the fragment is
refused. The text itself goes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from crossfade.contract import sql
from crossfade.contract.sql import Expression

MAX_LENGTH = 4_000

FUNCTIONS = (
    "ABS", "CEIL", "CHAR_LENGTH", "COALESCE", "CONCAT", "CONCAT_WS", "DATE", "DATE_ADD", "DATE_SUB", "DAY",
    "FLOOR", "IF", "IFNULL", "LENGTH", "LOWER", "MONTH", "NULLIF", "ROUND", "SUBSTRING", "TRIM", "UPPER", "YEAR",
)  # fmt: skip
UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")

_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`", re.S)
_FORBIDDEN = re.compile(r";|--|/\*|\*/|#|\?|@|:|\{|\}|\\|\x00")
_WHY = {
    ";": "a statement's end",
    "--": "a comment",
    "/*": "a comment",
    "*/": "a comment",
    "#": "a comment",
    "?": "a placeholder",
    ":": "a placeholder",
    "@": "a variable",
}


def parse_condition(text: str) -> Expression:
    """Parse a join condition or the WHEN of a case: something that is true or false.

    Args:
        text: such as `users.id = orders.user_id AND users.active`.

    Raises:
        ValueError: the text holds what the allow-list does not have; says what and where.
    """
    expression = parse_expression(text)
    if not isinstance(expression, (sql.Literal, sql.Arithmetic, sql.Call)):
        return expression
    raise ValueError(f"{text!r} is a value, not a condition: compare it with something")


def parse_expression(text: str) -> Expression:
    """Parse a value: a column, a literal, a calculation.

    Raises:
        ValueError: as for `parse_condition`.
    """
    select = _parse(text, "SELECT ")
    wanted = select.expressions
    if len(wanted) != 1 or _extra(select, "expressions"):
        raise ValueError(f"{text!r} is not one expression")
    return _convert(wanted[0])


def parse_order_by(text: str) -> tuple[tuple[Expression, bool], ...]:
    """Parse a list of sort expressions: each with True where it is descending.

    Raises:
        ValueError: as for `parse_condition`.
    """
    if re.search(r"\bNULLS\b", _QUOTED.sub("", text), re.I):
        raise ValueError(f"{text!r}: NULLS FIRST and NULLS LAST are not MySQL's")
    select = _parse(text, "SELECT 1 ORDER BY ")
    order = select.args.get("order")
    if not isinstance(order, exp.Order) or _extra(select, "expressions", "order") or _extra(order, "expressions"):
        raise ValueError(f"{text!r} is not a list of sort expressions")
    return tuple(_sort(item) for item in order.expressions)


def columns(expression: object) -> tuple[sql.Column, ...]:
    """Every column in an expression, or in whatever is made of expressions, each once, in order."""
    return tuple(dict.fromkeys(_columns(expression)))


def map_columns(expression: Expression, change: Callable[[sql.Column], sql.Column]) -> Expression:
    """`expression` with every column replaced by `change` of it."""
    mapped: Expression = _map(expression, change)
    return mapped


def _map(value: Any, change: Callable[[sql.Column], sql.Column]) -> Any:
    if isinstance(value, sql.Column):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_map(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _map(getattr(value, f.name), change) for f in fields(value)})
    return value


def _columns(value: Any) -> Iterable[sql.Column]:
    if isinstance(value, sql.Column):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _columns(item)
    elif is_dataclass(value):
        for member in fields(value):
            yield from _columns(getattr(value, member.name))


def _parse(text: str, before: str) -> exp.Select:
    if not text.strip():
        raise ValueError("is empty")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is {len(text)} characters long, {MAX_LENGTH} at most")
    bare = _QUOTED.sub(lambda m: "x" * len(m[0]), text)
    if found := _FORBIDDEN.search(bare):
        why = _WHY.get(found[0], "no part of an expression")
        raise ValueError(f"{found[0]!r} at column {found.start() + 1} of {text!r}: {why} is not allowed")
    try:
        statements = sqlglot.parse(before + text, dialect="mysql")
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        column = max(1, int(detail.get("col") or 0) - len(before))
        raise ValueError(f"{detail.get('description', 'no SQL')} at column {column} of {text!r}") from None
    except (TokenError, RecursionError) as error:
        raise ValueError(f"{text!r} is no SQL expression: {type(error).__name__}") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise ValueError(f"{text!r} is not an expression")
    return statements[0]


def _extra(node: exp.Expression, *known: str) -> list[str]:
    return [name for name, value in node.args.items() if value and name not in known]


def _refuse(node: exp.Expression, why: str = "is not allowed here") -> ValueError:
    hint = f"; allowed functions: {', '.join(FUNCTIONS)}" if isinstance(node, exp.Func) else ""
    return ValueError(f"{node.sql(dialect='mysql')!r} {why}{hint}")


def _convert(node: Any) -> Expression:
    builder = _NODES.get(type(node))
    if builder is not None:
        return builder(node)
    why = next((text for kinds, text in _REFUSED.items() if isinstance(node, kinds)), "is not allowed here")
    raise _refuse(node, why)


_REFUSED: dict[tuple[type, ...], str] = {
    (exp.Anonymous,): "is a call of a function that is not allowed",
    (exp.Subquery, exp.Select, exp.Exists): "is a subquery, which is not allowed",
    (exp.Alias,): "names its value: leave AS out",
}


def _column(node: exp.Column) -> Expression:
    if _extra(node, "this", "table") or not isinstance(node.this, exp.Identifier):
        raise _refuse(node, "names a database: write table.column")
    return sql.Column(node.table or None, node.name)


def _literal(node: exp.Literal) -> Expression:
    if node.is_string:
        return sql.Literal(str(node.this))
    text = str(node.this)
    if not re.fullmatch(r"\d*\.?\d+(?:[eE][+-]?\d{1,3})?|\d+\.", text, re.ASCII):
        raise ValueError(f"{text!r} is not a number")
    return sql.Literal(int(text) if text.isdigit() else Decimal(text))


def _negative(node: exp.Neg) -> Expression:
    inner = _convert(node.this)
    if isinstance(inner, sql.Literal) and isinstance(inner.value, (int, Decimal)):
        return sql.Literal(-inner.value)
    return sql.Arithmetic("-", sql.Literal(0), inner)


def _compare(operator: Any) -> Callable[[Any], Expression]:
    return lambda node: sql.Compare(operator, _convert(node.this), _convert(node.expression))


def _arithmetic(operator: Any) -> Callable[[Any], Expression]:
    def build(node: Any) -> Expression:
        if isinstance(node.expression, exp.Interval):
            name = "DATE_ADD" if operator == "+" else "DATE_SUB"
            return _shift(name, node.this, node.expression.this, node.expression.args.get("unit"))
        return sql.Arithmetic(operator, _convert(node.this), _convert(node.expression))

    return build


def _is(node: exp.Is) -> Expression:
    if not isinstance(node.expression, exp.Null):
        raise _refuse(node, "tests for something else than NULL: use =")
    return sql.IsNull(_convert(node.this))


def _in(node: exp.In) -> Expression:
    if _extra(node, "this", "expressions") or not node.expressions:
        raise _refuse(node, "wants a list of values, not a subquery")
    return sql.InList(_convert(node.this), tuple(_convert(e) for e in node.expressions))


def _between(node: exp.Between) -> Expression:
    operand = _convert(node.this)
    low, high = _convert(node.args["low"]), _convert(node.args["high"])
    return sql.And((sql.Compare(">=", operand, low), sql.Compare("<=", operand, high)))


def _junction(kind: type[sql.And] | type[sql.Or], node: exp.Connector) -> Expression:
    operands: list[Expression] = []
    for side in (node.this, node.expression):
        converted = _convert(side)
        operands += converted.operands if isinstance(converted, kind) else [converted]
    return kind(tuple(operands))


def _case(node: exp.Case) -> Expression:
    subject = _convert(node.this) if node.this is not None else None
    branches = []
    for branch in node.args["ifs"]:
        test = _convert(branch.this)
        branches.append((sql.Compare("=", subject, test) if subject else test, _convert(branch.args["true"])))
    default = node.args.get("default")
    return sql.Case(tuple(branches), _convert(default) if default is not None else sql.Literal(None))


def _if(node: exp.If) -> Expression:
    default = node.args.get("false")
    otherwise = _convert(default) if default is not None else sql.Literal(None)
    return sql.Case(((_convert(node.this), _convert(node.args["true"])),), otherwise)


def _shift(name: str, operand: Any, amount: Any, unit: Any) -> Expression:
    unit_name = str(unit.name if isinstance(unit, exp.Expression) else unit or "").upper()
    number = re.fullmatch(r"-?\d{1,9}", str(amount.name)) if isinstance(amount, exp.Literal) else None
    if unit_name not in UNITS or number is None:
        raise ValueError(f"{name} wants INTERVAL with a whole number and one of {', '.join(UNITS)}")
    return sql.Call(name, (_convert(operand), sql.Literal(int(number[0])), sql.Literal(unit_name)))


def _date_shift(name: str) -> Callable[[Any], Expression]:
    return lambda node: _shift(name, node.this, node.expression, node.args.get("unit"))


# Flags that sqlglot sets by itself for the dialect; they are no text of the contract's.
_DIALECT_FLAGS = frozenset({"safe", "coalesce", "binary", "ignore_nulls", "is_string", "encoding"})


def _call(name: str, *keys: str) -> Callable[[Any], Expression]:
    def build(node: Any) -> Expression:
        if extra := [key for key in _extra(node, *keys) if key not in _DIALECT_FLAGS]:
            raise _refuse(node, f"uses {', '.join(extra)}, which is not allowed")
        arguments: list[Any] = []
        for key in keys:
            value = node.args.get(key)
            arguments += value if isinstance(value, list) else [] if value is None else [value]
        called = "LENGTH" if name == "CHAR_LENGTH" and node.args.get("binary") else name
        return sql.Call(called, tuple(_convert(_plain_date(a)) for a in arguments))

    return build


def _plain_date(node: Any) -> Any:
    """The operand inside the DATE() that sqlglot puts around the argument of YEAR, MONTH and DAY."""
    within = isinstance(getattr(node, "parent", None), (exp.Year, exp.Month, exp.Day))
    return node.this if within and isinstance(node, exp.TsOrDsToDate) else node


def _sort(item: Any) -> tuple[Expression, bool]:
    if isinstance(item, exp.Ordered):
        return _convert(item.this), bool(item.args.get("desc"))
    return _convert(item), False


_NODES: dict[type, Callable[[Any], Expression]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Null: lambda node: sql.Literal(None),
    exp.Boolean: lambda node: sql.Literal(bool(node.this)),
    exp.Neg: _negative,
    exp.Paren: lambda node: _convert(node.this),
    exp.EQ: _compare("="),
    exp.NEQ: _compare("<>"),
    exp.LT: _compare("<"),
    exp.LTE: _compare("<="),
    exp.GT: _compare(">"),
    exp.GTE: _compare(">="),
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.And: lambda node: _junction(sql.And, node),
    exp.Or: lambda node: _junction(sql.Or, node),
    exp.Not: lambda node: sql.Not(_convert(node.this)),
    exp.Case: _case,
    exp.If: _if,
    exp.Abs: _call("ABS", "this"),
    exp.Ceil: _call("CEIL", "this"),
    exp.Length: _call("CHAR_LENGTH", "this"),
    exp.Coalesce: _call("COALESCE", "this", "expressions"),
    exp.Concat: _call("CONCAT", "expressions"),
    exp.ConcatWs: _call("CONCAT_WS", "expressions"),
    exp.TsOrDsToDate: _call("DATE", "this"),
    exp.Date: _call("DATE", "this"),
    exp.DateAdd: _date_shift("DATE_ADD"),
    exp.DateSub: _date_shift("DATE_SUB"),
    exp.Day: _call("DAY", "this"),
    exp.Floor: _call("FLOOR", "this"),
    exp.Lower: _call("LOWER", "this"),
    exp.Month: _call("MONTH", "this"),
    exp.Nullif: _call("NULLIF", "this", "expression"),
    exp.Round: _call("ROUND", "this", "decimals"),
    exp.Substring: _call("SUBSTRING", "this", "start", "length"),
    exp.Trim: _call("TRIM", "this"),
    exp.Upper: _call("UPPER", "this"),
    exp.Year: _call("YEAR", "this"),
}
