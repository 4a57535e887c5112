"""The shop in memory, and on the embedded stand-ins: SQLite in a file, DynamoDB imitated in the process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import crossfade
from crossfade.contract import load
from crossfade.dal.memory import MemoryStore
from examples.shop.shop import CONTRACT
from tests.shop.opening import StoreApp
from tests.shop.world import Clock, World


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[World]:
    """A world on an empty store of a kind: memory, sqlite or moto."""
    clock = Clock()
    if kind == "memory":
        contract = load(CONTRACT)
        yield World(StoreApp(contract, MemoryStore(contract, clock=clock), clock), clock)
        return
    with crossfade.open(
        CONTRACT,
        stage="mysql" if kind == "sqlite" else "dynamodb",
        embedded=True,
        embedded_path=str(folder),
        table_prefix=f"t{uuid.uuid4().hex[:10]}_",
        clock=clock,
    ) as app:
        yield World(app, clock)


@pytest.fixture(params=["memory", "sqlite", "moto"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A shop on an empty store."""
    with opened(request.param, tmp_path) as made:
        yield made
