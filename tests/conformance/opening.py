"""Opens every implementation of a store, empty, on a contract."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pymysql
import sqlalchemy as sa
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from sqlalchemy.engine import make_url

from crossfade.contract import parse_schema
from crossfade.dal.memory import MemoryStore
from crossfade.dynamodb import create_client
from crossfade.dynamodb import open_store as open_dynamodb_store
from crossfade.mysql import create_sqlite_file
from crossfade.mysql import open_store as open_mysql_store
from tests.conformance.backend import START, Backend, Clock, load_contract, schema_of
from tests.tables import streamless_tables

contract_of = cache(load_contract)


class Opener(Protocol):
    """Opens one implementation on one contract, any number of times, one after the other."""

    def fresh(self) -> Backend:
        """The backend with nothing in it, its clock at the start."""

    def close(self) -> None:
        """Give back what is open."""


class Memory:
    """Opens memory stores."""

    def __init__(self, contract: str) -> None:
        self._contract = contract_of(contract)
        self._clock = Clock()
        self._backend = Backend("memory", self._empty(), self._clock)

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        self._backend.store = self._empty()
        return self._backend

    def _empty(self) -> MemoryStore:
        return MemoryStore(self._contract, clock=self._clock)

    def close(self) -> None:
        """See `Opener.close`."""


class Sqlite:
    """Opens one SQLite file again and again.

    Args:
        contract: the contract's name.
        folder: where the file lies.
    """

    def __init__(self, contract: str, folder: Path) -> None:
        self._file = folder / f"{contract}.sqlite"
        create_sqlite_file(self._file, schema_of(contract).read_text(encoding="utf-8"))
        self._tables = parse_schema(schema_of(contract).read_text(encoding="utf-8")).tables
        self._clock = Clock()
        self._store = open_mysql_store(contract_of(contract), f"sqlite:///{self._file}", clock=self._clock)
        sa.event.listen(self._store.engine, "connect", lambda connection, _: _undurable(connection))
        self._backend = Backend("sqlite", self._store, self._clock)

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        with closing(sqlite3.connect(self._file)) as connection:
            _undurable(connection)
            for table in self._tables:
                connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the schema's own table names
            connection.commit()
        return self._backend

    def close(self) -> None:
        """See `Opener.close`."""
        self._store.close()


def _undurable(connection: sqlite3.Connection) -> None:
    """Let commits not wait for the disk: no test cuts the power."""
    connection.execute("PRAGMA synchronous = OFF")


class Sql:
    """Opens one MySQL or MariaDB database again and again.

    Args:
        kind: mysql or mariadb, or mysql_mysqlclient for the other driver.
        contract: the contract's name.
        url: a database that has the contract's tables.
    """

    def __init__(self, kind: str, contract: str, url: str) -> None:
        self._clock = Clock()
        self._store = open_mysql_store(contract_of(contract), url, clock=self._clock)
        self._backend = Backend(kind, self._store, self._clock)
        self._connection = _connect(url)
        with self._connection.cursor() as cursor:
            cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
            cursor.execute("SHOW TABLES")
            self._tables = [table for (table,) in cursor.fetchall()]

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        with self._connection.cursor() as cursor:
            for table in self._tables:
                cursor.execute(f"DELETE FROM `{table}`")  # noqa: S608 - the database's own table names
        self._connection.commit()
        return self._backend

    def close(self) -> None:
        """See `Opener.close`."""
        self._connection.close()
        self._store.close()


def _connect(url: str) -> Any:
    """A connection without TLS: loading the certificates takes longer than most tests."""
    at = make_url(url)
    return pymysql.connect(
        host=at.host, port=at.port or 3306, user=at.username, password=at.password or "", database=at.database,
        ssl_disabled=True,
    )  # fmt: skip


class Dynamo:
    """Opens the tables of one DynamoDB again and again.

    Args:
        kind: dynamodb, or moto for the imitation.
        contract: the contract's name.
        prefix: before every table's name; the tables are created.
        settings: how to reach it, as boto3 calls it.
        tombstones: whether deletes leave tombstones.
        transport: how requests are sent.
    """

    def __init__(
        self,
        kind: str,
        contract: str,
        prefix: str,
        settings: dict[str, Any],
        *,
        tombstones: bool = False,
        transport: str = "direct",
    ) -> None:
        self._prefix = prefix
        self._clock = Clock()
        self._client = create_client(**settings)
        streamless_tables(self._client, contract_of(contract), prefix)
        self._keys = {name: self._key_of(name) for name in self._tables()}
        self._store = open_dynamodb_store(
            contract_of(contract),
            prefix=prefix,
            clock=self._clock,
            tombstones=tombstones,
            transport=transport,
            **settings,
        )
        self._backend = Backend(kind, self._store, self._clock)

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        self._empty()
        return self._backend

    def _empty(self) -> None:
        for table, key in self._keys.items():
            names = {f"#{i}": name for i, name in enumerate(key)}
            pages = self._client.get_paginator("scan").paginate(
                TableName=table,
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
                ConsistentRead=True,
            )
            items = [item for page in pages for item in page["Items"]]
            for first in range(0, len(items), 25):  # as many as a request holds
                self._delete(table, items[first : first + 25])

    def _delete(self, table: str, keys: Sequence[Any]) -> None:
        left: Any = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
        while left:
            left = self._client.batch_write_item(RequestItems=left).get("UnprocessedItems")

    def close(self) -> None:
        """See `Opener.close`."""
        self._store.close()
        self._client.close()

    def _tables(self) -> list[str]:
        pages = self._client.get_paginator("list_tables").paginate()
        return [name for page in pages for name in page["TableNames"] if name.startswith(self._prefix)]

    def _key_of(self, table: str) -> list[str]:
        return [part["AttributeName"] for part in self._client.describe_table(TableName=table)["Table"]["KeySchema"]]


class Moto(Dynamo):
    """Opens the tables of moto in this process, which stands in botocore's way."""

    def __init__(
        self, kind: str, contract: str, prefix: str, settings: dict[str, Any], *, tombstones: bool = False
    ) -> None:
        super().__init__(kind, contract, prefix, settings, tombstones=tombstones, transport="boto3")

    def _empty(self) -> None:
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables.values():
            table.items.clear()
