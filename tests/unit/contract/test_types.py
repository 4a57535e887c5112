"""The value table: what each MySQL type holds, and the one canonical value of everything that fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract.errors import InvalidValue
from crossfade.contract.types import (
    ValueType,
    canonical,
    check_dynamodb_number,
    parse_sql_type,
)

MOMENT = datetime(2024, 2, 29, 23, 59, 59, 987_654, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))
LONG = Decimal("1234567890123456789012345678.0123456789")


def made(value: Any, sql_type: str | ValueType) -> Any:
    """The canonical value of `value` in a column of the type."""
    return canonical(value, parse_sql_type(sql_type) if isinstance(sql_type, str) else sql_type, "x")


@pytest.mark.parametrize(
    ("value", "sql_type", "expected"),
    [
        (1, "tinyint(1)", True),
        (False, "bool", False),
        (Decimal("7.00"), "int", 7),
        (2**64 - 1, "bigint unsigned", 2**64 - 1),
        (Decimal("10.5"), "decimal(10,2)", Decimal("10.50")),
        (Decimal("0.005"), "decimal(10,2)", Decimal("0.01")),
        (Decimal("-0.005"), "decimal(10,2)", Decimal("-0.01")),
        (Decimal("-0.001"), "decimal(10,2)", Decimal("0.00")),
        (Decimal("1E-200"), "decimal(10,2)", Decimal("0.00")),
        (Decimal(1) / Decimal(3), "decimal(40,30)", Decimal("0.333333333333333333333333333300")),
        (LONG, "decimal(38,10)", LONG),
        (3, "decimal(3,1)", Decimal("3.0")),
        (0.1, "double", 0.1),
        (0.1, "float", 0.10000000149011612),
        (-0.0, "double", 0.0),
        (3, "double", 3.0),
        (1.23456, "double(8,3)", 1.235),
        ("", "varchar(3)", ""),
        ("\U0001f9ff" * 3, "varchar(3)", "\U0001f9ff" * 3),
        ("ab   ", "char(3)", "ab"),
        ("ab ", "varchar(3)", "ab "),
        ("b", "enum('a','b')", "b"),
        (["a", "b", "a"], "set('a','b')", frozenset("ab")),
        (frozenset(), "set('a','b')", frozenset()),
        (date(2024, 2, 29), "date", date(2024, 2, 29)),
        (MOMENT, "datetime", datetime(2024, 3, 1, tzinfo=UTC)),
        (MOMENT, "datetime(3)", MOMENT.replace(microsecond=988_000)),
        (MOMENT, "datetime(6)", MOMENT),
        (datetime(2024, 1, 1, 1, tzinfo=EAST), "datetime", datetime(2023, 12, 31, 23, tzinfo=UTC)),
        (timedelta(hours=-30, microseconds=-500_000), "time", timedelta(hours=-30, seconds=-1)),
        (timedelta(hours=30, milliseconds=5), "time(2)", timedelta(hours=30, milliseconds=10)),
        (timedelta(hours=838, minutes=59, seconds=59), "time", timedelta(hours=838, minutes=59, seconds=59)),
        (0, "year", 0),
        (2155, "year", 2155),
        (bytearray(b"ab"), "varbinary(2)", b"ab"),
        (b"ab", "binary(4)", b"ab\0\0"),
        (b"\x01", "bit(12)", b"\x00\x01"),
        (b"\x0f\xff", "bit(12)", b"\x0f\xff"),
        (datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), "timestamp", datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)),
    ],
)
def test_canonical(value: Any, sql_type: str, expected: Any) -> None:
    got = made(value, sql_type)
    assert got == expected
    assert type(got) is type(expected)
    assert str(got) == str(expected)  # 10.50 is not 10.5
    assert made(got, sql_type) == got


@pytest.mark.parametrize(
    ("value", "sql_type", "reason"),
    [
        (2, "tinyint(1)", "wants bool"),
        ("1", "bool", "wants bool"),
        (True, "int", "wants int, not bool"),
        (1.0, "int", "wants int, not float"),
        (Decimal("7.5"), "int", "wants int"),
        (Decimal("Infinity"), "int", "wants int"),
        (Decimal("sNaN"), "int", "wants int"),
        (Decimal("1E+999999"), "int", "wants int"),
        (128, "tinyint", "out of range: from -128 to 127"),
        (-1, "int unsigned", "out of range"),
        (2**64, "bigint unsigned", "out of range"),
        (1.5, "decimal(10,2)", "binary floating point"),
        (Decimal("NaN"), "decimal(10,2)", "NaN"),
        (Decimal("100000000"), "decimal(10,2)", "8 digits before the point"),
        (Decimal("99999999.995"), "decimal(10,2)", "8 digits before the point"),
        (Decimal("1E+99999"), "decimal(10,2)", "8 digits before the point"),
        (Decimal("-1"), "decimal(5,2) unsigned", "unsigned"),
        (Decimal("1" * 20 + "." + "1" * 25), "decimal(60,30)", "significant digits"),
        (float("nan"), "double", "NaN"),
        (float("inf"), "float", "NaN"),
        (10**400, "double", "out of range for double"),
        (1e39, "float", "single precision"),
        (1e-200, "double", "DynamoDB's range"),
        (-1.0, "double unsigned", "unsigned"),
        (5, "varchar(3)", "wants str, not int"),
        ("abcd", "varchar(3)", "4 characters long, 3 fit"),
        ("\ud800", "varchar(3)", "lone surrogate"),
        ("é" * 200, "tinytext", "400 bytes long, 255 fit"),
        ("c", "enum('a','b')", "one of 'a', 'b'"),
        (["c"], "set('a','b')", "members of 'a', 'b'"),
        ([["a"]], "set('a','b')", "wants str"),
        ("a", "set('a','b')", "wants set"),
        (MOMENT, "date", "not datetime"),
        ("2024-01-01", "date", "wants date"),
        (MOMENT.replace(tzinfo=None), "datetime", "aware"),
        (date(2024, 1, 1), "datetime", "wants datetime"),
        (datetime(9999, 12, 31, 23, 59, 59, 600_000, tzinfo=UTC), "datetime", "year"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5))), "datetime", "year"),
        (datetime(1970, 1, 1, tzinfo=UTC), "timestamp", "TIMESTAMP lies between"),
        (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), "timestamp", "TIMESTAMP lies between"),
        (timedelta(hours=838, minutes=59, seconds=59, milliseconds=500), "time", "838:59:59"),
        (1900, "year", "1901"),
        ("x", "varbinary(3)", "wants bytes"),
        (b"abcd", "varbinary(3)", "4 bytes long, 3 fit"),
        (b"\x10\x00", "bit(12)", "over 12 bits"),
        (b"\0\0\0", "bit(12)", "3 bytes long, 2 fit"),
    ],
)
def test_canonical_refuses(value: Any, sql_type: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason) as caught:
        made(value, sql_type)
    assert caught.value.field == "x"
    assert str(caught.value).startswith("x: ")


@pytest.mark.parametrize("sql_type", ["int", "varchar(3)", "json", "set('a')", "datetime"])
def test_null_is_null_for_every_type(sql_type: str) -> None:
    assert made(None, sql_type) is None


@pytest.mark.parametrize("sql_type", ["enum('a','b')", "varchar(2)", "date", "int", "set('a','b')"])
def test_a_reason_never_tells_the_value(sql_type: str) -> None:
    """The field may be a sensitive one, and the error may be logged."""
    value: Any = {"hunter2"} if sql_type.startswith("set") else "hunter2"
    with pytest.raises(InvalidValue) as caught:
        made(value, sql_type)
    assert "hunter2" not in str(caught.value)


def test_rows_name_the_column_that_does_not_fit() -> None:
    rows = ValueType("rows", columns={"product_id": parse_sql_type("int"), "price": parse_sql_type("decimal(10,2)")})
    assert made([{"product_id": 1}], rows) == [{"product_id": 1, "price": None}]
    with pytest.raises(InvalidValue) as caught:
        canonical([{"product_id": "a"}], rows, "items")
    assert caught.value.field == "items[0].product_id"
    must = replace(rows, required=frozenset({"price"}))
    assert made([{"price": 1}], must) == [{"product_id": None, "price": Decimal("1.00")}]
    for lacking in ({}, {"price": None}):
        with pytest.raises(InvalidValue, match=r"items\[1\].price: wants a value, and has none"):
            canonical([{"price": 1}, lacking], must, "items")
    with pytest.raises(InvalidValue, match="has no 'prise'"):
        made([{"prise": 1}], rows)
    with pytest.raises(InvalidValue, match="wants dict"):
        made([1], rows)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None))
def test_what_check_dynamodb_number_lets_pass_has_38_digits(number: Decimal) -> None:
    try:
        check_dynamodb_number(number)
    except InvalidValue:
        return
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    assert len(digits) <= 38
    assert not number or -130 <= number.adjusted() <= 125


@given(st.integers(1, 38).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, min(p, 30)))), st.data())
def test_a_decimal_that_fits_comes_out_with_all_its_digits(shape: tuple[int, int], data: st.DataObject) -> None:
    precision, scale = shape
    unscaled = data.draw(st.integers(-(10**precision) + 1, 10**precision - 1))
    number = Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))
    got = made(number, f"decimal({precision},{scale})")
    assert got == number
    assert got.as_tuple().exponent == -scale
