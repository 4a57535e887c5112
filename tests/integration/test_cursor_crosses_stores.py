"""A page begun on one store goes on, on another: what a flip between two pages comes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import cycle

import pytest

from tests.conformance.backend import Backend, schema_of
from tests.conformance.opening import Dynamo, Memory, Opener, Sql
from tests.conformance.samples import book, visit
from tests.integration.servers import DynamoServer, SqlServer, load_schema


@pytest.fixture
def stores(mysql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[list[Backend]]:
    """Memory, MySQL and DynamoDB, empty, on the library."""
    with ExitStack() as stack:
        url = stack.enter_context(mysql_server.database())
        load_schema(url, schema_of("library"))
        prefix = stack.enter_context(dynamodb_server.prefix())
        openers: list[Opener] = [
            Memory("library"),
            Sql("mysql", "library", url),
            Dynamo("dynamodb", "library", prefix, dynamodb_server.settings),
        ]
        for opener in openers:
            stack.callback(opener.close)
        yield [opener.fresh() for opener in openers]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_page_goes_on_at_another_store(stores: list[Backend], limit: int, order: str) -> None:
    for backend in stores:
        for n, title in enumerate(["c", "a", "b", "b", "b", "\U0001f9ff", "é"], 1):
            backend.of("BOOK").create(book(n, title=title))
    whole = stores[0].of("BOOK").find("by_shelf", shelf="A", order=order).items
    found, cursor = [], None
    for backend in cycle(stores):
        page = backend.of("BOOK").find("by_shelf", shelf="A", order=order, limit=limit, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert found == whole


def test_every_store_writes_the_same_cursor(stores: list[Backend]) -> None:
    cursors = set()
    for backend in stores:
        for n in range(1, 6):
            backend.of("VISIT").create(visit(backend.clock() + timedelta(milliseconds=n), id=n, room="red"))
        cursors.add(backend.of("VISIT").find("of_room", room="red", limit=3).cursor)
    assert len(cursors) == 1
    assert None not in cursors
