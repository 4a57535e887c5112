"""What both stores have in common at the same time."""

from __future__ import annotations

from pathlib import Path

from examples.shop.seed import seed
from examples.shop.shop import Shop
from tests.unit.shop.conftest import opened


def test_a_page_begun_on_one_store_goes_on_on_the_other(tmp_path: Path) -> None:
    with opened("sqlite", tmp_path) as mysql, opened("moto", tmp_path) as dynamodb:
        assert seed(mysql.backend) == seed(dynamodb.backend)
        shops: tuple[Shop, Shop] = (mysql.shop, dynamodb.shop)
        for one, other in (shops, shops[::-1]):
            whole = [p.name for p in one.products.browse().items]
            first = one.products.browse(limit=4)
            second = other.products.browse(limit=4, cursor=first.cursor)
            third = one.products.browse(cursor=second.cursor)
            assert [p.name for page in (first, second, third) for p in page.items] == whole
