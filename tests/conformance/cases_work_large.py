"""Units of work as large as they may be, and of every kind of write at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crossfade.dal import Append
from crossfade.dal.errors import (
    TransactionTooLarge,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    Shop,
    book_id,
    lent,
    loan,
    member,
    member_id,
    visit,
)

# ---------------------------------------------------------------------------------------------- limits


def test_a_hundred_actions(library: Backend) -> None:
    assert library.actions("VISIT") == 1
    with library.work() as work:
        for n in range(100):
            work.repository("VISIT").put(visit(id=n + 1, room="red"))
        work.commit()
    assert library.of("VISIT").count("of_room", room="red") == 100


def test_a_hundred_and_one_actions(library: Backend) -> None:
    def use() -> None:
        with library.work() as work:
            for n in range(101):
                work.repository("VISIT").put(visit(id=n + 1, room="red"))
            work.commit()

    with pytest.raises(TransactionTooLarge) as caught:
        use()
    assert caught.value.actions == 101
    assert library.of("VISIT").count("of_room", room="red") == 0


def test_lookup_items_count_as_actions(library: Backend) -> None:
    each = library.actions("MEMBER")
    assert each == 3
    with library.work() as work:
        for n in range(1, 34):
            work.repository("MEMBER").create(member(n))
        with pytest.raises(TransactionTooLarge):
            work.repository("MEMBER").create(member(34))
    assert library.of("MEMBER").get(member_id(1)) is None


# ------------------------------------------------------------------------------------------- everything


def test_every_kind_of_write_at_once(shop: Backend) -> None:
    world = Shop(shop)
    order = world.order()
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"]}
    item = {"product_id": world.product["id"], "quantity": 1, "price_at_time": Decimal(1)}
    with shop.work() as work:
        work.repository("CART").put({**line, "quantity": 1})
        work.repository("ORDER").update(order["id"], {"items": Append(item), "status": "completed"})
        work.repository("USER").update(world.buyer["id"], {"first_name": "Ann"})
        child = work.repository("CATEGORY").create({"name": "Child", "parent_id": world.category["id"]})
        work.repository("PRODUCT").update(world.product["id"], {"category_id": child["id"]})
        work.commit()
    assert len(world.orders.get(order["id"])["items"]) == 2
    assert world.orders.find("by_status", status="pending").items == []
    found = world.products.get(world.product["id"])
    assert (found["category_name"], found["times_ordered"]) == ("Child", 2)
    assert found["category_path"] == "Child < Books"
    assert world.categories.get(world.category["id"])["product_count"] == 0
    assert world.categories.get(world.category["id"])["child_count"] == 1
    assert world.categories.get(child["id"])["product_count"] == 1
    assert world.carts.get(line)["product_name"] == "Product 1"


def test_a_deletion_with_what_it_cascades_to(library: Backend) -> None:
    lent(library)
    library.of("LOAN").create(loan())
    with library.work() as work:
        work.repository("MEMBER").delete(member_id(1))
        work.repository("BOOK").update(book_id(1), {"copies": 9})
        work.commit()
    assert library.of("LOAN").find("for_member", member_id=member_id(1)).items == []
    found = library.of("BOOK").get(book_id(1))
    assert (found["copies"], found["loans_out"]) == (9, 0)
