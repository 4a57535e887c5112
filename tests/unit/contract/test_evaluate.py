"""Expressions in Python mean what they mean in MySQL.

tests/integration/contract/test_evaluate.py asks a server for the same values.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract import expressions
from crossfade.contract.evaluate import evaluate, holds
from crossfade.contract.expressions import parse_condition, parse_expression
from crossfade.contract.functions import FUNCTIONS
from crossfade.contract.sql import Column, Compare, Literal
from crossfade.contract.types import parse_sql_type

ROW: dict[str, Any] = {
    "i": 7,
    "j": -2,
    "d": Decimal("99.99"),
    "f": 1.5,
    "s": "Straße ",
    "t": "12abc",
    "n": None,
    "yes": True,
    "at": datetime(2024, 1, 31, 23, 0, 0, 500_000, tzinfo=UTC),
    "at0": datetime(2024, 1, 31, 23, 0, tzinfo=UTC),
    "day": date(2024, 1, 31),
    "span": timedelta(hours=-26, minutes=-5),
    "tags": frozenset({"b", "a"}),
    "raw": b"ab",
}
SQL_TYPES = {
    "i": "bigint",
    "j": "bigint",
    "d": "decimal(10,2)",
    "f": "double",
    "s": "varchar(20)",
    "t": "varchar(20)",
    "n": "bigint",
    "yes": "tinyint(1)",
    "at": "datetime(3)",
    "at0": "datetime(3)",
    "day": "date",
    "span": "time",
    "tags": "set('b','a')",
    "raw": "varbinary(9)",
}
TYPES = {
    name: parse_sql_type(text, collation="utf8mb4_0900_ai_ci" if "char" in text else None)
    for name, text in SQL_TYPES.items()
}


def value(text: str) -> Any:
    return evaluate(parse_expression(text), lambda c: ROW[c.name], lambda c: TYPES.get(c.name))


ARITHMETIC: list[tuple[str, Any]] = [
    ("i + j", 5),
    ("i - 10", -3),
    ("i * d", Decimal("699.93")),
    ("i / j", Decimal("-3.5000")),
    ("1 / 3 * 3", Decimal("0.9999")),
    ("d / 3", Decimal("33.330000")),
    ("-2.5 * 0", Decimal("0.0")),
    ("i / 0", None),
    ("f / 0", None),
    ("i + n", None),
    ("n / 2", None),
    ("f + 1", 2.5),
    ("f - d", 1.5 - 99.99),
    ("f * 2", 3.0),
    ("f / 2", 0.75),
    ("t + 1", 13.0),
    ("'abc' + 1", 1.0),
    ("yes + 1", 2),
    ("day + 0", 20240131),
    ("at0 + 0", Decimal("20240131230000.000")),
    ("at + 0", Decimal("20240131230000.500")),
    ("span + 0", -260500),
]


@pytest.mark.parametrize(("text", "expected"), ARITHMETIC)
def test_arithmetic(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert str(found) == str(expected)


CALLS: list[tuple[str, Any]] = [
    ("ABS(j)", 2),
    ("ABS(-1.50)", Decimal("1.50")),
    ("ABS(n)", None),
    ("CEIL(d)", 100),
    ("CEIL(f)", 2.0),
    ("FLOOR(d)", 99),
    ("FLOOR(-1.5)", -2),
    ("FLOOR(f)", 1.0),
    ("ROUND(2.5)", 3),
    ("ROUND(-2.5)", -3),
    ("ROUND(1.298, 1)", Decimal("1.3")),
    ("ROUND(1.5, 3)", Decimal("1.5")),
    ("ROUND(155, -1)", 160),
    ("ROUND(f + 1)", 2.0),
    ("ROUND(f, n)", None),
    ("CHAR_LENGTH(s)", 7),
    ("LENGTH(s)", 8),
    ("UPPER(s)", "STRAßE "),
    ("LOWER('ÀB')", "àb"),
    ("TRIM(s)", "Straße"),
    ("SUBSTRING(s, 2, 3)", "tra"),
    ("SUBSTRING(s, 2)", "traße "),
    ("SUBSTRING(s, -2)", "e "),
    ("SUBSTRING(s, 0)", ""),
    ("SUBSTRING(s, -9)", ""),
    ("SUBSTRING(s, 2, -1)", ""),
    ("CONCAT(i, '/', d, '/', f)", "7/99.99/1.5"),
    ("CONCAT('a', n)", None),
    ("CONCAT(at)", "2024-01-31 23:00:00.500"),
    ("CONCAT(DATE_ADD(at0, INTERVAL 1 HOUR))", "2024-02-01 00:00:00.000"),
    ("CONCAT(COALESCE(n, at0), IF(yes, at0, day))", "2024-01-31 23:00:00.0002024-01-31 23:00:00.000"),
    ("CONCAT(at0)", "2024-01-31 23:00:00.000"),
    ("CONCAT(DATE(at), ' ', span)", "2024-01-31 -26:05:00"),
    ("CONCAT(tags, yes, raw)", "b,a1ab"),
    ("CONCAT_WS(', ', 'a', n, 'b')", "a, b"),
    ("CONCAT_WS(n, 'a', 'b')", None),
    ("CONCAT_WS(',', n)", ""),
    ("COALESCE(n, n, i)", 7),
    ("COALESCE(n)", None),
    ("IFNULL(n, 'x')", "x"),
    ("NULLIF(i, 7)", None),
    ("NULLIF(i, 8)", 7),
    ("DATE(at)", date(2024, 1, 31)),
    ("DATE('2024-02-30')", None),
    ("DATE('2024-02-29 10:00:00')", date(2024, 2, 29)),
    ("YEAR(day)", 2024),
    ("MONTH(at)", 1),
    ("DAY('2024-01-31')", 31),
    ("YEAR(n)", None),
    ("DATE_ADD(day, INTERVAL 1 MONTH)", date(2024, 2, 29)),
    ("DATE_SUB(day, INTERVAL 1 QUARTER)", date(2023, 10, 31)),
    ("DATE_SUB(day, INTERVAL 1 YEAR)", date(2023, 1, 31)),
    ("day + INTERVAL 1 WEEK", date(2024, 2, 7)),
    ("day - INTERVAL 1 SECOND", datetime(2024, 1, 30, 23, 59, 59, tzinfo=UTC)),
    ("DATE_ADD(at0, INTERVAL 2 HOUR)", datetime(2024, 2, 1, 1, tzinfo=UTC)),
    ("DATE_ADD('2024-01-31', INTERVAL 1 DAY)", "2024-02-01"),
    ("DATE_ADD('nonsense', INTERVAL 1 DAY)", None),
    ("DATE_ADD(day, INTERVAL 9000 YEAR)", None),
    ("DATE_SUB(day, INTERVAL 3000 YEAR)", None),
    ("DATE_ADD(span, INTERVAL 1 HOUR)", timedelta(hours=-25, minutes=-5)),
]


@pytest.mark.parametrize(("text", "expected"), CALLS)
def test_functions(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


CONDITIONS: list[tuple[str, Any]] = [
    ("i = 7", True),
    ("i <> 7", False),
    ("i < 7.5 AND d >= 99.99", True),
    ("n = 1", None),
    ("n <> 1", None),
    ("NOT n = 1", None),
    ("n = 1 AND i = 8", False),
    ("n = 1 AND i = 7", None),
    ("n = 1 OR i = 7", True),
    ("n = 1 OR i = 8", None),
    ("n IS NULL", True),
    ("i IS NOT NULL", True),
    ("i IN (1, 7)", True),
    ("i IN (1, n)", None),
    ("i IN (7, n)", True),
    ("n IN (1)", None),
    ("i BETWEEN 1 AND 7", True),
    ("s = 'STRASSE'", False),
    ("s = 'straße '", True),
    ("'É' = 'e'", True),
    ("'a ' = 'a'", False),
    ("'b' > 'A'", True),
    ("t = 12", True),
    ("f = 1.5", True),
    ("'0.5' < yes", True),
    ("day = '2024-01-31'", True),
    ("at > day", True),
    ("at < '2024-02-01 00:00:00'", True),
    ("span = '-26:05:00'", True),
    ("'25:00:00' > span", True),
    ("span = 'x'", False),
    ("span < 'x'", True),
    ("span = '-26:05'", True),
    ("span < 0", True),
    ("raw = 'ab'", True),
    ("day = 20240131", True),
    ("tags = 'B,A'", True),
]


@pytest.mark.parametrize(("text", "expected"), CONDITIONS)
def test_conditions_have_three_values(text: str, expected: bool | None) -> None:
    found = evaluate(parse_condition(text), lambda c: ROW[c.name], lambda c: TYPES.get(c.name))
    assert found is expected


BRANCHES: list[tuple[str, Any]] = [
    ("IF(yes, i, d)", 7),
    ("IF(yes, i, f)", 7.0),
    ("IF(yes, d, 'none')", "99.99"),
    ("IF(yes, day, at)", datetime(2024, 1, 31, tzinfo=UTC)),
    ("CONCAT(IF(yes, day, at))", "2024-01-31 00:00:00.000"),
    ("IF(yes, at0, 'never')", "2024-01-31 23:00:00.000"),
    ("COALESCE(n, i, d)", Decimal("7.00")),
    ("COALESCE(i, d / 3)", Decimal("7.000000")),
    ("COALESCE(i, ROUND(d * 2, 1), ABS(0.5))", Decimal("7.0")),
    ("COALESCE(yes, YEAR(day), CEIL(d))", 1),
    ("COALESCE(n, NULL)", None),
    ("IF(yes, NULL, 1)", None),
    ("CONCAT(IF(yes, i + 1, ROUND(d * 2, 1)))", "8"),
    ("IF(yes, YEAR(day), ABS(d / 3))", 2024),
    ("IF(yes, day, DATE_ADD(day, INTERVAL 1 HOUR))", datetime(2024, 1, 31, tzinfo=UTC)),
    ("IF(yes, i, CEIL(d))", 7),
    ("IF(yes, i = 7, 2.5)", True),
    ("IF(yes, i, t + 1)", 7.0),
    ("IF(yes, day, i)", "2024-01-31"),
    ("IF(yes, NULLIF(i, 8), 0.50)", 7),
    ("CASE WHEN n = 1 THEN 'a' WHEN i = 7 THEN 'b' ELSE 'c' END", "b"),
    ("CASE WHEN n = 1 THEN 'a' END", None),
    ("CASE i WHEN 7 THEN 'seven' ELSE 'other' END", "seven"),
    ("IF(j, 'set', 'unset')", "set"),
    ("IF(j + 2, 'set', 'unset')", "unset"),
    ("IF(n, 'set', 'unset')", "unset"),
    ("IF(t, 'set', 'unset')", "set"),
    ("IF('abc', 'set', 'unset')", "unset"),
]


@pytest.mark.parametrize(("text", "expected"), BRANCHES)
def test_the_first_branch_that_is_true(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["day = 'nonsense'", "DATE_ADD(span, INTERVAL 1 MONTH)"])
def test_what_mysql_refuses_or_answers_by_the_clock_is_unknown(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    ("collation", "equal"),
    [
        ("utf8mb4_0900_ai_ci", {"ROSE", "rosé"}),
        ("utf8mb4_general_ci", {"ROSE", "rosé", "rose "}),
        ("utf8mb4_0900_as_ci", {"ROSE"}),
        ("utf8mb4_0900_as_cs", set()),
        ("utf8mb4_bin", {"rose "}),
        ("utf8mb4_0900_bin", set()),
        ("binary", set()),
    ],
)
def test_texts_compare_by_their_columns_collation(collation: str, equal: set[str]) -> None:
    type_ = parse_sql_type("varchar(9)", collation=collation)
    found = {
        text
        for text in ("ROSE", "rosé", "rose ")
        if holds(Compare("=", Literal(text), Column(None, "c")), lambda c: "rose", lambda c: type_)
    }
    assert found == equal


def test_every_function_that_a_contract_may_use_is_there() -> None:
    parsed_away = {"IF", "IFNULL"}
    assert {*FUNCTIONS, "COALESCE"} == set(expressions.FUNCTIONS) - parsed_away


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(TypeError):
        evaluate("1 + 1", lambda c: None)  # type: ignore[arg-type]  # the mistake under test


def test_holds_is_false_for_unknown() -> None:
    assert not holds(parse_condition("n = 1"), lambda c: None)
    assert holds(parse_condition("n IS NULL"), lambda c: None)


def test_exact_numbers_keep_every_digit() -> None:
    wide = Decimal("1234567890123456789012345678.1234567890")
    assert evaluate(parse_expression("x + 0"), lambda c: wide) == wide
    assert evaluate(parse_expression("ABS(0 - x)"), lambda c: wide) == wide
    assert evaluate(parse_expression("ROUND(x, 9)"), lambda c: wide) == Decimal(
        "1234567890123456789012345678.123456789"
    )


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_de_morgan_holds_with_three_values(one: bool | None, other: bool | None) -> None:
    row = {"a": one, "b": other}
    both = [evaluate(parse_condition(t), lambda c: row[c.name]) for t in ("NOT (a AND b)", "NOT a OR NOT b")]
    assert both[0] is both[1]
