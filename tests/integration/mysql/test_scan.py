"""The walk over a source table: every row once, in chunks of any size, over keys of any type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.contract import load
from crossfade.dal.entity import Record
from crossfade.dal.errors import SchemaMismatch
from crossfade.mysql import MySQLStore, create_sqlite
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.scan import Scan, Span

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DDL = """
CREATE TABLE readings (station VARCHAR(9) NOT NULL, day DATE NOT NULL, nr INT NOT NULL, note VARCHAR(9), ends DATETIME,
  PRIMARY KEY (station, day, nr)) COLLATE utf8mb4_bin;
CREATE TABLE plain (id INT NOT NULL PRIMARY KEY, day DATE NOT NULL) COLLATE utf8mb4_bin;
CREATE TABLE coded (code VARBINARY(4) NOT NULL, other INT, word VARCHAR(9) NOT NULL,
  UNIQUE KEY a_loose (other), UNIQUE KEY b_strict (code)) COLLATE utf8mb4_bin;
CREATE TABLE staged (state ENUM('open','done','In work') NOT NULL, nr INT NOT NULL, PRIMARY KEY (state, nr))
  COLLATE utf8mb4_bin;
CREATE TABLE loose (id INT, UNIQUE KEY uq (id)) COLLATE utf8mb4_bin;
"""


def table(name: str, source: str, key: list[str], ttl: str | None, **columns: tuple[str, str]) -> dict[str, Any]:
    """A contract's table of one entity, `name`, with these fields and their types."""
    made = {"type": "string-format", "format": "#".join(f"{{{k}}}" for k in key)}
    fields = [{"name": n, "type": t, "source_column": n, "source_type": s} for n, (t, s) in columns.items()]
    found: dict[str, Any] = {
        "table": name.title(), "type": "single-entity", "source_table": source, "entity_type": name,
        "pk": "PK", "key": key, "attributes": [*fields, {"name": "PK", "type": "S", "plumbing": True,
                                                          "transformation": made}],
    }  # fmt: skip
    return found | ({"ttl": {"field": ttl, "unit": "datetime"}, "ttl_attribute": "expires"} if ttl else {})


CONTRACT = load(
    {
        "version": "2",
        "tables": [
            table(
                "READING", "readings", ["station", "day", "nr"], "ends",
                station=("S", "varchar(9)"), day=("S", "date"), nr=("N", "int"), note=("S", "varchar(9)"),
                ends=("S", "datetime"),
            ),
            table("PLAIN", "plain", ["id"], None, id=("N", "int"), day=("S", "date")),
            table("CODED", "coded", ["word"], None, code=("B", "varbinary(4)"), other=("N", "int"),
                  word=("S", "varchar(9)")),
            table("STAGED", "staged", ["state", "nr"], None, nr=("N", "int"),
                  state=("S", "enum('open','done','In work')")),
            table("LOOSE", "loose", ["id"], None, id=("N", "int")),
        ],
    }
)  # fmt: skip


@pytest.fixture
def store(engine: sa.Engine) -> MySQLStore:
    """The tables, empty."""
    if dialect_name(engine) == "sqlite":
        create_sqlite(engine, DDL)
    with engine.begin() as connection:
        for statement in DDL.split(";") if dialect_name(engine) == "mysql" else []:
            if statement.strip():
                connection.exec_driver_sql(statement)
    return MySQLStore(CONTRACT, engine, clock=lambda: NOW)


@pytest.fixture
def readings(engine: sa.Engine, store: MySQLStore) -> Scan:
    """24 rows under composite keys, one of which has expired."""
    with engine.begin() as connection:
        for station in ("ä", "b", "Ba", "b'c"):
            for day in ("2025-12-31", "2026-01-01", "2026-01-02"):
                for number in (-1, 10):
                    ends = "'2025-01-01 00:00:00'" if (station, day, number) == ("b", "2026-01-01", 10) else "NULL"
                    quoted = station.replace("'", "''")
                    stored = "'2025-01-01 00:00:00.000000'" if dialect_name(engine) == "sqlite" else ends
                    value = "NULL" if ends == "NULL" else stored
                    connection.exec_driver_sql(
                        f"INSERT INTO readings VALUES ('{quoted}', '{day}', {number}, NULL, {value})"  # noqa: S608 - literals
                    )
    return Scan(store, "READING")


def walk(scan: Scan, span: Span, limit: int) -> tuple[list[Record], int]:
    """Every record of a span and how many had expired; each position goes through JSON."""
    found: list[Record] = []
    expired = 0
    while True:
        rows = scan.read(span, limit)
        found += rows.records
        expired += rows.expired
        if not rows.more:
            return found, expired
        span = Span(scan.load(scan.dump(rows.last)), span.until)


@pytest.mark.parametrize("limit", [1, 2, 5, 23, 24, 25])
def test_every_row_is_met_once_in_chunks_of_any_size(readings: Scan, limit: int) -> None:
    found, expired = walk(readings, Span(), limit)
    keys = [(r["station"], r["day"], r["nr"]) for r in found]
    assert (len(keys), len(set(keys)), expired, readings.count()) == (23, 23, 1, 24)
    assert keys == sorted(keys)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("parts", [1, 4])
