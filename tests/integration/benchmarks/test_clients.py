"""What the benchmarks' clients do is done: against a real server each gives what is there, and leaves the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from pynamodb.models import Model

from benchmarks.articles import TABLE, Article, article, contract, item, plain, time, wire
from benchmarks.clients import BATCH, PAGE, Calls, clients
from crossfade.dynamodb import create_client
from crossfade.dynamodb.codec import REV
from tests.tables import streamless_tables

_TYPE = "_type"
NAMES = ("crossfade", "crossfade, dictionaries", "boto3 Table", "PynamoDB", "aiodynamo", "aiodynamo on httpx")


@pytest.fixture
def opened(dynamodb_endpoint: str, table_prefix: str) -> Iterator[dict[str, Calls]]:
    """All clients on a table of their own."""
    streamless_tables(create_client(), contract(), table_prefix)
    with clients(dynamodb_endpoint, table_prefix) as every:
        yield {one.name: one for one in every}


def stored(prefix: str) -> list[Mapping[str, Any]]:
    """What is in the table, by its key, without what crossfade keeps for itself."""
    found = create_client().scan(TableName=prefix + TABLE, ConsistentRead=True)["Items"]
    bare = [{name: value for name, value in one.items() if name not in {REV, _TYPE}} for one in found]
    return sorted(bare, key=lambda one: int(one["id"]["N"]))


def given(one: Any) -> dict[str, Any]:
    """What a client gave, as texts, floats and booleans."""
    values = plain(one) if isinstance(one, Article) else one.attribute_values if isinstance(one, Model) else one
    alike = {name: time(value) if isinstance(value, datetime) else value for name, value in values.items()}
    return {
        name: value if isinstance(value, (str, bool)) else float(value)
        for name, value in alike.items()
        if name not in {REV, _TYPE}
    }


def expected(numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The same of articles."""
    return [given(wire(article(number))) for number in numbers]


def test_these_are_all_the_clients(opened: dict[str, Calls]) -> None:
    assert tuple(opened) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_leaves_the_same_items(opened: dict[str, Calls], table_prefix: str, name: str) -> None:
    opened[name].once("put")
    assert stored(table_prefix) == [item(article(0))]
    opened[name].once("put")  # over what is there
    assert stored(table_prefix) == [item(article(0))]
    opened[name].once("batch")
    assert stored(table_prefix) == [item(article(number)) for number in range(BATCH)]


def test_each_gives_what_is_there(opened: dict[str, Calls], dynamodb_endpoint: str, table_prefix: str) -> None:
    table = table_prefix + TABLE
    for number in range(PAGE):
        create_client().put_item(TableName=table, Item=item(article(number)))
    for one in opened.values():
        assert given(one.once("get")) == expected([0])[0]
        assert [given(found) for found in one.once("query")] == expected(range(PAGE))
