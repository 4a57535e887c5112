"""The conformance tests on real servers: MySQL, MariaDB and DynamoDB Local."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conformance.backend import schema_of
from tests.conformance.collecting import collect
from tests.conformance.opening import Dynamo, Opener, Sql
from tests.integration.servers import DynamoServer, SqlServer, load_schema

Opening = Callable[[str], Opener]

collect(globals(), ["mysql", "mariadb", "dynamodb"])


def opening(stack: ExitStack, make: Opening) -> Opening:
    """What opens each contract once, until `stack` closes."""
    opened: dict[str, Opener] = {}

    def opener(contract: str) -> Opener:
        if contract not in opened:
            opened[contract] = make(contract)
            stack.callback(opened[contract].close)
        return opened[contract]

    return opener


def sql_opening(stack: ExitStack, server: SqlServer) -> Opening:
    """Opens databases of a server, one per contract, dropped when `stack` closes."""

    def make(contract: str) -> Opener:
        url = stack.enter_context(server.database())
        load_schema(url, schema_of(contract))
        return Sql(server.kind, contract, url)

    return opening(stack, make)


@pytest.fixture(scope="module")
def open_mysql(mysql_server: SqlServer) -> Iterator[Opening]:
    """Opens stores on MySQL."""
    with ExitStack() as stack:
        yield sql_opening(stack, mysql_server)


@pytest.fixture(scope="module")
def open_mariadb(mariadb_server: SqlServer) -> Iterator[Opening]:
    """Opens stores on MariaDB."""
    with ExitStack() as stack:
        yield sql_opening(stack, mariadb_server)


@pytest.fixture(scope="module")
def open_dynamodb(dynamodb_server: DynamoServer) -> Iterator[Opening]:
    """Opens stores on DynamoDB Local."""
    settings = {
        "endpoint_url": dynamodb_server.endpoint_url,
        "region_name": dynamodb_server.region,
        "aws_access_key_id": dynamodb_server.access_key,
        "aws_secret_access_key": dynamodb_server.secret_key,
    }
    with ExitStack() as stack:

        def make(contract: str) -> Opener:
            return Dynamo("dynamodb", contract, stack.enter_context(dynamodb_server.prefix()), settings)

        yield opening(stack, make)
