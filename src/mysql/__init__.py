"""The relational side: MySQL 8 and 9, MariaDB 10.6 and later, and SQLite as their embedded stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from crossfade.contract.load import resolve
from crossfade.contract.measured import Statistics
from crossfade.contract.model import Contract
from crossfade.contract.source import SourceSchema
from crossfade.dal.prepare import Clock
from crossfade.mysql.alone import Alone
from crossfade.mysql.drivers import Timeouts, Tls
from crossfade.mysql.engine import create
from crossfade.mysql.errors import guarded
from crossfade.mysql.insert import insert_rows
from crossfade.mysql.measure import measure
from crossfade.mysql.schema import create_sqlite, reflect
from crossfade.mysql.store import MySQLStore

__all__ = [
    "MySQLStore",
    "Timeouts",
    "Tls",
    "create",
    "create_sqlite",
    "create_sqlite_file",
    "insert_rows",
    "measure_url",
    "open_store",
    "reflect_url",
]


def open_store(
    contract: Contract, url: str, *, password: str | None = None, clock: Clock, alone: bool = False
) -> MySQLStore:
    """The store of a contract on a database.

    Args:
        contract: the contract.
        url: `mysql://user@host:3306/database`, or `sqlite:///file`.
        password: the password, where it does not stand in the URL.
        clock: gives the current time as an aware datetime.
        alone: whether it is all that the application has: its writes end where a move begins.

    Raises:
        ConfigurationError: the URL is none, or of a database that is not supported.
    """
    shared = Alone(list(contract.groups)) if alone else None
    hooks = None if shared is None else lambda: shared
    return MySQLStore(contract, create(url, password=password), clock=clock, hooks=hooks)


def reflect_url(url: str, *, password: str | None = None) -> SourceSchema:
    """The tables of a database. Arguments as for `open_store`.

    Raises:
        ConfigurationError: the URL is none, or of a database that is not supported.
        StoreUnavailable: it cannot be reached, or refuses the credentials.
        SchemaMismatch: a SQLite file that `create_sqlite_file` did not make.
    """
    engine = create(url, password=password)
    with _disposing(engine):
        return guarded(engine, lambda: reflect(engine))


def measure_url(url: str, contract: Contract, *, password: str | None = None) -> tuple[SourceSchema, Statistics]:
    """The tables of a database, and what `lint` wants to know of their rows. Arguments and errors as `reflect_url`."""
    engine = create(url, password=password)
    with _disposing(engine):
        schema = guarded(engine, lambda: reflect(engine))
        return schema, measure(engine, schema, resolve(contract, schema))


def create_sqlite_file(path: Path, ddl: str) -> None:
    """Make a SQLite database with the tables of a MySQL script.

    Args:
        path: a file that does not exist yet.
        ddl: the script.

    Raises:
        SchemaError: the script cannot be read.
    """
    engine = create(f"sqlite:///{path}")
    with _disposing(engine):
        guarded(engine, lambda: create_sqlite(engine, ddl))


@contextmanager
def _disposing(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()
