"""Opens every implementation of a store, empty, on a contract."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pymysql
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from sqlalchemy.engine import make_url

from crossfade.contract import parse_schema
from crossfade.dal.memory import MemoryStore
from crossfade.dynamodb import create_client, create_tables
from crossfade.dynamodb import open_store as open_dynamodb_store
from crossfade.mysql import create_sqlite_file
from crossfade.mysql import open_store as open_mysql_store
from tests.conformance.backend import START, Backend, Clock, load_contract, schema_of

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

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        clock = Clock()
        return Backend("memory", MemoryStore(self._contract, clock=clock), clock)

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

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        with closing(sqlite3.connect(self._file)) as connection:
            for table in self._tables:
                connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the schema's own table names
            connection.commit()
        return Backend("sqlite", self._store, self._clock)

    def close(self) -> None:
        """See `Opener.close`."""
        self._store.close()


class Sql:
    """Opens one MySQL or MariaDB database again and again.

    Args:
        kind: mysql or mariadb.
        contract: the contract's name.
        url: a database that has the contract's tables.
    """

    def __init__(self, kind: str, contract: str, url: str) -> None:
        self._kind = kind
        self._url = url
        self._clock = Clock()
        self._store = open_mysql_store(contract_of(contract), url, clock=self._clock)

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
            cursor.execute("SHOW TABLES")
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM `{table}`")  # noqa: S608 - the database's own table names
            connection.commit()
        return Backend(self._kind, self._store, self._clock)

    def close(self) -> None:
        """See `Opener.close`."""
        self._store.close()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        at = make_url(self._url)
        with closing(
            pymysql.connect(
                host=at.host, port=at.port or 3306, user=at.username, password=at.password or "", database=at.database
            )
        ) as connection:
            yield connection


class Dynamo:
    """Opens the tables of one DynamoDB again and again.

    Args:
        kind: dynamodb, or moto for the imitation.
        contract: the contract's name.
        prefix: before every table's name; the tables are created.
        settings: how to reach it, as boto3 calls it.
    """

    def __init__(self, kind: str, contract: str, prefix: str, settings: dict[str, Any]) -> None:
        self._kind = kind
        self._prefix = prefix
        self._clock = Clock()
        self._client = create_client(**settings)
        create_tables(self._client, contract_of(contract), prefix)
        self._keys = {name: self._key_of(name) for name in self._tables()}
        self._store = open_dynamodb_store(contract_of(contract), prefix=prefix, clock=self._clock, **settings)

    def fresh(self) -> Backend:
        """See `Opener.fresh`."""
        self._clock.now = START
        self._empty()
        return Backend(self._kind, self._store, self._clock)

    def _empty(self) -> None:
        for table, key in self._keys.items():
            names = {f"#{i}": name for i, name in enumerate(key)}
            pages = self._client.get_paginator("scan").paginate(
                TableName=table,
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
                ConsistentRead=True,
            )
            for item in [item for page in pages for item in page["Items"]]:
                self._client.delete_item(TableName=table, Key=item)

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
    """Opens the tables of moto in this process."""

    def _empty(self) -> None:
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables.values():
            table.items.clear()
