"""The store on moto: leftovers, items that move between two reads, what one request does, what check() sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crossfade.dal import Add
from crossfade.dal.errors import DuplicateKey, DuplicateUnique, OutcomeUnknown, SchemaMismatch
from tests.conformance.samples import visit
from tests.unit.dynamodb.audit import audit, scan, stored
from tests.unit.dynamodb.opened import START, Opened, opened


def _user(n: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": n, "username": f"user{n}", "email": f"u{n}@x", "password_hash": "h", **fields}


def _product(shop: Opened) -> None:
    shop.of("USER").create(_user())
    shop.of("CATEGORY").create({"id": 1, "name": "Goods"})
    shop.of("PRODUCT").create({"id": 1, "seller_id": 1, "category_id": 1, "name": "Pen", "price": 1})


def test_an_item_that_moves_between_lookup_and_read_is_found() -> None:
    with opened("shop") as shop:
        shop.of("USER").create(_user())
        reader = shop.again({}, writes_only=False)

        def move(number: int, name: str) -> None:
            if number == 1:
                shop.of("USER").update(1, {"email": "new@x"})

        reader.client.before = move
        found = reader.of("USER").get(1)
        assert found is not None
        assert found["email"] == "new@x"
        assert reader.client.log == ["get_item"] * 4


@pytest.mark.parametrize(
    ("act", "requests"),
    [
        (lambda s: s.of("PRODUCT").get(1), ["get_item"]),
        (lambda s: s.of("USER").get(1), ["get_item", "get_item"]),
        (lambda s: s.of("PRODUCT").update(1, {"inventory_quantity": Add(3)}), ["update_item"]),
        (lambda s: s.of("PRODUCT").find("by_category", category_id=1), ["query"]),
        (lambda s: s.of("PRODUCT").count("by_category", category_id=1), ["query"]),
        (lambda s: s.of("CATEGORY").find("under", parent_name="ROOT", limit=1), ["query"]),
        (lambda s: s.of("CART").find("for_user", user_id=1), ["get_item", "query", "get_item"]),
        (lambda s: s.of("USER").find("by_email", email="u1@x"), ["get_item"]),
        (lambda s: s.of("PRODUCT").get_many([1, 2, 3]), ["batch_get_item"]),
    ],
)
def test_how_many_requests_a_call_takes(act: Any, requests: list[str]) -> None:
    with opened("shop") as shop:
        _product(shop)
        process = shop.again({}, writes_only=False)
        act(process)
        assert process.client.log == requests


@pytest.mark.parametrize("tombstones", [False, True])
def test_what_nothing_hangs_on_is_deleted_in_batches_whatever_it_counts_and_keeps(tombstones: bool) -> None:
    keys = [f"s{n:02d}" for n in range(26)]
    with opened("library", tombstones=tombstones) as library:
        library.of("SPECIMEN").put_many([{"code": key} for key in keys])
        process = library.again({0: "lost_reply", 1: "lost_request"})
        result = process.of("SPECIMEN").delete_many(keys)
        assert process.client.log == ["batch_write_item"] * 2
        assert [dict(key) for key in result.written] == [{"code": key} for key in keys[:25]]
        ((key, error),) = result.failed
        assert (dict(key), type(error)) == ({"code": keys[25]}, OutcomeUnknown)
        assert list(library.of("SPECIMEN").get_many(keys)) == [{"code": keys[25]}]


def test_an_expired_entity_frees_what_it_held() -> None:
    with opened("library") as library:
        fields = {"member_id": "0" * 26, "device": "phone", "expires": START + timedelta(hours=1)}
        library.of("SESSION").create({"token": "t", **fields})
        library.later(hours=2)
        process = library.again()
        process.of("SESSION").create({"token": "u", **fields, "expires": START + timedelta(hours=9)})
        assert process.of("SESSION").get("t") is None
        audit(library.client.client, library.layout)
        assert len(stored(library.client.client, library.layout)["SESSION"]) == 1


def test_a_lookup_item_whose_owner_was_swept_away_is_taken_over() -> None:
    with opened("shop") as shop:
        shop.of("USER").create(_user())
        (gone,) = stored(shop.client.client, shop.layout)["USER"]
        shop.client.client.delete_item(TableName="t_Users", Key=gone.key)
        shop.of("USER").create(_user(2, username="user1"))
        assert shop.of("USER").get(1) is None
        shop.of("USER").create(_user(1, username="other"))
        audit(shop.client.client, shop.layout)


def test_an_unclear_update_that_somebody_wrote_over_is_unknown() -> None:
    with opened("shop") as shop:
        _product(shop)
        process = shop.again({0: "lost_reply"}, writes_only=False)
        seen: list[str] = []

        def overwrite(number: int, name: str) -> None:
            seen.append(name)
            if number == 1:
                shop.of("PRODUCT").update(1, {"inventory_quantity": Add(1)})

        process.client.before = overwrite
        with pytest.raises(OutcomeUnknown):
            process.of("PRODUCT").update(1, {"inventory_quantity": Add(5)})
        assert seen == ["update_item", "get_item"]
        product = shop.of("PRODUCT").get(1)
        assert product is not None
        assert product["inventory_quantity"] == 6


def test_a_unique_value_that_is_held_is_refused_with_its_fields() -> None:
    with opened("shop") as shop:
        shop.of("USER").create(_user())
        with pytest.raises(DuplicateUnique) as caught:
            shop.of("USER").create(_user(2, email="u1@x"))
        assert caught.value.fields == ("email",)
        audit(shop.client.client, shop.layout)


def test_more_children_than_one_transaction_takes() -> None:
    with opened("shop") as shop:
        _product(shop)
        shop.of("USER").create(_user(2))
        for n in range(2, 70):
            shop.of("PRODUCT").create({"id": n, "seller_id": 1, "category_id": 1, "name": f"P{n}", "price": 1})
            shop.of("CART").create({"id": n, "user_id": 2, "product_id": n, "quantity": 1})
        assert shop.of("USER").delete(1)
        audit(shop.client.client, shop.layout)
        assert [len(found) for found in stored(shop.client.client, shop.layout).values()] == [1, 0, 0, 0, 1]


def test_check_lists_what_is_missing() -> None:
    with opened("shop") as shop:
        shop.store.check()
        shop.client.client.delete_table(TableName="t_Categories")
        with pytest.raises(SchemaMismatch, match="there is no table t_Categories"):
            shop.store.check()


def _visited(library: Opened, **attributes: Any) -> dict[str, Any]:
    """The item of a visit as it lies there, after somebody else wrote some attributes of it."""
    library.of("VISIT").put(visit(id=1))
    (item,) = scan(library.client.client, library.layout.of("VISIT").table)
    written = {**item, **attributes}
    library.client.client.put_item(TableName=library.layout.of("VISIT").table, Item=written)
    return written


def test_a_put_of_what_nothing_hangs_on_is_one_request_which_keeps_what_others_wrote() -> None:
    with opened("library") as library:
        _visited(library, theirs={"S": "kept"})
        process = library.again({}, writes_only=False)
        process.of("VISIT").put(visit(id=1))
        assert process.client.log == ["update_item"]
        (item,) = scan(library.client.client, library.layout.of("VISIT").table)
        assert item["theirs"] == {"S": "kept"}


def test_a_put_does_not_write_over_an_item_of_another_kind() -> None:
    with opened("library") as library:
        item = _visited(library, _type={"S": "OTHER"})
        with pytest.raises(DuplicateKey):
            library.of("VISIT").put(visit(id=1))
        assert scan(library.client.client, library.layout.of("VISIT").table) == [item]
