"""Real servers, and how they are reached: databases, tables and files of SQL for a test of its own."""

import re
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pymysql
from botocore.config import Config
from mypy_boto3_dynamodb import DynamoDBClient
from pymysql.constants import CLIENT
from sqlalchemy.engine import make_url

from tests.images.driver import ensure_driver

PASSWORD = "test"

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
        # Not from information_schema, which fails while anybody's statement holds a character of four bytes.
        threads = [row[0] for row in self.execute("SHOW PROCESSLIST") if row[3] == name]
        for thread in threads:
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
        return _session().client("dynamodb", config=quick.merge(config) if config else quick, **self.settings)

    @property
    def settings(self) -> dict[str, Any]:
        """What a client of this server is made with."""
        return {
            "endpoint_url": self.endpoint_url,
            "region_name": self.region,
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
        }

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


def on_mysqlclient(url: str) -> str:
    """The URL of a database as mysqlclient is told it, which is installed where it is missing."""
    ensure_driver()
    at = make_url(url).set(drivername="mysql+mysqldb").difference_update_query(["ssl_disabled"])
    return at.render_as_string(hide_password=False)


@contextmanager
def connected(
    url: str, *, autocommit: bool = True, **options: Any
) -> Iterator["pymysql.Connection[pymysql.cursors.Cursor]"]:
    """A plain connection to the database of a SQLAlchemy URL, with more of PyMySQL's own options."""
    at = make_url(url)
    with closing(
        pymysql.connect(
            host=at.host,
            port=at.port or 3306,
            user=at.username,
            password=at.password or "",
            database=at.database,
            charset="utf8mb4",
            ssl_disabled=True,
            autocommit=autocommit,
            **options,
        )
    ) as connection:
        yield connection


def load_schema(url: str, path: Path) -> None:
    """Run a file of SQL statements, `DELIMITER` lines understood, in the database of a SQLAlchemy URL.

    On MariaDB, collations that only MySQL has are replaced by `MARIADB_COLLATIONS`.
    """
    with connected(url, client_flag=CLIENT.MULTI_STATEMENTS) as connection:
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
