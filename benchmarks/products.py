"""Reads of the shop's PRODUCT: an entity as applications have them, with joined values, times and keys of indexes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import orjson
from boto3.dynamodb.conditions import Key

import crossfade
from benchmarks.clients import PAGE, environment
from benchmarks.contest import Contestant, repeated
from benchmarks.sink import sink
from crossfade.contract import load
from crossfade.dal.repository import Repository
from crossfade.dynamodb import open_store
from examples.shop.entities import Product
from examples.shop.shop import CONTRACT


def record(number: int) -> dict[str, Any]:
    """One of the shop's products."""
    made = datetime(2034, 5, 1, 12, tzinfo=UTC) + timedelta(microseconds=number * 1_234_567)
    return {
        "id": 100_000 + number,
        "seller_id": 17,
        "category_id": 23,
        "name": f"Folding table {number:03d}",
        "description": "A small table for balconies, of oiled ash.",
        "price": Decimal("129.90"),
        "inventory_quantity": 17 + number,
        "image_url": f"https://images.example/a/{number:03d}.jpg",
        "created_at": made,
        "updated_at": made + timedelta(days=3),
        "category_name": "Tables",
        "category_path": "Tables < Garden < Home",
        "times_ordered": 3,
    }


@contextmanager
def contestants(operation: str) -> Iterator[Sequence[Contestant]]:
    """crossfade, and boto3's resource, in one operation: `get` or `query`."""
    with ExitStack() as stack:
        url = stack.enter_context(sink(_answers()))
        os.environ.update(environment(url))
        app = stack.enter_context(crossfade.open(CONTRACT, stage="dynamodb"))
        table = boto3.resource("dynamodb", endpoint_url=url).Table("Products")
        key = {"id": record(0)["id"]}
        category = record(0)["category_id"]
        newest: dict[str, Any] = {"IndexName": "ByCategory", "ScanIndexForward": False, "Limit": PAGE}

        def read(of: Any) -> Contestant:
            repository: Repository[Any] = app.repository(of)
            call = {
                "get": lambda: repository.get(key),
                "query": lambda: repository.find("by_category", category_id=category, limit=PAGE).items,
            }[operation]
            return Contestant("crossfade" if of is Product else "crossfade, dictionaries", repeated(call))

        peer = {
            "get": lambda: table.get_item(Key=key, ConsistentRead=True)["Item"],
            "query": lambda: table.query(KeyConditionExpression=Key("category_id").eq(category), **newest)["Items"],
        }[operation]
        yield [read(Product), read("PRODUCT"), Contestant("boto3 Table", repeated(peer))]


def _answers() -> dict[str, bytes]:
    """The replies of a server that has a hundred products, as crossfade stores them."""
    os.environ.update(environment("http://localhost"))  # nothing is sent there
    with closing(open_store(load(CONTRACT))) as store:
        encode = store.layout.of("PRODUCT").codec.encode
        items = [encode(record(number)) for number in range(PAGE)]
    replies: dict[str, Any] = {
        "GetItem": {"Item": items[0]},
        "Query": {"Items": items, "Count": PAGE, "ScannedCount": PAGE},
    }
    return {operation: orjson.dumps(reply) for operation, reply in replies.items()}
