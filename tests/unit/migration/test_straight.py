"""Items made straight from the texts that MySQL sends: what is made of which text, and what is left to the long way."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crossfade.contract import load, parse_schema
from crossfade.dal.prepare import Preparer
from crossfade.dynamodb.layout import Layout
from crossfade.migration.straight import IRREGULAR, Straight
from crossfade.mysql.records import Records
from crossfade.mysql.scan import Texts
from crossfade.mysql.tables import Tables

DDL = """
CREATE TABLE parts (
  id BIGINT NOT NULL PRIMARY KEY, code VARCHAR(9) COLLATE utf8mb4_bin NOT NULL, price DECIMAL(10,2) NOT NULL,
  made DATETIME(3) NOT NULL, day DATE, sold TINYINT(1), raw VARBINARY(9), level DOUBLE, place VARCHAR(2000)
) DEFAULT CHARSET=utf8mb4
"""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TYPES = {
    "id": "N",
    "code": "S",
    "price": "N",
    "made": "S",
    "day": "S",
    "sold": "BOOL",
    "raw": "B",
    "level": "N",
    "place": "S",
}
KEYS = {"PK": "PART#{id:06d}", "SK": "{made}", "K1": "AT#{place}", "K2": "{code:upper}#{day}"}
ROW = {
    "id": "7", "code": 'a"\\é', "price": "10.50", "made": "2024-02-29 12:00:00.120", "day": "2024-03-01", "sold": "1",
    "raw": b"\x00\xff", "level": "0.1", "place": "here",
}  # fmt: skip
ITEM: dict[str, Any] = {
    "_type": {"S": "PART"}, "id": {"N": "7"}, "code": {"S": 'a"\\é'}, "price": {"N": "10.5"},
    "made": {"S": "2024-02-29T12:00:00.120Z"}, "day": {"S": "2024-03-01"}, "sold": {"BOOL": True},
    "raw": {"B": b"\x00\xff"}, "level": {"N": "0.1"}, "place": {"S": "here"}, "K1": {"S": "AT#here"},
    "K2": {"S": 'A"\\É#2024-03-01'}, "PK": {"S": "PART#000007"}, "SK": {"S": "2024-02-29T12:00:00.120Z"},
}  # fmt: skip
NULLS = ("day", "sold", "raw", "level", "place")


def straight(*left_out: str, **stored: str) -> tuple[Straight, Any]:
    """What is tried, and what makes a row of the columns' texts; each may be stored under another name, or left out."""
    types = {name: type_ for name, type_ in TYPES.items() if name not in left_out}
    document = {
        "version": "2",
        "tables": [
            {
                "table": "Parts", "type": "single-entity", "source_table": "parts", "entity_type": "PART",
                "pk": "PK", "sk": "SK", "key": ["id", "made"],
                "gsis": [{"index_name": "One", "pk": "K1", "sk": "K2", "projection": "ALL"}],
                "attributes": [
                    *({"name": stored.get(n, n), "field": n, "type": t, "source_column": n} for n, t in types.items()),
                    *({"name": n, "type": "S", "plumbing": True,
                       "transformation": {"type": "string-format", "format": t}} for n, t in KEYS.items()),
                ],
            }
        ],
    }  # fmt: skip
    schema = parse_schema(DDL)
    contract = load(document, schema=schema)
    records = Records(
        Tables(schema, "mysql"), contract.entities["PART"], Preparer(contract.entities["PART"], lambda: NOW)
    )
    places = sorted(records.projection.places.items(), key=lambda pair: pair[1])
    assert [name for name, _ in places] == list(types)
    made = Straight(Layout(contract, "", lambda: NOW), cast(Any, SimpleNamespace(records=records)))
    return made, lambda values: tuple(values[name] for name in types)


def test_the_item_of_a_row() -> None:
    made, row = straight()
    (own,) = made.items(row(ROW), {})
    assert (own.table, own.names, own.item, own.entries, own.units) == ("Parts", ("PK", "SK"), ITEM, 1, 2)


def test_what_is_null_is_absent_and_so_are_keys_of_it() -> None:
    made, row = straight()
    (own,) = made.items(row(ROW | dict.fromkeys(NULLS)), {})
    assert own.item == {name: value for name, value in ITEM.items() if name not in {*NULLS, "K1", "K2"}}
    assert own.entries == 0


@pytest.mark.parametrize(
    ("text", "stored"), [("0.00", "0"), ("-0.50", "-0.5"), ("120.00", "120"), ("-0.00", "0"), ("99999999.99", None)]
)
def test_decimals_have_no_needless_zeros(text: str, stored: str | None) -> None:
    made, row = straight()
    assert made.items(row(ROW | {"price": text}), {})[0].item["price"] == {"N": stored or text}


@pytest.mark.parametrize(
    "odd",
    [
        {"made": "0000-00-00 00:00:00.000"},
        {"made": "2024-02-30 00:00:00.000"},
        {"day": "2024-00-01"},
        {"sold": "2"},
        {"price": None},
        {"place": "x" * 2050},
    ],
)
def test_what_is_not_as_most_rows_are_is_left_to_the_long_way(odd: dict[str, Any]) -> None:
    made, row = straight()
    with pytest.raises(IRREGULAR):
        made.items(row(ROW | odd), {})


@pytest.mark.parametrize("left_out", ["level", "sold"])  # without a float, no row needs to become a record
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_items_of_many_rows_are_those_of_each(count: int, left_out: str) -> None:
    made, row = straight(left_out)
    assert made._plain is (left_out == "level")
    rows = [row(ROW | {"id": str(i), "raw": bytes(i * 50_000), **dict.fromkeys(NULLS[3:i])}) for i in range(count)]
    texts = Texts(rows, [{}] * count, None, more=False)
    assert made.all_items(texts) == [made.items(*each) for each in zip(rows, texts.many, strict=True)]


def test_one_row_of_many_that_may_be_too_large_is_found() -> None:
    made, row = straight("level")
    texts = Texts([row(ROW), row(ROW | {"raw": bytes(320_000)})], [{}] * 2, None, more=False)
    with pytest.raises(IRREGULAR):
        made.all_items(texts)


def test_items_are_compared_the_long_way_where_an_attribute_has_a_quote_in_its_name() -> None:
    assert straight()[0].match is not None
    made, row = straight(place='a"b')
    (own,) = made.items(row(ROW), {})
    assert (made.match, own.item['a"b']) == (None, {"S": "here"})
