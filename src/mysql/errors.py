"""The one place where drivers are caught: their errors by number, as ours.

Numbers: MySQL 9 Error Message Reference, MariaDB Error Code Reference, sqlite.org/rescode.html. A driver's
text never becomes part of ours: it may hold values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from crossfade.dal.errors import (
    CapacityExceeded,
    Conflict,
    CrossfadeError,
    DuplicateUnique,
    InvalidValue,
    MissingReference,
    OutcomeUnknown,
    Referenced,
    SchemaMismatch,
    StoreError,
    StoreUnavailable,
)

R = TypeVar("R")

STORE = "mysql"


class DuplicateEntry(DuplicateUnique):
    """A unique index has the value already. For `mysql/` alone, which finds out whose index it is.

    Attributes:
        index: the index's name, where the server tells it.
        columns: its columns, each with the table's name before it, where the server tells them instead.
    """

    def __init__(
        self, message: str, *, index: str | None = None, columns: tuple[str, ...] = (), **details: Any
    ) -> None:
        self.index = index
        self.columns = columns
        super().__init__(message, **details)


class Deadlock(Conflict):
    """The server has rolled the transaction back: it can be made again at once. For `mysql/` alone."""


class ServerInvalid(InvalidValue):
    """The server refused a value that had passed our checks. For `mysql/` alone, which finds out which."""


_UNAVAILABLE: dict[int, str] = {
    **dict.fromkeys((2002, 2003, 2005, 1129, 1130), "cannot be reached"),
    **dict.fromkeys(
        (1044, 1045, 1142, 1143, 1227, 1251, 1370, 1524, 1698, 1820, 1862, 2059, 3118), "refuses the account"
    ),
    1049: "has no such database",
    **dict.fromkeys((2026, 3159), "refuses the connection's encryption"),
    **dict.fromkeys((1290, 1792, 1836), "is read-only"),
    **dict.fromkeys((1317, 1969, 3024), "gave the statement up"),
    **dict.fromkeys((1053, 1047, 1077, 3032), "is not in service"),
    **dict.fromkeys(
        (0, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2014, 2027, 2055, 3169, 4031),
        "lost the connection",
    ),
}  # fmt: skip
_CONFLICT = {1020, 1205, 1206, 1412, 1614, 3101, 3572}
_DEADLOCK = {1213}
_CAPACITY = {1021, 1037, 1038, 1040, 1041, 1114, 1135, 1203, 1226, 1461, 1637}
_SCHEMA = {1051, 1054, 1109, 1136, 1146, 1288, 1305, 1347, 1356, 1364, 1393, 1394, 1471, 1906, 3105}
_INVALID = {
    167, 1048, 1153, 1263, 1264, 1265, 1292, 1300, 1301, 1365, 1366, 1367, 1406, 1411, 1416, 1426, 1441, 1467, 1526,
    1644, 1690, 1748, 3037, 3140, 3141, 3143, 3144, 3146, 3156, 3157, 3158, 3516, 3548, 3643, 3819, 3854, 4025, 4078,
}  # fmt: skip
_DUPLICATE = {1062, 1169, 1586}
_MISSING = {1216, 1452}
_REFERENCED = {1217, 1451}

# "Duplicate entry '...' for key 'users.uq_users_email'" (MySQL since 8.0.19), "... for key 'uq_users_email'": the
# documented form of the message is all that carries the index's name.
_INDEX = re.compile(r"for key '(?:[^'.]+\.)?([^'.]+)'\s*$")


def guarded(engine: sa.Engine, act: Callable[[], R], *, committing: bool = False) -> R:
    """What `act` returns; whatever the driver raises in it becomes our error.

    Args:
        engine: whose driver.
        act: what to do.
        committing: whether it is a COMMIT: what happens then may have been made.
    """
    try:
        return act()
    except SQLAlchemyError as error:
        failed = translate(error, engine, committing=committing)
    # Outside the handler, so that the driver's error, in whose text values stand, is not chained to ours.
    raise failed


def translate(error: SQLAlchemyError, engine: sa.Engine, *, committing: bool = False) -> CrossfadeError:
    """Our error for the driver's."""
    if isinstance(error, sa.exc.TimeoutError):
        return CapacityExceeded("every connection of the pool is in use", store=STORE)
    if not isinstance(error, DBAPIError):
        inner = error.orig if isinstance(error, StatementError) else None
        if isinstance(inner, CrossfadeError):
            return inner
        return StoreError(f"the statement could not be made: {type(inner or error).__name__}", store=STORE)
    if engine.dialect.name == "sqlite":
        return _from_sqlite(error)
    found = _from_mysql(error, engine)
    if committing and (isinstance(found, StoreUnavailable) or type(found) is StoreError):
        return OutcomeUnknown("the connection was lost while the transaction was committed", store=STORE)
    return found


