"""Create, put and delete: what they return, what they refuse, what they leave."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import F
from crossfade.dal.errors import (
    ConditionFailed,
    DuplicateKey,
    InvalidKey,
    InvalidValue,
    VersionConflict,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    Shop,
    book,
    branch,
    chapter,
    lent,
    loan,
    member,
    member_id,
    session,
    user,
)

# ---------------------------------------------------------------------------------------------- create


def test_create_returns_what_is_stored(library: Backend) -> None:
    created = library.of("MEMBER").create(member(points=-3, balance=Decimal("1.005"), interests={"art"}))
    assert created == {
        **member(),
        "pin": None,
        "staff": False,
        "card": None,
        "points": -3,
        "balance": Decimal("1.01"),
        "interests": frozenset({"art"}),
        "joined": None,
        "version": 1,
        "created_at": library.clock(),
        "updated_at": library.clock(),
        "loan_count": 0,
        "late_count": 0,
        "fine_total": Decimal("0.00"),
    }
    assert library.of("MEMBER").get(member_id(1)) == created


def test_create_takes_the_column_s_defaults(library: Backend) -> None:
    lent(library)
    assert library.of("LOAN").create({**loan(), "state": None})["state"] == "out"
    assert library.of("BRANCH").create({"code": "x", "name": "X"})["floors"] == 1


def test_create_over_an_existing_key(library: Backend) -> None:
    first = library.of("BOOK").create(book())
    with pytest.raises(DuplicateKey):
        library.of("BOOK").create(book(title="Another"))
    assert library.of("BOOK").get(first["id"]) == first


def test_create_again_after_delete(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(card=7))
    members.update(member_id(1), {"points": 5})
    assert members.delete(member_id(1)) is True
    assert members.create(member(card=7))["version"] == 1
    assert members.get(member_id(1))["points"] == 0


def test_create_ignores_derived_fields(library: Backend) -> None:
    created = library.of("BOOK").create(book(language="Klingon", loans_out=7, size={"width": 1, "height": 2}, width=3))
    assert (created["language"], created["loans_out"]) == ("none", 0)
    assert created["size"] == {"width": 3, "height": None}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"points": 2**31}, "points"),
        ({"balance": Decimal("1000000")}, "balance"),
        ({"interests": {"sport"}}, "interests"),
        ({"nmae": "x"}, "nmae"),
        ({"staff": "yes"}, "staff"),
    ],
)
def test_create_refuses_what_the_columns_cannot_hold(library: Backend, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of("MEMBER").create(member(**fields))
    assert (caught.value.field, caught.value.entity) == (field, "MEMBER")
    assert library.of("MEMBER").get(member_id(1)) is None


def test_a_key_must_not_be_empty(shop: Backend) -> None:
    with pytest.raises(InvalidKey):
        shop.of("USER").create(user(email=""))


# ------------------------------------------------------------------------------------------------- put


def test_put_creates(library: Backend) -> None:
    put = library.of("BRANCH").put(branch(opened=None, hours={"mon": [9, 17]}))
    assert put["version"] == 1
    assert library.of("BRANCH").get("b1") == put


def test_put_replaces_the_whole_entity(library: Backend) -> None:
    branches = library.of("BRANCH")
    branches.create(branch(hours={"mon": [9, 17]}, floors=3))
    put = branches.put({"code": "b1", "name": "New"})
    assert (put["name"], put["hours"], put["floors"], put["version"]) == ("New", None, 1, 2)
    assert branches.get("b1") == put


def test_put_twice_is_put_once(library: Backend) -> None:
    sessions = library.of("SESSION")
    assert sessions.put(session(hits=3)) == sessions.put(session(hits=3))


def test_put_of_an_entity_that_was_read(shop: Backend) -> None:
    world = Shop(shop)
    order = world.order()
    order["status"] = "completed"
    put = world.orders.put(order)
    assert put["status"] == "completed"
    assert put["items"] == order["items"]
    assert world.orders.get(order["id"]) == put


def test_put_that_moves_the_item(shop: Backend) -> None:
    """The email is the user's partition."""
    users = shop.of("USER")
    created = users.create(user())
    put = users.put({**created, "email": "new@example.com"})
    assert put["email"] == "new@example.com"
    assert users.get(created["id"]) == put
    assert users.find("by_email", email=created["email"]).items == []
    assert users.find("by_email", email="new@example.com").items == [put]


# ---------------------------------------------------------------------------------------------- delete


def test_delete_tells_whether_there_was_one(library: Backend) -> None:
    key = library.of("BOOK").create(book())["id"]
    assert library.of("BOOK").delete(key) is True
    assert library.of("BOOK").delete(key) is False
    assert library.of("BOOK").get(key) is None


def test_delete_of_what_is_not_there_fulfils_every_condition(library: Backend) -> None:
    assert library.of("MEMBER").delete(member_id(1), where=F("points") == 3, version=9) is False


def test_delete_where_it_does_not_hold(library: Backend) -> None:
    created = library.of("BOOK").create(book(copies=3))
    with pytest.raises(ConditionFailed) as caught:
        library.of("BOOK").delete(created["id"], where=F("copies") == 0)
    assert caught.value.current == created
    assert library.of("BOOK").get(created["id"]) == created
    assert library.of("BOOK").delete(created["id"], where=F("copies") == 3) is True


def test_delete_of_a_version(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member())
    with pytest.raises(VersionConflict) as caught:
        members.delete(member_id(1), version=2)
    assert caught.value.current_version == 1
    assert members.delete(member_id(1), version=1) is True


def test_delete_takes_it_out_of_every_pattern(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(staff=True, card=7))
    members.delete(member_id(1))
    assert members.find("staff").items == []
    assert members.find("by_card", card=7).items == []
    assert members.find("by_email", email=member()["email"]).items == []


def test_delete_takes_owned_rows_along(library: Backend) -> None:
    books = library.of("BOOK")
    key = books.create(book(chapters=[chapter("One"), chapter("Two")]))["id"]
    books.delete(key)
    assert books.create(book())["chapters"] == []
