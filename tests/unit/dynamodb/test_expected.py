"""Which items a record has, and whose an item is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.dal.errors import InvalidKey, ItemTooLarge
from crossfade.dal.key import Key
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.expected import Expected, Owner, expected_items, owner, tombstone
from crossfade.dynamodb.layout import Layout

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = load(Path(__file__).parents[3] / "contracts" / "migrationContract.json")
LAYOUT = Layout(SHOP, "p_", lambda: NOW)
USER = {
    "id": 7, "username": "bob", "email": "bob@x", "password_hash": "h", "first_name": None, "last_name": None,
    "is_seller": False, "super_admin": True, "created_at": NOW, "updated_at": NOW,
}  # fmt: skip
ITEM_KEY = {"PK": {"S": "bob@x"}, "SK": {"S": "#META"}}


def user(**changes: Any) -> tuple[Expected, ...]:
    return expected_items(LAYOUT, "USER", {**USER, **changes})


def test_a_record_has_its_own_item_and_its_lookup_items() -> None:
    own, by_key, by_username = user()
    moment: dict[str, Any] = {"S": "2026-01-01T00:00:00.000000Z"}
    item: dict[str, Any] = {
        "_type": {"S": "USER"}, "id": {"N": "7"}, "username": {"S": "bob"}, "email": {"S": "bob@x"},
        "password_hash": {"S": "h"}, "is_seller": {"BOOL": False}, "super_admin": {"BOOL": True},
        "created_at": moment, "updated_at": moment, "GSI1PK": {"S": "USER#000000000007"}, "GSI1SK": {"S": "#META"},
        "GSI2PK": {"S": "bob"}, "GSI3PK": {"S": "SUPER_ADMIN#1"}, "GSI3SK": {"S": "bob"}, **ITEM_KEY,
    }  # fmt: skip
    assert own == Expected("USER", "p_Users", ITEM_KEY, item)
    rest: dict[str, Any] = {"entity": {"S": "USER"}, "target": {"M": ITEM_KEY}, "owner": {"M": {"id": {"N": "7"}}}}
    for lookup, text in ((by_key, "USER|key|7"), (by_username, "USER|unique:username|bob")):
        key = {"pk": {"S": text}}
        assert lookup == Expected("USER", "p_crossfade_lookup", key, key | rest, lookup=True)


def test_each_write_has_its_own_token() -> None:
    own, *_ = user()
    assert own.stamped("t1") == {**own.item, "_rev": {"S": "t1"}}
    assert "_rev" not in own.item


def test_every_item_leads_back_to_its_owner() -> None:
    for expected in user():
        assert owner(LAYOUT, expected.table, expected.stamped("t")) == Owner("USER", Key({"id": 7}))


def test_a_tombstone_leads_to_its_owner_too() -> None:
    left = {**ITEM_KEY, "_type": {"S": "USER"}, "id": {"N": "7"}, "_deleted": {"N": "1767225600"}, "_rev": {"S": "t"}}
    assert tombstone(left)
    assert owner(LAYOUT, "p_Users", left) == Owner("USER", Key({"id": 7}))


@pytest.mark.parametrize(
    ("table", "item"),
    [
        ("p_Users", {**ITEM_KEY, "_type": {"S": "GUEST"}}),
        ("p_Users", {**ITEM_KEY}),
        ("p_crossfade_lookup", {"pk": {"S": "GUEST|key|7"}, "entity": {"S": "GUEST"}}),
        ("p_crossfade_lookup", {"pk": {"S": "x"}}),
        ("p_other", {**ITEM_KEY, "_type": {"S": "USER"}}),
    ],
)
def test_what_no_entity_has_is_nobody_s(table: str, item: dict[str, Any]) -> None:
    assert owner(LAYOUT, table, item) is None


@pytest.mark.parametrize(
    ("table", "item", "reason"),
    [
        ("p_Users", {**ITEM_KEY, "_type": {"S": "USER"}}, "is missing"),
        ("p_Users", {**ITEM_KEY, "_type": {"S": "USER"}, "id": {"S": "seven"}}, "id"),
        ("p_crossfade_lookup", {"pk": {"S": "USER|key|7"}, "entity": {"S": "USER"}}, "is missing"),
    ],
)
def test_a_damaged_key_is_told(table: str, item: dict[str, Any], reason: str) -> None:
    with pytest.raises(Undecodable, match=reason) as caught:
        owner(LAYOUT, table, item)
    assert (caught.value.entity, caught.value.attribute) == ("USER", "id")


def test_what_dynamodb_cannot_hold_is_refused() -> None:
    with pytest.raises(ItemTooLarge):
        user(first_name="x" * 400 * 1024)
    with pytest.raises(InvalidKey):
        user(username="")
