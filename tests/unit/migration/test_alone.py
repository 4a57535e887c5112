"""Who is fixed at `mysql`, or moves elsewhere, is refused once a group is on its way."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal.entity import bind
from crossfade.dal.errors import ConfigurationError
from crossfade.dal.stage import Stage
from crossfade.migration.dual_write import Groups
from crossfade.migration.evidence import standings
from crossfade.mysql.alone import Alone
from crossfade.mysql.install import uninstall
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read
from tests.unit.migration.embedded import GROUP, Shop

CATEGORY = {"name": "Toys"}


class Fixed:
    """An application of the shop that stands at `mysql`, whatever is installed."""

    def __init__(self, shop: Shop) -> None:
        self.now = 0.0
        alone = Alone([GROUP], clock=lambda: self.now)
        mysql = shop.stores.mysql
        tools = shop.tools("CATEGORY")
        self.categories: Any = mysql.repository(bind(mysql.contract, "CATEGORY"), tools, lambda: alone)


def test_it_writes_as_long_as_nothing_moves(shop: Shop) -> None:
    fixed = Fixed(shop)
    made = fixed.categories.create(CATEGORY)
    fixed.now += 1.0
    fixed.categories.update(made["id"], {"name": "Games"})
    uninstall(shop.stores.mysql.engine)
    fixed.now += 1.0
    assert fixed.categories.update(made["id"], {"name": "Books"})["name"] == "Books"


def test_it_writes_nothing_past_a_move(shop: Shop) -> None:
    fixed = Fixed(shop)
    made = fixed.categories.create(CATEGORY)
    shop.move(Stage.DUAL_WRITE)
    fixed.now += 1.0
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r'shop stands at dual_write.*Open with stage="installed"'):
            fixed.categories.update(made["id"], {"name": "Games"})
    assert fixed.categories.get(made["id"])["name"] == "Toys"
    shop.move(Stage.MYSQL)
    assert fixed.categories.update(made["id"], {"name": "Games"})["name"] == "Games"


def test_it_looks_once_a_second(shop: Shop) -> None:
    fixed = Fixed(shop)
    fixed.categories.create(CATEGORY)
    shop.move(Stage.DUAL_WRITE)
    fixed.now += 0.9
    assert fixed.categories.create({"name": "Games"})


def test_the_tables_of_another_move_are_refused(shop: Shop) -> None:
    other = StageRows([GROUP], "other_crossfade_control in eu-central-1")
    engine = shop.stores.mysql.engine
    assert GROUP in read(engine, other.look)
    shop.move(Stage.DUAL_WRITE)
    for act in (other.look, other.share, lambda t: other.hold(t, GROUP)):
        with pytest.raises(ConfigurationError, match=r"shop is moved to .* and this is other_crossfade_control in"):
            read(engine, act)
    assert GROUP in read(engine, StageRows([GROUP]).look)  # who touches nothing there may look
    assert standings(shop.stores) == read(engine, Groups.open(shop.stores, shop.clock).rows.look)
    shop.move(Stage.MYSQL)
    assert GROUP in read(engine, other.look)
