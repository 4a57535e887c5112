"""The relational side's tables: read from the server, or from the script that made the SQLite stand-in."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossfade.contract.coerce import to_type
from crossfade.contract.ddl import parse_schema
from crossfade.contract.errors import InvalidValue
from crossfade.contract.source import SourceColumn, SourceSchema, SourceTable
from crossfade.dal.errors import SchemaMismatch
from crossfade.mysql import sqlite
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.reflect import reflect_server
from crossfade.mysql.types import ColumnType, DialectName

# Where a SQLite database keeps the MySQL script that it was made from: SQLite has too few types to tell.
_SCRIPT = sa.Table("crossfade_source_schema", sa.MetaData(), sa.Column("ddl", sa.Text, nullable=False))

_NOW = re.compile(r"^(?:CURRENT_TIMESTAMP|NOW|LOCALTIME(?:STAMP)?)(?:\(\d?\))?$", re.I)


def reflect(engine: sa.Engine) -> SourceSchema:
    """The tables of the engine's database.

    Raises:
        SchemaMismatch: a SQLite database that `create_sqlite` did not make.
        sqlalchemy.exc.SQLAlchemyError: the server cannot be reached.
    """
    with engine.begin() as connection:
        if dialect_name(engine) == "mysql":
            return reflect_server(connection)
        try:
            script = connection.execute(sa.select(_SCRIPT.c.ddl)).scalar_one()
        except DBAPIError:
            raise SchemaMismatch(
                f"{engine.url.database} was not made from a MySQL schema script: use create_sqlite(engine, ddl)",
                store="mysql",
            ) from None
        return parse_schema(script)


def create_sqlite(engine: sa.Engine, ddl: str) -> SourceSchema:
    """Make the tables of a MySQL script in an empty SQLite database.

    Args:
        engine: from `engine.create("sqlite:///...")`.
        ddl: the script; see `parse_schema` for what is understood.

    Returns:
        The tables, as `reflect` will give them from now on.

    Raises:
        SchemaError: the script cannot be read.
    """
    schema = parse_schema(ddl)
    with engine.connect().execution_options(**{sqlite.WRITE: True}) as connection, connection.begin():
        metadata(schema, "sqlite").create_all(connection, checkfirst=False)
        _SCRIPT.create(connection)
        connection.execute(_SCRIPT.insert(), {"ddl": ddl})
    return schema


def metadata(schema: SourceSchema, dialect: DialectName) -> sa.MetaData:
    """The tables for SQLAlchemy, with our column types. On SQLite they are complete enough to be created.

    Raises:
        SchemaMismatch: on SQLite, an AUTO_INCREMENT column that is not the whole primary key.
    """
    made = sa.MetaData()
    for table in schema.tables.values():
        parts: list[Any] = [_column(table, column, dialect) for column in table.columns.values()]
        if table.primary_key:
            parts.append(sa.PrimaryKeyConstraint(*table.primary_key))
        if dialect == "sqlite":
            parts += _rules(schema, table)
        # With RETURNING, MariaDB and SQLite would give ids another way than MySQL does.
        sa.Table(table.name, made, *parts, sqlite_autoincrement=_counter(table) is not None, implicit_returning=False)
    return made


def _column(table: SourceTable, column: SourceColumn, dialect: DialectName) -> sa.Column[Any]:
    return sa.Column(
        column.name,
        ColumnType(column.type, dialect, column.srid, column.name),
        nullable=column.nullable,
        primary_key=column.name in table.primary_key,
        autoincrement=column.name == _counter(table),
        server_default=_default(column) if dialect == "sqlite" else None,
    )


def _counter(table: SourceTable) -> str | None:
    """The AUTO_INCREMENT column that is the primary key."""
    only = table.primary_key[0] if len(table.primary_key) == 1 else None
    return only if only and table.columns[only].auto_increment else None


def _rules(schema: SourceSchema, table: SourceTable) -> list[Any]:
    loose = [c.name for c in table.columns.values() if c.auto_increment and c.name != _counter(table)]
    if loose:
        raise SchemaMismatch(
            f"{table.name}.{loose[0]}: SQLite makes ids only for a column that is the whole primary key", store="mysql"
        )
    rules: list[Any] = [sa.UniqueConstraint(*c, name=name) for name, c in table.uniques.items() if all(c)]
    rules += [sa.Index(f"{table.name}_{name}", *c) for name, c in table.indexes.items() if all(c)]
    for key in table.foreign_keys:
        other = schema.tables.get(key.table)
        # InnoDB lets a foreign key refer to columns that are not unique; SQLite cannot enforce that.
        if other and key.references in {other.primary_key, *other.uniques.values()}:
            # NO ACTION looks when the statement is done: what a cascade deletes too restricts nothing.
            action = {"restrict": "NO ACTION", "cascade": "CASCADE", "set_null": "SET NULL"}
            targets = [f"{key.table}.{c}" for c in key.references]
            rules.append(
                sa.ForeignKeyConstraint(
                    key.columns,
                    targets,
                    ondelete=action[key.on_delete],
                    onupdate=action[key.on_update],
                    use_alter=False,
                )
            )
    return rules


def _default(column: SourceColumn) -> sa.TextClause | None:
    """A column's default on SQLite: a constant, or the current time; nothing else."""
    text = column.default
    if text is None:
        return None
    if _NOW.match(text):
        return sa.text("(strftime('%Y-%m-%d %H:%M:%S', 'now') || '.000000')")
    try:
        stored = ColumnType(column.type, "sqlite").encoded(to_type(text, column.type, column.name))
    except (InvalidValue, ArithmeticError):
        return None
    quoted = "'" + stored.replace("'", "''") + "'" if isinstance(stored, str) else str(stored)
    return None if isinstance(stored, bytes) else sa.text(quoted.replace(":", r"\:"))
