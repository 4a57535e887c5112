"""Locking: the source's types in the contract's JSON, so that loading needs no MySQL."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load, lock, parse_schema
from crossfade.contract.expressions import parse_expression
from crossfade.contract.infer import aggregate_type, joined_text, type_of
from crossfade.contract.sql import Column
from crossfade.contract.types import ValueType, parse_sql_type
from tests.unit.contract.examples import BOOKSHOP_SQL, attribute, bookshop
from tests.unit.contract.examples_v1 import older

ROOT = Path(__file__).parents[3]


def unlocked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: unlocked(v)
            for k, v in value.items()
            if k not in {"source_type", "source_types", "required", "nullable", "default"}
        }
    return [unlocked(v) for v in value] if isinstance(value, list) else value


def construction(contract: dict[str, Any]) -> dict[str, Any]:
    """That of the books' chapters."""
    (found,) = (a for a in contract["tables"][0]["entities"][1]["attributes"] if a["name"] == "chapters")
    made: dict[str, Any] = found["join"]["construction"]
    return made


def test_a_locked_contract_needs_no_schema() -> None:
    schema = parse_schema(BOOKSHOP_SQL)
    bare = unlocked(bookshop())
    before = copy.deepcopy(bare)
    locked = lock(bare, schema)
    assert bare == before
    found, expected = load(locked), load(bookshop(), schema=schema)
    for name, entity in expected.entities.items():
        for field, attribute_ in entity.fields.items():
            assert found.entities[name].fields[field].value_type.source == attribute_.value_type.source, field
            assert found.entities[name].fields[field].value_type.required == attribute_.value_type.required, field
            assert found.entities[name].fields[field].nullable == attribute_.nullable
            assert found.entities[name].fields[field].default == attribute_.default


def test_locking_twice_changes_nothing_and_keeps_the_order() -> None:
    schema = parse_schema(BOOKSHOP_SQL)
    locked = lock(unlocked(bookshop()), schema)
    assert json.dumps(lock(locked, schema)) == json.dumps(locked)
    first = locked["tables"][0]["entities"][0]["attributes"][4]
    assert list(first) == ["name", "type", "source_column", "source_type", "nullable", "default"]
    assert list(locked) == list(bookshop())


@pytest.mark.parametrize(
    ("change", "nullable"),
    [
        (lambda script, join: script, False),
        (lambda script, join: script.replace("name VARCHAR(80) NOT NULL", "name VARCHAR(80)"), True),
        (lambda script, join: script.replace("author_id INT UNSIGNED NOT NULL", "author_id INT UNSIGNED"), True),
        (
            lambda script, join: script.replace("ON DELETE RESTRICT", "").replace(
                "FOREIGN KEY (author_id)", "CHECK (1), FOREIGN KEY (id)"
            ),
            True,
        ),
        (
            lambda script, join: (
                join.update(join_condition="authors.id = books.author_id AND authors.revision = 1") or script
            ),
            True,
        ),
        (lambda script, join: join.update(join_condition="authors.id > books.author_id") or script, True),
        (lambda script, join: join.update(select_column="UPPER(authors.name)") or script, True),
        (
            lambda script, join: join.update(join_condition="authors.id > books.author_id", null_value="?") or script,
            False,
        ),
    ],
)
def test_a_joined_value_is_never_null_where_foreign_keys_show_it(change: Any, nullable: bool) -> None:
    contract = bookshop()
    joined = contract["tables"][0]["entities"][1]["attributes"][6]
    joined.pop("nullable")
    schema = parse_schema(change(BOOKSHOP_SQL, joined["join"]))
    assert load(contract, schema=schema).entities["BOOK"].fields["author_name"].nullable is nullable
    locked = lock(contract, schema)["tables"][0]["entities"][1]["attributes"][6]
    assert locked.get("nullable", True) is nullable


def test_the_shop_is_locked() -> None:
    contract = json.loads((ROOT / "contracts" / "migrationContract.json").read_text(encoding="utf-8"))
    schema = parse_schema((ROOT / "contracts" / "schema.sql").read_text(encoding="utf-8"))
    assert lock(contract, schema) == contract


def test_what_changed_in_the_source_is_locked_anew() -> None:
    schema = parse_schema(BOOKSHOP_SQL.replace("title VARCHAR(200) NOT NULL", "title TEXT").replace("DEFAULT 0.00", ""))
    title, price = lock(bookshop(), schema)["tables"][0]["entities"][1]["attributes"][2:4]
    assert title == attribute("title", source_type="text", nullable=True)
    assert price == attribute("price", "N", source_type="decimal(8,2)", nullable=False)


