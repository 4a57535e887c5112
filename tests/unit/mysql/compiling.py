"""Statements as the text that MySQL gets, values included."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from crossfade.contract import load, parse_schema
from crossfade.contract.model import Contract
from crossfade.dal.prepare import Preparer
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables
from crossfade.mysql.write import Writer
from tests.conformance.backend import CONTRACTS, START, schema_of


def text(statement: Any, given: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The statement, each parameter replaced by what the driver would be given."""
    statement = statement.statement if isinstance(statement, Prepared) else statement
    dialect = MySQLDialect_pymysql()
    dialect.server_version_info = (8, 4, 0)
    dialect.supports_for_update_of = True
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = {name: _shown(compiled, name, value) for name, value in {**compiled.params, **given}.items()}
    return " ".join((str(compiled) % tuple(values[name] for name in compiled.positiontup)).split())


def _shown(compiled: Any, name: str, value: Any) -> str:
    process = compiled._bind_processors.get(name)
    return repr(process(value) if process else value)


@cache
def contract(name: str = "shop") -> Contract:
    """A contract of the conformance tests."""
    return load(CONTRACTS[name])


@cache
def tables(name: str = "shop") -> Tables:
    """Its tables on MySQL."""
    return Tables(parse_schema(schema_of(name).read_text(encoding="utf-8")), "mysql")


@cache
def records(entity: str, name: str = "shop") -> Records:
    """What reads an entity on MySQL."""
    made = contract(name).entities[entity]
    return Records(tables(name), made, Preparer(made, lambda: START))


@cache
def writer(entity: str, name: str = "shop") -> Writer:
    """What writes an entity on MySQL."""
    made = contract(name).entities[entity]
    prepare = Preparer(made, lambda: START)
    return Writer(contract(name), tables(name), made, prepare, lambda other: records(other, name))


def where(condition: Any) -> str:
    """A condition's text."""
    return text(sa.select(sa.literal_column("1")).where(condition)).partition(" WHERE ")[2]
