"""Observations of shadow reads on MySQL, MariaDB and SQLite."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.observation import Batch, Totals
from crossfade.mysql import Timeouts, create
from crossfade.mysql.observations import MySQLObservations
from crossfade.mysql.own_tables import METADATA, SHADOW_MISMATCH, SHADOW_TOTALS
from tests.conformance.observations import SEEN, START, MakeStore, ObservationStoreRules, count


@pytest.fixture(params=["mysql", "mariadb", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on an empty database."""
    path = tmp_path / "database.sqlite"
    url = f"sqlite:///{path}" if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_database")
    made = create(url, timeouts=Timeouts(lock=10))
    yield made
    made.dispose()


@pytest.fixture
def make(engine: sa.Engine) -> MakeStore:
    """Stores on crossfade's own tables."""
    METADATA.create_all(engine, tables=[SHADOW_TOTALS, SHADOW_MISMATCH])
    return partial(MySQLObservations, engine)


class TestServers(ObservationStoreRules):
    """The rules, on every server."""


def test_processes_that_add_at_once_lose_nothing(make: MakeStore) -> None:
    store, together = make(keep=5), threading.Barrier(4)

    def work(worker: int) -> None:
        together.wait()
        for number in range(10):
            store.add(
                Batch(count("THING", number, Totals(equal=1)).totals, [replace(SEEN, asked=f"{worker} {number}")])
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert store.totals("shop", START) == {"THING": Totals(equal=40)}
    assert len(store.mismatches("shop")) == 5


def test_a_batch_is_added_whole_or_not_at_all(engine: sa.Engine, make: MakeStore) -> None:
    store = make()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE crossfade_shadow_mismatch")
    with pytest.raises(SchemaMismatch):
        store.add(Batch(count("THING", 0, Totals(mismatch=1)).totals, [SEEN]))
    assert store.totals("shop", START) == {}
