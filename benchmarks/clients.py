"""The clients that calls are measured with: crossfade, and those that do the same without it, as their manuals show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import boto3
import httpx
from aiodynamo.client import Client
from aiodynamo.credentials import Key as Credential
from aiodynamo.credentials import StaticCredentials
from aiodynamo.expressions import HashKey
from aiodynamo.http.aiohttp import AIOHTTP
from aiodynamo.http.httpx import HTTPX
from aiodynamo.models import BatchWriteRequest
from boto3.dynamodb.conditions import Key
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model
from yarl import URL

import crossfade
from benchmarks.articles import COLUMNS, SHOP, TABLE, Article, article, contract, plain, wire
from benchmarks.contest import Contestant, awaited, repeated

BATCH, PAGE = 25, 100
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}
REGION = "eu-central-1"


@dataclass(frozen=True)
class Calls:
    """What one client does; where it has a loop, the calls are coroutine functions.

    Attributes:
        name: the client's.
        get: the first article.
        put: the first article again.
        query: the hundred articles of a shop.
        batch: writes the first 25.
        loop: an asynchronous client's.
    """

    name: str
    get: Callable[[], Any]
    put: Callable[[], Any]
    query: Callable[[], Any]
    batch: Callable[[], Any]
    loop: asyncio.AbstractEventLoop | None = None

    def contestant(self, operation: str) -> Contestant:
        """The client as a contestant in one operation."""
        call = getattr(self, operation)
        return Contestant(self.name, repeated(call) if self.loop is None else awaited(self.loop, call))

    def once(self, operation: str) -> Any:
        """Do it; what comes back."""
        call = getattr(self, operation)
        return call() if self.loop is None else self.loop.run_until_complete(call())


def environment(url: str) -> dict[str, str]:
    """What leads every client to a server that takes any credentials."""
    return {**CREDENTIALS, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": url}


@contextmanager
def clients(url: str, prefix: str = "") -> Iterator[Sequence[Calls]]:
    """All of them, with the settings that they have by default.

    Args:
        url: the server's; crossfade finds its own in the environment, which has a region and credentials, too.
        prefix: before the table's name.
    """
    table = prefix + TABLE
    with ExitStack() as stack:
        app = stack.enter_context(crossfade.open(contract(), stage="dynamodb", table_prefix=prefix))
        yield [
            of_crossfade(app, "crossfade", Article, [article(number) for number in range(PAGE)]),
            of_crossfade(app, "crossfade, dictionaries", "ARTICLE", [plain(article(number)) for number in range(PAGE)]),
            of_boto3(url, table),
            of_pynamodb(url, table),
            stack.enter_context(of_aiodynamo(url, table)),
            stack.enter_context(of_aiodynamo_on_httpx(url, table)),
        ]


def of_crossfade(app: crossfade.App, name: str, of: Any, articles: Sequence[Any]) -> Calls:
    """A repository of crossfade's, of a class or of dictionaries."""
    repository: crossfade.dal.Repository[Any] = app.repository(of)
    key = {"shop": SHOP, "id": article(0).id}
    return Calls(
        name,
        lambda: repository.get(key),
        lambda: repository.put(articles[0]),
        lambda: repository.find("of_shop", shop=SHOP, limit=PAGE).items,
        lambda: repository.put_many(articles[:BATCH]),
    )


def of_boto3(url: str, table: str) -> Calls:
    """boto3's resource, and dictionaries."""
    resource = boto3.resource("dynamodb", endpoint_url=url).Table(table)
    items = [wire(article(number)) for number in range(BATCH)]
    key = {"shop": SHOP, "id": items[0]["id"]}

    def batch() -> None:
        with resource.batch_writer() as writer:
            for item in items:
                writer.put_item(Item=item)

    return Calls(
        "boto3 Table",
        lambda: resource.get_item(Key=key, ConsistentRead=True)["Item"],
        lambda: resource.put_item(Item=items[0]),
        lambda: resource.query(KeyConditionExpression=Key("shop").eq(SHOP), ConsistentRead=True, Limit=PAGE)["Items"],
        batch,
    )


def of_pynamodb(url: str, table: str) -> Calls:
    """PynamoDB's model; its numbers are floats."""
    kinds = {"S": UnicodeAttribute, "N": NumberAttribute, "BOOL": BooleanAttribute}
    keys: dict[str, dict[str, bool]] = {"shop": {"hash_key": True}, "id": {"range_key": True}}
    meta = type("Meta", (), {"table_name": table, "host": url, "region": REGION})
    attributes = {name: kinds[kind](**keys.get(name, {})) for name, (kind, _) in COLUMNS.items()}
    model: Any = type("ArticleModel", (Model,), {"Meta": meta, **attributes})
    models = [model(**floats(wire(article(number)))) for number in range(BATCH)]

    def batch() -> None:
        with model.batch_write() as writer:
            for one in models:
                writer.save(one)

    return Calls(
        "PynamoDB",
        lambda: model.get(SHOP, models[0].id, consistent_read=True),
        models[0].save,
        lambda: list(model.query(SHOP, consistent_read=True, limit=PAGE)),
        batch,
    )


def floats(values: dict[str, Any]) -> dict[str, Any]:
    """Exact numbers as the floats that some clients take."""
    return {n: float(v) if COLUMNS[n][1].startswith("decimal") else v for n, v in values.items()}


@contextmanager
def of_aiodynamo(url: str, table: str) -> Iterator[Calls]:
    """aiodynamo over aiohttp."""
    with closing(asyncio.new_event_loop()) as loop:
        session = loop.run_until_complete(_session())
        try:
            yield _aiodynamo("aiodynamo", AIOHTTP(session), url, table, loop)
        finally:
            loop.run_until_complete(session.close())


@contextmanager
def of_aiodynamo_on_httpx(url: str, table: str) -> Iterator[Calls]:
    """aiodynamo over httpx."""
    with closing(asyncio.new_event_loop()) as loop:
        session = httpx.AsyncClient()
        try:
            yield _aiodynamo("aiodynamo on httpx", HTTPX(session), url, table, loop)
        finally:
            loop.run_until_complete(session.aclose())


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


def _aiodynamo(name: str, http: AIOHTTP | HTTPX, url: str, table: str, loop: asyncio.AbstractEventLoop) -> Calls:
    credential = Credential(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
    client = Client(http, StaticCredentials(credential), REGION, URL(url))
    held = client.table(table)
    items = [floats(wire(article(number))) for number in range(BATCH)]

    async def query() -> list[Any]:
        return [one async for one in held.query(HashKey("shop", SHOP), consistent_read=True, limit=PAGE)]

    return Calls(
        name,
        partial(held.get_item, {"shop": SHOP, "id": items[0]["id"]}, consistent_read=True),
        partial(held.put_item, items[0]),
        query,
        lambda: client.batch_write({table: BatchWriteRequest(items_to_put=items)}),
        loop,
    )
