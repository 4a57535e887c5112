"""Servers' error numbers as our errors."""

from __future__ import annotations

import pymysql
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from crossfade.dal import errors
from crossfade.mysql import create
from crossfade.mysql.errors import DuplicateEntry, translate

MYSQL = create("mysql://root:s3cret@db.example.com:3307/shop")
NUMBERS: list[tuple[int, type[errors.CrossfadeError]]] = [
    (1062, errors.DuplicateUnique),
    (1451, errors.Referenced),
    (1217, errors.Referenced),
    (1452, errors.MissingReference),
    (1216, errors.MissingReference),
    (1205, errors.Conflict),
    (1213, errors.Conflict),
    (3572, errors.Conflict),
    (1020, errors.Conflict),
    (1040, errors.CapacityExceeded),
    (1203, errors.CapacityExceeded),
    (2002, errors.StoreUnavailable),
    (2003, errors.StoreUnavailable),
    (2006, errors.StoreUnavailable),
    (2013, errors.StoreUnavailable),
    (1045, errors.StoreUnavailable),
    (1049, errors.StoreUnavailable),
    (1146, errors.SchemaMismatch),
    (1054, errors.SchemaMismatch),
    (1264, errors.InvalidValue),
    (1406, errors.InvalidValue),
    (1366, errors.InvalidValue),
    (1690, errors.InvalidValue),
    (9999, errors.StoreError),
]


def _error(number: int, text: str = "s3cret value") -> OperationalError:
    return OperationalError("SELECT s3cret", {"v": "s3cret"}, pymysql.err.OperationalError(number, text))


@pytest.mark.parametrize(("number", "kind"), NUMBERS)
def test_numbers(number: int, kind: type[errors.CrossfadeError]) -> None:
    found = translate(_error(number), MYSQL)
    assert isinstance(found, kind)
    assert "s3cret" not in str(found)
    assert str(number) in str(found)


@pytest.mark.parametrize(
    ("number", "again"),
    [(1044, False), (1045, False), (1142, False), (1143, False), (1227, False), (1370, False), (3118, False),
     (2002, True), (2006, True), (1049, True), (1290, True), (1053, True), (1129, True)],
)  # fmt: skip
def test_what_the_account_may_not_is_not_tried_again(number: int, again: bool) -> None:
    found = translate(_error(number), MYSQL)
    assert (type(found), found.retryable) == (errors.StoreUnavailable, again)


@pytest.mark.parametrize("number", [2006, 2013, 1053, 1927, 9999])
def test_what_is_lost_in_a_commit_may_have_been_made(number: int) -> None:
    assert type(translate(_error(number), MYSQL, committing=True)) is errors.OutcomeUnknown


@pytest.mark.parametrize("number", [1213, 1205, 3101])
def test_what_a_server_undoes_in_a_commit_was_not_made(number: int) -> None:
    assert isinstance(translate(_error(number), MYSQL, committing=True), errors.Conflict)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("Duplicate entry 'a' for key 'users.uq_email'", "uq_email"),
        ("Duplicate entry 'a' for key 'uq_email'", "uq_email"),
        ("Duplicate entry 'for key 'x'' for key 'users.PRIMARY'", "PRIMARY"),
        ("something else", None),
    ],
)
def test_the_index_is_read_from_its_place(text: str, index: str | None) -> None:
    found = translate(_error(1062, text), MYSQL)
    assert isinstance(found, DuplicateEntry)
    assert found.index == index


def test_what_is_no_driver_s_error() -> None:
    assert isinstance(translate(sa.exc.TimeoutError("pool"), MYSQL), errors.CapacityExceeded)
    inner = errors.InvalidValue("price", "is no number")
    assert translate(sa.exc.StatementError("x", "SELECT 1", {}, inner), MYSQL) is inner
    assert type(translate(sa.exc.ArgumentError("s3cret"), MYSQL)) is errors.StoreError


def test_unavailable_says_where() -> None:
    found = translate(_error(2003), MYSQL)
    assert str(found) == "MySQL at db.example.com:3307/shop cannot be reached (MySQL error 2003) [mysql]"
