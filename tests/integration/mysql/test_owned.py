"""Owned rows: what is touched, and what their own indexes refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.contract import load
from crossfade.contract.plan import plan_contract
from crossfade.dal.base import Tools
from crossfade.dal.change import Append
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.errors import DuplicateUnique, InvalidValue
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository
from crossfade.mysql import MySQLStore, create_sqlite
from crossfade.mysql.engine import dialect_name

Rows = list[dict[str, Any]]
DDL = """
CREATE TABLE lists (id INT NOT NULL PRIMARY KEY, title VARCHAR(9) NOT NULL) COLLATE utf8mb4_bin;
CREATE TABLE entries (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, list_id INT NOT NULL, kind VARCHAR(5) NOT NULL,
  word VARCHAR(9) NOT NULL, UNIQUE KEY uq_word (list_id, word),
  CONSTRAINT fk FOREIGN KEY (list_id) REFERENCES lists (id)) COLLATE utf8mb4_bin;
"""
KEY = {"type": "string-format", "format": "{id:09d}"}
TABLE = {
    "table": "Lists", "type": "single-entity", "source_table": "lists", "entity_type": "LIST",
    "pk": "PK", "key": ["id"],
    "attributes": [
        {"name": "id", "type": "N", "source_column": "id"},
        {"name": "title", "type": "S", "source_column": "title"},
        {
            "name": "words", "type": "L", "source_column": "id", "owned": True,
            "join": {
                "type": "json-construction", "target_table": "entries",
                "join_condition": "entries.list_id = lists.id AND entries.kind = 'word'",
                "construction": {
                    "type": "array", "select_columns": ["word"], "order_by": "entries.id",
                    "source_types": {"word": "varchar(9)"},  # a lock that knows of no column that must have a value
                },
            },
        },
        {"name": "PK", "type": "S", "plumbing": True, "transformation": KEY},
    ],
}  # fmt: skip


@pytest.fixture
def lists(engine: sa.Engine) -> Repository[dict[str, Any]]:
    """Lists, and an entry of another kind that no list owns."""
    if dialect_name(engine) == "sqlite":
        create_sqlite(engine, DDL)
    with engine.begin() as connection:
        for statement in DDL.split(";") if dialect_name(engine) == "mysql" else []:
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql("INSERT INTO lists VALUES (1, 'one')")
        connection.exec_driver_sql("INSERT INTO entries VALUES (1, 1, 'other', 'x')")
    store = MySQLStore(load({"version": "2", "tables": [TABLE]}), engine)
    binding = bind(store.contract, "LIST")
    prepare = Preparer(binding.entity, lambda: datetime.now(UTC))
    return store.repository(binding, Tools(prepare, plan_contract(store.contract)["LIST"], CursorSigner(b"x")))


def _words(*words: str) -> Rows:
    return [{"word": word} for word in words]


def _ids(engine: sa.Engine) -> list[int]:
    with engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM entries WHERE kind = 'word' ORDER BY id").scalars().all()
        return [int(n) for n in ids]


def test_rows_at_the_beginning_that_stay_are_not_touched(engine: sa.Engine, lists: Repository[Any]) -> None:
    assert lists.update(1, {"words": _words("a", "b", "c")})["words"] == _words("a", "b", "c")
    before = _ids(engine)
    assert lists.update(1, {"words": _words("a", "c", "b")})["words"] == _words("a", "c", "b")
    assert _ids(engine)[:1] == before[:1]
    assert not set(before[1:]) & set(_ids(engine)[1:])
    kept = _ids(engine)
    assert lists.update(1, {"words": Append({"word": "d"})})["words"] == _words("a", "c", "b", "d")
    assert _ids(engine)[:3] == kept
    assert lists.update(1, {"words": _words("a")})["words"] == _words("a")


def test_a_row_s_unique_index_names_its_fields(lists: Repository[Any]) -> None:
    with pytest.raises(DuplicateUnique) as caught:
        lists.create({"id": 2, "title": "two", "words": _words("a", "a")})
    assert set(caught.value.fields) == {"words.list_id", "words.word"}
    assert lists.get(2) is None


def test_a_row_without_a_value_that_its_column_wants_is_named(lists: Repository[Any]) -> None:
    lists.update(1, {"words": _words("a")})
    writes: dict[int, Callable[[], object]] = {
        0: lambda: lists.create({"id": 2, "title": "two", "words": [{"word": None}, {"word": "b"}]}),
        1: lambda: lists.update(1, {"words": Append({"word": None})}),
        2: lambda: lists.put({"id": 1, "title": "one", "words": [*_words("a", "b"), {"word": None}]}),
    }
    for number, write in writes.items():
        with pytest.raises(InvalidValue) as caught:
            write()
        assert (caught.value.entity, caught.value.field) == ("LIST", f"words[{number}].word")
        assert caught.value.reason == "wants a value: the column word holds no null"
    assert lists.get(1) == {"id": 1, "title": "one", "words": _words("a")}
    assert lists.get(2) is None


def test_a_field_without_a_value_that_its_column_wants_is_named(lists: Repository[Any]) -> None:
    with pytest.raises(InvalidValue) as caught:
        lists.create({"id": 2, "title": None, "words": []})
    assert (caught.value.entity, caught.value.field) == ("LIST", "title")
    assert lists.get(2) is None


def test_rows_of_another_kind_are_left(engine: sa.Engine, lists: Repository[Any]) -> None:
    lists.create({"id": 2, "title": "two", "words": _words("a")})
    assert lists.delete(2) is True
    assert lists.get(1) == {"id": 1, "title": "one", "words": []}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM entries").scalar_one() == 1
