"""The shop in memory, and on the embedded stand-ins: SQLite in a file, DynamoDB imitated in the process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.shop.shop import CONTRACT
from tests.shop.opening import KINDS, opened
from tests.shop.world import Clock, World


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A shop on an empty store."""
    clock = Clock()
    with opened(CONTRACT, request.param, tmp_path, clock) as app:
        yield World(app, clock)
