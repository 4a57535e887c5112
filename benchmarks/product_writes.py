"""Writes of the shop's PRODUCT, on DynamoDB Local: references are looked at, counts kept, others' values joined."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path

import boto3

import crossfade
from benchmarks.contest import Contestant, repeated
from crossfade.contract import load
from crossfade.dynamodb import create_client
from examples.shop.entities import Category, Product, User
from examples.shop.shop import CONTRACT
from tests.integration.containers import Servers
from tests.tables import streamless_tables


@contextmanager
def contestants(operation: str) -> Iterator[Sequence[Contestant]]:
    """crossfade, and boto3's resource, in one operation: `put` or `update`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = Servers(folder / "servers", f"benchmark-{os.getpid()}", os.getpid())
        stack.callback(servers.remove)
        server = servers.dynamodb()
        os.environ.update(server.environment())
        prefix = stack.enter_context(server.prefix())
        streamless_tables(create_client(), load(CONTRACT), prefix)
        app = stack.enter_context(crossfade.open(CONTRACT, stage="dynamodb", table_prefix=prefix))
        products = app.repository(Product)
        made = products.create(_product(app))
        table = boto3.resource("dynamodb").Table(f"{prefix}Products")
        item = table.get_item(Key={"id": made.id})["Item"]
        left = count()

        def put() -> None:
            products.put(replace(made, inventory_quantity=next(left)))

        def update() -> None:
            products.update(made.id, {"inventory_quantity": next(left)})

        def put_item() -> None:
            table.put_item(Item={**item, "inventory_quantity": next(left)})

        def update_item() -> None:
            table.update_item(
                Key={"id": made.id},
                UpdateExpression="SET inventory_quantity = :q",
                ExpressionAttributeValues={":q": next(left)},
                ReturnValues="ALL_NEW",
            )

        ours, theirs = {"put": (put, put_item), "update": (update, update_item)}[operation]
        yield [Contestant("crossfade", repeated(ours)), Contestant("boto3 Table", repeated(theirs))]


def _product(app: crossfade.App) -> Product:
    """A product whose seller and category are there."""
    seller = app.repository(User).create(
        User(username="ada", email="ada@example.com", password_hash="none", is_seller=True)  # noqa: S106 - of nobody
    )
    category = app.repository(Category).create(Category(name="Tables"))
    assert seller.id is not None  # noqa: S101 - narrows the type; the store gave it
    assert category.id is not None  # noqa: S101 - as above
    return Product(
        seller_id=seller.id,
        category_id=category.id,
        name="Folding table",
        description="A small table for balconies, of oiled ash.",
        price=Decimal("129.90"),
        image_url="https://images.example/a/000.jpg",
    )
