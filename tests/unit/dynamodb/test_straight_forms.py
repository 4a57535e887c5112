"""The quick ways of items and pages give what the long ways give: JSON of records, and records of JSON."""

from __future__ import annotations

import base64
import copy
import json
from collections import UserDict
from dataclasses import make_dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.contract import loads
from crossfade.dal.entity import Binding
from crossfade.dal.key import key_of
from crossfade.dal.prepare import Preparer
from crossfade.dynamodb.codec import REV, Codec
from crossfade.dynamodb.compiled import IRREGULAR
from crossfade.dynamodb.item_text import put_texter, texter
from crossfade.dynamodb.page_reader import page_reader
from crossfade.dynamodb.upsert import upserter
from crossfade.dynamodb.wire import decode_binary
from tests.unit.dynamodb.samples import ENVELOPE, FLAT, MOMENT, raw_contract, record, records, small


def _bare(*without: str) -> Codec:
    """The codec of the same fields, but for some, in a table of their own, whose key is a field."""
    raw = raw_contract()
    (entity,) = raw["tables"][0].pop("entities")
    attributes = [a for a in entity["attributes"] if not a.get("plumbing") and a["name"] not in without]
    table: dict[str, Any] = {"table": "Things", "type": "single-entity", "entity_type": "THING"}
    table |= {"source_table": "things", "pk": "id", "key": ["id"], "attributes": attributes}
    made = loads(json.dumps({"version": "2", "tables": [table]}))
    return Codec(made, made.entities["THING"])


BARE = _bare()
PLAIN = _bare("items", "latest")
OBJECTS: Binding[Any] = Binding(PLAIN.entity, make_dataclass("Thing", [(field, Any) for field in PLAIN.entity.fields]))
DICTIONARIES = Binding(PLAIN.entity, dict)


def wire(found: Any) -> bytes:
    """JSON as DynamoDB answers with it."""
    return orjson.dumps(found, default=lambda value: base64.b64encode(value).decode())


def answered(codec: Codec, made: list[dict[str, Any]], **more: Any) -> bytes:
    """A page of the items of records."""
    items = [{**codec.encode(one), REV: {"S": "token"}, "others": {"L": []}} for one in made]
    return wire({"Items": items, "Count": len(items), "ScannedCount": len(items), **more})


@settings(deadline=None)
@given(records(BARE.entity))
def test_the_json_of_a_record_is_that_of_its_item(made: dict[str, Any]) -> None:
    source = texter(BARE)
    assert source is not None
    item = decode_binary(orjson.loads(f"{source.function()(made)}}}"))
    assert item == decode_binary(orjson.loads(wire(BARE.encode(made))))


@cache
def quick(binding: Binding[Any]) -> Any:
    """What makes puts of instances."""
    source = put_texter(PLAIN, binding)
    assert source is not None
    return source.function()


def put_of(binding: Binding[Any], one: Any) -> Any:
    """The key and the JSON of an instance, made at once; None where it goes the long way."""
    try:
        values, (key, text) = quick(binding)(one)
    except IRREGULAR:
        return None
    assert values == tuple(key.values())
    return key, decode_binary(orjson.loads(f"{text}}}"))


def put_the_long_way(binding: Binding[Any], one: Any) -> Any:
    """The same by way of a record."""
    made = Preparer(PLAIN.entity, lambda: MOMENT).new(binding.to_record(one))
    return key_of(PLAIN.entity, made), decode_binary(orjson.loads(wire(PLAIN.encode(made))))


@settings(deadline=None)
@given(records(PLAIN.entity))
def test_the_json_of_an_instance_is_that_of_its_record(made: dict[str, Any]) -> None:
    for binding, one in ((OBJECTS, OBJECTS.cls(**made)), (DICTIONARIES, made)):
        assert put_of(binding, one) == put_the_long_way(binding, one)


ODD = [
    None, True, 0, -1, 300, 2**70, 1.5, float("nan"), "", "é", "a ", '"', "\x00", "\ud800", "x" * 300, "new", "NEW",
    Decimal("1.5"), Decimal("-0.00"), Decimal("1E+3"), Decimal("NaN"), Decimal("9" * 37 + ".5"), b"", b"a" * 12,
    MOMENT, MOMENT.replace(microsecond=0), MOMENT.replace(fold=1), MOMENT.replace(tzinfo=None), MOMENT.date(),
    MOMENT.astimezone(timezone(timedelta(hours=2))), datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC),
    timedelta(hours=1), timedelta(days=99), {}, {"a": (1, [None])}, [{"a": b""}], {"x"}, frozenset(), ["x"],
    object(),
]  # fmt: skip


@pytest.mark.parametrize("field", PLAIN.entity.fields)
def test_an_odd_value_is_stored_as_the_long_way_stores_it_or_left_to_it(field: str) -> None:
    usual = {n: v for n, v in record(PLAIN.entity).items() if n in PLAIN.entity.fields}
    for value in ODD:
        made = {**usual, field: value}
        for binding, one in ((OBJECTS, OBJECTS.cls(**made)), (DICTIONARIES, made)):
            found = put_of(binding, one)
            assert found is None or found == put_the_long_way(binding, one)


