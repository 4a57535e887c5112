"""Create, put, update and delete: what they return, what they refuse, what they leave."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import F, Key
from crossfade.dal.errors import (
    ConditionFailed,
    DuplicateKey,
    InvalidKey,
    InvalidValue,
    NotFound,
    VersionConflict,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    Shop,
    book,
    book_id,
    branch,
    chapter,
    lent,
    loan,
    member,
    member_id,
    session,
    specimen,
    user,
    visit,
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


# ---------------------------------------------------------------------------------------------- update


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


# --------------------------------------------------------------------------------------------- batches


def test_put_many_puts_each(library: Backend) -> None:
    result = library.of("BRANCH").put_many([branch("a"), branch("b", parent_code=None)])
    assert result.written == [Key(code="a"), Key(code="b")]
    assert result.failed == []
    assert library.of("BRANCH").get("b")["name"] == "Branch b"


@pytest.mark.parametrize("count", [26, 120])
def test_put_many_of_more_than_one_request_holds(library: Backend, count: int) -> None:
    """DynamoDB writes 25 items a request."""
    specimens = library.of("SPECIMEN")
    result = specimens.put_many([specimen(f"s{n:03d}", whole=n) for n in range(count)])
    assert sorted(key["code"] for key in result.written) == [f"s{n:03d}" for n in range(count)]
    assert result.failed == []
    assert specimens.count("all") == count
    assert specimens.get(f"s{count - 1:03d}")["whole"] == count - 1


def test_put_many_replaces(library: Backend) -> None:
    specimens = library.of("SPECIMEN")
    specimens.create(specimen("a", whole=1, name="old"))
    specimens.put_many([specimen("a", whole=2), specimen("b", whole=3)])
    assert (specimens.get("a")["whole"], specimens.get("a")["name"], specimens.get("a")["version"]) == (2, None, 2)


def test_put_many_takes_the_last_of_one_key(library: Backend) -> None:
    result = library.of("SPECIMEN").put_many([specimen("a", whole=1), specimen("b"), specimen("a", whole=2)])
    assert sorted(key["code"] for key in result.written) == ["a", "b"]
    assert library.of("SPECIMEN").get("a")["whole"] == 2


def test_put_many_tells_exactly_what_failed(library: Backend) -> None:
    library.of("MEMBER").create(member(9, email="taken@example.com"))
    lot = [member(1), member(2, email="TAKEN@example.com"), member(3)]
    result = library.of("MEMBER").put_many(lot)
    assert sorted(key["id"] for key in result.written) == [member_id(1), member_id(3)]
    ((key, error),) = result.failed
    assert key == {"id": member_id(2)}
    assert type(error).__name__ == "DuplicateUnique"
    assert library.of("MEMBER").get(member_id(2)) is None
    assert library.of("MEMBER").get(member_id(3)) is not None


def test_put_many_checks_references(library: Backend) -> None:
    lent(library)
    result = library.of("LOAN").put_many([loan(), loan(n_member=7), loan(n_book=7), loan(copy=2)])
    assert len(result.written) == 2
    assert sorted(type(error).__name__ for _, error in result.failed) == ["MissingReference"] * 2
    assert library.of("MEMBER").get(member_id(1))["loan_count"] == 2


def test_put_many_gives_ids(library: Backend) -> None:
    result = library.of("VISIT").put_many([visit(room=f"r{n}") for n in range(30)])
    ids = [key["id"] for key in result.written]
    assert len(set(ids)) == 30
    assert all(library.of("VISIT").get(n) is not None for n in ids)


def test_put_many_refuses_an_invalid_entity_before_it_begins(library: Backend) -> None:
    with pytest.raises(InvalidValue):
        library.of("SPECIMEN").put_many([specimen("a"), specimen("b", whole="x")])
    assert library.of("SPECIMEN").get("a") is None


def test_put_many_of_nothing(library: Backend) -> None:
    assert library.of("SPECIMEN").put_many([]).written == []
    assert library.of("SPECIMEN").delete_many(iter([])).written == []


def test_delete_many(library: Backend) -> None:
    specimens = library.of("SPECIMEN")
    specimens.put_many([specimen(f"s{n:03d}") for n in range(60)])
    keys = [f"s{n:03d}" for n in range(50)]
    result = specimens.delete_many([*keys, "nothing", keys[0]])
    assert sorted(key["code"] for key in result.written) == sorted([*keys, "nothing"])
    assert result.failed == []
    assert specimens.count("all") == 10


def test_delete_many_keeps_what_is_referred_to(library: Backend) -> None:
    lent(library, books=3)
    library.of("LOAN").create(loan(n_book=2))
    result = library.of("BOOK").delete_many([book_id(n) for n in (1, 2, 3)])
    assert sorted(key["id"] for key in result.written) == [book_id(1), book_id(3)]
    ((key, error),) = result.failed
    assert key == {"id": book_id(2)}
    assert type(error).__name__ == "Referenced"
    assert library.of("BOOK").get(book_id(2)) is not None


def test_delete_many_frees_unique_values(library: Backend) -> None:
    members = library.of("MEMBER")
    members.put_many([member(n, card=n) for n in range(1, 31)])
    members.delete_many([member_id(n) for n in range(1, 31)])
    assert members.put_many([member(n, card=n - 40) for n in range(41, 71)]).failed == []
