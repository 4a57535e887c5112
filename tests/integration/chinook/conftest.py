"""Chinook in a MySQL database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.servers import SqlServer, load_schema

CHINOOK = Path(__file__).parents[3] / "examples" / "chinook"


@pytest.fixture(scope="module")
def chinook(mysql_server: SqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with Chinook's tables and rows; leave them as they are."""
    dump = (CHINOOK / "chinook-mysql.sql").read_text(encoding="utf-8")
    # Without the statements that make a database, whose name every test would share.
    tables = tmp_path_factory.mktemp("chinook") / "tables.sql"
    tables.write_text(dump[dump.index("CREATE TABLE") :], encoding="utf-8")
    with mysql_server.database() as url:
        load_schema(url, tables)
        yield url
