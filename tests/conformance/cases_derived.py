"""Derived fields: joined, calculated, counted, transformed; kept equal whatever changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, book, book_id, branch, chapter, lent, loan, member, member_id, product

KEY = {f: loan()[f] for f in ("member_id", "book_id", "copy")}


def test_every_kind_of_derivation(library: Backend) -> None:
    lent(library)
    due = loan()["due"]
    created = library.of("LOAN").create(loan())
    derived: dict[str, Any] = {
        "member_name": "Member 1",
        "book_title": "Book 1",
        "branch_name": "HOME",
        "label": f"{book_id(1)}/1",
        "urgency": "low",
        "grace": due + timedelta(days=7),
        "due_month": "2034-06",
        "tag": "COPY#1",
        "origin": "library",
    }
    assert {f: created[f] for f in derived} == derived
    assert library.of("LOAN").get(KEY) == created
    assert library.of("LOAN").find("for_member", member_id=member_id(1)).items == [created]
    assert library.of("LOAN").find("by_state", state="out").items == [created]


def test_a_foreign_key_follows_its_row(library: Backend) -> None:
    lent(library)
    library.of("LOAN").create(loan())
    library.of("MEMBER").update(member_id(1), {"name": "Ann"})
    assert library.of("LOAN").get(KEY)["member_name"] == "Ann"
    library.of("MEMBER").put(member(name="Bea"))
    assert library.of("LOAN").get(KEY)["member_name"] == "Bea"
    found = library.of("LOAN").find("by_state", state="out").items
    assert [item["member_name"] for item in found] == ["Bea"]


def test_a_lookup_follows_its_row(library: Backend) -> None:
    lent(library)
    library.of("LOAN").create(loan())
    library.of("BOOK").update(book_id(1), {"title": "Emma"})
    assert library.of("LOAN").get(KEY)["book_title"] == "Emma"


def test_a_nullable_foreign_key(library: Backend) -> None:
    library.of("LANGUAGE").create({"code": "en", "name": "English"})
    books = library.of("BOOK")
    assert books.create(book())["language"] == "none"
    assert books.update(book_id(1), {"language_code": "en"})["language"] == "English"
    library.of("LANGUAGE").update("en", {"name": "Englisch"})
    assert books.get(book_id(1))["language"] == "Englisch"
    assert books.update(book_id(1), {"language_code": None})["language"] == "none"


def test_a_conditional_join(library: Backend) -> None:
    lent(library)
    library.of("BRANCH").create(branch())
    loans = library.of("LOAN")
    assert loans.create(loan(branch_code="b1"))["branch_name"] == "Branch b1"
    library.of("BRANCH").update("b1", {"name": "Harbour"})
    assert loans.get(KEY)["branch_name"] == "Harbour"
    assert loans.update(KEY, {"branch_code": None})["branch_name"] == "HOME"


def test_a_join_by_several_columns(library: Backend) -> None:
    lent(library)
    library.of("LOAN").create(loan())
    fines = library.of("FINE")
    fine = fines.create({**KEY, "amount": Decimal(5)})
    assert fine["loan_state"] == "out"
    library.of("LOAN").update(KEY, {"state": "late"})
    assert fines.get(fine["id"])["loan_state"] == "late"


def test_a_join_to_what_comes_and_goes(library: Backend) -> None:
    lent(library)
    fines = library.of("FINE")
    fine = fines.create({**KEY, "amount": Decimal(5)})
    assert fine["loan_state"] == "gone"
    library.of("LOAN").create(loan(state="late"))
    assert fines.get(fine["id"])["loan_state"] == "late"
    library.of("LOAN").delete(KEY)
    assert fines.get(fine["id"])["loan_state"] == "gone"


def test_a_self_join_and_a_chain(library: Backend) -> None:
    branches = library.of("BRANCH")
    branches.create(branch("a"))
    branches.create(branch("b", parent_code="a"))
    created = branches.create(branch("c", parent_code="b"))
    assert (created["parent_name"], created["path"]) == ("Branch b", "Branch b in Branch a")
    assert (branches.get("a")["parent_name"], branches.get("a")["path"]) == ("TOP", "") or (
        branches.get("a")["parent_name"],
        branches.get("a")["path"],
    ) == ("TOP", None)
    branches.update("a", {"name": "Root"})
    assert branches.get("b")["parent_name"] == "Root"
    assert branches.get("c")["path"] == "Branch b in Root"
    branches.update("b", {"parent_code": None})
    assert branches.get("c")["path"] == "Branch b"


def test_a_chain_over_another_entity(shop: Backend) -> None:
    world = Shop(shop)
    top = world.categories.create({"name": "Technology"})
    middle = world.categories.create({"name": "Electronics", "parent_id": top["id"]})
    leaf = world.categories.create({"name": "Phones", "parent_id": middle["id"]})
    phone = world.products.create(product(world.seller["id"], leaf["id"], 2))
    assert (phone["category_name"], phone["category_path"]) == ("Phones", "Phones < Electronics < Technology")
    world.categories.update(top["id"], {"name": "Tech"})
    assert world.products.get(phone["id"])["category_path"] == "Phones < Electronics < Tech"
    world.categories.update(middle["id"], {"parent_id": None})
    assert world.products.get(phone["id"])["category_path"] == "Phones < Electronics"
    world.categories.update(leaf["id"], {"name": "Mobiles"})
    changed = world.products.get(phone["id"])
    assert (changed["category_name"], changed["category_path"]) == ("Mobiles", "Mobiles < Electronics")


@pytest.mark.parametrize(
    ("fields", "urgency"),
    [
        ({"state": "back", "fine": Decimal(50)}, "none"),
        ({"state": "out", "fine": Decimal("10.01")}, "high"),
        ({"state": "out", "fine": Decimal("10.00")}, "low"),
        ({"state": "out", "fine": None}, "low"),
    ],
)
def test_a_case(library: Backend, fields: dict[str, Any], urgency: str) -> None:
    lent(library)
    assert library.of("LOAN").create(loan(**fields))["urgency"] == urgency
    library.of("LOAN").update(KEY, {"state": "late", "fine": Decimal(99)})
    assert library.of("LOAN").update(KEY, fields)["urgency"] == urgency
    assert library.of("LOAN").get(KEY)["urgency"] == urgency


def test_a_calculation_of_numbers(library: Backend) -> None:
    fines = library.of("FINE")
    fine = fines.create({**KEY, "amount": Decimal("5.50"), "paid": Decimal(2)})
    assert str(fine["open_amount"]) == "3.50"
    assert str(fines.update(fine["id"], {"paid": Decimal("7.00")})["open_amount"]) == "0.00"
    assert fines.get(fine["id"])["open_amount"] == 0


def test_dates_and_texts_follow_their_columns(library: Backend) -> None:
    lent(library)
    loans = library.of("LOAN")
    due = loans.create(loan())["due"]
    later = due.replace(year=2035, month=12, day=28)
    updated = loans.update(KEY, {"due": later})
    assert updated["grace"] == later.replace(year=2036, month=1, day=4)
    assert updated["due_month"] == "2035-12"
    assert loans.get(KEY) == updated


# ---------------------------------------------------------------------------------------- counts, sums


def test_counts_and_sums_follow_what_they_count(library: Backend) -> None:
    lent(library, members=2, books=2)
    members, books, loans = library.of("MEMBER"), library.of("BOOK"), library.of("LOAN")
    loans.create(loan(1, 1, fine=Decimal("1.50")))
    loans.create(loan(1, 2, state="late", fine=Decimal("2.25")))
    loans.create(loan(2, 1))

    def figures() -> dict[str, Any]:
        found = members.get_many([member_id(1), member_id(2)])
        counts = [(m["loan_count"], m["late_count"], str(m["fine_total"])) for m in found.values()]
        return {"members": counts, "books": [b["loans_out"] for b in books.get_many([book_id(1), book_id(2)]).values()]}

    assert figures() == {"members": [(2, 1, "3.75"), (1, 0, "0.00")], "books": [2, 1]}
    loans.update(KEY, {"state": "late", "fine": Decimal("0.50")})
    assert figures() == {"members": [(2, 2, "2.75"), (1, 0, "0.00")], "books": [2, 1]}
    loans.put(loan(1, 2, state="back"))
    assert figures() == {"members": [(2, 1, "0.50"), (1, 0, "0.00")], "books": [2, 1]}
    loans.delete(KEY)
    assert figures() == {"members": [(1, 0, "0.00"), (1, 0, "0.00")], "books": [1, 1]}
    loans.delete_many([{**KEY, "member_id": member_id(2)}])
    assert figures() == {"members": [(1, 0, "0.00"), (0, 0, "0.00")], "books": [0, 1]}


def test_a_change_of_the_counting_entity_keeps_its_counts(library: Backend) -> None:
    lent(library)
    library.of("LOAN").create(loan(fine=Decimal(3)))
    updated = library.of("MEMBER").update(member_id(1), {"name": "Ann"})
    assert (updated["loan_count"], updated["fine_total"]) == (1, Decimal("3.00"))
    put = library.of("MEMBER").put(member(name="Bea"))
    assert (put["loan_count"], put["fine_total"]) == (1, Decimal("3.00"))
    assert library.of("MEMBER").get(member_id(1)) == put


def test_aggregates_of_owned_rows(library: Backend) -> None:
    rows = [
        chapter("One", pages=10, price=Decimal("1.00")),
        chapter("Two", pages=None, price=Decimal("2.00")),
        chapter("Three", pages=30, price=Decimal("2.00")),
    ]
    books = library.of("BOOK")
    created = books.create(book(chapters=rows))
    assert (created["chapter_count"], created["page_total"], created["longest"]) == (3, 40, 30)
    assert str(created["mean_price"]) == "1.666667"
    shorter = books.update(book_id(1), {"chapters": rows[1:2]})
    assert (shorter["chapter_count"], shorter["page_total"], shorter["longest"]) == (1, 0, None)
    assert str(shorter["mean_price"]) == "2.000000"
    empty = books.update(book_id(1), {"chapters": []})
    assert (empty["chapter_count"], empty["page_total"], empty["longest"], empty["mean_price"]) == (0, 0, None, None)
    assert books.get(book_id(1)) == empty


def test_counts_in_the_same_entity(library: Backend) -> None:
    branches = library.of("BRANCH")
    branches.create(branch("a"))
    branches.create(branch("b", parent_code="a"))
    branches.create(branch("c", parent_code="a"))
    assert branches.get("a")["child_count"] == 2
    branches.update("c", {"parent_code": "b"})
    assert [branches.get(code)["child_count"] for code in ("a", "b")] == [1, 1]
    branches.delete("c")
    assert [branches.get(code)["child_count"] for code in ("a", "b")] == [1, 0]


def test_a_count_goes_along_with_what_the_same_write_moves(shop: Backend) -> None:
    """Each lies under the other's name: the one that stays loses a child and its place at once."""
    categories = shop.of("CATEGORY")
    categories.create({"id": 8, "name": "Nuts"})
    categories.create({"id": 9, "name": "Bolts", "parent_id": 8})
    categories.update(8, {"parent_id": 9})
    assert [categories.get(n)["child_count"] for n in (8, 9)] == [1, 1]
    categories.delete(8)
    left = categories.get(9)
    assert [left["parent_id"], left["parent_name"], left["child_count"]] == [None, "ROOT", 0]


