"""Engines: every connection in UTC, strict, in utf8mb4, REPEATABLE READ, with time limits, and quiet.

No text of a statement, no parameter and no password reaches a log, a repr or an error.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from crossfade.dal.errors import ConfigurationError
from crossfade.mysql import sqlite
from crossfade.mysql.connections import begin_by_ourselves, replace_lost
from crossfade.mysql.drivers import Driver, Timeouts, Tls, driver_of
from crossfade.mysql.types import DialectName

# Values are refused rather than changed to fit: MySQL 8.4 Reference Manual, 7.1.11 (STRICT_ALL_TABLES). MariaDB
# knows each of these modes too.
SQL_MODE = (
    "STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"
)

_TIMEOUTS = Timeouts()
# What a URL may say, and is said otherwise here.
_OURS = ("charset", "autocommit", "connect_timeout", "read_timeout", "write_timeout")
_SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})


def create(
    url: str | URL,
    *,
    password: str | None = None,
    pool_size: int = 10,
    max_overflow: int = 10,
    timeouts: Timeouts = _TIMEOUTS,
    tls: Tls | None = None,
) -> sa.Engine:
    """An engine for a database. Nothing is connected yet.

    Args:
        url: `mysql://user@host:3306/database` (the driver is PyMySQL), `mysql+mysqldb://...` (mysqlclient, which the
            extra `fast` installs), or `sqlite:///file`; `sqlite://` is a database of the engine's own, gone with it.
        password: the password, where it does not stand in the URL.
        pool_size: connections that are kept open.
        max_overflow: further ones under load.
        timeouts: how long to wait.
        tls: encryption; None leaves it to the URL's own options (`ssl_ca` ...).

    Raises:
        ConfigurationError: the URL is none, or of a database that is not supported, or says what its driver does not
            take, or the driver is not installed.
    """
    target = _parsed(url)
    if target.drivername in _SQLITE_DRIVERS:
        return _sqlite(target, pool_size, max_overflow, timeouts)
    driver = driver_of(target)
    if driver is None:
        raise ConfigurationError(
            f"{target.drivername!r} is not supported: use mysql://user@host:3306/database, or sqlite:///file"
        )
    if not target.database:
        raise ConfigurationError("the MySQL URL names no database: mysql://user@host:3306/database")
    known = target if password is None else target.set(password=password)
    return _mysql(known, driver, pool_size, max_overflow, timeouts, tls)


def dialect_name(engine: sa.Engine) -> DialectName:
    """Which of our dialects the engine speaks; MariaDB is `mysql`."""
    return "sqlite" if engine.dialect.name == "sqlite" else "mysql"


def _mysql(
    target: URL, driver: Driver, pool_size: int, max_overflow: int, timeouts: Timeouts, tls: Tls | None
) -> sa.Engine:
    given = target.set(drivername=f"mysql+{driver.name}").difference_update_query(_OURS)
    if unknown := sorted(given.query.keys() - driver.options):
        raise ConfigurationError(
            f"the MySQL URL has options that are not taken: leave out {', '.join(unknown)}. There are "
            f"{', '.join(sorted(driver.options))}"
        )
    engine = sa.create_engine(
        given,
        connect_args=driver.arguments(timeouts, tls),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=timeouts.pool,
        pool_recycle=int(timeouts.recycle),
        paramstyle="format",
        pool_reset_on_return=None,  # see `begin_by_ourselves`
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

    begin_by_ourselves(engine)
    replace_lost(engine)
    return engine


def _parsed(url: str | URL) -> URL:
    """The URL; no part of one that cannot be read is told, for a password may stand in it."""
    try:
        target = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        target = None
    if target is None or "@" in (target.host or ""):
        raise ConfigurationError(
            "the MySQL URL is not one: mysql://user@host:3306/database. In a password, write @ as %40, : as %3A, "
            "/ as %2F, or give it as CROSSFADE_MYSQL_PASSWORD"
        )
    return target


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
