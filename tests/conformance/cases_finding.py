"""Access patterns: what they find, and in which order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import F, Range, at_least, at_most, between, prefix
from crossfade.dal.errors import InvalidPattern
from tests.conformance.backend import START, Backend
from tests.conformance.samples import (
    DAY,
    Shop,
    book,
    book_id,
    branch,
    lent,
    loan,
    member,
    member_id,
    product,
    shelved,
    specimen,
    titles,
    user,
    visit,
)

# ----------------------------------------------------------------------------------------------- order


def test_find_nothing(library: Backend) -> None:
    page = library.of("BOOK").find("by_shelf", shelf="A")
    assert (page.items, page.cursor) == ([], None)
    assert library.of("BOOK").count("by_shelf", shelf="A") == 0


def test_find_is_ordered_by_the_range_field(library: Backend) -> None:
    shelved(library, "Emma", "Ulysses", "Dune", "emma", "Émile", " ", "\U0001f9ff", "\uffee")
    library.of("BOOK").create(book(99, shelf="B", title="Another shelf"))
    found = titles(library.of("BOOK").find("by_shelf", shelf="A").items)
    assert found == [" ", "Dune", "Emma", "Ulysses", "emma", "Émile", "\uffee", "\U0001f9ff"]
    assert titles(library.of("BOOK").find("by_shelf", shelf="A", order="desc").items) == found[::-1]


def test_ties_are_ordered_by_key(library: Backend) -> None:
    for n in (3, 1, 4, 2):
        library.of("BOOK").create(book(n, title="Same"))
    ids = [item["id"] for item in library.of("BOOK").find("by_shelf", shelf="A").items]
    assert ids == [book_id(n) for n in (1, 2, 3, 4)]
    ids = [item["id"] for item in library.of("BOOK").find("by_shelf", shelf="A", order="desc").items]
    assert ids == [book_id(n) for n in (4, 3, 2, 1)]


def test_without_a_range_field_the_order_is_by_key(library: Backend) -> None:
    lent(library, books=3)
    for n_book, copy in ((2, 1), (1, 10), (3, 1), (1, 9)):
        library.of("LOAN").create(loan(n_book=n_book, copy=copy))
    found = [
        (item["book_id"], item["copy"]) for item in library.of("LOAN").find("for_member", member_id=member_id(1)).items
    ]
    assert found == [(book_id(1), 9), (book_id(1), 10), (book_id(2), 1), (book_id(3), 1)]
    of_one = library.of("LOAN").find("of_book", member_id=member_id(1), book_id=book_id(1)).items
    assert [item["copy"] for item in of_one] == [9, 10]


def test_numbers_are_ordered_as_numbers(shop: Backend) -> None:
    world = Shop(shop)
    made = [world.products.create(product(world.seller["id"], world.category["id"], n)) for n in range(2, 14)]
    found = [p["id"] for p in world.products.find("by_category", category_id=world.category["id"], order="asc").items]
    assert found == [world.product["id"], *(p["id"] for p in made)]


def test_the_pattern_s_own_direction(shop: Backend) -> None:
    world = Shop(shop)
    ids = []
    for _ in range(3):
        shop.clock.advance(seconds=1)
        ids.append(world.order()["id"])
    found = [o["id"] for o in world.orders.find("for_user", user_id=world.buyer["id"]).items]
    assert found == ids[::-1]
    found = [o["id"] for o in world.orders.find("for_user", user_id=world.buyer["id"], order="asc").items]
    assert found == ids


def test_a_scan_is_ordered_too(library: Backend) -> None:
    for code in ("b", "a", "C", "aa"):
        library.of("SPECIMEN").create(specimen(code))
    assert [s["code"] for s in library.of("SPECIMEN").find("all").items] == ["C", "a", "aa", "b"]
    assert [s["code"] for s in library.of("SPECIMEN").find("all", order="desc").items] == ["b", "aa", "a", "C"]


def test_a_scan_with_a_range_field(library: Backend) -> None:
    for n, price in enumerate((Decimal("10.5"), Decimal("9"), None, Decimal("100"), Decimal("9")), 1):
        library.of("BOOK").create(book(n, price=price))
    found = [item["id"] for item in library.of("BOOK").find("by_price").items]
    assert found == [book_id(n) for n in (2, 5, 1, 4)]
    found = [item["id"] for item in library.of("BOOK").find("by_price", price=between(Decimal(9), Decimal(11))).items]
    assert found == [book_id(n) for n in (2, 5, 1)]


# --------------------------------------------------------------------------------------------- filters


def test_filters(library: Backend) -> None:
    library.of("LANGUAGE").create({"code": "en", "name": "English"})
    for n in range(1, 7):
        price = None if n == 6 else Decimal(n)
        library.of("BOOK").create(
            book(n, title=f"{n}", copies=n % 2, price=price, language_code="en" if n < 4 else None)
        )
    found: list[tuple[dict[str, Any], list[str]]] = [
        ({"copies": 1}, ["1", "3", "5"]),
        ({"copies": 1, "language_code": "en"}, ["1", "3"]),
        ({"price": between(2, 4)}, ["2", "3", "4"]),
        ({"price": Range(gt=2, lt=4)}, ["3"]),
        ({"price": at_least(Decimal("4.5")), "copies": 1}, ["5"]),
        ({"price": Range()}, ["1", "2", "3", "4", "5"]),
        ({"language_code": prefix("e")}, ["1", "2", "3"]),
        ({"copies": None, "language_code": None}, ["1", "2", "3", "4", "5", "6"]),
        ({"copies": 7}, []),
        ({"title": at_most("4"), "copies": 0, "where": F("language_code") == "en"}, ["2"]),
    ]
    for args, expected in found:
        assert titles(library.of("BOOK").find("by_shelf", shelf="A", **args).items) == expected, args
        assert library.of("BOOK").count("by_shelf", shelf="A", **args) == len(expected), args


def test_a_condition_on_a_derived_field(library: Backend) -> None:
    lent(library, members=2)
    library.of("LOAN").create(loan(1))
    library.of("LOAN").create(loan(2))
    found = library.of("LOAN").find("by_state", state="out", where=F("member_name") == "Member 2").items
    assert [item["member_id"] for item in found] == [member_id(2)]


# ------------------------------------------------------------------------------------- sparse and keyed


def test_an_index_that_is_sparse_by_a_null(library: Backend) -> None:
    for n in range(4):
        library.of("VISIT").create(visit(START + n * DAY, room="red" if n % 2 else None))
    assert len(library.of("VISIT").find("of_room", room="red").items) == 2
    with pytest.raises(InvalidPattern):
        library.of("VISIT").find("of_room", room=None)


def test_an_index_that_is_sparse_by_a_flag(library: Backend) -> None:
    for n in range(1, 5):
        library.of("MEMBER").create(member(n, staff=n % 2 == 0, name=f"{9 - n}"))
    assert [m["name"] for m in library.of("MEMBER").find("staff").items] == ["5", "7"]
    assert library.of("MEMBER").count("staff") == 2


def test_a_null_that_has_a_text_of_its_own(library: Backend) -> None:
    branches = library.of("BRANCH")
    branches.create(branch("TOP"))
    branches.create(branch("b1"))
    branches.create(branch("b2", parent_code="b1"))
    branches.create(branch("b3", parent_code="TOP"))
    found = {
        parent: [b["code"] for b in branches.find("children", parent_code=parent).items]
        for parent in (None, "b1", "TOP", "b9")
    }
    assert found == {None: ["TOP", "b1"], "b1": ["b2"], "TOP": ["b3"], "b9": []}


def test_nothing_without_a_sort_value_is_in_a_sorted_pattern(library: Backend) -> None:
    for code, day in (("a", START.date()), ("b", None), ("c", (START - DAY).date())):
        library.of("SPECIMEN").create(specimen(code, day=day))
    assert [s["code"] for s in library.of("SPECIMEN").find("by_day").items] == ["c", "a"]
    assert library.of("SPECIMEN").count("by_day") == 2


def test_a_pattern_by_a_unique_value(library: Backend) -> None:
    created = library.of("MEMBER").create(member(card=2**32 - 1))
    assert library.of("MEMBER").find("by_card", card=2**32 - 1).items == [created]
    assert library.of("MEMBER").find("by_card", card=1).items == []
    assert library.of("MEMBER").count("by_card", card=2**32 - 1) == 1


def test_a_pattern_by_a_value_that_ignores_case_and_accents(library: Backend) -> None:
    created = library.of("MEMBER").create(member(email="Ann@Example.com"))
    for email in ("Ann@Example.com", "ann@example.com", "ANN@EXAMPLE.COM", "Ánn@example.com"):
        assert library.of("MEMBER").find("by_email", email=email).items == [created]
    assert created["email"] == "Ann@Example.com"


def test_a_pattern_by_bytes(library: Backend) -> None:
    created = library.of("SPECIMEN").create(specimen(raw=b"\0\xff"))
    library.of("SPECIMEN").create(specimen("s2"))
    assert library.of("SPECIMEN").find("by_raw", raw=b"\0\xff").items == [created]
    assert library.of("SPECIMEN").find("by_raw", raw=b"\0").items == []


def test_a_pattern_by_an_enum_that_scans(library: Backend) -> None:
    for n, kind in enumerate(("leaf", "bark", "leaf", None)):
        library.of("SPECIMEN").create(specimen(f"s{n}", kind=kind))
    assert [s["code"] for s in library.of("SPECIMEN").find("of_kind", kind="leaf").items] == ["s0", "s2"]


def test_a_pattern_by_an_index_that_holds_keys_only(library: Backend) -> None:
    lent(library, members=3)
    made = [library.of("LOAN").create(loan(n, note=f"note {n}")) for n in (2, 3, 1)]
    found = library.of("LOAN").find("of_copies", book_id=book_id(1)).items
    assert found == sorted(made, key=lambda item: item["member_id"])


def test_a_pattern_by_an_index_that_includes_some(library: Backend) -> None:
    library.of("LANGUAGE").create({"code": "en", "name": "English"})
    made = [library.of("BOOK").create(book(n, language_code="en", remarks=[n])) for n in (1, 2)]
    assert library.of("BOOK").find("by_language", language_code="en").items == made


def test_patterns_of_the_shop(shop: Backend) -> None:
    users = shop.of("USER")
    ann = users.create(user(1, super_admin=True))
    bob = users.create(user(2, super_admin=True))
    users.create(user(3))
    assert users.find("by_username", username="user1").items == [ann]
    assert users.find("by_id", id=bob["id"]).items == [bob]
    assert users.find("by_email", email="nobody@example.com").items == []
    assert users.find("super_admins").items == [ann, bob]
    assert users.find("super_admins", username=Range(gt="user1")).items == [bob]


def test_a_page_says_whether_it_may_lag(library: Backend) -> None:
    """Whatever the store, a page never claims more than DynamoDB's plan of the pattern gives."""
    lent(library)
    assert library.of("LOAN").find("for_member", member_id=member_id(1)).consistent
    lagging = library.of("LOAN").find("by_state", state="out").consistent
    assert lagging is (library.store.name != "dynamodb")
