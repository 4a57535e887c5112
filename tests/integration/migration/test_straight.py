"""The items that rows become straight are those that their records become, whatever the columns hold."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import Contract, load
from crossfade.dynamodb.codec import DELETED, REV
from crossfade.dynamodb.expected import Expected, expected_items
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.limits import item_size
from crossfade.dynamodb.ready import ready
from crossfade.dynamodb.wire import Item
from crossfade.migration.match import Match
from crossfade.migration.straight import IRREGULAR, Straight
from crossfade.mysql import MySQLStore, insert_rows, open_store
from crossfade.mysql.scan import Scan, Span
from crossfade.seed import plan_seed
from tests.integration.servers import SqlServer, load_schema
from tests.unit.migration.answering import Answering

ROOT = Path(__file__).parents[3] / "contracts"
CONTRACTS = [ROOT / "migrationContract.json", *sorted(ROOT.glob("examples/*/migrationContract.json"))]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

COLUMNS = {
    "id": ("N", "bigint unsigned"), "tiny": ("N", "tinyint"), "flag": ("BOOL", "tinyint(1)"), "one": ("BOOL", "bit(1)"),
    "bits": ("B", "bit(12)"), "padded": ("N", "int(6) unsigned zerofill"), "made": ("N", "year"),
    "price": ("N", "decimal(20,4)"), "zeros": ("N", "decimal(9,3) unsigned zerofill"), "real": ("N", "double"),
    "narrow": ("N", "float"), "code": ("S", "char(8)"), "name": ("S", "varchar(40)"), "long": ("S", "text"),
    "state": ("S", "enum('open','In work')"), "tags": ("SS", "set('a','b','c')"), "day": ("S", "date"),
    "at": ("S", "datetime"), "precise": ("S", "datetime(6)"), "stamp": ("S", "timestamp(3)"), "span": ("S", "time(2)"),
    "raw": ("B", "varbinary(20)"), "full": ("B", "binary(4)"), "blob_": ("B", "blob"), "doc": ("M", "json"),
}  # fmt: skip
KEYS = {
    "PK": "{code}", "SK": "{precise}#{day}#{price}#{id:012d}", "K1": "{name:upper}#{state}", "K2": "{at:%Y}#{padded}",
    "K3": "{tiny:04d}#{made|none}", "K4": "{flag:flag}",
}  # fmt: skip
DOCUMENT = {
    "version": "2",
    "tables": [
        {
            "table": "Things", "type": "single-entity", "source_table": "things", "entity_type": "THING",
            "pk": "PK", "sk": "SK", "key": ["id"], "unique": [["name"]],
            "gsis": [{"index_name": "One", "pk": "K1", "sk": "K2", "projection": "ALL"},
                     {"index_name": "Two", "pk": "K3", "sk": "K4", "projection": "ALL"}],
            "attributes": [
                *({"name": n, "type": t, "source_column": n, "source_type": s} for n, (t, s) in COLUMNS.items()),
                *({"name": n, "type": "S", "plumbing": True,
                   "transformation": {"type": "string-format", "format": t}} for n, t in KEYS.items()),
            ],
        }
    ],
}  # fmt: skip
FULL: dict[str, str] = {
    "id": "18446744073709551615", "tiny": "-7", "flag": "1", "one": "b'1'", "bits": "b'101'", "padded": "42",
    "made": "2024", "price": "-10.5000", "zeros": "7.100", "real": "0.1", "narrow": "16777.216", "code": "'a#b  '",
    "name": "'Çé#\U0001f600'", "long": "'line\\n\\t\"'", "state": "'In work'", "tags": "'c,a'", "day": "'2024-02-29'",
    "at": "'0987-06-05 04:03:02'", "precise": "'2024-12-31 23:59:59.000010'", "stamp": "'2024-01-01 00:00:00.120'",
    "span": "'-12:00:01.50'", "raw": "x'00ff'", "full": "x'01'", "blob_": "x''", "doc": """'{"a": [1, 2.5, null]}'""",
}  # fmt: skip
NEEDED = ("id", "code", "price", "day", "precise")


@pytest.fixture(params=["mysql+pymysql", "mysql+mysqldb", "mariadb+pymysql"])
def url(request: pytest.FixtureRequest) -> Any:
    """A database on each server, and by each driver."""
    kind, _, driver = request.param.partition("+")
    server: SqlServer = request.getfixturevalue(f"{kind}_server")
    with server.database() as made:
        yield f"{made.split('?')[0].replace('pymysql', driver)}?charset=utf8mb4"


def assert_straight(store: MySQLStore, contract: Contract, entity: str) -> int:
    """Every row of an entity becomes the same both ways; how many there are."""
    scan, layout = Scan(store, entity), Layout(contract, "", lambda: NOW)
    made = Straight(layout, scan)
    texts, rows = scan.read_texts(Span(), 10_000), scan.read(Span(), 10_000)
    both = list(zip(texts.rows, texts.many, strict=True))
    found = [(items, row) for row in both if (items := made.items(*row))]
    assert scan.has_texts
    assert (len(found), len(both), texts.last, texts.more) == (len(rows.records), rows.count, rows.last, rows.more)
    for (items, row), record in zip(found, rows.records, strict=True):
        wanted = expected_items(layout, entity, record)
        assert [name for name, _ in json.loads(f"{items[0].text}}}", object_pairs_hook=list)] == list(items[0].item)
        assert made.expected(*row) == wanted
        assert [(e.table, e.item) for e in items] == [(e.table, e.item) for e in wanted]
        assert [e.entries for e in items] == [ready(layout, e).entries for e in wanted]
        assert [{n: e.item[n] for n in e.names} for e in items] == [e.key for e in wanted]
        assert made.record(*row).whole() == record
        if made.match is not None:
            assert_matches(made.match, row, wanted[0])
        assert item_size(items[0].item) <= items[0].most
    return len(found)


def assert_matches(match: Match, row: Any, own: Expected) -> None:
    """The row's own item is recognised, and none with an attribute that is changed or missing."""

    def differs(item: Item) -> bool:
        return list(match.differing(Answering(own.table, [item]).calls, [row])) == [0]

    assert not differs(own.item)
    assert not differs({**own.item, REV: {"S": "r"}, "more": {"S": ""}})
    for name in own.item.keys() - own.key.keys():
        less = {n: v for n, v in own.item.items() if n != name}
        for other in ({**less, name: {"S": "other"}}, {**less, name: {"N": "-77"}}, less):
            assert differs(other)
    assert differs({**own.item, DELETED: {"N": "1"}})


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_every_row_of_every_contract(url: str, path: Path) -> None:
    load_schema(url, path.with_name("schema.sql"))
    with closing(open_store(load(path), url, clock=lambda: NOW)) as store:
        for table in (plan := plan_seed(store.schema, load(path, schema=store.schema), rows=60, seed=3)).tables:
            insert_rows(store.engine, store.schema, table, plan.rows(table), statement=500)
        assert sum(assert_straight(store, store.contract, name) for name in store.contract.entities) > 60


