"""An engine on an empty database of each server."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crossfade.mysql import Timeouts, create


@pytest.fixture(params=["mysql", "mariadb"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    found: str = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An engine that waits for locks no longer than a second."""
    made = create(url, timeouts=Timeouts(lock=1))
    yield made
    made.dispose()
