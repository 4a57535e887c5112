"""What both stores have in common at the same time."""

from __future__ import annotations

from pathlib import Path

from examples.shop.seed import seed
from examples.shop.shop import CONTRACT, Shop
from tests.shop.opening import opened
from tests.shop.world import Clock


def test_a_page_begun_on_one_store_goes_on_on_the_other(tmp_path: Path) -> None:
    clock = Clock()
    with opened(CONTRACT, "sqlite", tmp_path, clock) as mysql, opened(CONTRACT, "moto", tmp_path, clock) as dynamodb:
        assert seed(mysql) == seed(dynamodb)
        shops = Shop.on(mysql), Shop.on(dynamodb)
        for one, other in (shops, shops[::-1]):
            whole = [p.name for p in one.products.browse().items]
            first = one.products.browse(limit=4)
            second = other.products.browse(limit=4, cursor=first.cursor)
            third = one.products.browse(cursor=second.cursor)
            assert [p.name for page in (first, second, third) for p in page.items] == whole
