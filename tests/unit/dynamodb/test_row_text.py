"""Rows as JSON text: what version 1 stores in an attribute of type S."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract.types import ANY, JSON, ValueType, parse_sql_type
from crossfade.dynamodb.forms import Misfit
from crossfade.dynamodb.values import decode_value, storage

COLUMNS = {
    "id": parse_sql_type("int"),
    "price": parse_sql_type("decimal(8,2)"),
    "name": parse_sql_type("varchar(20)"),
    "day": parse_sql_type("date"),
    "at": parse_sql_type("datetime(3)"),
    "open": parse_sql_type("tinyint(1)"),
    "token": parse_sql_type("varbinary(4)"),
    "ratio": parse_sql_type("double"),
    "tags": parse_sql_type("set('a','b')"),
    "extra": JSON,
    "free": ANY,
}
ROW: dict[str, Any] = {
    "id": 7,
    "price": Decimal("10.50"),
    "name": 'a "quoted" é',
    "day": date(2024, 2, 29),
    "at": datetime(2024, 2, 29, 12, 0, 0, 123000, tzinfo=UTC),
    "open": True,
    "token": b"\x00\xff",
    "ratio": 1e-7,
    "tags": frozenset({"a", "b"}),
    "extra": {"x": [1, None, "y", {"z": 2.5}]},
    "free": "text",
}


def test_rows_round_trip() -> None:
    how = storage(ValueType("rows", columns=COLUMNS), "S", "json")
    rows = [ROW, dict.fromkeys(COLUMNS)]
    stored = how.encode(rows)
    assert stored is not None
    assert decode_value(how, stored) == rows
    assert decode_value(how, {"S": "[]"}) == []


def test_the_text_is_plain_json() -> None:
    how = storage(ValueType("row", columns=COLUMNS), "S", "json")
    stored = how.encode(ROW)
    assert stored is not None
    read = json.loads(stored["S"], parse_float=Decimal)
    assert (read["id"], read["price"], read["open"]) == (7, Decimal("10.50"), True)
    assert read["at"] == "2024-02-29T12:00:00.123Z"
    assert how.decode(stored) == ROW


@pytest.mark.parametrize("text", ["{", "[1]", '[{"id": "x"}]', '{"id": NaN}'])
def test_other_texts_are_refused(text: str) -> None:
    how = storage(ValueType("rows", columns=COLUMNS), "S", "json")
    with pytest.raises(Misfit):
        decode_value(how, {"S": text})
