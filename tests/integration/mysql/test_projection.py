"""Every kind of derivation, read from real rows: what joins, constructions and calculations make of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.dal.base import Tools
from crossfade.dal.condition import F
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository
from crossfade.mysql import MySQLStore, create_sqlite
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.measure import measure

DDL = """
CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, town VARCHAR(20) NULL)
  CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE prices (id INT PRIMARY KEY, thing_id INT NOT NULL, amount DECIMAL(8,2) NOT NULL, factor INT NOT NULL,
  KEY ix (thing_id)) CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE things (id INT AUTO_INCREMENT PRIMARY KEY, maker_id INT NULL, label VARCHAR(20) NOT NULL,
  kind INT NOT NULL, made DATETIME NOT NULL, weight FLOAT NULL) CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
"""
ROWS = """
INSERT INTO makers VALUES (1, 'Ann', 'Bern'), (2, 'Ben', NULL);
INSERT INTO things VALUES (1, 1, 'first', 1, '2024-01-31 10:00:00.000000', 0.5),
  (2, 2, 'second', 2, '2024-02-29 00:00:00.000000', NULL), (3, NULL, 'third', 1, '2023-12-31 23:59:59.000000', 2);
INSERT INTO prices VALUES (1, 1, '9.99', 2), (2, 1, '0.02', 3), (3, 1, '100.00', 1), (4, 2, '5.00', 1);
"""
MAKER = {"type": "foreign-key", "target_table": "makers", "join_condition": "makers.id = things.maker_id"}
PRICES = {"target_table": "prices", "join_condition": "prices.thing_id = things.id"}


def _plain(name: str, type_: str = "S") -> dict[str, Any]:
    return {"name": name, "type": type_, "source_column": name}


def _sum(name: str, operation: str, column: str | None = None) -> dict[str, Any]:
    made = {"type": "aggregate", "operation": operation, **PRICES, **({"select_column": column} if column else {})}
    return {"name": name, "type": "N", "source_column": "id", "calculation": made}


def _rows(name: str, kind: str, **construction: Any) -> dict[str, Any]:
    made = {"type": kind, "select_columns": ["id", "amount"], **construction}
    join = {"type": "json-construction", **PRICES, "construction": made}
    return {"name": name, "type": "L" if kind == "array" else "M", "source_column": "id", "join": join}


ATTRIBUTES: list[dict[str, Any]] = [
    _plain("id", "N"),
    _plain("maker_id", "N"),
    _plain("label"),
    _plain("kind", "N"),
    _plain("made"),
    _plain("weight", "N"),
    {"name": "maker", "type": "S", "source_column": "maker_id", "join": {**MAKER, "select_column": "name"}},
    {
        "name": "town",
        "type": "S",
        "source_column": "maker_id",
        "join": {**MAKER, "select_column": "town", "null_value": "nowhere"},
    },
    {
        "name": "by_whom",
        "type": "S",
        "source_column": "maker_id",
        "join": {
            **MAKER,
            "type": "conditional",
            "condition": "things.kind = 1",
            "select_column": "name",
            "else_value": "-",
        },
    },
    {
        "name": "address",
        "type": "S",
        "source_column": "maker_id",
        "join": {
            "type": "chain",
            "chain_separator": ", ",
            "joins": [
                {
                    "target_table": "makers",
                    "join_condition": "makers.id = things.maker_id",
                    "select_column": "makers.name",
                },
                {
                    "target_table": "makers",
                    "alias": "same",
                    "join_condition": "same.id = makers.id",
                    "select_column": "same.town",
                },
            ],
        },
    },
    {
        "name": "a_price",
        "type": "N",
        "source_column": "id",
        "join": {"type": "lookup-table", **PRICES, "select_column": "amount"},
    },
    _sum("prices", "COUNT"),
    _sum("total", "SUM", "prices.amount * prices.factor"),
    _sum("mean", "AVG", "amount"),
    _sum("least", "MIN", "amount"),
    _rows("two", "array", order_by="amount DESC", limit=2),
    _rows("dearest", "object", order_by="amount DESC"),
    {
        "name": "size",
        "type": "S",
        "source_column": "kind",
        "calculation": {"type": "case", "cases": [{"when": "things.kind > 1", "then": "'big'"}], "else": "'small'"},
    },
    {
        "name": "due",
        "type": "S",
        "source_column": "made",
        "calculation": {"type": "date-math", "operation": "ADD", "amount": 1, "unit": "MONTH"},
    },
    {
        "name": "day",
        "type": "S",
        "source_column": "made",
        "transformation": {"type": "date-format", "format": "%Y-%m-%d"},
    },
]
KEY = {"type": "string-format", "format": "T#{id:06d}"}
PATTERNS = [
    {"name": "of_kind", "by": ["kind"], "scan": True},
    {"name": "by_total", "by": [], "range": "total", "scan": True},
    {"name": "by_day", "by": [], "range": "day", "scan": True},
    {"name": "by_maker", "by": ["maker"], "scan": True},
]


def _contract() -> Contract:
    table = {
        "table": "Things", "type": "single-entity", "source_table": "things", "entity_type": "THING", "pk": "PK",
        "key": ["id"], "id": {"field": "id", "strategy": "auto_increment"}, "access_patterns": PATTERNS,
        "attributes": [
            *ATTRIBUTES,
            {"name": "PK", "type": "S", "plumbing": True, "transformation": KEY},
        ],
    }  # fmt: skip
    return load({"version": "2", "tables": [table]})


@pytest.fixture
def store(engine: sa.Engine) -> MySQLStore:
    """The things, three of them."""
    if dialect_name(engine) == "sqlite":
        create_sqlite(engine, DDL)
        rows = ROWS
    else:
        rows = DDL + ROWS
    with engine.begin() as connection:
        for statement in rows.split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    return MySQLStore(_contract(), engine)


def _things(store: MySQLStore) -> Repository[dict[str, Any]]:
    from crossfade.contract.plan import plan_contract  # noqa: PLC0415 - only here

    binding = bind(store.contract, "THING")
    prepare = Preparer(binding.entity, lambda: datetime.now(UTC))
    plans = plan_contract(store.contract)["THING"]
    return store.repository(binding, Tools(prepare, plans, CursorSigner(b"x")))


FIRST = {
    "id": 1, "maker_id": 1, "label": "first", "kind": 1, "made": datetime(2024, 1, 31, 10, tzinfo=UTC), "weight": 0.5,
    "maker": "Ann", "town": "Bern", "by_whom": "Ann", "address": "Ann, Bern", "a_price": Decimal("9.99"),
    "prices": 3, "total": Decimal("120.04"), "mean": Decimal("36.670000"), "least": Decimal("0.02"),
    "two": [{"id": 3, "amount": Decimal("100.00")}, {"id": 1, "amount": Decimal("9.99")}],
    "dearest": {"id": 3, "amount": Decimal("100.00")}, "size": "small",
    "due": datetime(2024, 2, 29, 10, tzinfo=UTC), "day": "2024-01-31",
}  # fmt: skip


def test_every_derivation(store: MySQLStore) -> None:
    assert _things(store).get(1) == FIRST


def test_where_there_is_nothing_to_join(store: MySQLStore) -> None:
    found = _things(store).get_many([2, 3])
    second, third = found.values()
    assert [second[f] for f in ("maker", "town", "by_whom", "address", "size")] == ["Ben", None, "-", "Ben", "big"]
    assert [third[f] for f in ("maker", "town", "by_whom", "address")] == [None, "nowhere", "-", None]
    assert [third[f] for f in ("a_price", "prices", "total", "mean", "least")] == [None, 0, Decimal("0.00"), None, None]
    assert (third["two"], third["dearest"]) == ([], None)


@pytest.mark.parametrize("pattern", ["by_total", "by_day"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_sorted_by_a_derived_field(store: MySQLStore, pattern: str, order: Any) -> None:
    things, field = _things(store), {"by_total": "total", "by_day": "day"}[pattern]
    found: list[dict[str, Any]] = []
    cursor = None
    while not found or cursor:
        page = things.find(pattern, limit=1, cursor=cursor, order=order)
        found += page.items
        cursor = page.cursor
    assert [t[field] for t in found] == sorted((t[field] for t in found), reverse=order == "desc")
    assert len(found) == 3


def test_conditions_on_derived_fields(store: MySQLStore) -> None:
    def ids(condition: Any) -> list[int]:
        return [t["id"] for t in _things(store).find("by_total", where=condition, order="asc").items]

    assert ids(F("total") > Decimal("5")) == [1]
    assert ids(F("total") == Decimal("5.00")) == [2]
    assert ids(~(F("mean") > Decimal("5"))) == [3, 2]
    assert ids(F("town") == "nowhere") == [3]
    assert ids(F("size") == "big") == [2]
    assert ids(F("day") < "2024-02") == [3, 1]
    assert ids(F("address").contains("Bern")) == [1]
    assert ids(F("due") > datetime(2024, 3, 1, tzinfo=UTC)) == [2]
    assert ids(F("weight") == 0.5) == [1]
    assert _things(store).count("by_total", where=F("day") >= "2024") == 2
    assert [t["id"] for t in _things(store).find("by_maker", maker="Ann").items] == [1]
    assert [t["id"] for t in _things(store).find("of_kind", kind=1).items] == [1, 3]


def test_update_under_a_condition_on_a_derived_field(store: MySQLStore) -> None:
    assert _things(store).update(1, {"label": "x"}, where=F("total") > 100)["label"] == "x"
    assert _things(store).create({"label": "new", "kind": 3, "made": FIRST["made"]})["id"] == 4


def test_check_lists_everything_that_is_missing(store: MySQLStore) -> None:
    store.check()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE prices")
        connection.exec_driver_sql("ALTER TABLE makers DROP COLUMN town")
    if dialect_name(store.engine) == "sqlite":  # knows only the script that it was made from
        return
    with pytest.raises(SchemaMismatch) as caught:
        store.check()
    assert "table prices is missing" in str(caught.value)
    assert "column makers.town is missing" in str(caught.value)


def test_measured_facts(store: MySQLStore) -> None:
    found = measure(store.engine, store.schema, store.contract)
    assert 200 < found.largest["THING"] < 1_000
    assert found.magnitudes == {"THING.weight": (0.5, 2.0)}
    assert [(p.entity, p.rows) for p in found.partitions] == [("THING", 1)]
