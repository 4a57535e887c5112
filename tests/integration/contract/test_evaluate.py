"""MySQL evaluates a contract's expressions to the values that crossfade gives them in Python."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pymysql
import pytest
from pymysql.cursors import Cursor

from crossfade.contract.evaluate import evaluate
from crossfade.contract.expressions import parse_expression
from tests.integration.servers import SqlServer
from tests.unit.contract.test_evaluate import ARITHMETIC, BRANCHES, CALLS, CONDITIONS, ROW, SQL_TYPES, TYPES

T = TypeVar("T")


@pytest.fixture(scope="module")
def cursor(mysql_server: SqlServer) -> Iterator[Cursor]:
    """A session with the row of the unit tests in table `r`."""
    with mysql_server.database() as url:
        name = url.rsplit("/", 1)[-1].split("?")[0]
        connection = pymysql.connect(
            host=mysql_server.host,
            port=mysql_server.port,
            user=mysql_server.user,
            password=mysql_server.password,
            database=name,
            charset="utf8mb4",
            collation="utf8mb4_0900_ai_ci",
            init_command="SET time_zone = '+00:00'",
        )
        with connection, connection.cursor() as cursor:
            columns = ", ".join(f"{column} {text}" for column, text in SQL_TYPES.items())
            cursor.execute(f"CREATE TABLE r ({columns}) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci")
            row = {**ROW, "span": "-26:05:00", "tags": "b,a"}
            cursor.execute(f"INSERT INTO r VALUES ({', '.join(['%s'] * len(row))})", tuple(row[c] for c in SQL_TYPES))  # noqa: S608 - placeholders only
            yield cursor


def ask(cursor: Cursor, text: str) -> Any:
    """The server's value, as Python would have it."""
    cursor.execute(f"SELECT {text} FROM r")  # noqa: S608 - the tests' own expressions
    found = cursor.fetchone()
    assert found is not None
    (value,) = found
    if isinstance(value, bytes):
        return value.decode()
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, exact numbers with the same digits."""
    if isinstance(one, bool):
        one = int(one)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-12 * max(1, abs(other))
    exact = isinstance(one, (int, Decimal)) and isinstance(other, (int, Decimal))
    return bool(one == other) and (str(one) == str(other) if exact else type(one) is type(other))


@pytest.mark.parametrize(("text", "expected"), [*ARITHMETIC, *CALLS, *CONDITIONS, *BRANCHES])
def test_the_unit_tests_expect_what_mysql_answers(cursor: Cursor, text: str, expected: Any) -> None:
    assert same(expected, ask(cursor, text))


class Grammar:
    """Random expressions of each type, as text."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def any(self, depth: int) -> str:
        return self._one(self.number, self.text, self.time, self.condition)(depth)

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self._one("i", "j", "d", "f", "n", "0", "3", "-4", "0.5", "-2.55")
        inner, more = self.number(depth - 1), self.number(depth - 1)
        places = self._one("0", "1", "2", "-1", "5")
        return self._one(
            f"({inner} {self._one('+', '-', '*', '/')} {more})",
            f"ROUND({inner}, {places})",
            f"{self._one('ABS', 'CEIL', 'FLOOR', 'ROUND')}({inner})",
            f"NULLIF({inner}, {more})",
            f"COALESCE({inner}, {more})",
            f"{self._one('LENGTH', 'CHAR_LENGTH')}({self.text(depth - 1)})",
            f"{self._one('YEAR', 'MONTH', 'DAY')}({self.time(depth - 1)})",
        )

    def text(self, depth: int) -> str:
        if depth <= 0:
            return self._one("s", "t", "'abc'", "''", "'Éa '", "'3.5'", "'ß'")
        inner, more = self.text(depth - 1), self.any(depth - 1)
        return self._one(
            f"CONCAT({inner}, {more})",
            f"CONCAT_WS('-', {inner}, {more}, {self._one('at', 'day', 'span', 'yes', 'tags')})",
            f"{self._one('UPPER', 'LOWER', 'TRIM')}({inner})",
            f"SUBSTRING({inner}, {self._one('0', '1', '2', '-2', '9')})",
            f"SUBSTRING({inner}, {self._one('1', '-1')}, {self._one('-1', '0', '2')})",
            f"COALESCE({inner}, {self.text(depth - 1)})",
        )

    def time(self, depth: int) -> str:
        if depth <= 0:
            return self._one("at", "at0", "day")
        unit = self._one("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
        amount = self._one("1", "13", "31", "-2", "400")
        shifted = f"{self._one('DATE_ADD', 'DATE_SUB')}({self.time(depth - 1)}, INTERVAL {amount} {unit})"
        return self._one(shifted, f"DATE({self.time(depth - 1)})")

    def condition(self, depth: int) -> str:
        kind = self._one(self.number, self.text, self.time)
        one, other = kind(depth - 1), kind(depth - 1)
        if depth <= 0:
            return f"({one} {self._one('=', '<>')} {other})"
        inner, more = self.condition(depth - 1), self.condition(depth - 1)
        return self._one(
            f"({self.number(depth)} {self._one('<', '<=', '>', '>=')} {self.number(depth)})",
            f"({inner} {self._one('AND', 'OR')} {more})",
            f"(NOT {inner})",
            f"({one} IS NULL)",
            f"({one} IN ({other}, {kind(depth - 1)}))",
            f"(CASE WHEN {inner} THEN {one} ELSE {other} END)",
        )

    def _one(self, *options: T) -> T:
        return self._chance.choice(options)


@pytest.mark.parametrize("seed", range(4))
def test_random_expressions(cursor: Cursor, seed: int) -> None:
    grammar = Grammar(random.Random(seed))
    different, refused = [], 0
    for number in range(500):
        text = grammar.any(1 + number % 3)
        try:
            answer = ask(cursor, text)
        except pymysql.Error:  # out of range; in Python there is no such limit
            refused += 1
            continue
        found = evaluate(parse_expression(text), lambda c: ROW[c.name], lambda c: TYPES.get(c.name))
        if not same(found, answer):
            different.append((text, found, answer))
    assert different == []
    assert refused < 20
