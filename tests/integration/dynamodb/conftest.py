"""A table for items of any entity with the keys PK and SK, made once for these tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.table_apply import create_tables
from tests.integration.servers import DynamoServer
from tests.unit.dynamodb.samples import contract


@pytest.fixture(scope="session")
def client(dynamodb_server: DynamoServer) -> Iterator[Any]:
    """A client of DynamoDB Local."""
    with closing(dynamodb_server.client()) as made:
        yield made


@pytest.fixture(scope="session")
def calls(client: Any) -> Calls:
    """Calls on that client."""
    return Calls(Clients(client, client))


@pytest.fixture(scope="module")
def prefix(dynamodb_server: DynamoServer, client: Any) -> Iterator[str]:
    """The prefix of the sample contract's tables."""
    with dynamodb_server.prefix() as made:
        create_tables(client, contract(), made)
        yield made


@pytest.fixture
def table(prefix: str) -> str:
    """The table of the sample contract."""
    return f"{prefix}Things"
