"""Unique lists of fields: one holder at a time, whichever way the value comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from crossfade.dal import F
from crossfade.dal.errors import ConditionFailed, DuplicateKey, DuplicateUnique
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, branch, member, member_id, session, user

Write = Callable[[Backend], Any]


def refused(library: Backend, write: Write, *fields: str) -> None:
    """Assert that a write is refused for the unique list."""
    before = library.of("MEMBER").get_many([member_id(1), member_id(2)])
    with pytest.raises(DuplicateUnique) as caught:
        write(library)
    assert caught.value.fields == fields
    assert library.of("MEMBER").get_many([member_id(1), member_id(2)]) == before


def test_create_with_a_value_that_is_taken(library: Backend) -> None:
    library.of("MEMBER").create(member(1, card=7))
    refused(library, lambda b: b.of("MEMBER").create(member(2, card=7)), "card")
    refused(library, lambda b: b.of("MEMBER").create(member(2, email="m1@example.com")), "email")


def test_put_with_a_value_that_is_taken(library: Backend) -> None:
    library.of("MEMBER").create(member(1, card=7))
    refused(library, lambda b: b.of("MEMBER").put(member(2, card=7)), "card")
    library.of("MEMBER").create(member(2, card=8))
    refused(library, lambda b: b.of("MEMBER").put(member(2, card=7)), "card")


def test_update_to_a_value_that_is_taken(library: Backend) -> None:
    library.of("MEMBER").create(member(1, card=7))
    library.of("MEMBER").create(member(2))
    refused(library, lambda b: b.of("MEMBER").update(member_id(2), {"card": 7}), "card")
    refused(library, lambda b: b.of("MEMBER").update(member_id(2), {"email": "m1@example.com"}), "email")


def test_an_own_value_is_not_taken(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(1, card=7))
    assert members.update(member_id(1), {"card": 7, "email": "m1@example.com"})["version"] == 2
    assert members.put(member(1, card=7))["version"] == 3


def test_a_value_that_was_given_up_is_free(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(1, card=7))
    members.create(member(2))
    members.update(member_id(1), {"card": 8})
    assert members.update(member_id(2), {"card": 7})["card"] == 7
    members.update(member_id(1), {"card": None})
    assert members.update(member_id(2), {"card": 8})["card"] == 8
    members.put(member(2))
    assert members.update(member_id(1), {"card": 8})["card"] == 8
    members.delete(member_id(1))
    assert members.update(member_id(2), {"card": 8})["card"] == 8


def test_a_value_is_not_freed_by_a_change_that_failed(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(1, card=7))
    with pytest.raises(ConditionFailed):
        members.update(member_id(1), {"card": 8}, where=F("points") == 9)
    members.create(member(2, card=8))
    refused(library, lambda b: b.of("MEMBER").update(member_id(2), {"card": 7}), "card")


def test_any_number_may_hold_null(library: Backend) -> None:
    for n in range(3):
        library.of("SESSION").create(session(f"t{n}"))
    assert library.of("SESSION").count("of_member", member_id=member_id(1)) == 3


def test_the_empty_text_is_a_value(library: Backend) -> None:
    library.of("SESSION").create(session("t1", device=""))
    with pytest.raises(DuplicateUnique):
        library.of("SESSION").create(session("t2", device=""))


def test_values_with_delimiters_differ(library: Backend) -> None:
    for n, device in enumerate(["a|b", "a%7Cb", "a", "A", " a"]):
        assert library.of("SESSION").create(session(f"t{n}", device=device))["device"] == device


def _created(email: str, on: Backend) -> object:
    return on.of("MEMBER").create(member(2, email=email))


def test_a_folded_value_is_taken_in_whatever_case_and_with_whatever_accents(library: Backend) -> None:
    library.of("MEMBER").create(member(1, email="Ann@Example.com"))
    for email in ("ANN@example.COM", "Ánn@example.com", "ánn@example.com"):
        refused(library, partial(_created, email), "email")
    changed = library.of("MEMBER").update(member_id(1), {"email": "ann@example.com"})
    assert changed["email"] == "ann@example.com"
    assert library.of("MEMBER").find("by_email", email="ANN@EXAMPLE.COM").items == [changed]


def test_values_can_be_swapped_step_by_step(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(1, card=1))
    members.create(member(2, card=2))
    members.update(member_id(1), {"card": 3})
    members.update(member_id(2), {"card": 1})
    members.update(member_id(1), {"card": 2})
    assert [m["card"] for m in members.get_many([member_id(1), member_id(2)]).values()] == [2, 1]


def test_the_key_comes_first(library: Backend) -> None:
    library.of("MEMBER").create(member(1, card=7))
    with pytest.raises(DuplicateKey):
        library.of("MEMBER").create(member(1, card=7))


def test_a_unique_list_that_the_item_key_enforces(shop: Backend) -> None:
    """A user lies under the email, so that two users of one email would be one item."""
    users = shop.of("USER")
    users.create(user(1))
    with pytest.raises(DuplicateUnique) as caught:
        users.create(user(2, email="user1@example.com"))
    assert caught.value.fields == ("email",)
    two = users.create(user(2))
    with pytest.raises(DuplicateUnique):
        users.update(two["id"], {"email": "user1@example.com"})
    with pytest.raises(DuplicateUnique):
        users.put({**two, "email": "user1@example.com"})
    assert users.get(two["id"]) == two
    assert users.find("by_email", email="user1@example.com").items[0]["username"] == "user1"


def test_a_cart_has_one_line_per_product(shop: Backend) -> None:
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"], "quantity": 1}
    world.carts.create(line)
    with pytest.raises(DuplicateKey):
        world.carts.create({**line, "quantity": 2})
    assert world.carts.get({f: line[f] for f in ("user_id", "product_id")})["quantity"] == 1


def test_a_child_that_leaves_its_parent_cannot_take_its_name(shop: Backend) -> None:
    """On DynamoDB its new place is its parent's, whose count goes down in the same write."""
    categories = shop.of("CATEGORY")
    categories.create({"id": 6, "name": "Tools"})
    categories.create({"id": 1, "name": "Saws", "parent_id": 6})
    with pytest.raises(DuplicateUnique) as caught:
        categories.update(1, {"parent_id": None, "name": "Tools"})
    assert caught.value.fields == ("name",)

    def together() -> None:
        with shop.work() as work:
            work.repository("CATEGORY").update(1, {"parent_id": None, "name": "Tools"})
            work.commit()

    with pytest.raises(DuplicateUnique):
        together()
    assert [categories.get(6)["child_count"], categories.get(1)["parent_name"]] == [1, "Tools"]


def test_names_are_unique_inside_an_envelope(library: Backend) -> None:
    library.of("BRANCH").create(branch("b1", name="Main"))
    with pytest.raises(DuplicateUnique) as caught:
        library.of("BRANCH").create(branch("b2", name="Main"))
    assert caught.value.fields == ("name",)
    library.of("BRANCH").update("b1", {"name": "Old"})
    assert library.of("BRANCH").create(branch("b2", name="Main"))["name"] == "Main"