def test_members_of_an_enum_are_walked_in_the_order_in_which_they_lie(
    engine: sa.Engine, store: MySQLStore, limit: int, parts: int
) -> None:
    """MySQL sorts them by their places, and compares them as text: "done" lies behind "open", and is less."""
    wanted = [(state, number) for state in ("open", "done", "In work") for number in range(5)]
    with engine.begin() as connection:
        for state, number in wanted:
            connection.exec_driver_sql(f"INSERT INTO staged VALUES ('{state}', {number})")  # noqa: S608 - literals
    scan = Scan(store, "STAGED")
    found = [r for span in scan.spans(parts) for r in walk(scan, span, limit)[0]]
    assert sorted((r["state"], r["nr"]) for r in found) == sorted(wanted)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 24, 100])
def test_spans_cover_the_table_without_gap_or_overlap(readings: Scan, parts: int) -> None:
    spans = readings.spans(parts)
    assert [s.until for s in spans[:-1]] == [s.after for s in spans[1:]]
    assert (spans[0].after, spans[-1].until) == (None, None)
    keys = [(r["station"], r["day"], r["nr"]) for s in spans for r in walk(readings, s, 3)[0]]
    assert (len(keys), len(set(keys))) == (23, 23)


@pytest.mark.parametrize("parts", [1, 2, 5, 50])
def test_spans_of_ids_are_even(engine: sa.Engine, store: MySQLStore, parts: int) -> None:
    with engine.begin() as connection:
        for number in (-5, 1, 2, 3, 40):
            connection.exec_driver_sql(f"INSERT INTO plain VALUES ({number}, '2026-01-01')")  # noqa: S608 - literals
    scan = Scan(store, "PLAIN")
    spans = scan.spans(parts)
    assert [r["id"] for s in spans for r in walk(scan, s, 2)[0]] == [-5, 1, 2, 3, 40]
    assert len(spans) <= parts


def test_an_empty_table_is_one_span_and_ends_at_once(store: MySQLStore) -> None:
    scan = Scan(store, "PLAIN")
    assert scan.spans(4) == [Span()]
    rows = scan.read(Span(), 10)
    assert (rows.count, rows.last, rows.more, scan.dump(rows.last), scan.load(None)) == (0, None, False, None, None)


def test_rows_that_come_later_lie_in_a_span(engine: sa.Engine, store: MySQLStore) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO plain VALUES (1, '2026-01-01'), (9, '2026-01-01')")
    scan = Scan(store, "PLAIN")
    spans = scan.spans(2)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO plain VALUES (-7, '2026-01-01'), (4, '2026-01-01'), (1000, '2026-01-01')"
        )
    assert [r["id"] for s in spans for r in walk(scan, s, 1)[0]] == [-7, 1, 4, 9, 1000]


def test_without_a_primary_key_a_unique_index_without_nulls_leads_the_walk(
    engine: sa.Engine, store: MySQLStore
) -> None:
    with engine.begin() as connection:
        for code, word in (("X'00'", "zero"), ("X'FF00'", "high"), ("X'7F'", "mid")):
            connection.exec_driver_sql(f"INSERT INTO coded VALUES ({code}, NULL, '{word}')")  # noqa: S608 - literals
    scan = Scan(store, "CODED")
    assert scan.columns == ("code",)
    assert [r["word"] for r in walk(scan, Span(), 1)[0]] == ["zero", "mid", "high"]


def test_a_table_whose_rows_cannot_be_told_apart_is_refused(store: MySQLStore) -> None:
    with pytest.raises(SchemaMismatch, match=r"loose has no primary key.*add one"):
        Scan(store, "LOOSE")


def test_a_position_of_another_table_is_refused(readings: Scan) -> None:
    with pytest.raises(ValueError, match="3 parts"):
        readings.load(["b"])


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_rows_that_the_contract_cannot_read_are_told_and_the_others_read(
    engine: sa.Engine, store: MySQLStore, limit: int, break_rows: Callable[[list[int]], None]
) -> None:
    with engine.begin() as connection:
        for number in range(10):
            connection.exec_driver_sql(f"INSERT INTO plain VALUES ({number}, '2026-01-01')")  # noqa: S608 - literals
    break_rows([0, 4, 5])
    scan = Scan(store, "PLAIN")
    read: list[int] = []
    refused: list[tuple[Any, ...]] = []
    span = Span()
    while True:
        rows = scan.read(span, limit)
        read += [r["id"] for r in rows.records]
        refused += [u.position for u in rows.unreadable]
        assert all(u.error.field == "day" for u in rows.unreadable)
        if not rows.more:
            break
        span = Span(rows.last)
    assert (read, refused) == ([1, 2, 3, 6, 7, 8, 9], [(0,), (4,), (5,)])


@pytest.fixture
def break_rows(engine: sa.Engine) -> Callable[[list[int]], None]:
    """Gives rows of `plain` a date that does not exist."""

    def broken(ids: list[int]) -> None:
        with engine.connect() as connection:
            if dialect_name(engine) == "mysql":
                # What databases from before MySQL 5.7 are full of.
                connection.exec_driver_sql("SET SESSION sql_mode = ''")
            for number in ids:
                connection.exec_driver_sql(f"UPDATE plain SET day = '0000-00-00' WHERE id = {number}")  # noqa: S608 - literals
            connection.commit()
            connection.invalidate()  # the mode ends with the connection

    return broken
