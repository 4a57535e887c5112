"""Many at once: nothing is lost, nothing is given twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

from crossfade.dal import Add, Append, F
from crossfade.dal.errors import (
    ConditionFailed,
    CrossfadeError,
    DuplicateKey,
    DuplicateUnique,
    MissingReference,
    Referenced,
    StoreError,
    VersionConflict,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, book, book_id, chapter, lent, loan, member, member_id, specimen, user, visit

THREADS = 64


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)`, `act(1)` ... gave, all begun together: the result, or the error.

    What is retryable is tried again: that is what the error asks for.
    """
    barrier = Barrier(count)

    def run(n: int) -> Any:
        barrier.wait()
        while True:
            try:
                return act(n)
            except CrossfadeError as error:
                if not error.retryable:
                    return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def kinds(outcomes: list[Any]) -> Counter[str]:
    """How often each kind of outcome came: the error's name, or `done`."""
    return Counter(type(o).__name__ if isinstance(o, StoreError) else "done" for o in outcomes)


def test_a_stock_of_50_is_sold_50_times(library: Backend) -> None:
    library.of("BOOK").create(book(copies=50))
    outcomes = at_once(
        THREADS, lambda n: library.of("BOOK").update(book_id(1), {"copies": Add(-1)}, where=F("copies") >= 1)
    )
    assert kinds(outcomes) == {"done": 50, ConditionFailed.__name__: 14}
    assert library.of("BOOK").get(book_id(1))["copies"] == 0
    left = sorted(o["copies"] for o in outcomes if isinstance(o, dict))
    assert left == list(range(50))


def test_an_email_is_registered_once(library: Backend) -> None:
    outcomes = at_once(THREADS, lambda n: library.of("MEMBER").create(member(n, email="same@example.com")))
    assert kinds(outcomes) == {"done": 1, DuplicateUnique.__name__: THREADS - 1}
    (winner,) = (o for o in outcomes if isinstance(o, dict))
    assert library.of("MEMBER").find("by_email", email="same@example.com").items == [winner]
    found = library.of("MEMBER").get_many([member_id(n) for n in range(THREADS)])
    assert list(found.values()) == [winner]


def test_an_email_that_is_the_item_key_is_registered_once(shop: Backend) -> None:
    outcomes = at_once(THREADS, lambda n: shop.of("USER").create(user(n, email="same@example.com")))
    assert kinds(outcomes) == {"done": 1, DuplicateUnique.__name__: THREADS - 1}
    (winner,) = (o for o in outcomes if isinstance(o, dict))
    assert shop.of("USER").find("by_email", email="same@example.com").items == [winner]


def test_a_key_is_created_once(library: Backend) -> None:
    outcomes = at_once(16, lambda n: library.of("SPECIMEN").create(specimen("s1", whole=n)))
    assert kinds(outcomes) == {"done": 1, DuplicateKey.__name__: 15}


def test_ids_are_given_once(library: Backend) -> None:
    outcomes = at_once(32, lambda n: library.of("VISIT").create(visit(room="red"))["id"])
    assert len(set(outcomes)) == 32
    assert library.of("VISIT").count("of_room", room="red") == 32


def test_appended_rows_are_all_there(library: Backend) -> None:
    library.of("BOOK").create(book())
    at_once(16, lambda n: library.of("BOOK").update(book_id(1), {"chapters": Append(chapter(f"{n:02d}"))}))
    found = library.of("BOOK").get(book_id(1))
    assert sorted(c["title"] for c in found["chapters"]) == [f"{n:02d}" for n in range(16)]
    assert found["chapter_count"] == 16


def test_additions_are_all_counted(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen(amount=Decimal(0)))
    changes = {"whole": Add(1), "amount": Add(Decimal("0.01"))}
    at_once(32, lambda n: library.of("SPECIMEN").update("s1", changes))
    found = library.of("SPECIMEN").get("s1")
    assert (found["whole"], str(found["amount"]), found["version"]) == (32, "0.32", 33)


def test_one_of_several_with_the_same_version_wins(library: Backend) -> None:
    library.of("MEMBER").create(member())
    outcomes = at_once(16, lambda n: library.of("MEMBER").update(member_id(1), {"points": n}, version=1))
    assert kinds(outcomes) == {"done": 1, VersionConflict.__name__: 15}
    (winner,) = (o for o in outcomes if isinstance(o, dict))
    assert library.of("MEMBER").get(member_id(1)) == winner


def test_a_delete_is_true_once(library: Backend) -> None:
    library.of("MEMBER").create(member())
    outcomes = at_once(16, lambda n: library.of("MEMBER").delete(member_id(1)))
    assert Counter(outcomes) == {True: 1, False: 15}


def test_counts_keep_up(library: Backend) -> None:
    lent(library)
    at_once(16, lambda n: library.of("LOAN").create(loan(copy=n, fine=Decimal("0.10"))))
    found = library.of("MEMBER").get(member_id(1))
    assert (found["loan_count"], str(found["fine_total"])) == (16, "1.60")
    assert library.of("BOOK").get(book_id(1))["loans_out"] == 16


def test_nothing_refers_to_what_was_deleted_meanwhile(library: Backend) -> None:
    lent(library, books=8)

    def act(n: int) -> Any:
        if n % 2:
            return library.of("BOOK").delete(book_id(n // 2 + 1))
        return library.of("LOAN").create(loan(n_book=n // 2 + 1))

    outcomes = at_once(16, act)
    assert set(kinds(outcomes)) <= {"done", Referenced.__name__, MissingReference.__name__}
    kept = set(library.of("BOOK").get_many([book_id(n) for n in range(1, 9)]))
    lent_out = library.of("LOAN").find("for_member", member_id=member_id(1)).items
    assert {item["book_id"] for item in lent_out} == {key["id"] for key in kept}


def test_units_of_work_do_not_oversell(shop: Backend) -> None:
    world = Shop(shop)
    item = {"product_id": world.product["id"], "quantity": 1, "price_at_time": Decimal("9.99")}

    def buy(n: int) -> Any:
        with shop.work() as work:
            work.repository("PRODUCT").update(
                world.product["id"], {"inventory_quantity": Add(-1)}, where=F("inventory_quantity") >= 1
            )
            order = work.repository("ORDER").create(
                {"user_id": world.buyer["id"], "total_amount": Decimal(n), "items": [item]}
            )
            work.commit()
            return order["id"]

    outcomes = at_once(16, buy)
    assert kinds(outcomes) == {"done": 10, ConditionFailed.__name__: 6}
    found = world.products.get(world.product["id"])
    assert (found["inventory_quantity"], found["times_ordered"]) == (0, 10)
    orders = world.orders.find("for_user", user_id=world.buyer["id"]).items
    assert {o["id"] for o in orders} == {o for o in outcomes if isinstance(o, int)}


def test_units_of_work_that_read_and_write_lose_nothing(library: Backend) -> None:
    """A read in a unit is protected: read-modify-write is safe there."""
    library.of("SPECIMEN").create(specimen())

    def add_one(n: int) -> None:
        del n
        with library.work() as work:
            specimens = work.repository("SPECIMEN")
            specimens.update("s1", {"whole": specimens.get("s1")["whole"] + 1})
            work.commit()

    at_once(8, add_one)
    assert library.of("SPECIMEN").get("s1")["whole"] == 8
