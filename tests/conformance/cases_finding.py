"""Access patterns: what they find, in which order, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import F, Page, Range, at_least, at_most, between, prefix
from crossfade.dal.errors import InvalidCursor, InvalidPattern, InvalidValue
from tests.conformance.backend import START, Backend
from tests.conformance.samples import (
    Shop,
    book,
    book_id,
    branch,
    describe,
    lent,
    loan,
    member,
    member_id,
    product,
    specimen,
    user,
    visit,
)

DAY = timedelta(days=1)
NEW_YEAR = datetime(2035, 1, 1, tzinfo=UTC)


def pages(backend: Backend, entity: str, pattern: str, limit: int, **args: Any) -> list[list[Any]]:
    """Every page of a pattern, walked to its end."""
    found: list[list[Any]] = []
    cursor: str | None = None
    while True:
        page: Page[Any] = backend.of(entity).find(pattern, limit=limit, cursor=cursor, **args)
        found.append(page.items)
        assert len(page.items) <= limit
        assert page.items or page.cursor is None
        cursor = page.cursor
        if cursor is None:
            return found


def titles(items: list[Any]) -> list[str]:
    """The titles of books."""
    return [item["title"] for item in items]


def shelved(backend: Backend, *names: str, **fields: Any) -> list[Any]:
    """Create a book per title on shelf A; their ids rise in the order given."""
    return [backend.of("BOOK").create(book(n, title=name, **fields)) for n, name in enumerate(names, 1)]


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


# ----------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 100])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_hold_everything_once(library: Backend, limit: int, order: str) -> None:
    names = ["c", "a", "b", "b", "b", "a", "c"]
    shelved(library, *names)
    whole = library.of("BOOK").find("by_shelf", shelf="A", order=order).items
    found = pages(library, "BOOK", "by_shelf", limit, shelf="A", order=order)
    assert [item for page in found for item in page] == whole
    assert len(whole) == 7
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert found[-1]


def test_the_last_page_has_no_cursor(library: Backend) -> None:
    shelved(library, "a", "b")
    assert library.of("BOOK").find("by_shelf", shelf="A", limit=2).cursor is None
    first = library.of("BOOK").find("by_shelf", shelf="A", limit=1)
    assert first.cursor is not None
    assert library.of("BOOK").find("by_shelf", shelf="A", limit=1, cursor=first.cursor).cursor is None


def test_a_page_has_a_hundred_entities_unless_told_otherwise(library: Backend) -> None:
    library.of("SPECIMEN").put_many([specimen(f"s{n:03d}") for n in range(105)])
    first = library.of("SPECIMEN").find("all")
    assert len(first.items) == 100
    rest = library.of("SPECIMEN").find("all", cursor=first.cursor)
    assert ([s["code"] for s in rest.items], rest.cursor) == ([f"s{n:03d}" for n in range(100, 105)], None)


def test_limit_counts_what_the_filters_leave(library: Backend) -> None:
    for n in range(1, 31):
        library.of("BOOK").create(book(n, title=f"{n:02d}", copies=n % 3))
    page = library.of("BOOK").find("by_shelf", shelf="A", limit=4, copies=0)
    assert titles(page.items) == ["03", "06", "09", "12"]
    page = library.of("BOOK").find("by_shelf", shelf="A", limit=4, copies=0, cursor=page.cursor)
    assert titles(page.items) == ["15", "18", "21", "24"]
    page = library.of("BOOK").find("by_shelf", shelf="A", limit=4, copies=0, cursor=page.cursor)
    assert (titles(page.items), page.cursor) == (["27", "30"], None)


def test_a_cursor_survives_changes_behind_and_before_it(library: Backend) -> None:
    made = shelved(library, "a", "b", "c", "d")
    page = library.of("BOOK").find("by_shelf", shelf="A", limit=2)
    library.of("BOOK").delete(made[1]["id"])
    library.of("BOOK").create(book(50, title="bb"))
    library.of("BOOK").create(book(51, title="aa"))
    rest = library.of("BOOK").find("by_shelf", shelf="A", limit=9, cursor=page.cursor)
    assert titles(rest.items) == ["bb", "c", "d"]


def test_pages_over_partitions_of_years(library: Backend) -> None:
    for n in range(-5, 6):
        library.of("VISIT").create(visit(NEW_YEAR + n * DAY))
    args = {"member_id": member_id(1), "start": between(NEW_YEAR - 9 * DAY, NEW_YEAR + 9 * DAY)}
    whole = library.of("VISIT").find("agenda", **args).items
    assert [v["start"] for v in whole] == [NEW_YEAR + n * DAY for n in range(-5, 6)]
    for limit in (1, 3, 5, 6, 11):
        assert [v for page in pages(library, "VISIT", "agenda", limit, **args) for v in page] == whole
        back = pages(library, "VISIT", "agenda", limit, order="desc", **args)
        assert [v for page in back for v in page] == whole[::-1]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_through_ties_that_the_index_does_not_order(library: Backend, limit: int) -> None:
    """The sort key holds the minute alone; the order within it is by seconds, then by id."""
    starts = [START + timedelta(seconds=s) for s in (30, 1, 59, 1, 1, 80, 2)]
    made = [library.of("VISIT").create(visit(start, room="red")) for start in starts]
    expected = sorted(made, key=lambda v: (v["start"], v["id"]))
    found = pages(library, "VISIT", "of_room", limit, room="red")
    assert [v for page in found for v in page] == expected
    found = pages(library, "VISIT", "of_room", limit, room="red", order="desc")
    assert [v for page in found for v in page] == expected[::-1]


def test_pages_of_a_scan(library: Backend) -> None:
    library.of("SPECIMEN").put_many([specimen(f"s{n:03d}", whole=n) for n in range(23)])
    found = pages(library, "SPECIMEN", "all", 5)
    assert [s["whole"] for page in found for s in page] == list(range(23))


# ------------------------------------------------------------------------------------- cursors refused


def test_a_cursor_of_another_query(library: Backend) -> None:
    shelved(library, "a", "b", "c")
    cursor = library.of("BOOK").find("by_shelf", shelf="A", limit=1).cursor
    books = library.of("BOOK")
    others: list[dict[str, Any]] = [
        {"shelf": "B"},
        {"shelf": "A", "order": "desc"},
        {"shelf": "A", "title": at_least("a")},
        {"shelf": "A", "copies": 5},
        {"shelf": "A", "where": F("copies") == 5},
    ]
    for other in others:
        with pytest.raises(InvalidCursor):
            books.find("by_shelf", cursor=cursor, **other)
    with pytest.raises(InvalidCursor):
        books.find("all", cursor=cursor)


@pytest.mark.parametrize("cursor", ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAA"])
def test_what_is_no_cursor(library: Backend, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        library.of("BOOK").find("by_shelf", shelf="A", cursor=cursor)


def test_a_cursor_that_was_altered(library: Backend) -> None:
    shelved(library, "a", "b", "c")
    cursor = library.of("BOOK").find("by_shelf", shelf="A", limit=1).cursor
    assert cursor is not None
    for place in (0, len(cursor) // 2, len(cursor) - 1):
        altered = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(InvalidCursor):
            library.of("BOOK").find("by_shelf", shelf="A", limit=1, cursor=altered)


# ---------------------------------------------------------------------------------------------- ranges


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("b", ["b"]),
        (between("b", "c"), ["b", "ba", "c"]),
        (Range(gt="b", le="c"), ["ba", "c"]),
        (Range(ge="b", lt="c"), ["b", "ba"]),
        (Range(gt="b", lt="c"), ["ba"]),
        (at_least("ba"), ["ba", "c", "ca"]),
        (at_most("b"), [" ", "a", "b"]),
        (Range(gt="ca"), []),
        (Range(lt="a"), [" "]),
        (between("c", "b"), []),
        (prefix("c"), ["c", "ca"]),
        (prefix(""), [" ", "a", "b", "ba", "c", "ca"]),
        (prefix("cb"), []),
        (Range(), [" ", "a", "b", "ba", "c", "ca"]),
        (None, [" ", "a", "b", "ba", "c", "ca"]),
    ],
    ids=describe,
)
def test_ranges_of_text(library: Backend, asked: Any, expected: list[str]) -> None:
    shelved(library, " ", "a", "b", "ba", "c", "ca")
    assert titles(library.of("BOOK").find("by_shelf", shelf="A", title=asked).items) == expected
    assert library.of("BOOK").count("by_shelf", shelf="A", title=asked) == len(expected)
    back = library.of("BOOK").find("by_shelf", shelf="A", title=asked, order="desc").items
    assert titles(back) == expected[::-1]


def test_a_prefix_is_no_pattern_of_its_own(library: Backend) -> None:
    shelved(library, "a%b", "a_b", "a\\b", "axb", "A%b")
    for start, expected in (("a%", ["a%b"]), ("a_", ["a_b"]), ("a\\", ["a\\b"])):
        assert titles(library.of("BOOK").find("by_shelf", shelf="A", title=prefix(start)).items) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (between(START, START + DAY), [0, 1]),
        (Range(gt=START), [1, 2]),
        (Range(ge=START + timedelta(milliseconds=1)), [1, 2]),
        (Range(lt=START), []),
        (START + DAY, [1]),
    ],
    ids=["between", "gt", "ge", "lt", "equal"],
)
def test_ranges_of_time(library: Backend, asked: Any, expected: list[int]) -> None:
    lent(library)
    library.of("BRANCH").create(branch())
    for n in range(3):
        library.of("LOAN").create(loan(copy=n, due=START + n * DAY, branch_code="b1"))
    assert [v["copy"] for v in library.of("LOAN").find("by_branch", branch_code="b1", due=asked).items] == expected
    found = library.of("LOAN").find("by_state", state="out", due=asked, order="asc").items
    assert [v["copy"] for v in found] == expected


def test_ranges_over_partitions_of_years(library: Backend) -> None:
    for n in range(-3, 4):
        library.of("VISIT").create(visit(NEW_YEAR + n * DAY))
        library.of("VISIT").create(visit(NEW_YEAR + n * DAY, member_id=member_id(2)))
    agenda: list[tuple[Range, list[int]]] = [
        (Range(ge=NEW_YEAR - DAY, lt=NEW_YEAR + DAY), [-1, 0]),
        (Range(gt=NEW_YEAR - DAY, le=NEW_YEAR + DAY), [0, 1]),
        (between(NEW_YEAR, NEW_YEAR), [0]),
        (between(NEW_YEAR - 400 * DAY, NEW_YEAR + 400 * DAY), [-3, -2, -1, 0, 1, 2, 3]),
        (between(NEW_YEAR + DAY, NEW_YEAR), []),
    ]
    for asked, expected in agenda:
        found = library.of("VISIT").find("agenda", member_id=member_id(1), start=asked).items
        assert [v["start"] for v in found] == [NEW_YEAR + n * DAY for n in expected]
        assert library.of("VISIT").count("agenda", member_id=member_id(1), start=asked) == len(expected)


@pytest.mark.parametrize("asked", [None, at_least(NEW_YEAR), at_most(NEW_YEAR), Range()])
def test_partitions_that_are_made_of_the_range_want_both_its_ends(library: Backend, asked: Any) -> None:
    with pytest.raises(InvalidPattern, match="both ends"):
        library.of("VISIT").find("agenda", member_id=member_id(1), start=asked)


def test_a_range_over_too_many_partitions_is_refused(library: Backend) -> None:
    ages = between(datetime(1001, 1, 1, tzinfo=UTC), datetime(9001, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidPattern, match="partitions"):
        library.of("VISIT").find("agenda", member_id=member_id(1), start=ages)


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


def test_a_pattern_by_a_value_that_ignores_case(library: Backend) -> None:
    created = library.of("MEMBER").create(member(email="Ann@Example.com"))
    for email in ("Ann@Example.com", "ann@example.com", "ANN@EXAMPLE.COM"):
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


# --------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("entity", "pattern", "args"),
    [
        ("BOOK", "nothing", {}),
        ("BOOK", "by_shelf", {}),
        ("BOOK", "by_shelf", {"shelf": "A", "id": "x"}),
        ("BOOK", "by_shelf", {"shelf": "A", "nmae": "x"}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": 0}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": -1}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": True}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": "5"}),
        ("BOOK", "by_shelf", {"shelf": "A", "order": "up"}),
        ("MEMBER", "by_card", {"card": None}),
        ("BOOK", "all", {"shelf": "A"}),
    ],
)
def test_calls_that_do_not_fit_their_pattern(library: Backend, entity: str, pattern: str, args: dict[str, Any]) -> None:
    with pytest.raises(InvalidPattern):
        library.of(entity).find(pattern, **args)


@pytest.mark.parametrize(
    ("entity", "pattern", "args", "field"),
    [
        ("BOOK", "by_shelf", {"shelf": 5}, "shelf"),
        ("BOOK", "by_shelf", {"shelf": "A", "title": 5}, "title"),
        ("BOOK", "by_shelf", {"shelf": "A", "title": between("a", 5)}, "title"),
        ("BOOK", "by_shelf", {"shelf": "A", "price": 1.5}, "price"),
        ("BOOK", "by_shelf", {"shelf": "A", "price": prefix("1")}, "price"),
        ("BOOK", "by_shelf", {"shelf": "A", "where": F("nmae") == 1}, "nmae"),
        ("BOOK", "by_shelf", {"shelf": "A", "where": F("copies") == "1"}, "copies"),
        ("LOAN", "by_branch", {"branch_code": "b1", "due": prefix("2034")}, "due"),
        ("LOAN", "by_state", {"state": "gone"}, "state"),
    ],
)
def test_arguments_that_their_field_cannot_hold(
    library: Backend, entity: str, pattern: str, args: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of(entity).find(pattern, **args)
    assert caught.value.field == field


def test_a_page_says_whether_it_may_lag(library: Backend) -> None:
    """Whatever the store, a page never claims more than DynamoDB's plan of the pattern gives."""
    lent(library)
    assert library.of("LOAN").find("for_member", member_id=member_id(1)).consistent
    lagging = library.of("LOAN").find("by_state", state="out").consistent
    assert lagging is (library.kind not in {"dynamodb", "moto"})
