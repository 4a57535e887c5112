"""The servers and what a single test takes of them. A server is started when a test first asks for it."""

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.integration.containers import FaultServer, Servers
from tests.integration.servers import DynamoServer, SqlServer


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers of this run, shared by pytest-xdist's workers."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # The workers' parent owns the servers: one worker may end while another still needs them.
        yield Servers(base.parent / "servers", os.environ["PYTEST_XDIST_TESTRUNUID"], os.getppid())
        return
    servers = Servers(base / "servers", uuid.uuid4().hex, os.getpid())
    yield servers
    servers.remove()


@pytest.fixture(scope="session")
def mysql_server(servers: Servers) -> SqlServer:
    """The shared MySQL server."""
    return servers.sql("mysql")


@pytest.fixture(scope="session")
def mariadb_server(servers: Servers) -> SqlServer:
    """The shared MariaDB server."""
    return servers.sql("mariadb")


@pytest.fixture(scope="session")
def dynamodb_server(servers: Servers) -> DynamoServer:
    """The shared DynamoDB Local. Name tables with `table_prefix`: others have tables there too."""
    return servers.dynamodb()


@pytest.fixture
def mysql_database(mysql_server: SqlServer) -> Iterator[str]:
    """The SQLAlchemy URL of an empty MySQL database of this test's own."""
    with mysql_server.database() as url:
        yield url


@pytest.fixture
def mariadb_database(mariadb_server: SqlServer) -> Iterator[str]:
    """The SQLAlchemy URL of an empty MariaDB database of this test's own."""
    with mariadb_server.database() as url:
        yield url


@pytest.fixture
def table_prefix(dynamodb_server: DynamoServer) -> Iterator[str]:
    """A prefix for this test's DynamoDB tables, which are deleted afterwards."""
    with dynamodb_server.prefix() as prefix:
        yield prefix


@pytest.fixture
def dynamodb_endpoint(dynamodb_server: DynamoServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """DynamoDB Local's URL; the environment leads the AWS SDK there, with region and credentials."""
    for name, value in dynamodb_server.environment().items():
        monkeypatch.setenv(name, value)
    return dynamodb_server.endpoint_url


@pytest.fixture(scope="module")
def fault_mysql(servers: Servers) -> Iterator[FaultServer[SqlServer]]:
    """A MySQL server for this module alone, to pause, kill and start again. Leave it running."""
    with servers.fault_sql("mysql") as fault:
        yield fault


@pytest.fixture(scope="module")
def fault_dynamodb(servers: Servers) -> Iterator[FaultServer[DynamoServer]]:
    """A DynamoDB Local for this module alone, to pause, kill and start again. Leave it running."""
    with servers.fault_dynamodb() as fault:
        yield fault
