"""MySQL's types as text: what each is, and what is none."""

from __future__ import annotations

import pytest

from crossfade.contract.errors import InvalidValue
from crossfade.contract.types import (
    ValueType,
    canonical,
    declared,
    parse_sql_type,
)


@pytest.mark.parametrize(
    ("sql_type", "expected"),
    [
        ("tinyint(1)", ValueType("bool")),
        ("bool", ValueType("bool")),
        ("bit(1)", ValueType("bool")),
        ("tinyint", ValueType("int", minimum=-128, maximum=127)),
        ("tinyint(1) unsigned", ValueType("int", minimum=0, maximum=255)),
        ("smallint unsigned", ValueType("int", minimum=0, maximum=65535)),
        ("mediumint", ValueType("int", minimum=-(2**23), maximum=2**23 - 1)),
        ("int(11)", ValueType("int", minimum=-(2**31), maximum=2**31 - 1)),
        ("INT(10) UNSIGNED ZEROFILL", ValueType("int", minimum=0, maximum=2**32 - 1)),
        ("bigint unsigned", ValueType("int", minimum=0, maximum=2**64 - 1)),
        ("decimal(10,2)", ValueType("decimal", precision=10, scale=2)),
        ("decimal(7)", ValueType("decimal", precision=7, scale=0)),
        ("decimal", ValueType("decimal", precision=10, scale=0)),
        ("decimal(5,1) unsigned", ValueType("decimal", precision=5, scale=1, minimum=0)),
        ("float", ValueType("float", single=True)),
        ("float(53)", ValueType("float")),
        ("float(30,2)", ValueType("float", single=True, scale=2)),
        ("double", ValueType("float")),
        ("double precision", ValueType("float")),
        ("char(3)", ValueType("str", length=3, fixed=True)),
        ("varchar(40)", ValueType("str", length=40)),
        ("text", ValueType("str", length=65535, byte_length=True)),
        ("enum('a','it''s')", ValueType("enum", values=("a", "it's"))),
        ("set('x,y','z')", ValueType("set", values=("x,y", "z"))),
        ("date", ValueType("date")),
        ("datetime(3)", ValueType("datetime", fsp=3)),
        ("timestamp", ValueType("datetime", minimum=1, maximum=2**31 - 1)),
        ("time(6)", ValueType("time", fsp=6)),
        ("year(4)", ValueType("year", minimum=0, maximum=2155)),
        ("binary(4)", ValueType("bytes", length=4, fixed=True)),
        ("varbinary(9)", ValueType("bytes", length=9)),
        ("blob", ValueType("bytes", length=65535)),
        ("bit(12)", ValueType("bytes", length=2, fixed=True, precision=12)),
        ("json", ValueType("json")),
        ("point", ValueType("bytes")),
    ],
)
def test_parse_sql_type(sql_type: str, expected: ValueType) -> None:
    got = parse_sql_type(sql_type)
    assert got.source == sql_type
    assert (got.kind, got.minimum, got.maximum, got.precision, got.scale, got.fsp) == (
        expected.kind,
        expected.minimum,
        expected.maximum,
        expected.precision,
        expected.scale,
        expected.fsp,
    )
    assert (got.length, got.byte_length, got.fixed, got.single, got.values) == (
        expected.length,
        expected.byte_length,
        expected.fixed,
        expected.single,
        expected.values,
    )


@pytest.mark.parametrize("text", ["", "integerr", "varchar 10", "1int", "enum"])
def test_parse_sql_type_refuses_what_mysql_has_not(text: str) -> None:
    if text == "enum":
        assert parse_sql_type(text).values == ()
        return
    with pytest.raises(ValueError, match="not a MySQL column type"):
        parse_sql_type(text)


def test_parse_sql_type_keeps_the_collation() -> None:
    assert parse_sql_type("varchar(3)", collation="utf8mb4_0900_bin").collation == "utf8mb4_0900_bin"


@pytest.mark.parametrize(
    ("sql_type", "wire", "expected"),
    [
        ("tinyint(1)", "BOOL", "bool"),
        ("tinyint(1)", "N", "int"),
        ("tinyint(1)", "S", "bool"),
        ("boolean", "N", "bool"),
        ("bit(1)", "N", "bool"),
        ("tinyint", "N", "int"),
    ],
)
def test_a_tinyint_1_is_what_it_is_declared(sql_type: str, wire: str, expected: str) -> None:
    found = declared(parse_sql_type(sql_type), wire)
    assert (found.kind, found.source) == (expected, sql_type)
    if sql_type.startswith("tinyint") and expected == "int":
        assert [canonical(n, found, "n") for n in (-128, 2, 127)] == [-128, 2, 127]
        with pytest.raises(InvalidValue, match="from -128 to 127"):
            canonical(128, found, "n")
