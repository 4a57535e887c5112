"""What the benchmarks of single calls read and write: an item of 14 attributes, 543 bytes on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from crossfade.contract import Contract, load
from crossfade.dal import entity

ENTITY, TABLE, SHOP = "ARTICLE", "Articles", "northwind-traders"
COLUMNS = {
    "shop": ("S", "varchar(40)"), "id": ("N", "bigint"), "name": ("S", "varchar(80)"),
    "description": ("S", "varchar(200)"), "category": ("S", "varchar(40)"), "price": ("N", "decimal(10,2)"),
    "tax": ("N", "decimal(6,4)"), "quantity": ("N", "int"), "weight": ("N", "int"), "active": ("BOOL", "tinyint(1)"),
    "image_url": ("S", "varchar(200)"), "status": ("S", "varchar(20)"), "created_at": ("S", "datetime(6)"),
    "updated_at": ("S", "datetime(6)"),
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "version": "2",
    "tables": [
        {
            "table": TABLE, "type": "single-entity", "source_table": "articles", "entity_type": ENTITY,
            "pk": "shop", "sk": "id", "key": ["shop", "id"],
            "access_patterns": [{"name": "of_shop", "by": ["shop"], "range": "id"}],
            "attributes": [
                {"name": n, "type": t, "source_column": n, "source_type": s, "nullable": False}
                for n, (t, s) in COLUMNS.items()
            ],
        }
    ],
}  # fmt: skip
SCHEMA = (
    "CREATE TABLE articles ("
    + ", ".join(f"{name} {type_} NOT NULL" for name, (_, type_) in COLUMNS.items())
    + ", PRIMARY KEY (shop, id))"
)


@entity(ENTITY)
@dataclass(frozen=True, kw_only=True)
class Article:
    """Something that a shop sells."""

    shop: str
    id: int
    name: str
    description: str
    category: str
    price: Decimal
    tax: Decimal
    quantity: int
    weight: int
    active: bool
    image_url: str
    status: str
    created_at: datetime
    updated_at: datetime


def contract() -> Contract:
    """The contract of articles alone."""
    return load(DOCUMENT)


def article(number: int) -> Article:
    """One of a shop's articles."""
    made = datetime(2034, 5, 1, 12, tzinfo=UTC) + timedelta(microseconds=number * 1_234_567)
    return Article(
        shop=SHOP,
        id=100_000 + number,
        name=f"Folding table {number:03d}",
        description="A small table for balconies, of oiled ash. "
        "It folds flat and hangs on a wall, for which it has two hooks.",
        category="garden-furniture",
        price=Decimal("129.90"),
        tax=Decimal("0.1900"),
        quantity=17 + number,
        weight=8400,
        active=True,
        image_url=f"https://images.example/a/{number:03d}.jpg",
        status="listed",
        created_at=made,
        updated_at=made + timedelta(days=3),
    )


def plain(one: Article) -> dict[str, Any]:
    """An article as a dictionary, as crossfade takes it."""
    return asdict(one)


def wire(one: Article) -> dict[str, Any]:
    """An article as a dictionary of what DynamoDB has: times are texts, as crossfade stores them."""
    return {n: time(v) if isinstance(v, datetime) else v for n, v in asdict(one).items()}


def time(value: datetime) -> str:
    """A time as crossfade stores it."""
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"


def item(one: Article) -> dict[str, Any]:
    """An article as DynamoDB's JSON: what its application wrote, and nothing of crossfade's own."""
    return {
        "shop": {"S": one.shop},
        "id": {"N": str(one.id)},
        "name": {"S": one.name},
        "description": {"S": one.description},
        "category": {"S": one.category},
        "price": {"N": f"{one.price.normalize():f}"},
        "tax": {"N": f"{one.tax.normalize():f}"},
        "quantity": {"N": str(one.quantity)},
        "weight": {"N": str(one.weight)},
        "active": {"BOOL": one.active},
        "image_url": {"S": one.image_url},
        "status": {"S": one.status},
        "created_at": {"S": time(one.created_at)},
        "updated_at": {"S": time(one.updated_at)},
    }


def stored(one: Article) -> dict[str, Any]:
    """An article as crossfade stores it: with its type, and the token of its last write."""
    return {"_type": {"S": ENTITY}, **item(one), "_rev": {"S": f"{one.id:032x}"}}


def answers(written: Callable[[Article], dict[str, Any]]) -> dict[str, bytes]:
    """The replies of a server that has a hundred articles, by operation, as somebody has written them."""
    items = [written(article(number)) for number in range(100)]
    replies = {
        "GetItem": {"Item": items[0]},
        "PutItem": {},
        "UpdateItem": {},
        "Query": {"Items": items, "Count": len(items), "ScannedCount": len(items)},
        "BatchWriteItem": {"UnprocessedItems": {}},
    }
    return {operation: orjson.dumps(reply) for operation, reply in replies.items()}
