"""Every column type: what is stored is read back as it was, and is found by it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.contract.errors import InvalidValue
from crossfade.contract.source import SourceSchema
from crossfade.contract.types import canonical
from crossfade.contract.wkb import joined
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.schema import create_sqlite, metadata, reflect
from crossfade.mysql.types import ColumnType

POINT = bytes.fromhex("0101000000000000000000f03f0000000000000040")
VALUES: dict[str, list[Any]] = {
    "TINYINT(1)": [True, False],
    "BIT(1)": [True, False],
    "BIT(9)": [b"\x01\xff", b"\x00\x00"],
    "TINYINT": [-128, 127],
    "MEDIUMINT UNSIGNED": [0, 2**24 - 1],
    "INT": [-(2**31), 2**31 - 1],
    "BIGINT": [-(2**63), 2**63 - 1],
    "BIGINT UNSIGNED": [0, 2**63 - 1, 2**63, 2**64 - 1],
    "DECIMAL(10,2)": [Decimal("10.50"), Decimal("-99999999.99"), Decimal("0.00")],
    "DECIMAL(38,10)": [Decimal("1234567890123456789012345678.0123456789")],
    "FLOAT": [0.10000000149011612, 16777216.0, 1.2345678806304932, 3.4028234663852886e38],
    "DOUBLE": [0.1, 1 / 3, 1e125, -2.5e-100, 123456789.123456789],
    "CHAR(4)": ["ab", ""],
    "VARCHAR(20)": ["", " a ", "naïve 😀", "a'b\"c\\d%_:x", "\x00\x01"],
    "TEXT": ["x" * 60_000],
    "ENUM('z','a','it''s')": ["z", "a", "it's"],
    "SET('a','b','c')": [frozenset(), frozenset({"a"}), frozenset({"c", "a"})],
    "DATE": [date(1000, 1, 1), date(9999, 12, 31)],
    "DATETIME": [datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC)],
    "DATETIME(6)": [datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)],
    "TIMESTAMP(3) NULL": [datetime(2024, 3, 31, 2, 30, 0, 125_000, tzinfo=UTC)],
    "TIME": [timedelta(hours=838, minutes=59, seconds=59), timedelta(seconds=-1), timedelta(hours=-30)],
    "TIME(6)": [timedelta(hours=-1, microseconds=-1), timedelta(0), timedelta(hours=25, microseconds=1)],
    "YEAR": [1901, 2155, 0],
    "BINARY(4)": [b"ab\0\0"],
    "VARBINARY(8)": [b"", b"\x00\xff"],
    "BLOB": [bytes(range(256))],
    "JSON": [{"a": [1, 2.5, None, True, "ü"], "b": {}}, [], "text", 2**63, -0.125, 1e-7],
    "GEOMETRY": [POINT, joined(4326, POINT), joined(3857, POINT)],
}
# What SQL does not compare, or not as a value.
UNCOMPARED = {"JSON", "GEOMETRY"}


def _table(engine: sa.Engine, type_text: str) -> sa.Table:
    ddl = f"CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v {type_text}) CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
    if dialect_name(engine) == "sqlite":
        schema: SourceSchema = create_sqlite(engine, ddl)
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql(ddl)
        schema = reflect(engine)
    return metadata(schema, dialect_name(engine)).tables["t"]


@pytest.mark.parametrize("type_text", VALUES)
def test_what_is_stored_is_read_back(engine: sa.Engine, type_text: str) -> None:
    table = _table(engine, type_text)
    type_ = table.c.v.type
    assert isinstance(type_, ColumnType)
    values = [None, *VALUES[type_text]]
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": i, "v": v} for i, v in enumerate(values)])
    with engine.connect() as connection:
        found = connection.execute(sa.select(table.c.v).order_by(table.c.id)).scalars().all()
        assert found == values
        assert [type(v) for v in found] == [type(v) for v in values]
        assert [canonical(v, type_.value_type, "v") for v in found] == values
        for i, value in enumerate(values):
            if value is not None and type_text not in UNCOMPARED:
                assert connection.execute(sa.select(table.c.id).where(table.c.v == value)).scalars().all() == [i]


def test_unsigned_bigints_sort_as_numbers(engine: sa.Engine) -> None:
    table = _table(engine, "BIGINT UNSIGNED")
    values = [2**64 - 1, 0, 2**63, 5, 2**63 - 1, 10**19]
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": i, "v": v} for i, v in enumerate(values)])
        assert connection.execute(sa.select(table.c.v).order_by(table.c.v)).scalars().all() == sorted(values)
        above = sa.select(table.c.v).where(table.c.v > 2**63 - 1).order_by(table.c.v)
        assert connection.execute(above).scalars().all() == [2**63, 10**19, 2**64 - 1]


def test_decimals_sort_as_numbers(engine: sa.Engine) -> None:
    table = _table(engine, "DECIMAL(38,10)")
    values = [Decimal(v) for v in ("10", "9", "-10", "-9", "0.0000000001", "-0.0000000001", "1E+27")]
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": i, "v": v} for i, v in enumerate(values)])
        assert connection.execute(sa.select(table.c.v).order_by(table.c.v)).scalars().all() == sorted(values)
        assert len(connection.execute(sa.select(table.c.v).where(table.c.v < Decimal(0))).all()) == 3


def test_a_shape_lies_in_its_columns_reference_system_unless_it_names_another(engine: sa.Engine) -> None:
    table = _table(engine, "POINT /*!80003 SRID 4326 */")
    with engine.begin() as connection:
        connection.execute(table.insert(), {"id": 1, "v": POINT})
        assert connection.execute(sa.select(table.c.v)).scalar_one() == POINT
        if dialect_name(engine) == "sqlite":
            return
        mariadb = bool(getattr(engine.dialect, "is_mariadb", False))
        assert connection.exec_driver_sql("SELECT ST_SRID(v) FROM t").scalar_one() == (0 if mariadb else 4326)
        # x is the longitude, also where the reference system's own order is another.
        longitude = "SELECT ST_X(v) FROM t" if mariadb else "SELECT ST_Longitude(v) FROM t"
        assert connection.exec_driver_sql(longitude).scalar_one() == 1


@pytest.mark.parametrize(
    ("type_text", "sql", "reason"),
    [
        ("TINYINT(1)", "2", "holds 2, which is neither 0 nor 1"),
        ("TINYINT(1)", "-1", "declare the attribute N"),
        ("JSON", "'null'", "holds JSON null"),
    ],
)
def test_what_would_come_back_changed_is_not_read(engine: sa.Engine, type_text: str, sql: str, reason: str) -> None:
    table = _table(engine, type_text)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO t (id, v) VALUES (1, {sql})")  # noqa: S608 - the test's own text
        chosen = sa.select(table.c.v)
        with pytest.raises(InvalidValue, match=reason) as caught:
            connection.execute(chosen).scalar_one()
    assert caught.value.field == "v"


def test_json_keeps_one_point_from_one(engine: sa.Engine) -> None:
    table = _table(engine, "JSON")
    value = {"": [1.0, 1, -0.0, 5e-324, 1.7976931348623157e308, 2**64 - 1, 0.1]}
    with engine.begin() as connection:
        connection.execute(table.insert(), {"id": 1, "v": value})
        assert repr(connection.execute(sa.select(table.c.v)).scalar_one()) == repr(value)


def test_a_decimal_inside_json_is_not_rounded(engine: sa.Engine) -> None:
    table = _table(engine, "JSON")
    exact, rounded = "[12345678901234567890.125]", "[4.9406564584124654e-324, 0.10000000000000000555]"
    stored = f"'{exact}'" if dialect_name(engine) == "sqlite" else f"JSON_ARRAY({exact.strip('[]')})"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO t (id, v) VALUES (1, {stored}), (2, '{rounded}')")  # noqa: S608 - as above
        with pytest.raises(InvalidValue, match="exactly"):
            connection.execute(sa.select(table.c.v).where(table.c.id == 1)).scalar_one()
        found = connection.execute(sa.select(table.c.v).where(table.c.id == 2)).scalar_one()
    assert found == [5e-324, 0.1]
