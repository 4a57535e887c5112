"""Real servers in containers: shared ones for a whole run, separate ones that a test may break.

Every process of a run (pytest-xdist's workers) uses the same shared servers: whoever comes first
starts one and leaves its address in a file. They go when the run's first process has gone.
"""

import fcntl
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

from docker.errors import APIError
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.images.polling import wait_until
from tests.images.prepare import prepare
from tests.integration import reaper
from tests.integration.servers import PASSWORD, DynamoServer, SqlServer

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
    """The servers of one test run.

    Args:
        shared: a folder that all processes of the run have in common.
        run_id: tells the run from others.
        owner: the process with whose end the servers go; None for servers that stay until they are removed.
    """

    def __init__(self, shared: Path, run_id: str, owner: int | None) -> None:
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
                if owner is not None:
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
