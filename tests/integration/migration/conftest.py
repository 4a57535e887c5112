"""The shop's stores on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.shop.shop import CONTRACT
from tests.integration.containers import FaultServer
from tests.integration.migration.live import Live, dual_writing
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import DynamoServer, SqlServer


@pytest.fixture
def empty(
    mysql_database: str,
    dynamodb_endpoint: str,
    table_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Where the shop is to be, whose tables are not there yet; the working folder is the test's own."""
    del dynamodb_endpoint
    monkeypatch.chdir(tmp_path)
    return World(CONTRACT, mysql_database, table_prefix)


@pytest.fixture
def shop(empty: World) -> World:
    """The shop's tables, and rows for many chunks."""
    empty.make(150)
    return empty


@pytest.fixture
def live(empty: World) -> Iterator[Live]:
    """The shop in dual_write, copied; it has few rows, beside which the test writes its own."""
    empty.make(15)
    with dual_writing(empty) as made:
        yield made


@pytest.fixture(params=["mysql", "mariadb"])
def sql_server(request: pytest.FixtureRequest) -> SqlServer:
    """Each SQL server."""
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def copied(shop: World) -> World:
    """The shop, copied."""
    assert run("backfill", *shop.arguments)[0] == 0
    return shop


@pytest.fixture
def lost_source(
    fault_mysql: FaultServer[SqlServer],
    dynamodb_endpoint: str,
    table_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A shop whose source can be lost."""
    del dynamodb_endpoint
    monkeypatch.chdir(tmp_path)
    with fault_mysql.server.database() as url:
        world = World(CONTRACT, url, table_prefix)
        world.make(40)
        yield world


@pytest.fixture
def lost_target(
    mysql_database: str,
    fault_dynamodb: FaultServer[DynamoServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A shop whose target can be lost."""
    monkeypatch.chdir(tmp_path)
    for name, value in fault_dynamodb.server.environment().items():
        monkeypatch.setenv(name, value)
    with fault_dynamodb.server.prefix() as prefix:
        world = World(CONTRACT, mysql_database, prefix)
        world.make(20)
        yield world
