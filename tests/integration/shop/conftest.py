"""The shop on real servers. `CROSSFADE_STAGE` (mysql or dynamodb) runs one of the two alone."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import crossfade
from crossfade.contract import load
from crossfade.dynamodb import create_client
from examples.shop.shop import CONTRACT
from tests.integration.servers import load_schema
from tests.shop.world import Clock, World
from tests.tables import streamless_tables

STAGES = [s for s in ("mysql", "dynamodb") if s == os.environ.get("CROSSFADE_STAGE", s)]


@pytest.fixture(params=STAGES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A shop on an empty store of a real server."""
    clock = Clock()
    url = prefix = None
    if request.param == "mysql":
        url = request.getfixturevalue("mysql_database")
        load_schema(url, CONTRACT.with_name("schema.sql"))
    else:
        request.getfixturevalue("dynamodb_endpoint")
        prefix = request.getfixturevalue("table_prefix")
        streamless_tables(create_client(), load(CONTRACT), prefix)
    with crossfade.open(CONTRACT, stage=request.param, mysql_url=url, table_prefix=prefix, clock=clock) as app:
        yield World(app, clock)
