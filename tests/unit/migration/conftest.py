"""The shop in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crossfade.dal.stage import Stage
from tests.unit.migration.embedded import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """The shop on SQLite and moto, empty, at the first stage."""
    with open_shop(tmp_path) as made:
        yield made


@pytest.fixture
def dual(shop: Shop) -> Shop:
    """The shop in dual_write."""
    shop.move(Stage.DUAL_WRITE)
    return shop
