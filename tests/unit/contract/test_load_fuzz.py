"""Whatever is done to a contract's JSON, loading gives a ContractError or a contract that can be linted."""

import copy
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.contract import ContractError, SchemaError, lint, load, loads, parse_schema
from crossfade.contract.expressions import parse_condition, parse_expression, parse_order_by
from tests.unit.contract.examples import BOOKSHOP_SQL, bookshop
from tests.unit.contract.examples_v1 import older, workshop

SCHEMA = parse_schema(BOOKSHOP_SQL)
WORDS = [
    *("", "id", "email", "S", "N", "PK", "GSI1PK", "authors", "books.id = authors.id", "{id}", "{id:012d}", "{x|y}"),
    *(
        "#META",
        "propagate",
        "2",
        "chapters",
        "name",
        "a#b",
        "{",
        "%Y",
        "BOOK",
        "select 1",
        "json-construction",
        "static",
    ),
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=5)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of `value` with each of its keys."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        for key, member in value.items():
            found += [(value, key), *places(member)]
    elif isinstance(value, list):
        for i, member in enumerate(value):
            found += [(value, i), *places(member)]
    return found


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([bookshop, workshop, older]), st.data())
def test_mutated_contracts(example: Any, data: st.DataObject) -> None:
    contract = example()
    for _ in range(data.draw(st.integers(1, 4))):
        container, key = data.draw(st.sampled_from(places(contract)))
        match data.draw(st.sampled_from(["set", "set", "delete", "copy", "rename"])):
            case "set":
                container[key] = data.draw(VALUES)
            case "delete":
                del container[key]
            case "copy":
                other, name = data.draw(st.sampled_from(places(contract) or [(contract, None)]))
                container[key] = copy.deepcopy(other[name]) if name is not None else None
            case "rename" if isinstance(container, dict):
                container[data.draw(st.sampled_from(WORDS) | st.text(max_size=4))] = container.pop(key)
        if not places(contract):
            break
    for schema in (None, SCHEMA):
        try:
            lint(load(contract, schema=schema), schema)
        except ContractError as error:
            assert error.problems  # noqa: PT017 - either outcome is right; an error must say something
            assert all(p.path.startswith("$") and p.message for p in error.problems)  # noqa: PT017 - as above


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_any_value(value: Any) -> None:
    for wrapped in (value, {"tables": value}, {"version": "2", "tables": [value]}):
        try:
            load(wrapped)
        except ContractError:
            continue


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    with suppress(ContractError):
        loads(text)


ALPHABET = st.sampled_from(
    [
        "a",
        ".",
        "b",
        "=",
        "1",
        "'",
        "(",
        ")",
        ",",
        " ",
        "AND ",
        "SELECT ",
        "CASE ",
        "WHEN ",
        "END ",
        "`",
        "-",
        "*",
        "IN ",
        "NULL ",
        "IS ",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(ALPHABET, max_size=12).map("".join) | st.text(max_size=20))
def test_any_fragment(text: str) -> None:
    for parse in (parse_condition, parse_expression, parse_order_by):
        try:
            parse(text)
        except ValueError:
            continue


DDL = st.sampled_from(
    [
        "CREATE TABLE ",
        "a ",
        "INT ",
        "(",
        ")",
        ",",
        ";",
        "'",
        "`",
        "PRIMARY KEY ",
        "ALTER TABLE ",
        "ADD ",
        "VARCHAR(9) ",
        "DEFAULT ",
        "--",
        "/*",
        "*/",
        "NOT NULL ",
        "DELIMITER $$\n",
        "$$",
        "REFERENCES ",
        "FOREIGN KEY ",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(DDL, max_size=15).map("".join) | st.text(max_size=30))
def test_any_script(text: str) -> None:
    with suppress(SchemaError):
        parse_schema(text)
