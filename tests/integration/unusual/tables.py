"""A database's whole content as the server's own texts and bytes, to be compared bit for bit."""

from __future__ import annotations

import json
from typing import Any

import pymysql
from pymysql.converters import encoders

from tests.integration.servers import connected

Row = dict[str, Any]
Content = dict[str, dict[str, Row]]
"""Of each table, of each row (by its identity's text): what the server says of each column."""

_COLUMNS = """
    SELECT column_name, data_type, column_key FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position"""
_JSON_CHECKS = """
    SELECT check_clause FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE() AND table_name = %s AND check_clause LIKE 'json_valid%%'"""


def content(url: str) -> Content:
    """Everything in a database of which nothing is crossfade's own.

    The values are as the server writes them, without a driver's conversions: shapes with their reference system,
    FLOAT as the DOUBLE that it is (FLOAT itself is written with six digits). Only MariaDB's JSON, a text with its
    writer's blanks and order of keys, is brought into one order.
    """
    unconverted: Any = encoders  # what is sent is, what comes is not
    utc = "SET time_zone = '+00:00'"
    with connected(url, autocommit=False, init_command=utc, conv=unconverted) as connection:
        names = _fetch(connection, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
        return {name: _rows(connection, name) for (name,) in names if not name.startswith("crossfade_")}


def _rows(connection: pymysql.Connection[Any], table: str) -> dict[str, Row]:
    columns = _fetch(connection, _COLUMNS, table)
    texts = set()
    if "MariaDB" in _fetch(connection, "SELECT VERSION()")[0][0]:
        clauses = _fetch(connection, _JSON_CHECKS, table)
        texts = {clause.removeprefix("json_valid(`").removesuffix("`)") for (clause,) in clauses}
    selected = ", ".join(f"{_name(n)} + 0e0" if kind == "float" else _name(n) for n, kind, _ in columns)
    found: dict[str, Row] = {}
    statement = f"SELECT {selected} FROM {_name(table)}"  # noqa: S608 - names from the server, quoted
    for values in _fetch(connection, statement):
        row = {name: value for (name, _, _), value in zip(columns, values, strict=True)}
        row |= {name: _ordered(row[name]) for name in texts if row[name] is not None}
        identity = [row[name] for name, _, key in columns if key == "PRI"] or list(row.values())
        found[repr(identity)] = row
    return found


def _ordered(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True)


def _fetch(connection: pymysql.Connection[Any], statement: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        # Without values, percent signs of the statement mean nothing.
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
