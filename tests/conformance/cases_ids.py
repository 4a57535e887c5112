"""Who makes an entity's id: the store, crossfade, or the application."""

from __future__ import annotations

import uuid

import pytest
from ulid import ULID

from crossfade.dal.errors import DuplicateKey, InvalidValue
from tests.conformance.backend import START, Backend
from tests.conformance.samples import book, member, user, visit


def test_auto_increment_counts_up(library: Backend) -> None:
    ids = [library.of("VISIT").create(visit())["id"] for _ in range(5)]
    assert ids == sorted(set(ids))
    assert all(isinstance(n, int) and n > 0 for n in ids)
    assert [library.of("VISIT").get(n)["id"] for n in ids] == ids


def test_auto_increment_keeps_a_given_id_and_goes_on_behind_it(library: Backend) -> None:
    visits = library.of("VISIT")
    first = visits.create(visit())["id"]
    assert visits.create(visit(id=first + 100))["id"] == first + 100
    assert visits.create(visit())["id"] > first + 100
    assert visits.create(visit(id=first + 50))["id"] == first + 50
    assert visits.create(visit())["id"] > first + 101


def test_auto_increment_refuses_an_id_that_is_taken(library: Backend) -> None:
    taken = library.of("VISIT").create(visit())["id"]
    with pytest.raises(DuplicateKey):
        library.of("VISIT").create(visit(id=taken))


def test_auto_increment_never_gives_an_id_again(library: Backend) -> None:
    visits = library.of("VISIT")
    first = visits.create(visit())["id"]
    visits.delete(first)
    assert visits.create(visit())["id"] > first


def test_auto_increment_by_put(library: Backend) -> None:
    visits = library.of("VISIT")
    put = visits.put(visit())
    assert visits.get(put["id"]) == put
    assert visits.put({**put, "room": "red"})["id"] == put["id"]
    assert visits.count("of_room", room="red") == 1


def test_auto_increment_in_a_unit_of_work(shop: Backend) -> None:
    with shop.work() as work:
        ids = [work.repository("USER").create(user(n))["id"] for n in (1, 2)]
        work.commit()
    assert len(set(ids)) == 2
    assert [shop.of("USER").get(n)["username"] for n in ids] == ["user1", "user2"]


def test_auto_increment_of_a_field_that_is_not_the_key(shop: Backend) -> None:
    """A cart line has an id, but is known by user and product."""
    seller = shop.of("USER").create(user(1))["id"]
    category = shop.of("CATEGORY").create({"name": "Books"})["id"]
    ids = []
    for n in (1, 2):
        product = shop.of("PRODUCT").create({"seller_id": seller, "category_id": category, "name": f"{n}", "price": 1})
        ids.append(shop.of("CART").create({"user_id": seller, "product_id": product["id"], "quantity": 1})["id"])
    assert ids[0] is not None
    assert ids == sorted(set(ids))


def test_ulids(library: Backend) -> None:
    fields = {"email": "a@x", "name": "A"}
    made = library.of("MEMBER").create(fields)["id"]
    assert ULID.from_str(made).datetime == START
    assert library.of("MEMBER").get(made)["email"] == "a@x"
    library.clock.advance(seconds=1)
    later = library.of("MEMBER").create({**fields, "email": "b@x"})["id"]
    assert later > made
    assert library.of("MEMBER").create(member())["id"] == member()["id"]


def test_uuids_of_version_7(library: Backend) -> None:
    fields = {"shelf": "A", "title": "Emma"}
    made = [library.of("BOOK").create(fields)["id"] for _ in range(3)]
    assert len(set(made)) == 3
    assert {uuid.UUID(n).version for n in made} == {7}
    assert library.of("BOOK").get(made[0])["title"] == "Emma"
    assert library.of("BOOK").create(book())["id"] == book()["id"]


def test_ids_that_must_be_given(library: Backend) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of("BRANCH").create({"name": "Main"})
    assert caught.value.field == "code"
    with pytest.raises(InvalidValue):
        library.of("LANGUAGE").put({"name": "English"})
