"""The allow-list of SQL: which of sqlglot's nodes are expressions of ours, and which ones.

Whatever has no row in the table at the end is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from crossfade.contract import sql
from crossfade.contract.sql import Expression

FUNCTIONS = (
    "ABS", "CEIL", "CHAR_LENGTH", "COALESCE", "CONCAT", "CONCAT_WS", "DATE", "DATE_ADD", "DATE_SUB", "DAY",
    "FLOOR", "IF", "IFNULL", "LENGTH", "LOWER", "MONTH", "NULLIF", "ROUND", "SUBSTRING", "TRIM", "UPPER", "YEAR",
)  # fmt: skip
UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def extra(node: exp.Expression, *known: str) -> list[str]:
    """The parts of a node that are there, but not among `known`."""
    return [name for name, value in node.args.items() if value and name not in known]


def _refuse(node: exp.Expression, why: str = "is not allowed here") -> ValueError:
    hint = f"; allowed functions: {', '.join(FUNCTIONS)}" if isinstance(node, exp.Func) else ""
    return ValueError(f"{node.sql(dialect='mysql')!r} {why}{hint}")


def convert(node: Any) -> Expression:
    """The expression that a node of sqlglot's is.

    Raises:
        ValueError: it, or something in it, is not on the allow-list.
    """
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
    if extra(node, "this", "table") or not isinstance(node.this, exp.Identifier):
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
    inner = convert(node.this)
    if isinstance(inner, sql.Literal) and isinstance(inner.value, (int, Decimal)):
        return sql.Literal(-inner.value)
    return sql.Arithmetic("-", sql.Literal(0), inner)


def _compare(operator: Any) -> Callable[[Any], Expression]:
    return lambda node: sql.Compare(operator, convert(node.this), convert(node.expression))


def _arithmetic(operator: Any) -> Callable[[Any], Expression]:
    def build(node: Any) -> Expression:
        if isinstance(node.expression, exp.Interval):
            name = "DATE_ADD" if operator == "+" else "DATE_SUB"
            return _shift(name, node.this, node.expression.this, node.expression.args.get("unit"))
        return sql.Arithmetic(operator, convert(node.this), convert(node.expression))

    return build


def _is(node: exp.Is) -> Expression:
    if not isinstance(node.expression, exp.Null):
        raise _refuse(node, "tests for something else than NULL: use =")
    return sql.IsNull(convert(node.this))


def _in(node: exp.In) -> Expression:
    if extra(node, "this", "expressions") or not node.expressions:
        raise _refuse(node, "wants a list of values, not a subquery")
    return sql.InList(convert(node.this), tuple(convert(e) for e in node.expressions))


def _between(node: exp.Between) -> Expression:
    operand = convert(node.this)
    low, high = convert(node.args["low"]), convert(node.args["high"])
    return sql.And((sql.Compare(">=", operand, low), sql.Compare("<=", operand, high)))


def _junction(kind: type[sql.And] | type[sql.Or], node: exp.Connector) -> Expression:
    operands: list[Expression] = []
    for side in (node.this, node.expression):
        converted = convert(side)
        operands += converted.operands if isinstance(converted, kind) else [converted]
    return kind(tuple(operands))


def _case(node: exp.Case) -> Expression:
    subject = convert(node.this) if node.this is not None else None
    branches = []
    for branch in node.args["ifs"]:
        test = convert(branch.this)
        branches.append((sql.Compare("=", subject, test) if subject else test, convert(branch.args["true"])))
    default = node.args.get("default")
    return sql.Case(tuple(branches), convert(default) if default is not None else sql.Literal(None))


def _if(node: exp.If) -> Expression:
    default = node.args.get("false")
    otherwise = convert(default) if default is not None else sql.Literal(None)
    return sql.Case(((convert(node.this), convert(node.args["true"])),), otherwise)


def _shift(name: str, operand: Any, amount: Any, unit: Any) -> Expression:
    unit_name = str(unit.name if isinstance(unit, exp.Expression) else unit or "").upper()
    number = re.fullmatch(r"-?\d{1,9}", str(amount.name)) if isinstance(amount, exp.Literal) else None
    if unit_name not in UNITS or number is None:
        raise ValueError(f"{name} wants INTERVAL with a whole number and one of {', '.join(UNITS)}")
    return sql.Call(name, (convert(operand), sql.Literal(int(number[0])), sql.Literal(unit_name)))


def _date_shift(name: str) -> Callable[[Any], Expression]:
    return lambda node: _shift(name, node.this, node.expression, node.args.get("unit"))


# Flags that sqlglot sets by itself for the dialect; they are no text of the contract's.
_DIALECT_FLAGS = frozenset({"safe", "coalesce", "binary", "ignore_nulls", "is_string", "encoding"})


def _call(name: str, *keys: str) -> Callable[[Any], Expression]:
    def build(node: Any) -> Expression:
        if unknown := [key for key in extra(node, *keys) if key not in _DIALECT_FLAGS]:
            raise _refuse(node, f"uses {', '.join(unknown)}, which is not allowed")
        arguments: list[Any] = []
        for key in keys:
            value = node.args.get(key)
            arguments += value if isinstance(value, list) else [] if value is None else [value]
        called = "LENGTH" if name == "CHAR_LENGTH" and node.args.get("binary") else name
        return sql.Call(called, tuple(convert(_plain_date(a)) for a in arguments))

    return build


def _plain_date(node: Any) -> Any:
    """The operand inside the DATE() that sqlglot puts around the argument of YEAR, MONTH and DAY."""
    within = isinstance(getattr(node, "parent", None), (exp.Year, exp.Month, exp.Day))
    return node.this if within and isinstance(node, exp.TsOrDsToDate) else node


def sort_item(item: Any) -> tuple[Expression, bool]:
    """An element of ORDER BY: its expression, and whether it is descending. Raises ValueError as `convert`."""
    if isinstance(item, exp.Ordered):
        return convert(item.this), bool(item.args.get("desc"))
    return convert(item), False


_NODES: dict[type, Callable[[Any], Expression]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Null: lambda node: sql.Literal(None),
    exp.Boolean: lambda node: sql.Literal(bool(node.this)),
    exp.Neg: _negative,
    exp.Paren: lambda node: convert(node.this),
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
    exp.Not: lambda node: sql.Not(convert(node.this)),
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
