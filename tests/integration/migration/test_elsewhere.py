"""Applications that are not of the move that is under way: they are refused, and lose nothing."""

from __future__ import annotations

import pytest

import crossfade
from crossfade.dal.errors import ConfigurationError
from tests.integration.migration.live import Live


def test_an_application_that_is_fixed_at_mysql_writes_nothing_past_the_move(live: Live) -> None:
    with crossfade.open(live.world.contract, mysql_url=live.world.url, stage="mysql") as app:
        for act in (
            lambda: app.repository("CATEGORY").create({"name": "past"}),
            lambda: app.unit_of_work().__enter__(),
        ):
            with pytest.raises(ConfigurationError, match='a write with stage="mysql" would go past it'):
                act()
        assert "past" not in {one["name"] for one in app.repository("CATEGORY").find("all").items}


def test_another_prefix_is_another_move(live: Live) -> None:
    world = live.world
    with pytest.raises(ConfigurationError, match=r"is moved to .*: give the same region and table prefix"):
        crossfade.open(world.contract, mysql_url=world.url, table_prefix=f"{world.prefix}x", stage="installed")
