"""Parsing of a contract's SQL fragments into the expressions of `crossfade.contract.sql`.

sqlglot reads the text; what it finds must be on the allow-list of `expression_nodes`, or the fragment is
refused. The text itself goes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from crossfade.contract import sql
from crossfade.contract.expression_nodes import FUNCTIONS, UNITS, convert, extra, sort_item
from crossfade.contract.sql import Expression

__all__ = ["FUNCTIONS", "UNITS", "columns", "map_columns", "parse_condition", "parse_expression", "parse_order_by"]

MAX_LENGTH = 4_000

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
    if len(wanted) != 1 or extra(select, "expressions"):
        raise ValueError(f"{text!r} is not one expression")
    return convert(wanted[0])


def parse_order_by(text: str) -> tuple[tuple[Expression, bool], ...]:
    """Parse a list of sort expressions: each with True where it is descending.

    Raises:
        ValueError: as for `parse_condition`.
    """
    if re.search(r"\bNULLS\b", _QUOTED.sub("", text), re.I):
        raise ValueError(f"{text!r}: NULLS FIRST and NULLS LAST are not MySQL's")
    select = _parse(text, "SELECT 1 ORDER BY ")
    order = select.args.get("order")
    if not isinstance(order, exp.Order) or extra(select, "expressions", "order") or extra(order, "expressions"):
        raise ValueError(f"{text!r} is not a list of sort expressions")
    return tuple(sort_item(item) for item in order.expressions)


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
