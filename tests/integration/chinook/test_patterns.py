"""Chinook answers the same from both stores: every access pattern, and what an application does with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

import crossfade
from crossfade.dal.errors import Referenced
from crossfade.dal.query import Range
from crossfade.dynamodb import DynamoDBStore
from crossfade.dynamodb.expected import Expected, expected_items
from crossfade.mysql import MySQLStore
from crossfade.mysql.transaction import read
from tests.integration.chinook.conftest import CHINOOK
from tests.integration.servers import DynamoServer
from tests.tables import streamless_tables

CONTRACT = CHINOOK / "migrationContract.json"
YEARS = Range(ge=datetime(2022, 11, 1, tzinfo=UTC), lt=datetime(2024, 2, 1, tzinfo=UTC))
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("EMPLOYEE", "all", {}),
    *(("EMPLOYEE", "reports", {"reports_to": n}) for n in (1, 2, 6, 8)),
    *(("CUSTOMER", "of_support_rep", {"support_rep_id": n}) for n in (1, 3, 4, 5)),
    *(("INVOICE", "of_customer", {"customer_id": n}) for n in (1, 59, 60)),
    ("INVOICE", "of_customer", {"customer_id": 2, "invoice_date": YEARS}),
    ("INVOICE", "between", {"invoice_date": YEARS}),
    ("ARTIST", "all", {}),
    ("ALBUM", "of_artist", {"artist_id": 90}),
    ("GENRE", "all", {}),
    ("MEDIATYPE", "all", {}),
    ("PLAYLIST", "all", {}),
    ("TRACK", "of_album", {"album_id": 1}),
    ("TRACK", "of_artist", {"artist_id": 90}),
    ("TRACK", "of_artist", {"artist_id": 90, "genre_id": 1}),
    ("TRACK", "of_genre", {"genre_id": 1}),
    ("PLAYLIST_TRACK", "of_playlist", {"playlist_id": 1}),
    ("PLAYLIST_TRACK", "of_playlist", {"playlist_id": 2}),
    ("PLAYLIST_TRACK", "of_track", {"track_id": 1}),
]
EMPTY = ({"reports_to": 8}, {"support_rep_id": 1}, {"customer_id": 60}, {"playlist_id": 2})


@pytest.fixture(scope="module")
def apps(chinook: str, dynamodb_server: DynamoServer) -> Iterator[list[crossfade.App]]:
    """Chinook on MySQL, and the same on DynamoDB."""
    with pytest.MonkeyPatch.context() as patch, dynamodb_server.prefix() as prefix:
        for name, value in dynamodb_server.environment().items():
            patch.setenv(name, value)
        secret = "the same on both"
        of: dict[str, Any] = {"mysql_url": chinook, "table_prefix": prefix, "cursor_secret": secret}
        with (
            closing(crossfade.open(CONTRACT, stage="mysql", **of)) as mysql,
            closing(crossfade.open(CONTRACT, stage="dynamodb", **of)) as dynamodb,
            closing(dynamodb_server.client()) as client,
        ):
            streamless_tables(client, mysql.contract, prefix)
            copy(mysql, dynamodb, client)
            yield [mysql, dynamodb]


def copy(mysql: crossfade.App, dynamodb: crossfade.App, client: DynamoDBClient) -> None:
    """Every record's items, as a backfill writes them."""
    source, target = mysql.store, dynamodb.store
    assert isinstance(source, MySQLStore)
    assert isinstance(target, DynamoDBStore)
    made: list[Expected] = []
    for name in mysql.contract.entities:
        of = source.records(name)
        records = read(source.engine, partial(of.fetch, statement=of.projection.select))
        made += [item for record in records for item in expected_items(target.layout, name, record)]
    for start in range(0, len(made), 25):
        requests: dict[str, list[Any]] = {}
        for item in made[start : start + 25]:
            requests.setdefault(item.table, []).append({"PutRequest": {"Item": item.stamped("copied")}})
        assert not client.batch_write_item(RequestItems=requests)["UnprocessedItems"]


def pages(app: crossfade.App, entity: str, pattern: str, arguments: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Every page of a pattern's answer."""
    found, cursor = [], None
    while True:
        page = app.repository(entity).find(pattern, **arguments, cursor=cursor)
        found.append(list(page.items))
        cursor = page.cursor
        if cursor is None:
            return found


def test_every_pattern_is_asked(apps: list[crossfade.App]) -> None:
    declared = {(name, pattern) for name, e in apps[0].contract.entities.items() for pattern in e.access_patterns}
    assert {(entity, pattern) for entity, pattern, _ in ASKED} == declared


@pytest.mark.parametrize(("entity", "pattern", "arguments"), ASKED)
def test_both_stores_answer_the_same(
    apps: list[crossfade.App], entity: str, pattern: str, arguments: dict[str, Any]
) -> None:
    mysql, dynamodb = (pages(app, entity, pattern, arguments) for app in apps)
    assert dynamodb == mysql
    assert bool(mysql[0]) is (arguments not in EMPTY)


@pytest.mark.parametrize(
    ("entity", "key"),
    [("EMPLOYEE", 1), ("CUSTOMER", 2), ("INVOICE", 412), ("ARTIST", 275), ("ALBUM", 1), ("GENRE", 25), ("TRACK", 3503)],
)
def test_an_entity_by_its_key(apps: list[crossfade.App], entity: str, key: int) -> None:
    mysql, dynamodb = (app.repository(entity).get(key) for app in apps)
    assert dynamodb == mysql is not None


def test_what_an_application_does(apps: list[crossfade.App]) -> None:
    lines = [
        {"invoice_line_id": 9001, "track_id": 1, "unit_price": Decimal("0.99"), "quantity": 2},
        {"invoice_line_id": 9002, "track_id": 2, "unit_price": Decimal("1.99"), "quantity": 1},
    ]
    made = {
        "invoice_id": 9001,
        "customer_id": 1,
        "invoice_date": datetime(2026, 1, 2, tzinfo=UTC),
        "billing_country": "Brazil",
        "total": Decimal("3.97"),
        "lines": lines,
    }
    after = []
    for app in apps:
        customers, tracks = app.repository("CUSTOMER"), app.repository("TRACK")
        before = customers.get(1), tracks.get(1)
        assert before[0] is not None
        assert before[1] is not None
        created = app.repository("INVOICE").create(made)
        assert [line["track_name"] for line in created["lines"]] == [tracks.get(n)["name"] for n in (1, 2)]  # type: ignore[index] # it is there
        app.repository("ARTIST").update(1, {"name": "AC⚡DC"})
        with pytest.raises(Referenced):
            tracks.delete(1)
        app.repository("PLAYLIST_TRACK").create({"playlist_id": 18, "track_id": 1})
        assert app.repository("PLAYLIST_TRACK").delete({"playlist_id": 18, "track_id": 597})
        newest = app.repository("INVOICE").find("of_customer", customer_id=1, limit=1).items
        assert newest == [created]
        now = customers.get(1), tracks.get(1)
        assert now[0] is not None
        assert now[1] is not None
        assert now[0]["total_spent"] - before[0]["total_spent"] == Decimal("3.97")
        assert now[1]["times_sold"] - before[1]["times_sold"] == 1
        assert now[1]["playlist_count"] - before[1]["playlist_count"] == 1
        albums = pages(app, "ALBUM", "of_artist", {"artist_id": 1})
        copies = pages(app, "TRACK", "of_artist", {"artist_id": 1})
        assert {t["artist_name"] for t in copies[0]} == {"AC⚡DC"}
        after.append((created, now, albums, copies, app.repository("PLAYLIST").get(18)))
    assert after[1] == after[0]
