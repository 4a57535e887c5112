"""Every value of an unusual database survives the way from MySQL to DynamoDB and back, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy.engine import make_url

from crossfade.contract import lint, load
from crossfade.contract.model import Contract
from crossfade.dynamodb import create_tables
from crossfade.mysql import measure_url
from tests.integration.servers import DynamoServer, SqlServer, load_schema
from tests.integration.unusual.drawing import Rows, databases
from tests.integration.unusual.tables import content
from tests.integration.unusual.trip import back, there

UNUSUAL = Path(__file__).parents[2] / "contracts" / "unusual"
CONTRACT = UNUSUAL / "migrationContract.json"


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract, locked: nothing of it comes from the database."""
    return load(CONTRACT)


@contextmanager
def database(server: SqlServer) -> Iterator[str]:
    """An empty database with the unusual tables."""
    with server.database() as url:
        load_schema(url, UNUSUAL / "schema.sql")
        yield url


def insert(server: SqlServer, url: str, rows: Rows) -> None:
    """Insert rows, without crossfade."""
    with closing(server.connect(make_url(url).database)) as connection, connection.cursor() as cursor:
        for table, members in rows.items():
            for row in members:
                names = ", ".join(f"`{name}`" for name in row)
                statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(row))})"  # noqa: S608 - this test's own names
                cursor.execute(statement, tuple(row.values()))


def survives(contract: Contract, server: SqlServer, dynamodb: DynamoServer, rows: Rows, folder: Path) -> None:
    """Take the hand-made rows and these there and back, and compare every bit."""
    with database(server) as source, database(server) as target, dynamodb.prefix() as prefix:
        load_schema(source, UNUSUAL / "data.sql")
        insert(server, source, rows)
        with closing(dynamodb.client()) as client:
            create_tables(client, contract, prefix)
        there(contract, source, dynamodb, prefix, folder)
        back(contract, target, dynamodb, prefix, folder)
        before, after = content(source), content(target)
        assert set(before) == set(after)
        for table, found in before.items():
            assert after[table] == found, table


def test_lint_has_nothing_against_it(contract: Contract, sql_server: SqlServer) -> None:
    with database(sql_server) as url:
        load_schema(url, UNUSUAL / "data.sql")
        found = lint(contract, *measure_url(url, contract))
    # MariaDB 10.6 has no collation of MySQL 8's.
    expected = {"info"} if sql_server.kind == "mysql" else {"info", "CF504"}
    assert {f.code for f in found if f.severity != "info"} <= expected


def test_hand_made_rows(
    contract: Contract, sql_server: SqlServer, dynamodb_server: DynamoServer, tmp_path: Path
) -> None:
    survives(contract, sql_server, dynamodb_server, {}, tmp_path)


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(rows=databases())
def test_random_rows(
    contract: Contract, sql_server: SqlServer, dynamodb_server: DynamoServer, rows: Rows, tmp_path: Path
) -> None:
    survives(contract, sql_server, dynamodb_server, rows, tmp_path)
