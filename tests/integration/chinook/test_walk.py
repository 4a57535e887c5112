"""`make chinook` in the tests' own servers: every command exits 0, and the report's counts are SQL's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.chinook.walk import CONTRACT, DATABASE, ENTITIES, Failed, Walk
from tests.integration.servers import DynamoServer, SqlServer


@pytest.fixture
def walk(mysql_server: SqlServer, dynamodb_server: DynamoServer, table_prefix: str, tmp_path: Path) -> Iterator[Walk]:
    """The walk; its database, whose name stands in the dump, goes afterwards."""
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    for table in contract["tables"]:
        del table["stream"]  # see tests.tables
    path = tmp_path / "streamless.json"
    path.write_text(json.dumps(contract), encoding="utf-8")
    yield Walk(mysql_server, dynamodb_server, tmp_path, prefix=table_prefix, contract=path)
    mysql_server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


def test_the_walk_there_and_back(walk: Walk, capfd: pytest.CaptureFixture[str]) -> None:
    walk.all()
    said = capfd.readouterr().out
    assert "clean (6 info)" in said
    assert "13,367 rows: 13,367 written, 0 present, 0 expired, 0 dead letters" in said
    assert "equal: 13,367 rows, no difference" in said
    assert "every row of all 11 tables arrived\n" in said
    assert said.endswith("every row of all 11 tables came back, bit for bit\n")
    assert sum(walk.rows(table) for table in ENTITIES) == 15_607

    # A copy that is kept as it was is no difference; a line that is another is.
    walk.mysql.execute("UPDATE Track SET Name = 'renamed' WHERE TrackId = 2", database=DATABASE)
    walk.mysql.execute("UPDATE MediaType SET Name = 'renamed' WHERE MediaTypeId = 1", database=DATABASE)
    walk.run("verify", "--entity", "INVOICE", "--looks", "0")
    walk.mysql.execute("UPDATE InvoiceLine SET Quantity = 9 WHERE TrackId = 2", database=DATABASE)
    with pytest.raises(Failed, match="verify ended with exit code 1"):
        walk.run("verify", "--entity", "INVOICE", "--looks", "0")

    # What the report does not count is found.
    walk.mysql.execute("INSERT INTO Genre (Name) VALUES ('late')", database=DATABASE)
    with pytest.raises(Failed, match="Genre"):
        walk.compare()
    with pytest.raises(Failed, match="verify ended with exit code 1"):
        walk.run("verify", "--restart", "--looks", "0")
