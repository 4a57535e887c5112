"""Crossfade's own tables: what is printed is what is made, and nothing in use is taken away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.dal.stage import Stage, Standing
from crossfade.mysql.install import create_ddl, drop_ddl, install, missing, obstacles, present, uninstall
from crossfade.mysql.outbox import Entry, Outbox
from crossfade.mysql.own_tables import METADATA, SHADOW_TOTALS
from crossfade.mysql.parked import Parking
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read, run

NOW = datetime(2034, 5, 1, 12, tzinfo=UTC)
GROUPS = ["shop", "attic"]
TABLES = list(METADATA.sorted_tables)


def test_what_is_printed_is_what_is_executed(engine: sa.Engine) -> None:
    executed: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        del connection, cursor
        executed.extend([statement] if statement.startswith(("CREATE", "DROP")) else [])

    printed = create_ddl(engine, missing(engine))
    install(engine, GROUPS, NOW)
    assert executed == printed
    assert present(engine) == TABLES
    printed += drop_ddl(engine, TABLES)
    uninstall(engine)
    assert executed == printed
    assert missing(engine) == TABLES


def test_names_compare_as_they_are_written(engine: sa.Engine) -> None:
    install(engine, ["shop", "SHOP", "shöp"], NOW)
    assert len(read(engine, StageRows(["shop", "SHOP", "shöp"]).look)) == 3


def test_what_is_there_is_left(engine: sa.Engine) -> None:
    install(engine, ["shop"], NOW)
    run(engine, lambda t: StageRows(["shop"]).move(t, "shop", Standing(Stage.DUAL_WRITE, 1), NOW))
    SHADOW_TOTALS.drop(engine)
    assert [table.name for table in missing(engine)] == ["crossfade_shadow_totals"]
    install(engine, GROUPS, NOW)
    assert missing(engine) == []
    found = read(engine, StageRows(GROUPS).look)
    assert found == {"shop": Standing(Stage.DUAL_WRITE, 1), "attic": Standing()}


def test_what_is_in_use_stands_against_taking_it_away(engine: sa.Engine) -> None:
    assert obstacles(engine, GROUPS) == []
    install(engine, GROUPS, NOW)
    assert obstacles(engine, GROUPS) == []
    run(engine, lambda t: StageRows(GROUPS).move(t, "shop", Standing(Stage.SHADOW, 2), NOW))
    outbox = Outbox(engine, "shop", lambda: NOW)
    run(engine, lambda t: outbox.insert(t, [Entry("item", {"key": "a"})]))
    assert obstacles(engine, GROUPS) == ["shop stands at shadow", "1 change waits to be carried over"]
    run(engine, lambda t: outbox.delete(t, outbox.look(t)))
    run(engine, lambda t: StageRows(GROUPS).move(t, "shop", Standing(Stage.DYNAMODB, 5), NOW))
    assert obstacles(engine, GROUPS) == []


def test_what_is_left_after_the_way_back_stands_against_nothing(engine: sa.Engine) -> None:
    install(engine, GROUPS, NOW)
    outbox, parking = Outbox(engine, "shop", lambda: NOW), Parking(engine, "shop", lambda: NOW)
    run(engine, lambda t: outbox.insert(t, [Entry("item", {"key": "a"})]))
    run(engine, lambda t: parking.park(t, "p", "USER", {}, failed=True))
    assert obstacles(engine, GROUPS) == []
    run(engine, lambda t: StageRows(GROUPS).move(t, "attic", Standing(Stage.DYNAMODB, 5), NOW))
    assert obstacles(engine, GROUPS) == []
    run(engine, lambda t: StageRows(GROUPS).move(t, "shop", Standing(Stage.DYNAMODB, 5), NOW))
    waiting = ["1 change waits to be carried over", "1 entity waits to be copied back"]
    assert obstacles(engine, GROUPS) == waiting


@pytest.mark.parametrize("half", [False, True])
def test_uninstalling_takes_away_what_is_there_and_nothing_else(engine: sa.Engine, *, half: bool) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE crossfade_of_theirs (id INTEGER)")
    install(engine, GROUPS, NOW)
    if half:
        SHADOW_TOTALS.drop(engine)
    uninstall(engine)
    assert present(engine) == []
    uninstall(engine)
    assert sa.inspect(engine).get_table_names() == ["crossfade_of_theirs"]
