"""The drivers: how each is told what every connection is to be, and what both make of the server's texts.

PyMySQL is always there. mysqlclient, over the servers' own client library, costs a fraction of its processor time; the
extra `fast` installs it, where a compiler and that library are. Encryption is another matter for either: PyMySQL has it
where the server can; libmariadb, where it is asked for.
"""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pymysql import converters as pymysql_converters
from sqlalchemy.engine import URL

from crossfade.dal.errors import ConfigurationError


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


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver.

    Attributes:
        name: SQLAlchemy's for it.
        arguments: what its connections are made with.
        options: what a URL may say beside that; the rest would make other connections, or none.
    """

    name: str
    arguments: Callable[[Timeouts, Tls | None], dict[str, Any]]
    options: frozenset[str]


def driver_of(url: URL) -> Driver | None:
    """The driver that a URL names; None where it names none of these.

    Raises:
        ConfigurationError: it is not installed.
    """
    found = _DRIVERS.get(url.drivername)
    if found is _MYSQLCLIENT:
        try:
            importlib.import_module("MySQLdb")
        except ImportError as error:
            raise ConfigurationError(
                "mysql+mysqldb wants mysqlclient, which cannot be loaded: install crossfade[fast], for which the "
                f"headers of libmysqlclient or libmariadb are needed ({error})"
            ) from None
    return found


def _common(timeouts: Timeouts) -> dict[str, Any]:
    return {
        "charset": "utf8mb4",
        "autocommit": True,  # see `connections`
        "connect_timeout": max(1, round(timeouts.connect)),
        "read_timeout": max(1, round(timeouts.read)),
        "write_timeout": max(1, round(timeouts.write)),
    }


def _pymysql(timeouts: Timeouts, tls: Tls | None) -> dict[str, Any]:
    exact = {"connect_timeout": timeouts.connect, "read_timeout": timeouts.read, "write_timeout": timeouts.write}
    encryption = {} if tls is None else {"ssl": tls.context()}
    conversions: Mapping[Any, Any] = pymysql_converters.conversions
    return _common(timeouts) | exact | {"conv": {**conversions, **_DECODERS}} | encryption


def _mysqlclient(timeouts: Timeouts, tls: Tls | None) -> dict[str, Any]:
    conversions: Mapping[Any, Any] = importlib.import_module("MySQLdb.converters").conversions
    own = {"conv": {**conversions, **_DECODERS}, "binary_prefix": True, "multi_statements": False}
    return _common(timeouts) | own | ({} if tls is None else _encryption(tls))


def _encryption(tls: Tls) -> dict[str, Any]:
    tls.context()  # says what is wrong with the files
    files = {"ca": tls.ca or ssl.get_default_verify_paths().cafile, "cert": tls.certificate, "key": tls.key}
    given = {name: file for name, file in files.items() if file and (tls.verify or name != "ca")}
    return {"ssl": given, "ssl_mode": "VERIFY_IDENTITY" if tls.verify else "REQUIRED"}


def _moment(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text  # one of MySQL's dates that no calendar has


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text  # as above


def _time(text: str) -> timedelta | str:
    made: timedelta | str = pymysql_converters.convert_timedelta(text)
    return made


# By the column's type in the protocol. mysqlclient makes None of what is no date; PyMySQL takes a regular expression.
_DECODERS: Mapping[int, Callable[[str], Any]] = {7: _moment, 10: _day, 11: _time, 12: _moment}

_OPTIONS = ("init_command", "read_default_file", "read_default_group", "ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
_PYMYSQL = Driver("pymysql", _pymysql, frozenset({
    *_OPTIONS, "bind_address", "program_name", "ssl_capath", "ssl_check_hostname", "ssl_cipher", "ssl_disabled",
    "ssl_key_password", "ssl_verify_cert", "ssl_verify_identity",
}))  # fmt: skip
_MYSQLCLIENT = Driver("mysqldb", _mysqlclient, frozenset({
    *_OPTIONS, "compress", "server_public_key_path", "ssl_capath", "ssl_cipher", "ssl_mode",
}))  # fmt: skip
_DRIVERS: Mapping[str, Driver] = {
    **dict.fromkeys(("mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"), _PYMYSQL),
    **dict.fromkeys(("mysql+mysqldb", "mariadb+mysqldb"), _MYSQLCLIENT),
}
