"""Real servers in containers: shared ones for a whole run, separate ones that a test may break.

Every process of a run (pytest-xdist's workers) uses the same shared servers: whoever comes first
starts one and leaves its address in a file. They go when the run's first process has gone.
"""

import fcntl
import json
import os
import re
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import boto3
import pymysql
from botocore.config import Config
from docker.errors import APIError
from mypy_boto3_dynamodb import DynamoDBClient
from pymysql.constants import CLIENT
from sqlalchemy.engine import make_url
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.images.polling import wait_until
from tests.images.prepare import prepare
from tests.integration import reaper

PASSWORD = "test"

# Given explicitly, so that the public and the local images behave the same.
_COMMON_FLAGS = (
    "--server-id=1",
    "--skip-name-resolve",
    "--default-time-zone=+00:00",
    "--max-connections=400",
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--binlog-row-image=FULL",
    "--binlog-row-metadata=FULL",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=256M",
)
SQL_FLAGS = {
    "mysql": (
        *_COMMON_FLAGS,
        "--gtid-mode=ON",
        "--enforce-gtid-consistency=ON",
        "--loose-mysqlx=OFF",
        "--loose-innodb-numa-interleave=OFF",
    ),
    "mariadb": (*_COMMON_FLAGS, "--gtid-strict-mode=ON"),
}
# The quick compiler alone: a test run ends before the thorough one has paid for itself.
JAVA_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g")

# What MySQL dumps name, and the nearest that MariaDB 10.6 has.
MARIADB_COLLATIONS = {
    "utf8mb4_0900_bin": "utf8mb4_nopad_bin",
    "utf8mb4_0900_ai_ci": "utf8mb4_unicode_520_nopad_ci",
}


@dataclass(frozen=True)
class SqlServer:
    """A MySQL or MariaDB server (`kind`), reached as root."""

    kind: str
    host: str
    port: int
    user: str = "root"
    password: str = PASSWORD

    def url(self, database: str = "") -> str:
        """The SQLAlchemy URL of a database on this server.

        Without TLS: loading the certificates takes a client thirty times as long as connecting.
        """
        address = f"{self.user}:{self.password}@{self.host}:{self.port}"
        return f"mysql+pymysql://{address}/{database}?charset=utf8mb4&ssl_disabled=true"

    def connect(
        self, database: str | None = None, *, timeout: float = 10
    ) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """A plain connection in autocommit; `timeout` in seconds, for connecting and for each reply."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            charset="utf8mb4",
            ssl_disabled=True,
            autocommit=True,
            connect_timeout=max(1, int(timeout)),
            read_timeout=timeout,
        )

    def execute(self, statement: str, *values: object, database: str | None = None) -> tuple[tuple[Any, ...], ...]:
        """Run one statement on a connection of its own and return its rows."""
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return tuple(cursor.fetchall())

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database, as a SQLAlchemy URL; dropped afterwards."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        # A transaction that a failed test left open would hold the drop up, without end.
        for (thread,) in self.execute("SELECT id FROM information_schema.processlist WHERE db = %s", name):
            with suppress(pymysql.MySQLError):
                self.execute("KILL %s", thread)
        self.execute(f"DROP DATABASE {name}")


@dataclass(frozen=True)
class DynamoServer:
    """A DynamoDB Local."""

    endpoint_url: str
    region: str = "us-east-1"
    access_key: str = "local"
    secret_key: str = "local"

    def client(self, config: Config | None = None) -> DynamoDBClient:
        """A client of this server; it retries nothing unless `config` says otherwise."""
        quick = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=20)
        return _session().client(
            "dynamodb",
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=quick.merge(config) if config else quick,
        )

    def environment(self) -> dict[str, str]:
        """What leads the SDK's own chain of settings to this server."""
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.endpoint_url,
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def tables(self, prefix: str = "") -> list[str]:
        """The names of the tables that begin with `prefix`."""
        with closing(self.client()) as client:
            pages = client.get_paginator("list_tables").paginate()
            return [name for page in pages for name in page["TableNames"] if name.startswith(prefix)]

    @contextmanager
    def prefix(self) -> Iterator[str]:
        """A prefix for table names that nobody else uses; its tables are deleted afterwards."""
        prefix = f"t{uuid.uuid4().hex[:10]}_"
        try:
            yield prefix
        finally:
            with closing(self.client()) as client:
                for name in self.tables(prefix):
                    client.update_table(TableName=name, DeletionProtectionEnabled=False)
                    client.delete_table(TableName=name)


