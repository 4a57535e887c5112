"""Units of work: all or nothing, protected reads, own writes seen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import Add, Append, F
from crossfade.dal.errors import (
    ConditionFailed,
    Conflict,
    CrossfadeError,
    DuplicateKey,
    DuplicateUnique,
    InvalidValue,
    MissingReference,
    NotFound,
    Referenced,
    TransactionTooLarge,
    VersionConflict,
)
from crossfade.dal.unit_of_work import WorkClosed
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
    specimen,
    visit,
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


# --------------------------------------------------------------------------------------------- errors


def failing(library: Backend, *writes: Any) -> CrossfadeError:
    """The error of a unit that makes `writes`, at the call or at commit; nothing of it may be kept."""

    def use() -> None:
        with library.work() as work:
            work.repository("SPECIMEN").create(specimen("bystander"))
            for write in writes:
                write(work)
            work.commit()

    with pytest.raises(CrossfadeError) as caught:
        use()
    assert library.of("SPECIMEN").get("bystander") is None
    return caught.value


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda w: w.repository("MEMBER").create(member(1)), DuplicateKey),
        (lambda w: w.repository("MEMBER").create(member(2, card=7)), DuplicateUnique),
        (lambda w: w.repository("MEMBER").put(member(2, card=7)), DuplicateUnique),
        (lambda w: w.repository("MEMBER").update(member_id(9), {"points": 1}), NotFound),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": 1}, where=F("points") == 9), ConditionFailed),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": 1}, version=9), VersionConflict),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": Add(2**31)}), InvalidValue),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": "x"}), InvalidValue),
        (lambda w: w.repository("MEMBER").delete(member_id(1), version=9), VersionConflict),
        (lambda w: w.repository("MEMBER").delete(member_id(1), where=F("points") == 9), ConditionFailed),
        (lambda w: w.repository("LOAN").create(loan(n_book=9)), MissingReference),
        (lambda w: w.repository("BOOK").delete(book_id(1)), Referenced),
    ],
)
def test_one_refused_write_refuses_the_unit(library: Backend, write: Any, error: type[CrossfadeError]) -> None:
    lent(library)
    library.of("MEMBER").update(member_id(1), {"card": 7})
    library.of("LOAN").create(loan())
    before = library.of("MEMBER").get(member_id(1))
    caught = failing(library, lambda w: w.repository("BRANCH").create(branch()), write)
    assert type(caught) is error
    assert library.of("MEMBER").get(member_id(1)) == before
    assert library.of("BRANCH").get("b1") is None


def test_a_refused_write_cannot_be_passed_over(library: Backend) -> None:
    library.of("BOOK").create(book(copies=1))

    def use() -> None:
        with library.work() as work:
            work.repository("SPECIMEN").create(specimen("half"))
            try:
                work.repository("BOOK").update(book_id(1), {"copies": Add(-2)}, where=F("copies") >= 2)
                work.repository("BOOK").update(book_id(9), {"copies": 1})
            except CrossfadeError:
                pass
            work.commit()

    with pytest.raises((CrossfadeError, WorkClosed)):
        use()
    assert library.of("SPECIMEN").get("half") is None
    assert library.of("BOOK").get(book_id(1))["copies"] == 1


def test_errors_of_a_unit_carry_fields(library: Backend) -> None:
    created = library.of("BRANCH").create(branch())
    error = failing(library, lambda w: w.repository("BRANCH").update("b1", {"floors": 2}, where=F("floors") == 9))
    assert isinstance(error, ConditionFailed)
    assert (error.entity, error.store, error.key) == ("BRANCH", library.store.name, {"code": "b1"})
    assert error.operation in {"update", "commit"}
    assert error.current == created


def test_two_creates_of_one_unique_value(library: Backend) -> None:
    error = failing(
        library,
        lambda w: w.repository("MEMBER").create(member(1, card=7)),
        lambda w: w.repository("MEMBER").create(member(2, card=7)),
    )
    assert isinstance(error, DuplicateUnique)
    assert library.of("MEMBER").get(member_id(1)) is None


def test_two_creates_of_one_key(library: Backend) -> None:
    error = failing(
        library, lambda w: w.repository("BRANCH").create(branch()), lambda w: w.repository("BRANCH").create(branch())
    )
    assert isinstance(error, DuplicateKey)


# ------------------------------------------------------------------------------------------ conflicts


def test_what_was_read_is_unchanged_at_commit(library: Backend) -> None:
    """Either the change by another waits or fails, or the commit is refused."""
    library.of("SPECIMEN").create(specimen("read", whole=1))
    outcome: list[str] = []

    def change_from_outside() -> None:
        try:
            library.of("SPECIMEN").update("read", {"whole": 2})
        except Conflict:
            outcome.append("other refused")

    def use() -> None:
        with library.work() as work:
            seen = work.repository("SPECIMEN").get("read")["whole"]
            if library.kind in {"memory", "moto", "dynamodb"}:  # a lock would make this thread wait for itself
                change_from_outside()
            work.repository("SPECIMEN").create(specimen("made", whole=seen))
            work.commit()

    if library.kind in {"memory", "moto", "dynamodb"}:
        with pytest.raises(Conflict) as caught:
            use()
        assert caught.value.retryable
        assert library.of("SPECIMEN").get("made") is None
    else:
        use()
        assert library.of("SPECIMEN").get("made")["whole"] == library.of("SPECIMEN").get("read")["whole"]
    assert outcome == []


def test_what_was_read_as_absent_is_absent_at_commit(library: Backend) -> None:
    if library.kind not in {"memory", "moto", "dynamodb"}:
        with library.work() as work:
            assert work.repository("SPECIMEN").get("absent") is None
            work.repository("SPECIMEN").create(specimen("absent"))
            work.commit()
        assert library.of("SPECIMEN").get("absent") is not None
        return

    def use() -> None:
        with library.work() as work:
            assert work.repository("SPECIMEN").get("absent") is None
            library.of("SPECIMEN").create(specimen("absent", whole=5))
            work.repository("SPECIMEN").put(specimen("made"))
            work.commit()

    with pytest.raises(Conflict):
        use()
    assert library.of("SPECIMEN").get("made") is None
    assert library.of("SPECIMEN").get("absent")["whole"] == 5


def test_a_read_of_what_is_written_is_no_conflict(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen("s1", whole=1))
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        seen = specimens.get("s1")["whole"]
        specimens.update("s1", {"whole": seen + 1})
        assert specimens.get("s1")["whole"] == 2
        work.commit()
    assert library.of("SPECIMEN").get("s1")["whole"] == 2


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
