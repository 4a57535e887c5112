"""An engine on an empty database of each server."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crossfade.mysql import Timeouts, create
from tests.integration.servers import on_mysqlclient


@pytest.fixture(params=["mysql", "mysql_mysqlclient", "mariadb", "mariadb_mysqlclient"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; by its server, and its driver if that is not PyMySQL."""
    server, _, driver = request.param.partition("_")
    found: str = request.getfixturevalue(f"{server}_database")
    return on_mysqlclient(found) if driver else found


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An engine that waits for locks no longer than a second."""
    made = create(url, timeouts=Timeouts(lock=1))
    yield made
    made.dispose()