@cache
def _session() -> boto3.session.Session:
    # Reading the description of the service is most of what making a client takes.
    return boto3.session.Session()


Server = TypeVar("Server", SqlServer, DynamoServer)


@dataclass(frozen=True)
class FaultServer(Generic[Server]):
    """A server that its test alone uses, on a port that outlives a restart; its data lies on disk."""

    server: Server
    container: DockerContainer
    probe: Callable[[], object]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Freeze the server: connections stand, requests are taken by the network, nothing answers."""
        self.container.get_wrapped_container().pause()
        try:
            yield
        finally:
            self.container.get_wrapped_container().unpause()

    def kill(self) -> None:
        """End the server by SIGKILL."""
        self.container.get_wrapped_container().kill()

    def start(self) -> None:
        """Start the killed server again, at the same address, and wait until it answers."""
        self.container.get_wrapped_container().start()
        wait_until(self.probe)


class Servers:
    """The servers of one test run. `shared` is a folder that all processes of the run have in common."""

    def __init__(self, shared: Path, run_id: str, owner: int) -> None:
        self._shared = shared
        self._run_id = run_id
        self._labels = reaper.labels(run_id, owner)
        shared.mkdir(exist_ok=True)
        prepared = prepare()
        os.environ["DOCKER_HOST"] = prepared.docker_host
        testcontainers_config.ryuk_disabled = True
        testcontainers_config.tc_host_override = prepared.published_host
        testcontainers_config.connection_mode_override = ConnectionMode.docker_host
        self._images = prepared.images
        with self._once("reaper") as first:
            if first:
                reaper.sweep()
                reaper.watch(run_id, owner)

    def sql(self, kind: str) -> SqlServer:
        """The shared server of a kind (mysql, mariadb), in memory."""
        return self._get(kind, SqlServer, lambda: self._start_sql(kind))

    def dynamodb(self) -> DynamoServer:
        """The shared DynamoDB Local, in memory."""
        return self._get("dynamodb", DynamoServer, self._start_dynamodb)

    @contextmanager
    def fault_sql(self, kind: str) -> Iterator[FaultServer[SqlServer]]:
        """A server of a kind (mysql, mariadb) to pause, kill and start again."""
        container, server = self._start_sql(kind, fixed_port=True)
        try:
            yield FaultServer(server, container, lambda: server.execute("SELECT 1"))
        finally:
            container.stop()

    @contextmanager
    def fault_dynamodb(self) -> Iterator[FaultServer[DynamoServer]]:
        """A DynamoDB Local to pause, kill and start again; slow in writing, for it writes to disk."""
        container, server = self._start_dynamodb(fixed_port=True)
        try:
            yield FaultServer(server, container, lambda: server.tables() is not None)
        finally:
            container.stop()

    def remove(self) -> None:
        """Remove every container of this run."""
        reaper.remove(self._run_id)

    @contextmanager
    def _once(self, name: str) -> Iterator[bool]:
        with (self._shared / f"{name}.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.seek(0)
            yield not lock.read()
            lock.write("done")

    def _get(self, name: str, kind: type[Server], start: Callable[[], tuple[DockerContainer, Server]]) -> Server:
        file = self._shared / f"{name}.json"
        with self._once(name) as first:
            if first:
                container, server = start()
                container.get_docker_client().client.close()
                file.write_text(json.dumps(asdict(server)))
        return kind(**json.loads(file.read_text()))

    def _container(self, kind: str, command: list[str]) -> DockerContainer:
        container = DockerContainer(self._images[kind])
        return container.with_command(command).with_kwargs(labels=self._labels)

    def _start_sql(self, kind: str, *, fixed_port: bool = False) -> tuple[DockerContainer, SqlServer]:
        def make() -> DockerContainer:
            container = self._container(kind, list(SQL_FLAGS[kind]))
            container.with_env(f"{kind.upper()}_ROOT_PASSWORD", PASSWORD)
            return container if fixed_port else container.with_tmpfs_mount("/var/lib/mysql", "size=2g")

        container = _start(make, 3306, fixed_port=fixed_port)
        server = SqlServer(kind, container.get_container_host_ip(), container.get_exposed_port(3306))
        _await_answer(container, lambda: server.execute("SELECT 1"))
        return container, server

    def _start_dynamodb(self, *, fixed_port: bool = False) -> tuple[DockerContainer, DynamoServer]:
        on_disk = ["-dbPath", "/tmp"]  # noqa: S108 - the container's, and the one folder sure to be writable
        storage = on_disk if fixed_port else ["-inMemory"]
        command = [*JAVA_FLAGS, "-jar", "DynamoDBLocal.jar", "-sharedDb", "-disableTelemetry", *storage]
        container = _start(lambda: self._container("dynamodb", command), 8000, fixed_port=fixed_port)
        host, port = container.get_container_host_ip(), container.get_exposed_port(8000)
        server = DynamoServer(f"http://{host}:{port}")
        _await_answer(container, lambda: server.tables() is not None)
        return container, server


def _start(make: Callable[[], DockerContainer], port: int, *, fixed_port: bool) -> DockerContainer:
    if not fixed_port:
        return make().with_exposed_ports(port).start()

    # The engine gives another port at each start, unless one was asked for; somebody else may take the
    # free port in between.
    def attempt() -> DockerContainer:
        container = make().with_bind_ports(port, _free_port())
        try:
            return container.start()
        except APIError:
            container.stop()
            raise

    return wait_until(attempt, seconds=20, errors=(APIError,))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def _await_answer(container: DockerContainer, probe: Callable[[], object]) -> None:
    try:
        wait_until(probe)
    except TimeoutError as error:
        out, err = container.get_logs()
        error.add_note((out + err).decode(errors="replace")[-4000:])
        container.stop()
        raise


def load_schema(url: str, path: Path) -> None:
    """Run a file of SQL statements, `DELIMITER` lines understood, in the database of a SQLAlchemy URL.

    On MariaDB, collations that only MySQL has are replaced by `MARIADB_COLLATIONS`.
    """
    target = make_url(url)
    with closing(
        pymysql.connect(
            host=target.host,
            port=target.port or 3306,
            user=target.username,
            password=target.password or "",
            database=target.database,
            charset="utf8mb4",
            ssl_disabled=True,
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
    ) as connection:
        text = path.read_text(encoding="utf-8")
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION() LIKE '%MariaDB%'")
            if cursor.fetchone() == (1,):
                for name, nearest in MARIADB_COLLATIONS.items():
                    text = text.replace(name, nearest)
            for batch in _batches(text):
                cursor.execute(batch)
                # An error in a later statement shows only when its result is asked for.
                while cursor.nextset():
                    pass


def _batches(text: str) -> Iterator[str]:
    """What can be sent at once: all statements between two DELIMITER lines, or each between special ones."""
    parts = re.split(r"(?m)^DELIMITER[ \t]+(\S+)[ \t]*$", text)
    for delimiter, part in zip([";", *parts[1::2]], parts[::2], strict=True):
        for batch in [part] if delimiter == ";" else part.split(delimiter):
            if batch.strip():
                yield batch