@pytest.mark.parametrize(
    ("column", "required"),
    [
        ("pages SMALLINT NOT NULL", ["heading", "pages"]),
        ("pages SMALLINT", ["heading"]),
        ("pages SMALLINT NOT NULL DEFAULT 1", ["heading"]),
        ("pages SMALLINT AS (1) NOT NULL", ["heading"]),
    ],
)
def test_what_an_owned_row_must_have_is_locked(column: str, required: list[str]) -> None:
    schema = parse_schema(BOOKSHOP_SQL.replace("pages SMALLINT NOT NULL", column))
    for before in (unlocked(bookshop()), bookshop()):
        locked = lock(before, schema)
        assert construction(locked)["required"] == required
        assert load(locked).entities["BOOK"].fields["chapters"].value_type.required == set(required)


def test_nothing_is_required_of_rows_that_need_nothing() -> None:
    optional = BOOKSHOP_SQL.replace("pages SMALLINT NOT NULL", "pages SMALLINT").replace(
        "heading VARCHAR(100) NOT NULL", "heading VARCHAR(100)"
    )
    assert "required" not in construction(lock(bookshop(), parse_schema(optional)))


def test_version_1_can_be_locked() -> None:
    schema = parse_schema(
        "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL, name VARCHAR(9), manager_id INT,"
        " city_id INT);"
        "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(30))"
    )
    locked = lock(older(), schema)
    assert locked[0]["attributes"]["Email"]["source_type"] == "varchar(50)"
    assert locked[0]["attributes"]["City"]["source_type"] == "varchar(30)"
    assert load(locked).entities["Users"].fields["City"].value_type.length == 30


def test_what_the_schema_does_not_know_stays() -> None:
    assert lock(bookshop(), parse_schema(""))["tables"][0]["entities"][1]["attributes"][0]["type"] == "N"


TYPES = {
    "i": "int", "u": "int unsigned", "d": "decimal(10,2)", "e": "decimal(8,3)", "f": "double", "s": "varchar(20)",
    "t": "text", "m": "enum('a','bcd')", "day": "date", "at": "datetime(3)", "b": "tinyint(1)",
}  # fmt: skip


def lookup(column: Column) -> ValueType | None:
    return parse_sql_type(TYPES[column.name]) if column.name in TYPES else None


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("i", "int"),
        ("i + u", "bigint"),
        ("d * i", "decimal(21,2)"),
        ("d * e", "decimal(19,5)"),
        ("d + e", "decimal(11,3)"),
        ("i / 2", "decimal(30,4)"),
        ("d * f", "double"),
        ("s = 'x'", "tinyint(1)"),
        ("CONCAT(s, '-', m)", "varchar(24)"),
        ("CONCAT(s, t)", "longtext"),
        ("UPPER(s)", "longtext"),
        ("YEAR(at)", "bigint"),
        ("DATE(at)", "date"),
        ("DATE_ADD(at, INTERVAL 1 HOUR)", "datetime(3)"),
        ("DATE_ADD(day, INTERVAL 1 DAY)", "date"),
        ("DATE_ADD(day, INTERVAL 1 HOUR)", None),
        ("COALESCE(d, 0)", "decimal(38,2)"),
        ("COALESCE(s, m)", "longtext"),
        ("NULLIF(s, 'x')", "varchar(20)"),
        ("ROUND(d, 1)", "decimal(10,1)"),
        ("FLOOR(d)", "bigint"),
        ("FLOOR(f)", "double"),
        ("ABS(d)", "decimal(10,2)"),
        ("CASE WHEN b THEN 'yes' ELSE 'no' END", "longtext"),
        ("CASE WHEN b THEN i ELSE NULL END", "int"),
        ("CASE WHEN b THEN i ELSE s END", None),
        ("unknown", None),
        ("unknown + 1", None),
        ("1.50", "decimal(38,2)"),
        ("NULL", None),
    ],
)
def test_types_of_expressions(text: str, source: str | None) -> None:
    found = type_of(parse_expression(text), lookup)
    assert (found.source if found else None) == source


@pytest.mark.parametrize(
    ("operation", "text", "source"),
    [
        ("COUNT", None, "bigint"),
        ("SUM", "i", "bigint"),
        ("SUM", "d", "decimal(32,2)"),
        ("SUM", "f", "double"),
        ("AVG", "i", "decimal(23,4)"),
        ("AVG", "d", "decimal(14,6)"),
        ("MAX", "at", "datetime(3)"),
        ("SUM", "s", None),
        ("SUM", "unknown", None),
    ],
)
def test_types_of_aggregates(operation: str, text: str | None, source: str | None) -> None:
    found = aggregate_type(operation, parse_expression(text) if text else None, lookup)
    assert (found.source if found else None) == source


def test_joined_texts() -> None:
    name = parse_sql_type("varchar(100)")
    assert joined_text([name, name, name], " < ").source == "varchar(306)"
    assert joined_text([name, None], " ").source == "longtext"
    assert joined_text([parse_sql_type("varchar(16300)"), name]).source == "longtext"
