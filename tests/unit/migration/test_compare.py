"""What differs between two items, and what of it a report tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from crossfade.contract import load, loads
from crossfade.dal.redaction import digest, key_texts
from crossfade.dynamodb.expected import Expected
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.wire import Item
from crossfade.migration.compare import Compared
from crossfade.migration.redact import hides, key_from_texts, row_texts
from examples.shop.shop import CONTRACT

LAYOUT = Layout(load(CONTRACT), "p-", lambda: datetime.now(UTC))


def told(one: Item, other: Item, entity: str = "PRODUCT") -> dict[str, tuple[str | None, str | None]]:
    """The fields that differ, with both values."""
    shelf = LAYOUT.of(entity)
    expected = Expected(entity, shelf.table, {}, one)
    return {f.field: (f.source, f.target) for f in Compared(shelf, expected, other).fields}


def test_a_value_shows_what_it_is() -> None:
    assert told({"name": {"S": "a"}}, {"name": {"S": "b"}}) == {"name": ('"a"', '"b"')}
    assert told({"name": {"S": "a"}}, {}) == {"name": ('"a"', None)}


def test_long_values_are_cut_and_say_by_how_much() -> None:
    ((one, other),) = told({"name": {"S": "a" * 600}}, {"name": {"S": "b"}}).values()
    assert one == '"' + "a" * 499 + "… (102 more characters)"
    assert other == '"b"'


def test_long_values_that_begin_alike_are_shown_where_they_part() -> None:
    same = "x" * 10_000
    ((one, other),) = told({"name": {"S": same + "a"}}, {"name": {"S": same + "b"}}).values()
    assert one == "(9,961 characters before) …" + "x" * 40 + 'a"'
    assert other == "(9,961 characters before) …" + "x" * 40 + 'b"'


def test_values_that_look_alike_show_their_types() -> None:
    ((one, other),) = told({"name": {"S": "QQ=="}}, {"name": {"B": b"A"}}).values()
    assert (one, other) == ('S "QQ=="', 'B "QQ=="')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1}', '{"a": true}'),
        ('{"a": 1.0}', '{"a": 1}'),
        ('{"a": false}', '{"a": 0}'),
        ('[true, 1, 1.0, "1"]', '[1, 1, true, "1"]'),
    ],
)
def test_json_values_of_another_type_differ(one: str, other: str) -> None:
    attribute = {"name": "doc", "type": "S", "format": "json", "source_column": "doc", "source_type": "json"}
    id_ = {"name": "id", "type": "N", "source_column": "id", "source_type": "int", "nullable": False}
    table = {
        "table": "Docs", "type": "single-entity", "entity_type": "DOC", "source_table": "docs", "pk": "id",
        "key": ["id"], "attributes": [id_, attribute],
    }  # fmt: skip
    layout = Layout(loads(json.dumps({"version": "2", "tables": [table]})), "", lambda: datetime.now(UTC))
    shelf = layout.of("DOC")
    wanted, found = ({"id": {"N": "1"}, "doc": {"S": text}} for text in (one, other))
    compared = Compared(shelf, Expected("DOC", shelf.table, {}, wanted), found)
    assert [f.field for f in compared.fields] == ["doc"]
    spaced = {"id": {"N": "1"}, "doc": {"S": one.replace(" ", "  ")}}
    assert Compared(shelf, Expected("DOC", shelf.table, {}, wanted), spaced).fields == ()


def test_sensitive_fields_are_not_told() -> None:
    assert told({"password_hash": {"S": "a"}}, {}, "USER") == {"password_hash": ("(redacted)", None)}


def entity(*sensitive: str) -> Any:
    """The shop's user, with other fields sensitive."""
    user = LAYOUT.contract.entities["USER"]
    return SimpleNamespace(key=("id", "email"), sensitive=frozenset(sensitive), fields=user.fields)


def test_a_key_is_told_and_read_back_unless_something_in_it_is_sensitive() -> None:
    record = {"id": 7, "email": "bob@x"}
    texts = key_texts(entity(), record)
    assert texts == {"id": "7", "email": "bob@x"}
    assert key_from_texts(entity(), texts) == record
    hidden = key_texts(entity("email"), record)
    assert hidden == {"id": "7", "email": digest("bob@x")}
    assert key_from_texts(entity("email"), hidden) is None


def test_a_row_without_a_key_is_told_by_its_place() -> None:
    assert row_texts(entity(), ("id", "email"), (7, "bob@x")) == ("7", "bob@x")
    assert row_texts(entity("email"), ("id", "email"), (7, "bob@x")) == ("7", digest("bob@x"))


@pytest.mark.parametrize(
    ("sensitive", "table", "of", "hidden"),
    [
        ("email", "p-Users", "USER", True),
        ("email", "p-Users", None, True),
        ("email", "p-Users", "ORDER", False),
        ("email", "p-Products", None, False),
        ("username", "p-Users", "USER", False),
        ("username", "p-crossfade_lookup", "USER", True),
        ("username", "p-crossfade_lookup", None, True),
        ("username", "p-crossfade_lookup", "ORDER", False),
    ],
)  # fmt: skip
def test_item_keys_with_something_sensitive_in_them(sensitive: str, table: str, of: str | None, hidden: bool) -> None:
    contract = load(CONTRACT)
    object.__setattr__(contract.entities["USER"], "sensitive", frozenset({sensitive}))
    assert hides(Layout(contract, "p-", lambda: datetime.now(UTC)), table, of) == hidden


@pytest.mark.parametrize(
    ("of", "field", "wanted", "found"),
    [
        ("ORDER", "total_amount", {"N": "5.82"}, {"N": "5.82001"}),
        ("ORDER", "total_amount", {"N": "30.3"}, {"N": "30.299999999999997"}),
        ("ORDER", "created_at", {"S": "2026-01-02T03:04:05Z"}, {"S": "2026-01-02T03:04:05+00:00"}),
        ("ORDER", "created_at", {"S": "2026-01-02T03:04:05Z"}, {"S": "2026-01-02 03:04:05"}),
    ],
)
def test_what_dynamodb_takes_for_another_value_differs(of: str, field: str, wanted: Any, found: Any) -> None:
    assert set(told({field: wanted}, {field: found}, of)) == {field}


def test_what_means_the_same_is_equal() -> None:
    line = {"product_id": {"N": "1"}, "quantity": {"N": "2"}, "price_at_time": {"N": "5.5"}}
    wanted = {"items": {"L": [{"M": line}]}}
    assert told(wanted, {"items": {"L": [{"M": {**line, "price_at_time": {"N": "5.50"}}}]}}, "ORDER") == {}
    cheaper = {"items": {"L": [{"M": {**line, "price_at_time": {"N": "5.499"}}}]}}
    assert set(told(wanted, cheaper, "ORDER")) == {"items"}
