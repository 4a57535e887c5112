"""Update: what it returns, what it refuses, where it leaves the item."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal import F
from crossfade.dal.errors import (
    ConditionFailed,
    InvalidValue,
    NotFound,
    VersionConflict,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    book,
    book_id,
    lent,
    loan,
    member,
    member_id,
    user,
    visit,
)


def test_update_returns_the_entity_as_it_is_then(library: Backend) -> None:
    created = library.of("MEMBER").create(member())
    library.clock.advance(seconds=5)
    updated = library.of("MEMBER").update(member_id(1), {"name": "Ann", "points": 4})
    assert updated == {**created, "name": "Ann", "points": 4, "version": 2, "updated_at": library.clock()}
    assert library.of("MEMBER").get(member_id(1)) == updated


def test_update_of_what_is_not_there(library: Backend) -> None:
    with pytest.raises(NotFound) as caught:
        library.of("MEMBER").update(member_id(1), {"name": "Ann"})
    assert caught.value.key == {"id": member_id(1)}
    assert library.of("MEMBER").get(member_id(1)) is None


@pytest.mark.parametrize("where", [None, F("points") == 0, F("points") == 1])
def test_update_of_nothing_with_a_condition_is_not_found(library: Backend, where: Any) -> None:
    with pytest.raises(NotFound):
        library.of("MEMBER").update(member_id(1), {"points": 1}, where=where, version=1)


def test_update_without_changes(library: Backend) -> None:
    created = library.of("BOOK").create(book())
    assert library.of("BOOK").update(created["id"], {}) == created
    with pytest.raises(NotFound):
        library.of("BOOK").update(book_id(9), {})


def test_update_where_it_holds(library: Backend) -> None:
    key = library.of("BOOK").create(book(copies=3))["id"]
    assert library.of("BOOK").update(key, {"copies": 2}, where=F("copies") >= 3)["copies"] == 2


def test_update_where_it_does_not_hold(library: Backend) -> None:
    created = library.of("BOOK").create(book(copies=3))
    with pytest.raises(ConditionFailed) as caught:
        library.of("BOOK").update(created["id"], {"copies": 2}, where=F("copies") >= 4)
    assert caught.value.current == created
    assert library.of("BOOK").get(created["id"]) == created


def test_update_of_a_version(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member())
    assert members.update(member_id(1), {"points": 1}, version=1)["version"] == 2
    with pytest.raises(VersionConflict) as caught:
        members.update(member_id(1), {"points": 2}, version=1)
    assert caught.value.current_version == 2
    assert caught.value.current == members.get(member_id(1))
    assert caught.value.current["points"] == 1


def test_a_version_conflict_comes_before_the_condition(library: Backend) -> None:
    library.of("MEMBER").create(member())
    with pytest.raises(VersionConflict):
        library.of("MEMBER").update(member_id(1), {"points": 2}, where=F("points") == 9, version=4)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": member_id(2)}, "id"),
        ({"loan_count": 3}, "loan_count"),
        ({"name": None}, "name"),
        ({"nmae": "x"}, "nmae"),
        ({"points": 1, "card": -1}, "card"),
    ],
)
def test_update_refuses_what_the_columns_cannot_hold(library: Backend, changes: dict[str, Any], field: str) -> None:
    created = library.of("MEMBER").create(member())
    with pytest.raises(InvalidValue) as caught:
        library.of("MEMBER").update(member_id(1), changes)
    assert (caught.value.field, caught.value.entity) == (field, "MEMBER")
    assert library.of("MEMBER").get(member_id(1)) == created


def test_update_that_moves_the_item(shop: Backend) -> None:
    users = shop.of("USER")
    created = users.create(user())
    users.update(created["id"], {"email": "new@example.com"})
    updated = users.update(created["id"], {"first_name": "Ann"})
    assert updated["email"] == "new@example.com"
    assert users.get(created["id"]) == updated
    assert users.find("by_email", email=created["email"]).items == []
    assert users.find("by_email", email="new@example.com").items == [updated]
    assert users.find("by_id", id=created["id"]).items == [updated]


def test_update_that_moves_the_item_where_it_does_not_hold(shop: Backend) -> None:
    users = shop.of("USER")
    created = users.create(user())
    with pytest.raises(ConditionFailed) as caught:
        users.update(created["id"], {"email": "new@example.com"}, where=F("is_seller") == True)  # noqa: E712 - builds a condition
    assert caught.value.current == created
    assert users.find("by_email", email=created["email"]).items == [created]


def test_update_moves_an_entity_between_partitions_of_an_index(library: Backend) -> None:
    lent(library)
    loans = library.of("LOAN")
    key = {f: v for f, v in loans.create(loan()).items() if f in {"member_id", "book_id", "copy"}}
    loans.update(key, {"state": "late"})
    assert loans.find("by_state", state="out").items == []
    assert [item["state"] for item in loans.find("by_state", state="late").items] == ["late"]


def test_update_of_one_part_of_an_index_key_keeps_the_other(library: Backend) -> None:
    """A half-built key would hide the entity from its index."""
    visits = library.of("VISIT")
    created = visits.create(visit(room="red"))
    later = created["start"].replace(year=2035)
    updated = visits.update(created["id"], {"start": later})
    assert visits.find("of_room", room="red").items == [updated]
    assert visits.find("agenda", member_id=created["member_id"], start=later).items == [updated]
    assert visits.find("agenda", member_id=created["member_id"], start=created["start"]).items == []
    updated = visits.update(created["id"], {"room": "blue"})
    assert visits.find("of_room", room="red").items == []
    assert visits.find("of_room", room="blue").items == [updated]


def test_update_takes_an_entity_out_of_a_sparse_index_and_in_again(library: Backend) -> None:
    members = library.of("MEMBER")
    created = members.create(member(staff=True, card=7))
    assert members.find("staff").items == [created]
    assert members.find("by_card", card=7).items == [created]
    members.update(member_id(1), {"staff": False, "card": None})
    assert members.find("staff").items == []
    assert members.find("by_card", card=7).items == []
    again = members.update(member_id(1), {"staff": True, "card": 8})
    assert members.find("staff").items == [again]
    assert members.find("by_card", card=8).items == [again]
