"""Units of work: all or nothing, own writes seen."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crossfade.dal import Add, F
from crossfade.dal.errors import (
    ConditionFailed,
)
from crossfade.dal.unit_of_work import WorkClosed
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    Shop,
    book,
    book_id,
    branch,
    chapter,
    loan,
    member,
    member_id,
    specimen,
)


class Other(Exception):
    """Not one of crossfade's errors."""


# -------------------------------------------------------------------------------- commit and roll back


def test_commit_makes_every_write(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen("gone"))
    library.of("SPECIMEN").create(specimen("changed", whole=1))
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        created = specimens.create(specimen("new", whole=7))
        assert created["code"] == "new"
        specimens.put(specimen("put"))
        specimens.update("changed", {"whole": Add(1)})
        specimens.delete("gone")
        specimens.delete("never there")
        work.repository("BRANCH").create(branch())
        work.commit()
    found = library.of("SPECIMEN").find("all").items
    assert [(s["code"], s["whole"], s["version"]) for s in found] == [("changed", 2, 2), ("new", 7, 1), ("put", 0, 1)]
    assert library.of("BRANCH").get("b1") is not None


def test_leaving_without_commit_makes_none(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen("kept", whole=1))
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        specimens.create(specimen("new"))
        specimens.update("kept", {"whole": 2})
        specimens.delete("kept")
    found = library.of("SPECIMEN").find("all").items
    assert [(s["code"], s["whole"]) for s in found] == [("kept", 1)]


def test_an_error_in_the_block_makes_none_and_is_passed_on(library: Backend) -> None:
    def use() -> None:
        with library.work() as work:
            work.repository("SPECIMEN").create(specimen("new"))
            raise Other

    with pytest.raises(Other):
        use()
    assert library.of("SPECIMEN").get("new") is None


def test_a_unit_without_writes(library: Backend) -> None:
    with library.work() as work:
        assert work.repository("SPECIMEN").get("s1") is None
        work.commit()
    with library.work() as work:
        work.commit()


def test_nothing_is_seen_outside_before_commit(library: Backend) -> None:
    library.of("BOOK").create(book(copies=5))
    with library.work() as work:
        work.repository("BOOK").create(book(2))
        assert library.of("BOOK").get(book_id(2)) is None
        work.commit()
    assert library.of("BOOK").get(book_id(2)) is not None


def test_after_commit_nothing_more_can_be_done(library: Backend) -> None:
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        specimens.create(specimen())
        work.commit()
        with pytest.raises(WorkClosed):
            specimens.update("s1", {"whole": 1})
        with pytest.raises(WorkClosed):
            specimens.get("s1")
        with pytest.raises(WorkClosed):
            work.commit()
    assert library.of("SPECIMEN").get("s1")["whole"] == 0


def test_units_one_after_the_other(library: Backend) -> None:
    for n in range(3):
        with library.work() as work:
            work.repository("SPECIMEN").create(specimen(f"s{n}"))
            work.commit()
    assert library.of("SPECIMEN").count("all") == 3


# ----------------------------------------------------------------------------------------- own writes


def test_own_writes_are_seen(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen("old", whole=1))
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        specimens.create(specimen("new", whole=3, tags={"wet"}))
        assert specimens.get("new")["whole"] == 3
        specimens.update("old", {"whole": Add(5)})
        assert specimens.get("old")["whole"] == 6
        specimens.update("new", {"name": "x"})
        found = specimens.get("new")
        assert (found["whole"], found["name"], found["tags"]) == (3, "x", frozenset({"wet"}))
        specimens.delete("old")
        assert specimens.get("old") is None
        specimens.put(specimen("old", whole=9))
        assert specimens.get("old")["whole"] == 9
        work.commit()
    assert library.of("SPECIMEN").get("old")["whole"] == 9
    assert library.of("SPECIMEN").get("new")["name"] == "x"


def test_several_writes_of_one_entity_are_made_in_order(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen("s1", whole=1))
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        specimens.update("s1", {"whole": Add(1)}, where=F("whole") == 1)
        specimens.update("s1", {"whole": Add(1)}, where=F("whole") == 2)
        specimens.create(specimen("s2"))
        specimens.update("s2", {"whole": 5})
        specimens.create(specimen("s3"))
        specimens.delete("s3")
        work.commit()
    found = library.of("SPECIMEN").find("all").items
    assert [(s["code"], s["whole"]) for s in found] == [("s1", 3), ("s2", 5)]


def test_what_was_created_can_be_referred_to(library: Backend) -> None:
    with library.work() as work:
        work.repository("MEMBER").create(member())
        work.repository("BOOK").create(book(chapters=[chapter("One")]))
        work.repository("LOAN").create(loan(fine=Decimal(2)))
        work.commit()
    assert library.of("MEMBER").get(member_id(1))["loan_count"] == 1
    assert library.of("MEMBER").get(member_id(1))["fine_total"] == 2
    assert library.of("BOOK").get(book_id(1))["loans_out"] == 1
    assert library.of("LOAN").find("for_member", member_id=member_id(1)).items[0]["book_title"] == "Book 1"


def test_a_unique_value_can_change_hands(library: Backend) -> None:
    library.of("MEMBER").create(member(1, card=7))
    with library.work() as work:
        members = work.repository("MEMBER")
        members.update(member_id(1), {"card": None})
        members.create(member(2, card=7))
        work.commit()
    assert library.of("MEMBER").find("by_card", card=7).items[0]["id"] == member_id(2)


def test_an_item_can_be_moved(shop: Backend) -> None:
    world = Shop(shop)
    with shop.work() as work:
        users = work.repository("USER")
        users.update(world.buyer["id"], {"email": "new@example.com"})
        assert users.get(world.buyer["id"])["email"] == "new@example.com"
        work.commit()
    assert world.users.get(world.buyer["id"])["email"] == "new@example.com"
    assert world.users.find("by_email", email=world.buyer["email"]).items == []


def test_checkout(shop: Backend) -> None:
    """Stock is reduced, the order written, the cart cleared: all or nothing."""
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"]}
    world.carts.create({**line, "quantity": 4})
    with shop.work() as work:
        work.repository("PRODUCT").update(
            world.product["id"], {"inventory_quantity": Add(-4)}, where=F("inventory_quantity") >= 4
        )
        item = {"product_id": world.product["id"], "quantity": 4, "price_at_time": Decimal("9.99")}
        order = work.repository("ORDER").create(
            {"user_id": world.buyer["id"], "total_amount": Decimal("39.96"), "items": [item]}
        )
        work.repository("CART").delete(line)
        work.commit()
    assert world.products.get(world.product["id"])["inventory_quantity"] == 6
    assert world.products.get(world.product["id"])["times_ordered"] == 1
    assert world.orders.get(order["id"])["items"] == [item]
    assert world.carts.get(line) is None


def test_checkout_of_more_than_there_is(shop: Backend) -> None:
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"]}
    world.carts.create({**line, "quantity": 40})

    def checkout() -> None:
        with shop.work() as work:
            work.repository("CART").delete(line)
            work.repository("PRODUCT").update(
                world.product["id"], {"inventory_quantity": Add(-40)}, where=F("inventory_quantity") >= 40
            )
            work.commit()

    with pytest.raises(ConditionFailed):
        checkout()
    assert world.products.get(world.product["id"])["inventory_quantity"] == 10
    assert world.carts.get(line)["quantity"] == 40