def test_what_is_no_whole_instance_is_left_to_the_long_way() -> None:
    usual = {n: v for n, v in record(PLAIN.entity).items() if n in PLAIN.entity.fields}
    less = {n: v for n, v in usual.items() if n != "name"}
    assert put_of(DICTIONARIES, usual) is not None
    odd: list[Any] = [less, {**less, "other": 1}, UserDict(usual), None]
    for one in odd:
        assert put_of(DICTIONARIES, one) is None
    odd = [usual, None, object()]
    for one in odd:
        assert put_of(OBJECTS, one) is None


def test_records_with_more_than_their_instances_have_no_quick_json_of_those() -> None:
    assert put_texter(BARE, Binding(BARE.entity, dict)) is None
    lacking = make_dataclass("Thing", [(field, Any) for field in BARE.entity.writable])
    assert put_texter(BARE, Binding(BARE.entity, lacking)) is None
    assert put_texter(FLAT, Binding(FLAT.entity, dict)) is None


def test_items_with_more_than_their_fields_have_no_quick_json() -> None:
    assert texter(FLAT) is None
    assert texter(ENVELOPE) is None


@pytest.mark.parametrize("codec", [FLAT, ENVELOPE, BARE], ids=["flat", "envelope", "bare"])
def test_a_page_is_read_as_item_by_item(codec: Codec) -> None:
    read = page_reader(codec)

    @settings(deadline=None)
    @given(st.lists(records(codec.entity), max_size=3))
    def check(made: list[dict[str, Any]]) -> None:
        body = answered(codec, made)
        found = read(body)
        long = [codec.decode(item) for item in decode_binary(orjson.loads(body))["Items"]]
        # What may hold binary values within documents is left to the long way.
        assert found is None or found["Records"] == long
        assert found is not None or b'"B":' in body or b'"BS":' in body

    check()


def test_what_a_page_says_besides() -> None:
    made = small()
    codec = Codec(made, made.entities["THING"])
    record_ = {"id": 1, "raw": b"\2"}
    found = page_reader(codec)(answered(codec, [record_], LastEvaluatedKey={"id": {"B": "AQ=="}}, ConsumedCapacity=3))
    said = {"Records": [record_], "Count": 1, "LastEvaluatedKey": {"id": {"B": b"\1"}}, "ConsumedCapacity": 3}
    assert found == said


IRREGULARITIES = {
    "another entity's": {"_type": {"S": "OTHER"}},
    "without a type": {"_type": None},
    "a tombstone": {"_deleted": {"BOOL": True}},
    "null": {"name": {"NULL": True}},
    "another form": {"small": {"S": "1"}},
    "a number that is written otherwise": {"small": {"N": "1E0"}},
    "no number": {"small": {"N": "x"}},
}


@pytest.mark.parametrize("change", IRREGULARITIES.values(), ids=IRREGULARITIES)
def test_a_page_with_one_item_that_is_not_as_most_are_is_not_read(change: dict[str, Any]) -> None:
    usual = FLAT.encode(record(name="a", small=1))
    unusual = {n: v for n, v in {**copy.deepcopy(usual), **change}.items() if v is not None}
    body = wire({"Items": [usual, unusual], "Count": 2})
    assert page_reader(FLAT)(wire({"Items": [usual], "Count": 1})) is not None
    assert page_reader(FLAT)(body) is None


def test_an_attribute_with_a_quote_in_its_name_goes_the_long_way() -> None:
    raw = raw_contract()
    entity = raw["tables"][0]["entities"][0]
    entity["attributes"].append(
        {"name": 'q"', "field": "quoted", "type": "S", "source_column": "q", "source_type": "varchar(9)"}
    )
    made = loads(json.dumps(raw))
    assert page_reader(Codec(made, made.entities["THING"]))(b'{"Items": []}') is None


def test_a_body_that_is_no_page_is_not_read() -> None:
    for body in (b"", b"{", b"[]", b'{"Count": 1}', b'{"Items": {}}'):
        assert page_reader(BARE)(body) is None


def test_a_long_item_and_a_key_that_may_be_too_long_go_the_long_way() -> None:
    source = texter(BARE)
    assert source is not None
    make = source.function()
    with pytest.raises(IRREGULAR):
        make(record(BARE.entity, doc_s={"a": "x" * 200_000}))


def test_the_request_that_leaves_an_item() -> None:
    request = upserter("T", ("id",), {"id", "a", "b", "_rev", "_deleted"}, None)
    item = {"id": {"N": "1"}, "a": {"S": "x"}, "_rev": {"S": "t"}}
    assert request(item) == {
        "TableName": "T",
        "Key": {"id": {"N": "1"}},
        "UpdateExpression": "SET #0 = :0, #1 = :1 REMOVE #2, #3",
        "ExpressionAttributeNames": {"#0": "a", "#1": "_rev", "#2": "_deleted", "#3": "b"},
        "ExpressionAttributeValues": {":0": {"S": "x"}, ":1": {"S": "t"}},
    }


def test_the_request_is_refused_where_another_entity_s_item_lies() -> None:
    request = upserter("T", ("id",), {"id", "_type"}, "_type")
    made = request({"_type": {"S": "A"}, "id": {"N": "1"}})
    assert made["ConditionExpression"] == "attribute_not_exists(#key) OR #0 = :0"
    assert made["ExpressionAttributeNames"] == {"#0": "_type", "#key": "id"}
    assert made["ExpressionAttributeValues"] == {":0": {"S": "A"}}
