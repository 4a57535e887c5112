"""Engines: every connection in UTC, strict, in utf8mb4, REPEATABLE READ, with time limits, and quiet.

No text of a statement, no parameter and no password reaches a log, a repr or an error.
"""

from __future__ import annotations

import shutil
import ssl
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from crossfade.dal.errors import ConfigurationError
from crossfade.mysql import sqlite
from crossfade.mysql.types import DialectName

# Values are refused rather than changed to fit: MySQL 8.4 Reference Manual, 7.1.11 (STRICT_ALL_TABLES). MariaDB
# knows each of these modes too.
SQL_MODE = (
    "STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"
)

_MYSQL_DRIVERS = frozenset({"mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"})
_SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: for a connection to be made.
        pool: for a connection to become free.
        read, write: for the server to answer, and to take what it is sent.
        lock: for a lock that another transaction holds; what waits longer is a Conflict.
        recycle: after which a connection is made anew; below the server's wait_timeout.
    """

    connect: float = 5
    pool: float = 10
    read: float = 60
    write: float = 60
    lock: float = 10
    recycle: float = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Encryption of the connections.

    Attributes:
        ca: file of the certificates that are trusted; None trusts what the system trusts.
        certificate, key: the client's own, where the server asks for one.
        verify: whether the server's certificate is checked, and whether it is for the host that was called.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """The context for a connection.

        Raises:
            ConfigurationError: a file cannot be read.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key)
        except OSError as error:
            raise ConfigurationError(f"the TLS files of the MySQL connection cannot be used: {error}") from None
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def create(
    url: str | URL,
    *,
    password: str | None = None,
    pool_size: int = 10,
    max_overflow: int = 10,
    timeouts: Timeouts = Timeouts(),
    tls: Tls | None = None,
) -> sa.Engine:
    """An engine for a database. Nothing is connected yet.

    Args:
        url: `mysql://user@host:3306/database` (the driver is PyMySQL), or `sqlite:///file`; `sqlite://` is a
            database of the engine's own, gone with it.
        password: the password, where it does not stand in the URL.
        pool_size: connections that are kept open.
        max_overflow: further ones under load.
        timeouts: how long to wait.
        tls: encryption; None leaves it to the URL's own options (`ssl_ca` ...).

    Raises:
        ConfigurationError: the URL is none, or of a database that is not supported.
    """
    try:
        target = make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigurationError("the MySQL URL is not one: mysql://user@host:3306/database") from None
    if target.drivername in _SQLITE_DRIVERS:
        return _sqlite(target, pool_size, max_overflow, timeouts)
    if target.drivername not in _MYSQL_DRIVERS:
        raise ConfigurationError(
            f"{target.drivername!r} is not supported: use mysql://user@host:3306/database, or sqlite:///file"
        )
    if not target.database:
        raise ConfigurationError("the MySQL URL names no database: mysql://user@host:3306/database")
    return _mysql(target if password is None else target.set(password=password), pool_size, max_overflow, timeouts, tls)


def dialect_name(engine: sa.Engine) -> DialectName:
    """Which of our dialects the engine speaks; MariaDB is `mysql`."""
    return "sqlite" if engine.dialect.name == "sqlite" else "mysql"


def _mysql(target: URL, pool_size: int, max_overflow: int, timeouts: Timeouts, tls: Tls | None) -> sa.Engine:
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": timeouts.connect,
        "read_timeout": timeouts.read,
        "write_timeout": timeouts.write,
    }
    if tls is not None:
        arguments["ssl"] = tls.context()
    engine = sa.create_engine(
        target.set(drivername="mysql+pymysql").difference_update_query(["charset"]),
        connect_args=arguments,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=timeouts.pool,
        pool_recycle=int(timeouts.recycle),
        pool_pre_ping=True,
        hide_parameters=True,
        enable_from_linting=False,  # it takes a join to the first of several rows for a cartesian product
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        del record
        with connection.cursor() as cursor:
            cursor.execute(
                "SET SESSION time_zone = '+00:00', sql_mode = %s, innodb_lock_wait_timeout = %s",
                (SQL_MODE, max(1, round(timeouts.lock))),
            )
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    return engine


def _sqlite(target: URL, pool_size: int, max_overflow: int, timeouts: Timeouts) -> sa.Engine:
    own = None
    if target.database in {None, "", ":memory:"}:
        # SQLite's own databases in memory belong to one connection; threads and transactions need several.
        own = tempfile.mkdtemp(prefix="crossfade-")
        target = target.set(database=str(Path(own) / "database.sqlite"))
    engine = sa.create_engine(
        target,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=timeouts.pool,
        hide_parameters=True,
        enable_from_linting=False,  # it takes a join to the first of several rows for a cartesian product
    )
    sqlite.prepare(engine, busy_timeout=timeouts.lock, durable=own is None)
    if own is not None:
        remove = weakref.finalize(engine, shutil.rmtree, own, ignore_errors=True)
        event.listen(engine, "engine_disposed", lambda disposed: remove())
    return engine