def test_what_is_deleted_and_created_in_one_unit_counts_from_nothing(shop: Backend) -> None:
    categories = shop.of("CATEGORY")
    categories.create({"id": 8, "name": "Nuts"})
    categories.update(8, {"parent_id": 8})
    for parent, count in ((8, 1), (None, 0)):
        with shop.work() as work:
            work.repository("CATEGORY").delete(8)
            work.repository("CATEGORY").create({"id": 8, "name": "Bolts", "parent_id": parent})
            work.commit()
        assert categories.get(8)["child_count"] == count


def test_a_product_s_price_is_shown_in_carts(shop: Backend) -> None:
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"]}
    cart = world.carts.create({**line, "quantity": 1})
    assert (cart["product_name"], cart["product_price"]) == ("Product 1", Decimal("9.99"))
    world.products.update(world.product["id"], {"price": Decimal("8.5"), "name": "Cheap"})
    cart = world.carts.get(line)
    assert (cart["product_name"], str(cart["product_price"])) == ("Cheap", "8.50")
    assert world.carts.find("for_user", user_id=world.buyer["id"]).items == [cart]


def test_derived_fields_in_a_unit_of_work(shop: Backend) -> None:
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"]}
    with shop.work() as work:
        work.repository("CART").create({**line, "quantity": 1})
        work.repository("PRODUCT").update(world.product["id"], {"name": "New"})
        work.commit()
    assert world.carts.get(line)["product_name"] == "New"
