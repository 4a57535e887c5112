"""SQL fragments: what is read, and that everything else is refused with what and where."""

import re
from decimal import Decimal

import pytest

from crossfade.contract.expressions import columns, map_columns, parse_condition, parse_expression, parse_order_by
from crossfade.contract.sql import And, Arithmetic, Call, Case, Column, Compare, InList, IsNull, Literal, Not, Or

A, B = Column("a", "x"), Column(None, "b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.x = b", Compare("=", A, B)),
        ("`a`.`x` != b", Compare("<>", A, B)),
        ("a.x IS NOT NULL", Not(IsNull(A))),
        ("a.x BETWEEN 1 AND 2", And((Compare(">=", A, Literal(1)), Compare("<=", A, Literal(2))))),
        ("a.x IN (1, 'two')", InList(A, (Literal(1), Literal("two")))),
        ("a.x NOT IN (1)", Not(InList(A, (Literal(1),)))),
        (
            "a.x = 1 AND b = 2 AND b < 3 OR b",
            Or((And((Compare("=", A, Literal(1)), Compare("=", B, Literal(2)), Compare("<", B, Literal(3)))), B)),
        ),
        ("comment = 'it''s; -- fine'", Compare("=", Column(None, "comment"), Literal("it's; -- fine"))),
    ],
)
def test_conditions(text: str, expected: object) -> None:
    assert parse_condition(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", Literal(1)),
        ("-1.50", Literal(Decimal("-1.50"))),
        ("TRUE", Literal(True)),
        ("NULL", Literal(None)),
        ("-b", Arithmetic("-", Literal(0), B)),
        ("a.x * b / 2", Arithmetic("/", Arithmetic("*", A, B), Literal(2))),
        ("CONCAT(a.x, ' - ', b)", Call("CONCAT", (A, Literal(" - "), B))),
        ("IFNULL(a.x, b)", Call("COALESCE", (A, B))),
        ("YEAR(b)", Call("YEAR", (B,))),
        ("CHAR_LENGTH(b)", Call("CHAR_LENGTH", (B,))),
        ("LENGTH(b)", Call("LENGTH", (B,))),
        ("ROUND(b, 2)", Call("ROUND", (B, Literal(2)))),
        ("DATE_ADD(b, INTERVAL 7 DAY)", Call("DATE_ADD", (B, Literal(7), Literal("DAY")))),
        ("b - INTERVAL 1 MONTH", Call("DATE_SUB", (B, Literal(1), Literal("MONTH")))),
        ("IF(a.x, 1, 2)", Case(((A, Literal(1)),), Literal(2))),
        ("CASE b WHEN 1 THEN 'x' END", Case(((Compare("=", B, Literal(1)), Literal("x")),), Literal(None))),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert parse_expression(text) == expected


def test_order_by() -> None:
    assert parse_order_by("a.x DESC, b") == ((A, True), (B, False))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a; b", "';' at column 2"),
        ("a -- comment", "'--' at column 3"),
        ("/* c */ a", "'/*' at column 1"),
        ("a # c", "'#' at column 3"),
        ("a = ?", "placeholder"),
        ("a = :x", "placeholder"),
        ("a = @x", "variable"),
        ("(SELECT 1)", "subquery"),
        ("a IN (SELECT 1)", "subquery"),
        ("EXISTS (SELECT 1)", "subquery"),
        ("SLEEP(5)", "SLEEP"),
        ("COUNT(*)", "COUNT"),
        ("NOW()", "allowed functions: ABS"),
        ("TRIM(LEADING 'x' FROM b)", "not allowed"),
        ("CAST(b AS CHAR)", "CAST"),
        ("b LIKE 'x%'", "LIKE"),
        ("b <=> 1", "<=>"),
        ("b IS TRUE", "use ="),
        ("db.t.c = 1", "names a database"),
        ("a, b", "not one expression"),
        ("a FROM t", "not one expression"),
        ("DISTINCT a", "not one expression"),
        ("a UNION SELECT 1", "not an expression"),
        ("a INTO OUTFILE 'x'", "column 18"),
        ("a AS b", "leave AS out"),
        ("*", "not allowed"),
        ("x'41'", "not allowed"),
        ("DATE_ADD(b, INTERVAL c DAY)", "whole number"),
        ("UPPER(a", "column 7"),
        ("'open", "no SQL expression"),
        ("   ", "empty"),
        ("(" * 1500 + "a" + ")" * 1500, "no SQL expression"),
        ("a" * 5000, "5000 characters"),
    ],
)
def test_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_expression(text)


@pytest.mark.parametrize("text", ["1", "CONCAT(a, b)", "a + b"])
def test_a_value_is_no_condition(text: str) -> None:
    with pytest.raises(ValueError, match="is a value, not a condition"):
        parse_condition(text)


@pytest.mark.parametrize("text", ["a LIMIT 1", "a NULLS LAST", "a FOR UPDATE", "a DESC WITH ROLLUP", "(SELECT 1)"])
def test_refused_order(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text)[1:-1])):
        parse_order_by(text)


def test_columns_are_found_and_replaced() -> None:
    expression = parse_expression("CASE WHEN a.x = b THEN CONCAT(a.x, b) ELSE NULL END")
    assert columns(expression) == (A, B)
    assert columns(map_columns(expression, lambda c: Column(c.table, c.name.upper()))) == (
        Column("a", "X"),
        Column(None, "B"),
    )
