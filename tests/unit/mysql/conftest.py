"""A SQLite engine with a database of its own."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crossfade.mysql import create


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    """An engine on an empty database."""
    made = create("sqlite://")
    yield made
    made.dispose()
