"""The last id that a server gave, and the next one, of a table whose name has signs that mean something elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from crossfade.contract import load
from crossfade.mysql import open_store
from crossfade.mysql.highest import count_on, highest, last_given

NAME = "odd:100% of `it`"
CONTRACT: dict[str, Any] = {
    "version": "2",
    "tables": [
        {
            "table": "Odd", "type": "single-entity", "source_table": NAME, "entity_type": "ODD", "pk": "id",
            "key": ["id"], "id": {"field": "id", "strategy": "auto_increment"},
            "attributes": [{"name": "id", "type": "N", "source_column": "id"}],
        }
    ],
}  # fmt: skip


def test_an_id_is_given_once_though_its_row_is_gone(url: str, engine: sa.Engine) -> None:
    table = sa.Table(NAME, sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    table.create(engine)
    store = open_store(load(CONTRACT), url, clock=lambda: datetime.now(UTC))
    try:
        assert (highest(store, "ODD", "id"), last_given(store, "ODD", "id")) == (None, None)
        with engine.begin() as connection:
            connection.execute(table.insert(), [{"id": 1}, {"id": 2}])
            connection.execute(table.delete().where(table.c.id == 2))
        assert (highest(store, "ODD", "id"), last_given(store, "ODD", "id")) == (1, 2)
        count_on(store, "ODD", 41)
        assert last_given(store, "ODD", "id") == 41
    finally:
        store.close()