@pytest.fixture
def things(url: str) -> Any:
    """A table with a column of every type, empty."""
    with closing(open_store(load(DOCUMENT), url, clock=lambda: NOW)) as store:
        columns = ", ".join(f"`{n}` {s}{' NOT NULL' if n in NEEDED else ' NULL'}" for n, (_, s) in COLUMNS.items())
        with store.engine.begin() as connection:
            connection.exec_driver_sql(
                f"CREATE TABLE things ({columns}, PRIMARY KEY (id), UNIQUE (name)) CHARACTER SET utf8mb4"
            )
        yield store


def insert(store: MySQLStore, **values: str) -> None:
    """Insert a row, of literals."""
    names = ", ".join(f"`{n}`" for n in values)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("SET sql_mode = ''")
        connection.exec_driver_sql(f"INSERT INTO things ({names}) VALUES ({', '.join(values.values())})")  # noqa: S608 - literals


def test_every_type_with_and_without_values(things: MySQLStore) -> None:
    insert(things, **FULL)
    insert(things, **{name: FULL[name] for name in NEEDED} | {"id": "1", "price": "0.0000"})
    insert(things, **FULL | {"id": "2", "name": "''", "price": "120.0000", "made": "0", "flag": "0", "doc": "NULL"})
    assert assert_straight(things, things.contract, "THING") == 3


@pytest.mark.parametrize(
    "odd", [{"day": "'0000-00-00'"}, {"at": "'2024-00-10 00:00:00'"}, {"flag": "7"}, {"code": "''"}]
)
def test_what_is_not_as_most_rows_are_is_left_to_the_long_way(things: MySQLStore, odd: dict[str, str]) -> None:
    insert(things, **FULL | odd)
    scan = Scan(things, "THING")
    (row,) = scan.read_texts(Span(), 10).rows
    with pytest.raises(IRREGULAR):
        Straight(Layout(things.contract, "", lambda: NOW), scan).items(row, {})
