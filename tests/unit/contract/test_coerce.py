"""Values of expressions as texts, numbers, and what a field holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract.coerce import as_number, as_text, as_time, to_type, truth
from crossfade.contract.errors import InvalidValue
from crossfade.contract.types import ANY, JSON, NUMBER, ValueType, parse_sql_type


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "1"),
        (False, "0"),
        (-7, "-7"),
        (Decimal("1.50"), "1.50"),
        (1e20, "1e20"),
        (1e-7, "1e-7"),
        (100000.0, "100000"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02 03:04:05"),
        (datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2024-01-02 03:04:05.000006"),
        (date(2024, 1, 2), "2024-01-02"),
        (timedelta(hours=25, microseconds=1), "25:00:00.000001"),
        (frozenset("ba"), "a,b"),
        (b"x", "x"),
        ({"bb": 1, "a": [True, None, "é"]}, '{"a": [true, null, "é"], "bb": 1}'),
    ],
)
def test_texts(value: Any, text: str | None) -> None:
    assert as_text(value) == text


def test_fractional_digits_are_those_of_the_column() -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
    assert as_text(moment, parse_sql_type("datetime(2)")) == "2024-01-02 03:04:05.60"
    assert as_text(timedelta(seconds=1), parse_sql_type("time(1)")) == "00:00:01.0"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (None, None),
        (True, 1),
        ("1.5e2x", 150.0),
        (" -3", -3.0),
        ("", 0.0),
        (timedelta(seconds=1, microseconds=5), Decimal("1.000005")),
    ],
)
def test_numbers(value: Any, number: Any) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("value", "held"), [(None, None), (0, False), ("0", False), ("1x", True), (date(2024, 1, 1), True)]
)
def test_truth(value: Any, held: bool | None) -> None:
    assert truth(value) is held


def test_times() -> None:
    assert as_time("2024-01-02T03:04:05+01:00") == datetime(2024, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert as_time("2024-01-02 03:04:05") == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert as_time(None) is None
    assert as_time("soon") is None


INT, DECIMAL, TEXT = parse_sql_type("int"), parse_sql_type("decimal(5,2)"), parse_sql_type("varchar(9)")


@pytest.mark.parametrize(
    ("value", "type_", "held"),
    [
        (None, INT, None),
        (Decimal("2.5"), INT, 3),
        ("12abc", INT, 12),
        (True, INT, 1),
        (1.005, DECIMAL, Decimal("1.01")),
        ("3.999", DECIMAL, Decimal("4.00")),
        ("x", DECIMAL, Decimal("0.00")),
        (Decimal("1.50"), NUMBER, Decimal("1.5")),
        (Decimal("1.50"), TEXT, "1.50"),
        (7, TEXT, "7"),
        (True, parse_sql_type("tinyint(1)"), True),
        (2, parse_sql_type("tinyint(1)"), True),
        (7, parse_sql_type("double"), 7.0),
        (datetime(2024, 1, 2, 3, tzinfo=UTC), parse_sql_type("date"), date(2024, 1, 2)),
        ("2024-01-02", parse_sql_type("date"), date(2024, 1, 2)),
        (date(2024, 1, 2), parse_sql_type("datetime"), datetime(2024, 1, 2, tzinfo=UTC)),
        ("01:02:03", parse_sql_type("time"), timedelta(hours=1, minutes=2, seconds=3)),
        (timedelta(1), parse_sql_type("time"), timedelta(1)),
        ("ab", parse_sql_type("varbinary(4)"), b"ab"),
        ("a,b", parse_sql_type("set('a','b')"), frozenset("ab")),
        ("", parse_sql_type("set('a','b')"), frozenset()),
        ("b", parse_sql_type("enum('a','b')"), "b"),
        (1.5, ANY, Decimal("1.5")),
        (date(2024, 1, 2), ANY, "2024-01-02"),
        ("x", ANY, "x"),
        ({"a": 1}, JSON, {"a": 1}),
    ],
)
def test_what_a_field_holds(value: Any, type_: ValueType, held: Any) -> None:
    found = to_type(value, type_, "x")
    assert found == held
    assert type(found) is type(held)


def test_what_a_field_cannot_hold() -> None:
    with pytest.raises(InvalidValue, match="x: is out of range"):
        to_type(Decimal(10_000), DECIMAL, "x")
