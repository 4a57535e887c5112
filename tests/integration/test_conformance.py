"""The conformance tests on real servers: MySQL, MariaDB and DynamoDB Local."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conformance.backend import schema_of
from tests.conformance.collecting import collect
from tests.conformance.opening import Dynamo, Opener, Sql
from tests.integration.servers import DynamoServer, SqlServer, load_schema, on_mysqlclient

Opening = Callable[[str], Opener]

collect(globals(), ["mysql", "mysql_mysqlclient", "mariadb", "dynamodb", "dynamodb_boto3", "dynamodb_tombstones"])


def opening(stack: ExitStack, make: Opening) -> Opening:
    """What opens each contract once, until `stack` closes."""
    opened: dict[str, Opener] = {}

    def opener(contract: str) -> Opener:
        if contract not in opened:
            opened[contract] = make(contract)
            stack.callback(opened[contract].close)
        return opened[contract]

    return opener


def sql_opening(
    stack: ExitStack, server: SqlServer, kind: str | None = None, driver: Callable[[str], str] = str
) -> Opening:
    """Opens databases of a server, one per contract, dropped when `stack` closes.

    Args:
        stack: see above.
        server: the server.
        kind: the implementation, if it is not the server's kind.
        driver: makes of a database's URL the one that the store is opened with.
    """

    def make(contract: str) -> Opener:
        url = stack.enter_context(server.database())
        load_schema(url, schema_of(contract))
        return Sql(kind or server.kind, contract, driver(url))

    return opening(stack, make)


@pytest.fixture(scope="module")
def open_mysql(mysql_server: SqlServer) -> Iterator[Opening]:
    """Opens stores on MySQL."""
    with ExitStack() as stack:
        yield sql_opening(stack, mysql_server)


@pytest.fixture(scope="module")
def open_mysql_mysqlclient(mysql_server: SqlServer) -> Iterator[Opening]:
    """Opens stores on MySQL through mysqlclient."""
    with ExitStack() as stack:
        yield sql_opening(stack, mysql_server, "mysql_mysqlclient", on_mysqlclient)


@pytest.fixture(scope="module")
def open_mariadb(mariadb_server: SqlServer) -> Iterator[Opening]:
    """Opens stores on MariaDB."""
    with ExitStack() as stack:
        yield sql_opening(stack, mariadb_server)


def dynamodb_opening(kind: str, dynamodb_server: DynamoServer, **more: Any) -> Iterator[Opening]:
    """Opens stores on DynamoDB Local."""
    with ExitStack() as stack:

        def make(contract: str) -> Opener:
            prefix = stack.enter_context(dynamodb_server.prefix())
            return Dynamo(kind, contract, prefix, dynamodb_server.settings, **more)

        yield opening(stack, make)


@pytest.fixture(scope="module")
def open_dynamodb(dynamodb_server: DynamoServer) -> Iterator[Opening]:
    """Opens stores whose deletes leave nothing."""
    yield from dynamodb_opening("dynamodb", dynamodb_server)


@pytest.fixture(scope="module")
def open_dynamodb_boto3(dynamodb_server: DynamoServer) -> Iterator[Opening]:
    """Opens stores that send through boto3."""
    yield from dynamodb_opening("dynamodb_boto3", dynamodb_server, transport="boto3")


@pytest.fixture(scope="module")
def open_dynamodb_tombstones(dynamodb_server: DynamoServer) -> Iterator[Opening]:
    """Opens stores whose deletes leave tombstones."""
    yield from dynamodb_opening("dynamodb_tombstones", dynamodb_server, tombstones=True)
