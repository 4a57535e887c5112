"""Access patterns page by page, and cursors that are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crossfade.dal import F, Page, at_least, between
from crossfade.dal.errors import InvalidCursor
from tests.conformance.backend import START, Backend
from tests.conformance.samples import (
    DAY,
    NEW_YEAR,
    book,
    member_id,
    shelved,
    specimen,
    titles,
    visit,
)


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
