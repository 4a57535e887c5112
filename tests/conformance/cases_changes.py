"""Every kind of change that `update` makes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import Add, Append, Difference, F, Remove, Set, Union
from crossfade.dal.errors import ConditionFailed, InvalidValue
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, book, branch, chapter, lent, loan, member, member_id, specimen

BIG = Decimal("1234567890123456789012345678.0123456789")


@pytest.mark.parametrize(
    ("field", "old", "change", "new"),
    [
        ("whole", 5, 6, 6),
        ("whole", 5, Set(6), 6),
        ("name", "a", None, None),
        ("name", "a", Remove(), None),
        ("name", None, Remove(), None),
        ("name", None, "", ""),
        ("whole", 5, Add(3), 8),
        ("whole", 5, Add(-8), -3),
        ("whole", 5, Add(0), 5),
        ("tiny", None, Add(3), 3),
        ("tiny", None, Add(-3), -3),
        ("tiny", 100, Add(27), 127),
        ("huge", 2**64 - 2, Add(1), 2**64 - 1),
        ("big", -(2**63) + 1, Add(-1), -(2**63)),
        ("amount", Decimal("10.50"), Add(Decimal("0.25")), Decimal("10.75")),
        ("amount", Decimal("10.50"), Add(1), Decimal("11.50")),
        ("amount", Decimal("10.50"), Add(Decimal("0.005")), Decimal("10.51")),
        ("amount", None, Add(Decimal("-0.5")), Decimal("-0.50")),
        ("exact_", BIG, Add(Decimal("0.0000000001")), Decimal("1234567890123456789012345678.0123456790")),
        ("debt", Decimal("3.00"), Add(Decimal("-3.00")), Decimal("0.00")),
        ("ratio", 0.1, Add(0.2), 0.1 + 0.2),
        ("ratio", None, Add(0.5), 0.5),
        ("single", 0.5, Add(0.25), 0.75),
        ("tags", {"wet"}, {"dry"}, frozenset({"dry"})),
        ("tags", {"wet"}, Union("dry", "wet"), frozenset({"wet", "dry"})),
        ("tags", set(), Union("dry"), frozenset({"dry"})),
        ("tags", {"wet"}, Union(), frozenset({"wet"})),
        ("tags", {"wet", "dry"}, Difference("wet", "rare"), frozenset({"dry"})),
        ("tags", {"wet"}, Difference("wet"), frozenset()),
        ("tags", {"wet"}, set(), frozenset()),
        ("marks", None, Union("x"), frozenset({"x"})),
        ("marks", {"x", "y"}, Difference("x"), frozenset({"y"})),
        ("marks", {"x"}, None, None),
        ("marks", {"x"}, Remove(), None),
        ("labels", {"wet"}, Union("", "é", "wet"), frozenset({"wet", "", "é"})),
        ("labels", {"wet"}, Difference("wet", "dry"), frozenset()),
        ("labels", set(), {"b", "a"}, frozenset({"a", "b"})),
        ("counts", None, Union(-5, 10, 9), frozenset({-5, 9, 10})),
        ("counts", {1, 2**63}, Difference(1, 3), frozenset({2**63})),
        ("counts", {1}, Remove(), None),
        ("doc", None, Append(1, {"a": None}), [1, {"a": None}]),
        ("doc", [1], Append("x"), [1, "x"]),
        ("doc", [1], Append([2]), [1, [2]]),
        ("doc", [], Append(), []),
        ("doc", {"a": 1}, {"b": [1.5]}, {"b": [1.5]}),
        ("notes", [1], Append(2), [1, 2]),
        ("flag", True, False, False),
        ("kind", "leaf", "bark", "bark"),
        ("kind", "leaf", Remove(), None),
    ],
)
def test_change(library: Backend, field: str, old: Any, change: Any, new: Any) -> None:
    specimens = library.of("SPECIMEN")
    before = specimens.create(specimen(**{field: old}))
    after = specimens.update("s1", {field: change})
    assert after == {**before, field: new, "version": 2}
    assert type(after[field]) is type(new)
    assert str(after[field]) == str(new) or isinstance(new, frozenset)
    assert specimens.get("s1") == after


@pytest.mark.parametrize(
    ("field", "old", "change"),
    [
        ("tiny", 127, Add(1)),
        ("tiny", -128, Add(-1)),
        ("tiny", None, Add(128)),
        ("small", 0, Add(-1)),
        ("small", None, Add(-1)),
        ("huge", 2**64 - 1, Add(1)),
        ("big", 2**63 - 1, Add(2**64)),
        ("amount", Decimal("99999999.99"), Add(Decimal("0.01"))),
        ("debt", Decimal("1.00"), Add(Decimal("-1.01"))),
        ("ratio", 9e125, Add(9e125)),
        ("marks", {"x"}, Difference("x", "y")),
        ("counts", {1}, Difference(1)),
        ("doc", {"a": 1}, Append(1)),
        ("doc", "text", Append(1)),
        ("doc", 0, Append(1)),
        ("notes", {"a": 1}, Append(1)),
    ],
)
def test_a_result_that_does_not_fit_changes_nothing(library: Backend, field: str, old: Any, change: Any) -> None:
    specimens = library.of("SPECIMEN")
    before = specimens.create(specimen(**{field: old}))
    with pytest.raises(InvalidValue) as caught:
        specimens.update("s1", {field: change, "body": "changed"})
    assert caught.value.field == field
    assert specimens.get("s1") == before


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", Add(1)),
        ("whole", Append(1)),
        ("name", Append("x")),
        ("whole", Union("x")),
        ("tags", Union("q")),
        ("tags", Difference("q")),
        ("whole", Add(1.5)),
        ("amount", Add(0.5)),
        ("tags", Remove()),
        ("whole", Remove()),
        ("marks", set()),
        ("labels", Union(1)),
        ("counts", Union("1")),
        ("counts", set()),
        ("debt", Add(Decimal("NaN"))),
        ("debt", Add(Decimal("sNaN"))),
        ("debt", Add(Decimal("-Infinity"))),
        ("debt", Add(date(2024, 1, 1))),  # type: ignore[arg-type]  # refused at run time, too
        ("debt", Add("1")),  # type: ignore[arg-type]  # as above
        ("debt", Add(-0.5)),
        ("debt", Add(Decimal(-100_000_000))),
        ("amount", Add(Decimal("NaN"))),
        ("amount", Add(date(2024, 1, 1))),  # type: ignore[arg-type]  # as above
        ("tags", Union(["wet"])),
        ("tags", Difference({"wet": 1})),
        ("labels", Union("x", {"wet"})),
        ("labels", Difference(bytearray(b"wet"))),
        ("counts", Union([1])),
        ("counts", Difference(1, bytearray(b"1"))),
        ("name", Union(["x"])),
    ],
)
def test_a_change_that_the_type_has_not(library: Backend, field: str, change: Any) -> None:
    before = library.of("SPECIMEN").create(specimen())
    with pytest.raises(InvalidValue) as caught:
        library.of("SPECIMEN").update("s1", {field: change})
    assert (caught.value.field, caught.value.entity) == (field, "SPECIMEN")
    assert caught.value.reason
    assert library.of("SPECIMEN").get("s1") == before


def test_several_changes_at_once(library: Backend) -> None:
    specimens = library.of("SPECIMEN")
    specimens.create(specimen(whole=1, tags={"wet"}, doc=[1], name="old", amount=Decimal(1)))
    after = specimens.update(
        "s1",
        {
            "whole": Add(2),
            "tags": Union("dry"),
            "doc": Append(2),
            "name": Remove(),
            "amount": Add(Decimal("0.5")),
            "body": "text",
            "flag": True,
        },
        where=(F("whole") == 1) & F("tags").contains("wet"),
        version=1,
    )
    assert (after["whole"], after["tags"], after["doc"]) == (3, frozenset({"wet", "dry"}), [1, 2])
    assert (after["name"], after["amount"], after["body"], after["flag"]) == (None, Decimal("1.50"), "text", True)
    assert specimens.get("s1") == after


def test_additions_add_up(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen(amount=Decimal("0.10")))
    for _ in range(10):
        library.of("SPECIMEN").update("s1", {"amount": Add(Decimal("0.10"))})
    assert str(library.of("SPECIMEN").get("s1")["amount"]) == "1.10"


def test_stock_is_reduced_only_if_there_is_enough(library: Backend) -> None:
    key = library.of("BOOK").create(book(copies=5))["id"]
    assert library.of("BOOK").update(key, {"copies": Add(-3)}, where=F("copies") >= 3)["copies"] == 2
    with pytest.raises(ConditionFailed):
        library.of("BOOK").update(key, {"copies": Add(-3)}, where=F("copies") >= 3)
    assert library.of("BOOK").get(key)["copies"] == 2


def test_append_owned_rows(library: Backend) -> None:
    books = library.of("BOOK")
    key = books.create(book(chapters=[chapter("One", pages=3)]))["id"]
    after = books.update(key, {"chapters": Append(chapter("Two", pages=4), {"title": "Three", "free": True})})
    assert [c["title"] for c in after["chapters"]] == ["One", "Two", "Three"]
    assert after["chapters"][2] == chapter("Three", free=True)
    assert (after["chapter_count"], after["page_total"], after["longest"]) == (3, 7, 4)
    assert books.get(key) == after


def test_append_owned_rows_to_an_empty_list(shop: Backend) -> None:
    world = Shop(shop)
    order = world.order(items=[])
    line = {"product_id": world.product["id"], "quantity": 2, "price_at_time": Decimal("1.5")}
    after = world.orders.update(order["id"], {"items": Append(line)})
    assert after["items"] == [{**line, "price_at_time": Decimal("1.50")}]
    assert world.products.get(world.product["id"])["times_ordered"] == 1


def test_append_refuses_a_row_that_does_not_fit(library: Backend) -> None:
    created = library.of("BOOK").create(book())
    with pytest.raises(InvalidValue) as caught:
        library.of("BOOK").update(created["id"], {"chapters": Append({"title": "One", "pages": -1})})
    assert caught.value.field == "chapters[0].pages"
    assert library.of("BOOK").get(created["id"]) == created


def test_changes_inside_an_envelope(library: Backend) -> None:
    """The fields of a branch are stored inside one map."""
    branches = library.of("BRANCH")
    branches.create(branch(floors=2, hours=[1]))
    after = branches.update("b1", {"floors": Add(3), "hours": Append(2)}, where=F("floors") == 2)
    assert (after["floors"], after["hours"], after["version"]) == (5, [1, 2], 2)
    assert branches.update("b1", {"hours": Remove()})["hours"] is None
    assert branches.get("b1")["hours"] is None


def test_adding_to_a_field_that_aggregates_count(library: Backend) -> None:
    lent(library)
    key = {f: loan()[f] for f in ("member_id", "book_id", "copy")}
    library.of("LOAN").create(loan(fine=Decimal("1.50")))
    library.of("LOAN").update(key, {"fine": Add(Decimal("0.75"))})
    assert library.of("MEMBER").get(member_id(1))["fine_total"] == Decimal("2.25")


def test_a_given_version_and_creation_time_are_ignored(library: Backend) -> None:
    created = library.of("MEMBER").create(member())
    after = library.of("MEMBER").update(
        member_id(1), {"version": 9, "created_at": library.clock.advance(days=1), "points": 1}
    )
    assert (after["version"], after["created_at"]) == (2, created["created_at"])
