"""The way back's worlds: a database that was copied, and one of the same tables without rows, altered or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crossfade.contract import load
from crossfade.dynamodb import create_client, create_tables
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer, connected, load_schema

UNUSUAL = Path(__file__).parents[2] / "contracts" / "unusual"


@contextmanager
def emptied(copied: World, server: SqlServer, *statements: str) -> Iterator[World]:
    """The items of a copied database, and its tables on a server, altered by statements and without rows."""
    with server.database() as url:
        load_schema(url, copied.contract.with_name("schema.sql"))
        execute(url, *statements)
        yield World(copied.contract, url, copied.prefix)


@contextmanager
def unusual(server: SqlServer, prefix: str) -> Iterator[World]:
    """The unusual database on a server, copied."""
    with server.database() as url:
        world = World(UNUSUAL / "migrationContract.json", url, prefix)
        load_schema(url, UNUSUAL / "schema.sql")
        load_schema(url, UNUSUAL / "data.sql")
        create_tables(create_client(), load(world.contract), prefix)
        assert run("backfill", *world.arguments)[0] == 0
        yield world


def execute(url: str, *statements: str) -> None:
    """Run statements in a database."""
    with connected(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def letters() -> list[dict[str, Any]]:
    """The dead letters."""
    text = Path(".crossfade/reverse.json.dead.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
