"""What deletes leave where they must leave something: as literal items, and as everybody meets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crossfade.dal.errors import DuplicateUnique, OutcomeUnknown
from crossfade.dal.key import Key
from crossfade.dynamodb.actions import DeleteItem
from crossfade.dynamodb.execute import Executor
from crossfade.dynamodb.expected import Owner, owner
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.shelf import Stored
from crossfade.dynamodb.tombstones import Tombstones
from crossfade.dynamodb.writes import Step, plan
from tests.unit.dynamodb.audit import audit, scan
from tests.unit.dynamodb.fakes import fake
from tests.unit.dynamodb.opened import START, Opened, contract_of, opened

SHOP = Layout(contract_of("shop"), "p_", lambda: START, tombstones=True)
LIBRARY = Layout(contract_of("library"), "p_", lambda: START, tombstones=True)
USER = SHOP.of("USER")
NOW = str(int(START.timestamp()))
END = str(int((START + timedelta(days=7)).timestamp()))
MARK: dict[str, Any] = {"_deleted": {"N": NOW}, "_rev": {"S": "new"}}
AT = {"PK": {"S": "a@x"}, "SK": {"S": "#META"}}
GONE = {**AT, **MARK, "_type": {"S": "USER"}, "id": {"N": "7"}}


def _user(**fields: Any) -> dict[str, Any]:
    return {**dict.fromkeys(USER.entity.fields), "id": 7, "username": "ann", "email": "a@x", **fields}


def _stored(record: dict[str, Any], rev: str = "old") -> Stored:
    return USER.stored({**USER.codec.encode(record), "_rev": {"S": rev}})


def _lookup(text: str, target: dict[str, Any]) -> dict[str, Any]:
    led = {"target": {"M": target}, "owner": {"M": {"id": {"N": "7"}}}}
    return {"pk": {"S": text}, **MARK, "entity": {"S": "USER"}, **led, "_ttl": {"N": END}}


def test_a_delete_leaves_what_says_whose_the_item_was() -> None:
    deletes = plan(SHOP, [Step("USER", (_stored(_user()),))], "new")
    assert [action.tombstone for action in deletes if isinstance(action, DeleteItem)] == [
        GONE,
        _lookup("USER|key|7", AT),
        _lookup("USER|unique:username|ann", AT),
    ]
    plain = plan(Layout(contract_of("shop"), "p_", lambda: START), [Step("USER", (_stored(_user()),))], "new")
    assert [(a.key, a.demands) for a in plain] == [(a.key, a.demands) for a in deletes]
    assert owner(SHOP, "p_Users", GONE) == Owner("USER", Key(id=7))


def test_a_move_leaves_where_to() -> None:
    old, new = _stored(_user()), _user(email="b@x")
    (left, *_) = plan(SHOP, [Step("USER", (old,), new)], "new")
    assert isinstance(left, DeleteItem)
    assert left.tombstone == {**GONE, "_moved": {"M": {"PK": {"S": "b@x"}, "SK": {"S": "#META"}}}}


def test_what_an_entity_displaces_has_not_moved_to_it() -> None:
    other = _stored(_user(id=8))
    (left, *_) = plan(SHOP, [Step("USER", (other,), _user(email="b@x"))], "new")
    assert isinstance(left, DeleteItem)
    assert left.tombstone == {**GONE, "id": {"N": "8"}}


def test_a_tombstone_elsewhere_is_left_alone() -> None:
    tombstone = USER.stored(GONE)
    actions = plan(SHOP, [Step("USER", (tombstone,), _user(email="b@x"))], "new")
    assert all(action.key != AT for action in actions)


def test_a_table_with_a_time_to_live_gets_rid_of_them() -> None:
    shelf = LIBRARY.of("FINE")
    at = shelf.item_key({"id": 3})
    made = Tombstones("new", START, timedelta(days=1)).item(shelf, at, {"id": 3})
    end = str(int((START + timedelta(days=1)).timestamp()))
    assert made == {**at, **MARK, "_type": {"S": "FINE"}, "ttl": {"N": end}, **shelf.codec.encode_key({"id": 3})}


def test_a_delete_is_sent_as_a_put_under_the_same_condition() -> None:
    old = _stored(_user())
    delete = plan(SHOP, [Step("USER", (old,))], "new")[0]
    with fake() as made:
        made.writes.add_response(
            "put_item",
            {},
            {
                "TableName": "p_Users",
                "Item": GONE,
                "ConditionExpression": "#n0 = :v0",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                "ExpressionAttributeNames": {"#n0": "_rev"},
                "ExpressionAttributeValues": {":v0": {"S": "old"}},
            },
        )
        Executor(SHOP, made.calls).run([delete], "new")


# ------------------------------------------------------------------------------------- as they are met


def _tombstones(process: Opened, table: str) -> list[dict[str, Any]]:
    return [item for item in scan(process.client.client, f"{process.prefix}{table}") if "_deleted" in item]


def test_a_single_request_leaves_one_too_and_a_batch() -> None:
    with opened("library", tombstones=True) as library:
        ticket = library.of("TICKET").create({"number": 5, "seat": "a"})
        library.of("TICKET").delete_many([ticket["number"], 99])
        left = _tombstones(library, library.layout.contract.table_of("TICKET").name)
        assert sorted(item["number"]["N"] for item in left) == [str(ticket["number"]), "99"]
        library.client.log.clear()
        again = library.of("TICKET").create({"number": 5, "seat": "b"})
        assert library.of("TICKET").delete(again["number"])
        assert not library.of("TICKET").delete(again["number"])
        assert library.client.log[-2:] == ["put_item", "put_item"]


def test_a_fast_delete_whose_request_is_lost_is_not_sent_again() -> None:
    """It would delete what somebody else has created since."""
    with opened("library", tombstones=True) as library:
        ticket = library.of("TICKET").create({"number": 5, "seat": "a"})
        lost = library.again({0: "lost_request"})
        with pytest.raises(OutcomeUnknown):
            lost.of("TICKET").delete(ticket["number"])
        replied = library.again({0: "lost_reply"})
        assert replied.of("TICKET").delete(ticket["number"])


@pytest.mark.parametrize(("entity", "key"), [("USER", 7), ("PRODUCT", 3), ("CART", {"user_id": 1, "product_id": 2})])
def test_a_unit_that_read_a_deleted_one_as_absent_commits(entity: str, key: Any) -> None:
    with opened("shop", tombstones=True) as shop:
        user = {"username": "ann", "email": "a@x", "password_hash": "h"}
        for n in (1, 7):
            shop.of("USER").create({**user, "id": n, "username": f"u{n}", "email": f"{n}@x"})
        shop.of("CATEGORY").create({"id": 1, "name": "Goods"})
        for n in (2, 3):
            shop.of("PRODUCT").create({"id": n, "seller_id": 1, "category_id": 1, "name": "Pen", "price": 1})
        shop.of("CART").create({"user_id": 1, "product_id": 2, "quantity": 1})
        assert shop.of(entity).delete(key)
        with shop.work() as work:
            assert work.repository(entity).get(key) is None
            work.repository("CATEGORY").create({"id": 2, "name": "Pens"})
            work.commit()
        assert shop.of("CATEGORY").get(2) is not None


def test_a_value_given_up_is_free_and_one_taken_up_again_is_not() -> None:
    with opened("shop", tombstones=True) as shop:
        user = {"password_hash": "h"}
        shop.of("USER").create({**user, "id": 1, "username": "ann", "email": "a@x"})
        shop.of("USER").update(1, {"username": "bea"})
        assert [item["pk"]["S"] for item in _tombstones(shop, "crossfade_lookup")] == ["USER|unique:username|ann"]
        shop.of("USER").create({**user, "id": 2, "username": "ann", "email": "b@x"})
        assert _tombstones(shop, "crossfade_lookup") == []
        with pytest.raises(DuplicateUnique):
            shop.of("USER").update(1, {"username": "ann"})
        shop.of("USER").delete(2)
        shop.of("USER").update(1, {"username": "ann"})
        audit(shop.client.client, shop.layout)
