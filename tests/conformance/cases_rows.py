"""Owned rows: written, read and ordered with the entity they belong to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import Append, Set
from crossfade.dal.errors import InvalidValue
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, book, book_id, chapter


def titles(entity: dict[str, Any]) -> list[str]:
    """The titles of a book's chapters."""
    return [c["title"] for c in entity["chapters"]]


def test_rows_keep_their_order(library: Backend) -> None:
    names = ["Z", "A", "M", "A", "B"]
    created = library.of("BOOK").create(book(chapters=[chapter(n) for n in names]))
    assert titles(created) == names
    assert titles(library.of("BOOK").get(book_id(1))) == names
    assert titles(library.of("BOOK").find("by_shelf", shelf="A").items[0]) == names


def test_no_rows_are_an_empty_list(library: Backend) -> None:
    assert library.of("BOOK").create(book())["chapters"] == []
    assert library.of("BOOK").create(book(2, chapters=[]))["chapters"] == []
    assert library.of("BOOK").get(book_id(1))["chapters"] == []


def test_rows_are_replaced_as_a_whole(library: Backend) -> None:
    books = library.of("BOOK")
    books.create(book(chapters=[chapter("A"), chapter("B"), chapter("C")]))
    assert titles(books.update(book_id(1), {"chapters": [chapter("C"), chapter("A")]})) == ["C", "A"]
    assert titles(books.update(book_id(1), {"chapters": Append(chapter("D"))})) == ["C", "A", "D"]
    assert titles(books.put(book(chapters=[chapter("E")]))) == ["E"]
    assert titles(books.get(book_id(1))) == ["E"]
    assert titles(books.put(book())) == []


def test_equal_rows_are_all_kept(library: Backend) -> None:
    created = library.of("BOOK").create(book(chapters=[chapter("A")] * 3))
    assert titles(created) == ["A", "A", "A"]


def test_other_changes_leave_the_rows(library: Backend) -> None:
    books = library.of("BOOK")
    books.create(book(chapters=[chapter("A", pages=1), chapter("B")]))
    assert books.update(book_id(1), {"copies": 9})["chapters"] == [chapter("A", pages=1), chapter("B")]


def test_rows_of_one_entity_are_not_another_s(library: Backend) -> None:
    books = library.of("BOOK")
    for n in (1, 2, 3):
        books.create(book(n, chapters=[chapter(f"{n}.{m}") for m in range(n)]))
    found = books.find("by_shelf", shelf="A").items
    assert [titles(b) for b in found] == [["1.0"], ["2.0", "2.1"], ["3.0", "3.1", "3.2"]]
    assert [titles(b) for b in books.get_many([book_id(3), book_id(1)]).values()] == [
        ["3.0", "3.1", "3.2"],
        ["1.0"],
    ]


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([{"title": "A", "pages": "many"}], "chapters[0].pages"),
        ([{"title": "A", "price": Decimal(10_000)}], "chapters[0].price"),
        ([{"title": "A", "free": True}, {"title": "B"}], "chapters[1].free"),
        ([{"title": None, "free": True}], "chapters[0].title"),
        ([{"nmae": "A"}], "chapters"),
        (["A"], "chapters"),
        ({"title": "A"}, "chapters"),
    ],
)
def test_rows_that_do_not_fit(library: Backend, rows: Any, field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of("BOOK").create(book(chapters=rows))
    assert caught.value.field == field
    assert library.of("BOOK").get(book_id(1)) is None


@pytest.mark.parametrize("row", [{"title": "B"}, {"title": "B", "free": None}, {"free": True}])
def test_no_row_lacks_what_it_must_have(library: Backend, row: dict[str, Any]) -> None:
    books, lacking = library.of("BOOK"), "title" if "title" not in row else "free"
    before = books.create(book(chapters=[chapter("A")]))
    refused: tuple[tuple[int, Callable[[], object]], ...] = (
        (0, lambda: books.create(book(2, chapters=[row]))),
        (1, lambda: books.put(book(chapters=[chapter("A"), row]))),
        (1, lambda: books.put_many([book(chapters=[chapter("A"), row])])),
        (0, lambda: books.update(book_id(1), {"chapters": Append(row)})),
        (2, lambda: books.update(book_id(1), {"chapters": Set([chapter("A"), chapter("C"), row])})),
    )
    for number, write in refused:
        with pytest.raises(InvalidValue) as caught:
            write()
        assert caught.value.field == f"chapters[{number}].{lacking}"
        assert caught.value.reason == "wants a value, and has none"
        assert caught.value.entity == "BOOK"
    assert books.get(book_id(1)) == before
    assert books.get(book_id(2)) is None


def test_many_rows(library: Backend) -> None:
    rows = [chapter(f"{n:03d}", pages=n) for n in range(150)]
    created = library.of("BOOK").create(book(chapters=rows))
    assert created["chapters"] == rows
    assert (created["chapter_count"], created["page_total"]) == (150, 11_175)


def test_an_order_is_read_with_its_items(shop: Backend) -> None:
    world = Shop(shop)
    line = {"product_id": world.product["id"], "quantity": 2, "price_at_time": Decimal("9.99")}
    order = world.order(items=[line, {**line, "quantity": 3}])
    expected = [line, {**line, "quantity": 3}]
    assert order["items"] == expected
    assert world.orders.get(order["id"])["items"] == expected
    assert world.orders.find("for_user", user_id=world.buyer["id"]).items[0]["items"] == expected
    assert world.orders.find("by_id", id=order["id"]).items[0]["items"] == expected
    assert world.orders.find("by_status", status="pending").items[0]["items"] == expected


def test_an_item_keeps_the_price_that_was_paid(shop: Backend) -> None:
    world = Shop(shop)
    order = world.order()
    world.products.update(world.product["id"], {"price": Decimal(99)})
    assert world.orders.get(order["id"])["items"][0]["price_at_time"] == Decimal("9.99")
