"""Verify in reverse: rows made from items are equal to them, and exactly the rows that were touched are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from crossfade.contract.errors import CrossfadeError
from examples.shop.shop import CONTRACT
from tests.integration.migration.emptied import emptied, execute
from tests.integration.migration.test_corruptions import LIBRARY, Vandal
from tests.integration.migration.test_verify import run, verified
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer


@pytest.fixture
def back(
    mysql_server: SqlServer, mysql_database: str, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:  # fmt: skip
    """The shop, copied, and copied back into an emptied database."""
    monkeypatch.chdir(tmp_path)
    shop = World(CONTRACT, mysql_database, table_prefix)
    shop.make(30)
    assert run("backfill", *shop.arguments)[0] == 0
    with emptied(shop, mysql_server) as target:
        assert run("backfill", "--reverse", *target.arguments)[0] == 0
        yield target


def test_what_came_back_is_equal(back: World) -> None:
    code, report = verified(back, "--reverse")
    assert (code, report.direction, report.differences) == (0, "reverse", ())
    assert report.total.rows == report.total.equal > 100
    assert verified(back)[0] == 0


def test_every_type_of_column_comes_back_equal(
    mysql_database: str, mysql_server: SqlServer, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    library = World(LIBRARY, mysql_database, table_prefix)
    library.make(60)
    assert run("backfill", *library.arguments)[0] == 0
    with emptied(library, mysql_server) as target:
        assert run("backfill", "--reverse", *target.arguments)[0] == 0
        code, report = verified(target, "--reverse")
        assert (code, report.differences) == (0, ())


def test_rows_that_were_touched_are_found_exactly(back: World) -> None:
    execute(
        back.url,
        "DELETE FROM shopping_carts ORDER BY id LIMIT 1",
        "UPDATE products SET name = 'changed' ORDER BY id LIMIT 1",
        "INSERT INTO categories (id, name) VALUES (900001, 'added')",
    )
    code, report = verified(back, "--reverse")
    assert code == 1
    assert {(d.kind, d.entity) for d in report.differences} == {
        ("missing", "CART"), ("mismatch", "PRODUCT"), ("extra", "CATEGORY"),
    }  # fmt: skip
    assert (report.total.missing, report.total.mismatch, report.total.extra) == (1, 1, 1)
    by_kind = {d.kind: d for d in report.differences}
    assert by_kind["extra"].item_key == {}
    (field,) = by_kind["mismatch"].fields
    assert (field.field, field.target) == ("name", '"changed"')
    assert field.source not in {None, '"changed"'}


def test_rows_whose_items_lie_elsewhere_differ_and_are_neither_missing_nor_extra(back: World) -> None:
    # The email address is the partition key of a user, of its orders and carts: two users change places.
    execute(
        back.url,
        "CREATE TEMPORARY TABLE two SELECT id, email FROM users ORDER BY id LIMIT 2",
        "UPDATE users u JOIN two ON two.id = u.id SET u.email = CONCAT('moved', u.id)",
        "UPDATE users u JOIN two ON two.id <> u.id SET u.email = two.email WHERE u.email LIKE 'moved%'",
    )
    code, report = verified(back, "--reverse")
    assert code == 1
    assert [(d.kind, d.entity, [f.field for f in d.fields]) for d in report.differences] == [
        ("mismatch", "USER", ["email"])
    ] * 2


def test_a_row_that_took_the_item_key_of_a_deleted_one_is_extra(back: World) -> None:
    execute(
        back.url,
        "CREATE TEMPORARY TABLE taken SELECT id, email FROM users ORDER BY id DESC LIMIT 1",
        "DELETE c FROM shopping_carts c JOIN taken t ON c.user_id = t.id",
        "DELETE i FROM order_items i JOIN orders o ON i.order_id = o.id JOIN taken t ON o.user_id = t.id",
        "DELETE o FROM orders o JOIN taken t ON o.user_id = t.id",
        "UPDATE products p JOIN taken t ON p.seller_id = t.id SET p.seller_id = (SELECT MIN(id) FROM users)",
        "DELETE u FROM users u JOIN taken t ON u.id = t.id",
        "INSERT INTO users (id, username, email, password_hash, first_name, last_name) "
        "SELECT 900001, 'newcomer', email, 'x', 'New', 'Comer' FROM taken",
    )
    code, report = verified(back, "--reverse", "--entity", "USER")
    assert code == 1
    assert sorted((d.kind, d.key) for d in report.differences if d.key == {"id": "900001"}) == [
        ("extra", {"id": "900001"})
    ]
    assert (report.total.extra, report.total.missing, report.total.mismatch) == (1, 1, 0)


def test_tombstones_and_lookup_items_are_nothing_and_damage_is_told(back: World) -> None:
    with back.open() as stores:
        vandal = Vandal(stores)
        place, item = next(vandal.victims("PRODUCT"))
        key = vandal.items[place][1]
        vandal.put(place, {**key, "_deleted": {"N": "1"}, "_rev": {"S": "t"}, "_type": item["_type"]})
        for table, of, _ in vandal.items.values():
            if table == stores.dynamodb.layout.lookup_table:
                vandal.client.delete_item(TableName=table, Key=of)
                break
    code, report = verified(back, "--reverse", "--entity", "PRODUCT", "--entity", "CATEGORY")
    assert code == 1
    assert [(d.kind, d.entity, d.reason) for d in report.differences] == [
        ("extra", "PRODUCT", "it is marked as deleted")
    ]


def test_a_report_of_the_way_back_is_not_repaired(back: World) -> None:
    execute(back.url, "UPDATE products SET name = 'changed' ORDER BY id LIMIT 1")
    assert verified(back, "--reverse")[0] == 1
    with pytest.raises(CrossfadeError, match="backfill --reverse --restart"):
        run("repair", "report.json", *back.arguments)


def test_the_texts_name_source_and_target(back: World) -> None:
    execute(back.url, "UPDATE products SET name = 'changed' ORDER BY id LIMIT 1")
    code, out = run("verify", "--reverse", *back.arguments, "--pause", "0", "--html", "report.html")
    assert code == 1
    assert "field: DynamoDB → MySQL" in out
    assert '→ "changed"' in out
    assert "<h1>DynamoDB and MySQL, compared</h1>" in Path("report.html").read_text(encoding="utf-8")


def test_missing_rows_want_the_scan(back: World) -> None:
    with pytest.raises(click.UsageError, match="--no-extras"):
        run("verify", "--reverse", "--no-extras", *back.arguments)
