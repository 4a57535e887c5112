"""Every value of every type comes back from a real server as it went."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfade.contract.types import canonical
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.errors import Rejected
from crossfade.dynamodb.limits import MAX_ITEM_BYTES, item_size
from crossfade.dynamodb.wire import Item
from tests.unit.dynamodb.samples import ENVELOPE, FLAT, field_values, record, records


def stored(calls: Calls, table: str, item: Item, codec: Codec = FLAT) -> Item:
    """The item after a put."""
    calls.write("PutItem", TableName=table, Item=item)
    key = codec.keys.key_of(item)
    found: Item = calls.read("GetItem", TableName=table, Key=key, ConsistentRead=True)["Item"]
    return found


@pytest.mark.parametrize("field", FLAT.entity.fields)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_value_comes_back(calls: Calls, table: str, field: str, data: st.DataObject) -> None:
    made = record() | {field: data.draw(field_values(FLAT.entity, field))}
    found = FLAT.decode(stored(calls, table, FLAT.encode(made)))
    assert found == made
    assert type(found[field]) is type(made[field])
    if isinstance(found[field], Decimal):
        assert str(found[field]) == str(made[field])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=records())
def test_a_record_comes_back(calls: Calls, table: str, made: dict[str, Any]) -> None:
    for codec in (FLAT, ENVELOPE):
        item = codec.encode(made)
        assert codec.decode(stored(calls, table, item, codec)) == made
        assert item_size(item) <= MAX_ITEM_BYTES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("exact", Decimal("9999999999999999999999999999.9999999999")),
        ("exact", Decimal("0.0000000001")),
        ("price", Decimal("-0.01")),
        ("big", 2**64 - 1),
        ("ratio", 1.7976931348623157e125),
        ("ratio", 5e-130),
        ("single", 0.1),
        ("doc", {"a": [2.0**70, 0.1, 2**63, -(2**63), 1e-9]}),
        ("name", ""),
        ("name", "\U0001f600\0 \u2028"),
    ],
)
def test_extremes_come_back(calls: Calls, table: str, field: str, value: Any) -> None:
    made = record() | {field: canonical(value, FLAT.entity.fields[field].value_type, field)}
    found = FLAT.decode(stored(calls, table, FLAT.encode(made)))
    assert repr(found[field]) == repr(made[field])


def test_the_longest_keys_are_taken(calls: Calls, table: str) -> None:
    item = FLAT.encode(record()) | {"PK": {"S": "x" * 2048}, "SK": {"S": "x" * 1024}}
    assert stored(calls, table, item) == item


@pytest.mark.parametrize(
    "value",
    [
        {"N": "0"},
        {"N": "-123.45"},
        {"N": "0.012"},
        {"N": "0.0012"},
        {"N": "1200"},
        {"N": "1234567890123456789012345678.0123456789"},
        {"S": "aü€"},
        {"B": b"abc"},
        {"SS": ["a", "bc"]},
        {"NS": ["1", "22"]},
        {"L": [{"S": "a"}, {"L": []}]},
        {"M": {"abc": {"BOOL": True}, "d": {"NULL": True}}},
    ],
)
def test_the_largest_item_is_as_large_as_computed(calls: Calls, table: str, value: Any) -> None:
    item = FLAT.encode(record()) | {"value": value}
    room = MAX_ITEM_BYTES - item_size(item) - len("filler")
    stored(calls, table, item | {"filler": {"S": "x" * room}})
    with pytest.raises(Rejected):
        stored(calls, table, item | {"filler": {"S": "x" * (room + 1)}})
