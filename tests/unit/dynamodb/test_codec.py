"""Records to items and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.contract.types import ANY, JSON, ValueType, canonical, declared
from crossfade.dal.errors import ConfigurationError, InvalidKey, InvalidValue
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.compiled import decoder, encoder
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.forms import Misfit
from crossfade.dynamodb.values import decode_value, storage
from tests.unit.dynamodb.samples import (
    ENVELOPE,
    FLAT,
    MOMENT,
    contract,
    field_values,
    raw_contract,
    record,
    records,
    things,
)


def stored(field: str, value: Any) -> Any:
    """What a value of a field becomes in the item."""
    return FLAT.encode_field(field, canonical(value, FLAT.entity.fields[field].value_type, field))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("flag", True, {"BOOL": True}),
        ("flag_n", True, {"N": "1"}),
        ("flag_s", False, {"S": "false"}),
        ("small", -128, {"N": "-128"}),
        ("big", 2**64 - 1, {"N": "18446744073709551615"}),
        ("int_s", -7, {"S": "-7"}),
        ("price", Decimal("10.5"), {"N": "10.5"}),
        ("exact", Decimal("1234567890123456789012345678.0123456789"), {"N": "1234567890123456789012345678.0123456789"}),
        ("price_s", Decimal("-1"), {"S": "-1.00"}),
        ("ratio", -1e-7, {"N": "-0.0000001"}),
        ("ratio", 0.1, {"N": "0.1"}),
        ("ratio", 1e22, {"N": "10000000000000000000000"}),
        ("single", 0.1, {"N": "0.10000000149011612"}),
        ("name", "", {"S": ""}),
        ("status", "new", {"S": "new"}),
        ("tags", {"z", "x"}, {"SS": ["x", "z"]}),
        ("tags", set(), None),
        ("born", date(987, 6, 5), {"S": "0987-06-05"}),
        ("born_n", date(1970, 1, 2), {"N": "86400"}),
        ("seen", MOMENT, {"S": "2024-02-29T23:59:58Z"}),
        ("seen6", MOMENT, {"S": "2024-02-29T23:59:58.123456Z"}),
        ("seen6", MOMENT.replace(microsecond=0), {"S": "2024-02-29T23:59:58.000000Z"}),
        ("seen_s", MOMENT, {"N": "1709251198.123456"}),
        ("seen_ms", MOMENT, {"N": "1709251198123.456"}),
        ("seen_ms", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), {"N": "-1000"}),
        ("span", timedelta(hours=-100, milliseconds=-5), {"S": "-100:00:00.005"}),
        ("span_n", timedelta(seconds=-1, microseconds=-1), {"N": "-1.000001"}),
        ("year", 2024, {"N": "2024"}),
        ("data", b"\0\xff", {"B": b"\0\xff"}),
        ("data_hex", b"\0\xff", {"S": "00ff"}),
        ("data_64", b"\0\xff", {"S": "AP8="}),
        ("bits", b"\x0a", {"B": b"\0\x0a"}),
        ("doc", {"a": [1, 1.5, None, True, "x", {}]}, {"M": {"a": {"L": [
            {"N": "1"}, {"N": "1.5"}, {"NULL": True}, {"BOOL": True}, {"S": "x"}, {"M": {}}]}}}),
        ("doc", [2.0**60], {"L": [{"N": "1152921504606846976"}]}),
        ("doc", "text", {"S": "text"}),
        ("doc_s", {"b": 1.5, "a": [None, "ü"]}, {"S": '{"a":[null,"ü"],"b":1.5}'}),
        ("items", [], {"L": []}),
        ("items", [{"product": 1, "price": Decimal(2), "at": MOMENT, "note": None}], {"L": [{"M": {
            "product": {"N": "1"}, "price": {"N": "2"}, "at": {"N": "1709251198000"}, "note": {"NULL": True}}}]}),
        ("latest", {"product": 1}, {"M": {
            "product": {"N": "1"}, "price": {"NULL": True}, "at": {"NULL": True}, "note": {"NULL": True}}}),
    ],
)  # fmt: skip
def test_a_value_is_stored_as_the_table_says(field: str, value: Any, expected: Any) -> None:
    assert stored(field, value) == expected
    assert FLAT.decode_field(field, expected) == canonical(value, FLAT.entity.fields[field].value_type, field)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("price", {"N": "10.5"}, Decimal("10.50")),
        ("price", {"N": "30.299999999999997"}, Decimal("30.30")),
        ("ratio", {"N": "3"}, 3.0),
        ("doc", {"N": "100000000000000000000"}, 1e20),
        ("seen", {"S": "2024-02-29 23:59:58"}, datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)),
        ("seen", {"S": "2024-03-01T00:59:58+01:00"}, datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)),
        ("name", {"NULL": True}, None),
    ],
)
def test_what_others_wrote_is_read(field: str, text: Any, expected: Any) -> None:
    found = FLAT.decode_field(field, text)
    assert found == expected
    assert str(found) == str(expected)


@pytest.mark.parametrize("field", FLAT.entity.fields)
@settings(max_examples=40)
@given(data=st.data())
def test_every_value_of_a_field_survives(field: str, data: st.DataObject) -> None:
    value = data.draw(field_values(FLAT.entity, field))
    found = FLAT.decode_field(field, FLAT.encode_field(field, value))
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, Decimal):
        assert str(found) == str(value)


@settings(max_examples=10)
@given(records())
def test_an_item_gives_back_its_record(made: dict[str, Any]) -> None:
    assert FLAT.decode(FLAT.encode(made)) == made
    assert ENVELOPE.decode(ENVELOPE.encode(made)) == made


@pytest.mark.parametrize("codec", [FLAT, ENVELOPE], ids=["flat", "in an envelope"])
@settings(max_examples=30)
@given(made=records())
def test_compiled_functions_do_what_is_done_field_by_field(codec: Codec, made: dict[str, Any]) -> None:
    item = codec._encode_each(made)
    assert encoder(codec).function()(made) == item
    assert repr(decoder(codec).function()(item)) == repr(codec._decode_each(item))


def test_a_decimal_of_more_digits_than_dynamodb_has_is_refused() -> None:
    attributes = raw_contract()["tables"][0]["entities"][0]["attributes"]
    wide = {"name": "wide", "type": "N", "source_column": "wide", "source_type": "decimal(40,2)"}
    codec = things(attributes=[*attributes, wide])
    held = Decimal("123456789012345678901234567890123456.78")
    assert codec.encode(record(codec.entity, wide=held))["wide"] == {"N": str(held)}
    with pytest.raises(InvalidValue, match="40 significant digits"):
        codec.encode(record(codec.entity) | {"wide": Decimal("12345678901234567890123456789012345678.91")})


def test_what_was_written_otherwise_is_read_field_by_field() -> None:
    item = FLAT.encode(record(small=1, name="a"))
    for stored in ({"small": {"N": "1.0"}}, {"name": {"NULL": True}}):
        assert FLAT.decode(item | stored) == record(small=1, name=None if "name" in stored else "a")


def test_the_item_has_keys_type_and_time_to_live() -> None:
    item = FLAT.encode(record(status="new", seen=MOMENT, expires=MOMENT))
    assert item == {
        "PK": {"S": "THING#000000000007"},
        "SK": {"S": "#META"},
        "GSI1PK": {"S": "STATUS#new"},
        "GSI1SK": {"S": "2024-02-29T23:59:58Z#000000000007"},
        "_type": {"S": "THING"},
        "ttl": {"N": "1709251199"},
        "id": {"N": "7"},
        "debt": {"N": "0"},
        "status": {"S": "new"},
        "seen": {"S": "2024-02-29T23:59:58Z"},
        "expires": {"S": "2024-02-29T23:59:58.123Z"},
        "items": {"L": []},
    }


def test_an_index_with_a_null_part_is_left_out_whole() -> None:
    assert not {"GSI1PK", "GSI1SK"} & set(FLAT.encode(record(status="new")))


def test_fields_lie_in_the_envelope_but_for_what_is_needed_outside() -> None:
    codec = things(envelope="Data", timestamps={"created": "seen", "updated": "seen6"}, version_field="small")
    item = codec.encode(record(codec.entity, seen=MOMENT, small=1, big=1, name="a"))
    assert item["Data"] == {"M": {"id": {"N": "7"}, "debt": {"N": "0"}, "name": {"S": "a"}, "items": {"L": []}}}
    assert {"seen", "small", "big"} <= set(item)
    assert codec.path("name") == ("Data", "name")
    assert codec.path("seen") == ("seen",)


def test_an_absent_attribute_is_null_or_the_empty_value() -> None:
    found = FLAT.decode({"id": {"N": "7"}})
    assert found["tags"] == frozenset()
    assert found["marks"] is None
    assert found["items"] == []
    assert found["name"] is None


def test_the_empty_list_of_one_record_is_not_that_of_another() -> None:
    FLAT.decode({})["items"].append({})
    assert FLAT.decode({})["items"] == []


@pytest.mark.parametrize(
    ("unit", "column", "value", "expected"),
    [
        ("s", ("N", "bigint", {}), 1709251198, "1709251198"),
        ("ms", ("N", "bigint", {}), 1709251198001, "1709251199"),
        ("ms", ("N", "bigint", {}), 1709251198000, "1709251198"),
        ("datetime", ("S", "datetime", {}), MOMENT.replace(microsecond=0), "1709251198"),
    ],
)
def test_the_time_to_live_is_in_whole_seconds(unit: str, column: Any, value: Any, expected: str) -> None:
    wire, sql_type, more = column
    raw = raw_contract(ttl={"field": "ends", "unit": unit})
    attributes = raw["tables"][0]["entities"][0]["attributes"]
    attributes.append({"name": "ends", "type": wire, "source_column": "ends", "source_type": sql_type, **more})
    codec = things(attributes=attributes, ttl={"field": "ends", "unit": unit})
    assert codec.encode_ttl({"ends": value}) == {"N": expected}
    assert codec.encode_ttl({"ends": None}) is None


def _with_ttl_field(**more: Any) -> Codec:
    attributes = raw_contract()["tables"][0]["entities"][0]["attributes"]
    attributes.append({"name": "ttl", "source_column": "ttl", **more})
    return things(attributes=attributes, ttl={"field": "ttl", "unit": "datetime"})


def test_a_field_in_the_ttl_attribute_is_stored_once() -> None:
    codec = _with_ttl_field(type="N", source_type="datetime", format="epoch-s")
    item = codec.encode(record(codec.entity, ttl=MOMENT))
    assert item["ttl"] == {"N": "1709251198"}
    assert codec.ttl_attribute is None


def test_a_field_in_the_ttl_attribute_must_be_seconds() -> None:
    with pytest.raises(ConfigurationError, match=r"THING\.ttl is stored as the table's TTL attribute ttl"):
        _with_ttl_field(type="S", source_type="datetime")


@pytest.mark.parametrize(
    ("wire", "sql_type", "format_", "message"),
    [
        ("BOOL", "decimal(10,2)", None, r"decimal\(10,2\) is not stored as BOOL"),
        ("N", "varchar(10)", None, r"varchar\(10\) is not stored as N"),
        ("S", "varchar(10)", "hex", r"varchar\(10\) is not stored as S with format hex"),
        ("SS", "text", None, "text is not stored as SS"),
    ],
)
def test_a_form_that_a_type_has_not_is_refused(wire: str, sql_type: str, format_: Any, message: str) -> None:
    more = {"format": format_} if format_ else {}
    attribute = {"name": "odd", "type": wire, "source_column": "odd", "source_type": sql_type, **more}
    attributes = raw_contract()["tables"][0]["entities"][0]["attributes"]
    with pytest.raises(ConfigurationError, match=rf"THING\.odd \(\$.*\): a value of type {message}"):
        things(attributes=[*attributes, attribute])


@pytest.mark.parametrize(
    ("item", "attribute", "message"),
    [
        ({"price": {"S": "1"}}, "price", "the attribute price is of type S, not N"),
        ({"seen": {"S": "yesterday"}}, "seen", "the attribute seen is a S that is no value of its field"),
        ({"items": {"L": [{"M": {"price": {"S": "1"}}}]}}, "items", "items has a price that is of type S, not N"),
        ({"small": {"N": "1.5"}}, "small", "small is a N that is no value"),
        ({"price": {"N": "5.82001"}}, "price", "price is a N that is no value"),
        ({"price_s": {"S": "0.001"}}, "price_s", "price_s is a S that is no value"),
        ({"doc_s": {"S": "NaN"}}, "doc_s", "doc_s is a S that is no value"),
    ],
)
def test_an_undecodable_item_says_where(item: Any, attribute: str, message: str) -> None:
    item = {"id": {"N": "7"}, "PK": {"S": "THING#7"}, "SK": {"S": "#META"}, **item}
    with pytest.raises(Undecodable, match=message) as caught:
        FLAT.decode(item)
    error = caught.value
    assert (error.entity, error.key, error.attribute, error.store) == ("THING", {"id": 7}, attribute, "dynamodb")
    assert error.item_key == {"PK": {"S": "THING#7"}, "SK": {"S": "#META"}}


def test_an_undecodable_item_in_an_envelope_says_where() -> None:
    with pytest.raises(Undecodable) as caught:
        ENVELOPE.decode({"Data": {"M": {"price": {"S": "1"}, "id": {"S": "?"}}}})
    assert caught.value.attribute == "Data.id"
    assert caught.value.key == {"id": None}
    with pytest.raises(Undecodable, match="the attribute Data is no map"):
        ENVELOPE.decode({"Data": {"S": "?"}})


def test_an_undecodable_message_holds_no_value() -> None:
    with pytest.raises(Undecodable) as caught:
        FLAT.decode({"seen": {"S": "secret"}})
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_empty_index_key_is_refused() -> None:
    with pytest.raises(InvalidKey, match="data: is a key, which must not be empty"):
        FLAT.encode_field("data", b"")


def test_the_type_attribute_is_what_the_contract_says() -> None:
    raw = raw_contract()["tables"][0]
    kind = {"name": "kind", "type": "S", "transformation": {"type": "static", "value": "Thing"}}
    attributes = [*raw["entities"][0]["attributes"], kind]
    made = contract(attributes=attributes)
    assert Codec(made, made.entities["THING"]).encode(record(made.entities["THING"], name="a"))["_type"] == {
        "S": "THING"
    }


@given(st.recursive(
    st.booleans() | st.integers(-(10**37), 10**37) | st.text(max_size=5) | st.binary(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-999, max_value=999)
    | st.frozensets(st.text(max_size=3), min_size=1, max_size=3)
    | st.frozensets(st.integers(-99, 99), min_size=1, max_size=3)
    | st.frozensets(st.binary(max_size=3), min_size=1, max_size=3),
    lambda inner: (
        st.lists(inner | st.none(), max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
))  # fmt: skip
def test_a_value_of_no_declared_type_survives(value: Any) -> None:
    how = storage(ANY, "S")
    kept = canonical(value, ANY, "x")
    assert how.decode(how.encode(kept) or {}) == kept


def test_the_empty_set_of_no_declared_type_is_absent_and_has_no_form_inside_a_list() -> None:
    how = storage(ANY, "S")
    assert how.encode(frozenset()) is None
    with pytest.raises(ValueError, match="the empty set has no form inside a list or map"):
        how.encode([frozenset()])


@pytest.mark.parametrize(
    ("wire", "members", "expected"),
    [
        ("NS", {1, Decimal("2.5")}, {"NS": ["1", "2.5"]}),
        ("BS", {b"b", b"a"}, {"BS": [b"a", b"b"]}),
    ],
)
def test_sets_of_numbers_and_bytes(wire: str, members: set[Any], expected: Any) -> None:
    how = storage(ValueType("set"), wire)
    assert how.encode(frozenset(members)) == expected
    assert how.decode(expected) == members


@pytest.mark.parametrize(("field", "value"), [("ratio", 1e-131), ("ratio", 1e126), ("exact", Decimal("1" * 39))])
def test_a_number_that_dynamodb_does_not_take_is_refused_before_it_is_sent(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        FLAT.encode_field(field, value)
    assert (caught.value.field, caught.value.entity) == (field, FLAT.entity.name)


def test_json_text_keeps_one_point_from_one() -> None:
    how = storage(declared(JSON, "S"), "S", "json")
    value = {"": [1.0, 1, -0.0, 5e-324, 1e300, None]}
    assert repr(how.decode(how.encode(value) or {})) == repr(value)
    for text in ("NaN", "1e999", "{", '{"a": Infinity}'):
        with pytest.raises(Misfit):
            decode_value(how, {"S": text})
