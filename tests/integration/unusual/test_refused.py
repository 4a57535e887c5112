"""What an item cannot hold is found by lint, and is refused when it is read or stored: never changed in silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from crossfade.contract import lint, load
from crossfade.contract.errors import InvalidValue
from crossfade.dynamodb.codec import Codec
from crossfade.mysql import measure_url, open_store
from crossfade.mysql.scan import Scan, Span
from crossfade.mysql.store import MySQLStore
from tests.integration.servers import SqlServer

SCHEMA = """CREATE TABLE odd (
  id INT NOT NULL PRIMARY KEY, flag TINYINT(1) NULL, tags SET('a', 'b') NULL, doc JSON NULL, size DOUBLE NULL,
  day DATE NULL, exact DECIMAL(40,2) NULL
) DEFAULT CHARSET=utf8mb4"""
TYPES = {"id": "N", "flag": "BOOL", "tags": "SS", "doc": "M", "size": "N", "day": "S", "exact": "N"}
# Column, what is stored, and why no item holds it: told when the row is read, or when its item is made.
ODD = [
    ("flag", "2", "neither 0 nor 1"),
    ("flag", "-1", "neither 0 nor 1"),
    ("tags", "''", "the empty set"),
    ("doc", "'null'", "JSON null"),
    ("doc", """'{"": 1}'""", "an empty key"),
    ("doc", "'1e300'", "outside DynamoDB's range"),
    ("size", "1e-131", "outside DynamoDB's range"),
    ("size", "-1e126", "outside DynamoDB's range"),
    ("day", "'0000-00-00'", "is no date"),
    ("day", "'2024-00-31'", "is no date"),
    ("exact", "12345678901234567890123456789012345678.91", "40 significant digits"),
]


def now() -> datetime:
    return datetime.now(UTC)


def contract() -> dict[str, Any]:
    attributes = [{"name": n, "type": t, "source_table": "odd", "source_column": n} for n, t in TYPES.items()]
    entity = {
        "entity_type": "ODD",
        "source_table": "odd",
        "pk_template": "{id}",
        "key": ["id"],
        "attributes": attributes,
    }
    table = {"table": "Odd", "type": "single-entity", "source_table": "odd", "pk": "id", "entities": [entity]}
    return {"version": "2", "tables": [table]}


@pytest.fixture
def url(sql_server: SqlServer) -> Iterator[str]:
    """A database with a row for each odd value, and a row without."""
    with sql_server.database() as found:
        name = found.rpartition("/")[2].partition("?")[0]
        sql_server.execute(SCHEMA, database=name)
        sql_server.execute("INSERT INTO odd VALUES (0, 1, 'a', '[0.5]', 0.5, '2024-02-29', 0.50)", database=name)
        with closing(sql_server.connect(name)) as connection, connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ''")  # as servers were set up once, to which such dates are none
            for i, (column, value, _) in enumerate(ODD, start=1):
                cursor.execute(f"INSERT INTO odd (id, {column}) VALUES ({i}, {value})")  # noqa: S608 - see ODD
        yield found


@pytest.fixture
def store(url: str) -> Iterator[MySQLStore]:
    opened = open_store(load(contract()), url, clock=now)
    yield opened
    opened.close()


def test_lint_finds_it(url: str) -> None:
    loaded = load(contract())
    schema, statistics = measure_url(url, loaded)
    found = {(f.code, f.message.split(": ")[-1]) for f in lint(loaded, schema, statistics) if f.severity == "error"}
    assert {code for code, _ in found} == {"CF401", "CF601", "CF604"}
    assert {m for c, m in found if c == "CF604"} >= {"ODD.tags holds the empty set", "ODD.doc holds JSON null"}
    assert {m for c, m in found if c == "CF601"} == {"ODD.size holds 1e-131", "ODD.size holds 1e+126"}


def test_each_is_refused_with_its_reason_and_the_rest_is_carried_over(store: MySQLStore) -> None:
    rows = Scan(store, "ODD").read(Span(), 100)
    codec = Codec(store.contract, store.contract.entities["ODD"])
    refused = {u.position[0]: u.error for u in rows.unreadable}
    stored = []
    for record in rows.records:
        try:
            stored.append(codec.decode(codec.encode(record)))
        except InvalidValue as error:
            refused[record["id"]] = error
    assert [r["id"] for r in stored] == [0]
    assert stored == [r for r in rows.records if r["id"] == 0]
    for i, (column, _, reason) in enumerate(ODD, start=1):
        assert (refused[i].field, reason in refused[i].reason) == (column, True), refused[i]


def test_what_is_declared_for_it_holds_it(url: str) -> None:
    given = contract()
    attributes = {a["name"]: a for a in given["tables"][0]["entities"][0]["attributes"]}
    attributes["flag"]["type"] = "N"
    attributes["doc"].update(type="S", format="json")
    attributes["size"]["type"] = attributes["exact"]["type"] = "S"
    loaded = load(given)
    store = open_store(loaded, url, clock=now)
    try:
        records = {r["id"]: r for r in Scan(store, "ODD").read(Span(), 100).records}
        codec = Codec(store.contract, store.contract.entities["ODD"])
        held = {i: codec.decode(codec.encode(record)) for i, record in records.items()}
    finally:
        store.close()
    assert held == records
    assert set(range(1, len(ODD) + 1)) - set(held) == {3, 4, 9, 10}
    assert [held[i]["flag"] for i in (1, 2)] == [2, -1]
    assert [held[i]["size"] for i in (7, 8)] == [1e-131, -1e126]
