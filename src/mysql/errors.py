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
    """The server refused a value that had passed our checks. For `mysql/` alone, which finds out which.

    Attributes:
        column: the column that has no value and must have one, where that is the reason.
    """

    def __init__(self, reason: str, *, column: str | None = None) -> None:
        self.column = column
        super().__init__("entity", reason)


# What no other try changes: somebody has to let the account in, or grant it something, first.
_NOT_LET_IN = (1045, 1251, 1524, 1698, 1820, 1862, 2059, 3118)
_NOT_GRANTED = (1044, 1142, 1143, 1227, 1370)
_UNAVAILABLE: dict[int, str] = {
    **dict.fromkeys((2002, 2003, 2005, 1129, 1130), "cannot be reached"),
    **dict.fromkeys(_NOT_LET_IN, "refuses the account"),
    **dict.fromkeys(_NOT_GRANTED, "refuses what the account lacks the privilege for"),
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
# Likewise "Column 'email' cannot be null", and SQLite's "NOT NULL constraint failed: users.email".
_NULL = re.compile(r"^(?:Column '([^']+)' cannot be null|NOT NULL constraint failed: [^.]+\.(.+))$")


def guarded(engine: sa.Engine, act: Callable[[], R], *, committing: bool = False) -> R:
    """What `act` returns; whatever the driver raises in it becomes our error.

    Args:
        engine: whose driver.
        act: what to do.
        committing: whether it is a COMMIT: what happens then may have been made.
    """
    try:
        return act()
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        failed = translate(error, engine, committing=committing)
    # Outside the handler, so that the driver's error, in whose text values stand, is not chained to ours.
    raise failed


def translate(error: Exception, engine: sa.Engine, *, committing: bool = False) -> CrossfadeError:
    """Our error for the driver's own, or for SQLAlchemy's."""
    if isinstance(error, sa.exc.TimeoutError):
        return CapacityExceeded("every connection of the pool is in use", store=STORE)
    if isinstance(error, SQLAlchemyError) and not isinstance(error, DBAPIError):
        inner = error.orig if isinstance(error, StatementError) else None
        if isinstance(inner, CrossfadeError):
            return inner
        return StoreError(f"the statement could not be made: {type(inner or error).__name__}", store=STORE)
    own = error.orig if isinstance(error, DBAPIError) else error
    if engine.dialect.name == "sqlite":
        return _from_sqlite(own)
    found = _from_mysql(own, engine)
    if committing and (isinstance(found, StoreUnavailable) or type(found) is StoreError):
        return OutcomeUnknown("the connection was lost while the transaction was committed", store=STORE)
    return found


def _without_value(error: BaseException | None) -> str | None:
    """The column that must have a value, where an error says that one has none."""
    found = _NULL.match(str(getattr(error, "args", ("",))[-1]))
    return (found[1] or found[2]) if found else None


def error_number(error: BaseException | None) -> int:
    """The server's number of a driver's error; 0 where there is none."""
    arguments = getattr(error, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


def _from_mysql(error: BaseException | None, engine: sa.Engine) -> CrossfadeError:
    number = error_number(error)
    says = f"(MySQL error {number})"
    if number in _UNAVAILABLE:
        url = engine.url
        where = f"MySQL at {url.host}:{url.port or 3306}/{url.database}"
        made = StoreUnavailable(f"{where} {_UNAVAILABLE[number]} {says}", store=STORE)
        made.retryable = number not in {*_NOT_LET_IN, *_NOT_GRANTED}
        return made
    if number in _DUPLICATE:
        index = _INDEX.search(str(getattr(error, "args", ("",))[-1]))
        return DuplicateEntry(f"a unique index has this value {says}", index=index and index[1], store=STORE)
    if number in _INVALID:
        return ServerInvalid(f"holds a value that the database refuses {says}", column=_without_value(error))
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


def _from_sqlite(error: BaseException | None) -> CrossfadeError:
    code = getattr(error, "sqlite_errorcode", 0)
    says = f"(SQLite error {code})"
    if code in _SQLITE_DUPLICATE:
        columns = _FAILED.search(str(error))
        named = tuple(columns[1].split(", ")) if columns else ()
        return DuplicateEntry(f"a unique index has this value {says}", columns=named, store=STORE)
    if found := _SQLITE_KINDS.get(code) or _SQLITE_KINDS.get(code & 0xFF):
        kind, text = found
        return kind(f"{text} {says}", store=STORE)
    if code & 0xFF in _SQLITE_INVALID:
        return ServerInvalid(f"holds a value that the database refuses {says}", column=_without_value(error))
    return StoreError(f"the database refused the statement {says}", store=STORE)