def error_number(error: DBAPIError) -> int:
    """The server's number of an error; 0 where there is none."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


def _from_mysql(error: DBAPIError, engine: sa.Engine) -> CrossfadeError:
    number = error_number(error)
    says = f"(MySQL error {number})"
    if number in _UNAVAILABLE:
        url = engine.url
        where = f"MySQL at {url.host}:{url.port or 3306}/{url.database}"
        return StoreUnavailable(f"{where} {_UNAVAILABLE[number]} {says}", store=STORE)
    if number in _DUPLICATE:
        index = _INDEX.search(str(getattr(error.orig, "args", ("",))[-1]))
        return DuplicateEntry(f"a unique index has this value {says}", index=index and index[1], store=STORE)
    if number in _INVALID:
        return ServerInvalid("entity", f"holds a value that the database refuses {says}")
    for numbers, kind, text in _KINDS:
        if number in numbers:
            return kind(f"{text} {says}", store=STORE)
    return StoreError(f"the database refused the statement {says}", store=STORE)


_KINDS: tuple[tuple[set[int], type[StoreError], str], ...] = (
    (_DEADLOCK, Deadlock, "another transaction and this one waited for each other"),
    (_CONFLICT, Conflict, "another transaction holds or has changed the row"),
    (_CAPACITY, CapacityExceeded, "the server is at its limits"),
    (_MISSING, MissingReference, "a field refers to something that does not exist"),
    (_REFERENCED, Referenced, "something else refers to it"),
    (_SCHEMA, SchemaMismatch, "the database's tables are not what the contract says"),
)

# "UNIQUE constraint failed: users.email, users.name": the only carrier of what was violated.
_FAILED = re.compile(r"UNIQUE constraint failed: ([\w$.]+(?:, [\w$.]+)*)$")

# By extended code, then by its primary one (the low eight bits).
_SQLITE_KINDS: dict[int, tuple[type[StoreError], str]] = {
    787: (MissingReference, "a field refers to something that does not exist"),
    1811: (Referenced, "something else refers to it"),
    1: (SchemaMismatch, "the database's tables are not what the contract says"),
    5: (Conflict, "another connection is writing"),
    6: (Conflict, "another connection holds the table"),
    7: (CapacityExceeded, "there is no memory left"),
    13: (CapacityExceeded, "the disk is full"),
    **dict.fromkeys((3, 8, 10, 11, 14, 23, 26), (StoreUnavailable, "the file cannot be used")),
}
_SQLITE_DUPLICATE = {1555, 2067, 2579}
_SQLITE_INVALID = {18, 19, 20, 25}


def _from_sqlite(error: DBAPIError) -> CrossfadeError:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    says = f"(SQLite error {code})"
    if code in _SQLITE_DUPLICATE:
        columns = _FAILED.search(str(error.orig))
        named = tuple(columns[1].split(", ")) if columns else ()
        return DuplicateEntry(f"a unique index has this value {says}", columns=named, store=STORE)
    if found := _SQLITE_KINDS.get(code) or _SQLITE_KINDS.get(code & 0xFF):
        kind, text = found
        return kind(f"{text} {says}", store=STORE)
    if code & 0xFF in _SQLITE_INVALID:
        return ServerInvalid("entity", f"holds a value that the database refuses {says}")
    return StoreError(f"the database refused the statement {says}", store=STORE)
