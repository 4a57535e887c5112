"""Crossfade's own tables in MySQL: their DDL, made before a move and removed after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from crossfade.contract.plural import several
from crossfade.dal.stage import Stage
from crossfade.mysql.errors import guarded
from crossfade.mysql.own_tables import METADATA, OUTBOX, PARKED
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read, run


def missing(engine: sa.Engine) -> list[sa.Table]:
    """The tables that are not there. Raises StoreUnavailable."""
    there = set(guarded(engine, lambda: sa.inspect(engine).get_table_names()))
    return [table for table in METADATA.sorted_tables if table.name not in there]


def present(engine: sa.Engine) -> list[sa.Table]:
    """The tables that are there. Raises StoreUnavailable."""
    lacking = missing(engine)
    return [table for table in METADATA.sorted_tables if table not in lacking]


def create_ddl(engine: sa.Engine, tables: Sequence[sa.Table]) -> list[str]:
    """The statements that make tables, as the server takes them."""
    found = []
    for table in tables:
        found.append(_text(CreateTable(table), engine))
        found += [_text(CreateIndex(index), engine) for index in sorted(table.indexes, key=lambda i: str(i.name))]
    return found


def drop_ddl(engine: sa.Engine, tables: Sequence[sa.Table]) -> list[str]:
    """The statements that remove tables."""
    return [_text(DropTable(table), engine) for table in tables]


def install(engine: sa.Engine, groups: Sequence[str], at: datetime) -> None:
    """Make the tables that are not there, and let groups of which nothing is known stand at the first stage.

    Raises:
        StoreError: the server refuses, as for want of a privilege.
    """
    _execute(engine, create_ddl(engine, missing(engine)))
    run(engine, lambda t: StageRows(groups).begin(t, at))


def uninstall(engine: sa.Engine) -> None:
    """Remove the tables. Raises StoreError."""
    _execute(engine, drop_ddl(engine, present(engine)))


def obstacles(engine: sa.Engine, groups: Sequence[str]) -> list[str]:
    """What speaks against removing the tables now. Nobody reads what is left of a group that is back at `mysql`."""
    if missing(engine):
        return []  # half of them are no state to keep
    standings = read(engine, StageRows(groups).look)
    found = [f"{name} stands at {of}" for name, of in standings.items() if any(r.follows for r in of.routes)]
    back = [name for name, of in standings.items() if of.stage is Stage.MYSQL]
    for table, texts in (
        (OUTBOX, ("change waits to be carried over", "changes wait to be carried over")),
        (PARKED, ("entity waits to be copied back", "entities wait to be copied back")),
    ):
        counted = sa.select(sa.func.count()).select_from(table).where(table.c.group_name.not_in(back))
        if waiting := read(engine, lambda t, c=counted: t.execute(c).scalar_one()):  # type: ignore[misc]  # the default binds the loop's statement
            found.append(several(waiting, *texts))
    return found


def _execute(engine: sa.Engine, statements: Sequence[str]) -> None:
    def work() -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    guarded(engine, work)


def _text(statement: sa.schema.DDLElement, engine: sa.Engine) -> str:
    return " ".join(str(statement.compile(engine)).split()) + ";"
