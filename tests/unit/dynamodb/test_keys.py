"""Item keys and index keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crossfade.contract import loads
from crossfade.dal.errors import ConfigurationError, InvalidKey
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.keys import Keys
from crossfade.dynamodb.wire import key_id
from tests.unit.dynamodb.samples import FLAT, key, record

FIELDS = [
    ("id", "N", "bigint"),
    ("code", "S", "varchar(3000)"),
    ("day", "S", "date"),
    ("amount", "N", "decimal(5,2)"),
    ("raw", "B", "varbinary(3000)"),
    ("at", "N", "datetime(3)"),
]


def keys(
    pk: tuple[str, str] = ("PK", "{id:06d}"),
    sk: tuple[str, str] | None = ("SK", "{code}"),
    gsi: tuple[str, ...] = (),
    extra: tuple[Any, ...] = (),
    fold: str | None = None,
) -> Keys:
    """The keys of an entity with one index at most; `pk` and `sk` are attributes with their templates."""
    attributes = [
        {
            "name": name,
            "type": wire,
            "source_column": name,
            "source_type": sql_type,
            **({"format": "epoch-ms"} if name == "at" else {}),
            **({"fold": fold} if fold and name == "code" else {}),
        }
        for name, wire, sql_type in FIELDS
    ]
    names = {name for name, _, _ in FIELDS}
    attributes += [key(name, template) for name, template in (pk, sk or pk) if name not in names and sk is not None]
    if sk is None and pk[0] not in names:
        attributes.append(key(*pk))
    table = {
        "table": "Things",
        "type": "single-entity",
        "entity_type": "THING",
        "source_table": "things",
        "pk": pk[0],
        **({"sk": sk[0]} if sk else {}),
        "key": ["id"],
        "gsis": [{"index_name": "GSI1", "pk": gsi[0], **({"sk": gsi[1]} if len(gsi) > 1 else {})}] if gsi else [],
        "attributes": [*attributes, *extra],
    }
    contract = loads(json.dumps({"version": "2", "tables": [table]}))
    return Codec(contract, contract.entities["THING"]).keys


def test_an_item_key_is_made_by_its_templates() -> None:
    assert keys().item_key({"id": 7, "code": "a"}) == {"PK": {"S": "000007"}, "SK": {"S": "a"}}


def test_a_partition_key_may_stand_alone() -> None:
    made = keys(sk=None)
    assert made.names == ("PK",)
    assert made.item_key({"id": 7}) == {"PK": {"S": "000007"}}


def test_a_bare_key_keeps_the_type_and_form_of_its_field() -> None:
    moment = datetime(2024, 2, 29, tzinfo=UTC)
    by_number = keys(("id", "{id}"), ("raw", "{raw}"))
    assert by_number.item_key({"id": 7, "raw": b"x"}) == {"id": {"N": "7"}, "raw": {"B": b"x"}}
    assert keys(("id", "{id}"), ("at", "{at}")).item_key({"id": 7, "at": moment})["at"] == {"N": "1709164800000"}
    assert by_number.parse_item_key({"id": {"N": "7.0"}, "raw": {"B": b"x"}}) == {"id": 7, "raw": b"x"}


def test_what_a_plan_says_of_a_key_becomes_a_value() -> None:
    made = keys(("id", "{id}"), ("SK", "{day}#{code}"))
    assert made.wire("id", 7) == {"N": "7"}
    assert made.wire("SK", "2024-01") == {"S": "2024-01"}
    assert made.wire("SK", None) is None


def test_a_null_part_yields_no_item_key() -> None:
    with pytest.raises(InvalidKey, match=r"THING\.SK: cannot be built: a part of it \(code\) is null"):
        keys().item_key({"id": 7, "code": None})


def test_a_missing_field_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="code"):
        keys().item_key({"id": 7})


@pytest.mark.parametrize(
    ("made", "record", "message"),
    [
        (keys(("PK", "{code}"), None), {"code": ""}, "PK: is a key, which must not be empty"),
        (keys(("PK", "{code}"), None), {"code": "ü" * 1025}, "PK: is a key of 2050 bytes; DynamoDB takes 2048"),
        (keys(), {"id": 1, "code": "x" * 1025}, "SK: is a key of 1025 bytes; DynamoDB takes 1024"),
        (keys(sk=("raw", "{raw}")), {"id": 1, "raw": b"x" * 1025}, "raw: is a key of 1025 bytes"),
    ],
)
def test_a_key_has_its_limits(made: Keys, record: Any, message: str) -> None:
    with pytest.raises(InvalidKey, match=message):
        made.item_key(record)


def test_the_longest_keys_pass() -> None:
    made = keys(("PK", "{code}"), None)
    assert made.item_key({"code": "x" * 2048}) == {"PK": {"S": "x" * 2048}}


def test_a_key_attribute_has_its_type() -> None:
    with pytest.raises(InvalidKey, match="PK: is a key of type S, not N"):
        keys().check("PK", {"N": "1"})
    assert keys().check("amount", {"N": "1"}) == {"N": "1"}


def test_a_template_with_text_does_not_make_a_number() -> None:
    extra = (key("GSI1PK", "T#{id}", "N"),)
    with pytest.raises(ConfigurationError, match="the key attribute GSI1PK of type N is to be one plain field"):
        keys(gsi=("GSI1PK",), extra=extra)


def test_a_key_is_not_base64() -> None:
    with pytest.raises(ConfigurationError, match="the key attribute text cannot be base64"):
        keys(
            gsi=("text",),
            extra=({"name": "text", "type": "S", "source_column": "text", "source_type": "blob", "format": "base64"},),
        )


def test_index_keys_come_whole_or_not_at_all() -> None:
    made = keys(gsi=("GSI1PK", "GSI1SK"), extra=(key("GSI1PK", "D#{day}"), key("GSI1SK", "{code}#{id:06d}")))
    assert made.index_names == ("GSI1PK", "GSI1SK")
    day = datetime(2024, 2, 29, tzinfo=UTC).date()
    assert made.index_keys({"day": day, "code": "a", "id": 7}) == {
        "GSI1PK": {"S": "D#2024-02-29"},
        "GSI1SK": {"S": "a#000007"},
    }
    assert made.index_keys({"day": None, "code": "a", "id": 7}) == {}
    assert made.index_keys({"day": day, "code": None, "id": 7}) == {}


def test_a_field_that_is_an_index_key_is_stored_as_the_field_it_is() -> None:
    made = keys(gsi=("day", "amount"))
    assert made.index_names == ()
    assert made.index_keys({"day": None, "amount": None}) == {}


def test_a_folded_key_is_not_the_field_as_it_is() -> None:
    made = keys(sk=None, gsi=("code",), fold="casefold")
    assert made.index_names == ("code",)
    assert made.index_keys({"id": 1, "code": "ÄB"}) == {"code": {"S": "äb"}}


def test_a_sort_key_of_the_table_may_be_an_index_key_too() -> None:
    made = keys(gsi=("SK", "PK"))
    assert made.index_names == ()


def test_which_keys_a_change_touches() -> None:
    made = keys(gsi=("GSI1PK", "GSI1SK"), extra=(key("GSI1PK", "D#{day}"), key("GSI1SK", "{code}#{id:06d}")))
    assert made.made_of({"code"}) == {"SK", "GSI1SK"}
    assert made.made_of({"day", "amount"}) == {"GSI1PK"}
    assert made.made_of(()) == frozenset()


def test_fields_are_read_back_from_an_item_key() -> None:
    assert keys().parse_item_key({"PK": {"S": "000007"}, "SK": {"S": "a#b"}, "x": {"S": "y"}}) == {
        "id": 7,
        "code": "a#b",
    }


def test_a_key_of_another_entity_is_told() -> None:
    item = {"PK": {"S": "USER#1"}, "SK": {"S": "#META"}, "x": {"S": "y"}}
    with pytest.raises(Undecodable, match="the item key is not one of THING") as caught:
        FLAT.keys.parse_item_key(item)
    assert caught.value.item_key == {"PK": {"S": "USER#1"}, "SK": {"S": "#META"}}


def test_an_entity_of_several_indexes() -> None:
    made = FLAT.encode(record(status="new", big=1))
    assert "GSI1PK" not in made
    assert made["big"] == {"N": "1"}


def test_equal_keys_have_one_id() -> None:
    assert key_id({"a": {"N": "1"}, "b": {"S": "x"}}) == key_id({"b": {"S": "x"}, "a": {"N": "1.0"}})
    assert key_id({"a": {"N": "1"}}) != key_id({"a": {"S": "1"}})
    assert hash(key_id({"a": {"B": b"x"}}))
