"""References: nothing refers to what is not there, and what a deletion does to those that refer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal.errors import MissingReference, Referenced
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, book, book_id, branch, lent, loan, member, member_id, product, user


def key_of(fields: dict[str, Any]) -> dict[str, Any]:
    """The key of a loan."""
    return {f: fields[f] for f in ("member_id", "book_id", "copy")}


@pytest.mark.parametrize(
    ("fields", "referring", "target"),
    [
        ({"n_member": 9}, ("member_id",), "MEMBER"),
        ({"n_book": 9}, ("book_id",), "BOOK"),
        ({"branch_code": "b9"}, ("branch_code",), "BRANCH"),
    ],
)
def test_create_refers_to_what_is_there(
    library: Backend, fields: dict[str, Any], referring: tuple[str, ...], target: str
) -> None:
    lent(library)
    for write in (library.of("LOAN").create, library.of("LOAN").put):
        with pytest.raises(MissingReference) as caught:
            write(loan(**fields))
        assert (caught.value.fields, caught.value.target) == (referring, target)
    assert library.of("LOAN").get(key_of(loan(**fields))) is None
    assert library.of("BOOK").get(book_id(1))["loans_out"] == 0


def test_update_refers_to_what_is_there(library: Backend) -> None:
    lent(library)
    created = library.of("LOAN").create(loan())
    with pytest.raises(MissingReference) as caught:
        library.of("LOAN").update(key_of(created), {"branch_code": "b9", "note": "x"})
    assert (caught.value.fields, caught.value.target) == (("branch_code",), "BRANCH")
    assert library.of("LOAN").get(key_of(created)) == created


def test_a_null_refers_to_nothing(library: Backend) -> None:
    lent(library)
    library.of("BRANCH").create(branch())
    created = library.of("LOAN").create(loan(branch_code="b1"))
    assert library.of("LOAN").update(key_of(created), {"branch_code": None})["branch_name"] == "HOME"
    assert library.of("BRANCH").delete("b1") is True


def test_an_entity_may_refer_to_itself(library: Backend) -> None:
    branches = library.of("BRANCH")
    assert branches.create(branch(parent_code="b1"))["parent_name"] == "Branch b1"
    branches.create(branch("b2"))
    assert branches.update("b2", {"parent_code": "b2"})["parent_name"] == "Branch b2"
    assert branches.delete("b2") is True
    assert branches.get("b2") is None


def test_an_entity_that_refers_to_itself_counts_itself(library: Backend) -> None:
    branches = library.of("BRANCH")
    created = branches.create(branch(parent_code="b1"))
    assert created["child_count"] == 1
    assert branches.get("b1") == created
    moved = branches.update("b1", {"parent_code": None})
    assert moved["child_count"] == 0
    assert branches.get("b1") == moved
    back = branches.put(branch(parent_code="b1"))
    assert back["child_count"] == 1
    assert branches.get("b1") == back


def test_an_owned_row_refers_to_what_is_there(shop: Backend) -> None:
    world = Shop(shop)
    line = {"product_id": 99_999, "quantity": 1, "price_at_time": Decimal(1)}
    with pytest.raises(MissingReference) as caught:
        world.order(items=[line])
    assert (caught.value.fields, caught.value.target) == (("items.product_id",), "PRODUCT")
    order = world.order()
    with pytest.raises(MissingReference):
        world.orders.update(order["id"], {"items": [line]})
    assert world.orders.get(order["id"]) == order


# ------------------------------------------------------------------------------------------- restrict


def test_restrict_keeps_what_is_referred_to(library: Backend) -> None:
    lent(library)
    created = library.of("LOAN").create(loan())
    with pytest.raises(Referenced):
        library.of("BOOK").delete(book_id(1))
    assert library.of("BOOK").get(book_id(1))["loans_out"] == 1
    library.of("LOAN").delete(key_of(created))
    assert library.of("BOOK").delete(book_id(1)) is True


def test_restrict_by_a_pattern(library: Backend) -> None:
    library.of("LANGUAGE").create({"code": "en", "name": "English"})
    library.of("BOOK").create(book(language_code="en"))
    with pytest.raises(Referenced):
        library.of("LANGUAGE").delete("en")
    library.of("BOOK").update(book_id(1), {"language_code": None})
    assert library.of("LANGUAGE").delete("en") is True


def test_restrict_by_an_owned_row(shop: Backend) -> None:
    world = Shop(shop)
    order = world.order()
    with pytest.raises(Referenced):
        world.products.delete(world.product["id"])
    assert world.products.get(world.product["id"])["times_ordered"] == 1
    world.orders.update(order["id"], {"items": []})
    assert world.products.delete(world.product["id"]) is True


def test_restrict_of_a_category_with_products(shop: Backend) -> None:
    world = Shop(shop)
    with pytest.raises(Referenced):
        world.categories.delete(world.category["id"])
    world.products.delete(world.product["id"])
    assert world.categories.delete(world.category["id"]) is True


# -------------------------------------------------------------------------------------------- cascade


def test_cascade_deletes_what_refers(library: Backend) -> None:
    lent(library, members=2, books=2)
    for n in (1, 2):
        library.of("LOAN").create(loan(1, n))
        library.of("LOAN").create(loan(2, n))
    assert library.of("MEMBER").delete(member_id(1)) is True
    assert library.of("LOAN").find("for_member", member_id=member_id(1)).items == []
    assert len(library.of("LOAN").find("for_member", member_id=member_id(2)).items) == 2
    assert library.of("BOOK").get(book_id(1))["loans_out"] == 1
    assert library.of("LOAN").get(key_of(loan(1, 1))) is None


def test_cascade_through_several_steps(shop: Backend) -> None:
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"], "quantity": 1}
    world.carts.create(line)
    assert world.users.delete(world.seller["id"]) is True
    assert world.products.get(world.product["id"]) is None
    assert world.carts.find("for_user", user_id=world.buyer["id"]).items == []
    assert world.categories.get(world.category["id"])["product_count"] == 0


def test_cascade_stops_where_something_restricts(shop: Backend) -> None:
    """A product that somebody ordered cannot go, so neither can its seller."""
    world = Shop(shop)
    world.order()
    with pytest.raises(Referenced):
        world.users.delete(world.seller["id"])
    assert world.users.get(world.seller["id"]) is not None
    assert world.products.get(world.product["id"]) is not None


def test_cascade_takes_the_restricting_along(shop: Backend) -> None:
    world = Shop(shop)
    order = world.order()
    assert world.users.delete(world.buyer["id"]) is True
    assert world.orders.get(order["id"]) is None
    assert world.products.get(world.product["id"])["times_ordered"] == 0
    assert world.products.delete(world.product["id"]) is True


def test_cascade_frees_unique_values_and_keys(shop: Backend) -> None:
    world = Shop(shop)
    world.users.delete(world.seller["id"])
    again = world.users.create(user(1))
    assert again["id"] != world.seller["id"]
    assert world.products.find("by_seller", seller_id=again["id"]).items == []


# ------------------------------------------------------------------------------------------- set null


def test_set_null_lets_what_refers_stay(library: Backend) -> None:
    lent(library)
    library.of("BRANCH").create(branch())
    created = library.of("LOAN").create(loan(branch_code="b1"))
    assert created["branch_name"] == "Branch b1"
    assert library.of("BRANCH").delete("b1") is True
    left = library.of("LOAN").get(key_of(created))
    assert left == {**created, "branch_code": None, "branch_name": "HOME"}
    assert library.of("LOAN").find("by_branch", branch_code="b1").items == []


def test_set_null_in_the_same_entity(shop: Backend) -> None:
    categories = shop.of("CATEGORY")
    top = categories.create({"name": "Top"})
    middle = categories.create({"name": "Middle", "parent_id": top["id"]})
    leaf = categories.create({"name": "Leaf", "parent_id": middle["id"]})
    assert categories.delete(middle["id"]) is True
    assert categories.get(leaf["id"]) == {**leaf, "parent_id": None, "parent_name": "ROOT"}
    assert categories.get(top["id"])["child_count"] == 0
    found = categories.find("under", parent_name="ROOT").items
    assert [c["name"] for c in found] == ["Leaf", "Top"]
    assert categories.find("children", parent_id=middle["id"]).items == []


# ---------------------------------------------------------------------------------------------- moving


def test_what_lies_under_a_parent_s_value_moves_along(shop: Backend) -> None:
    """Carts and orders lie under their user's email."""
    world = Shop(shop)
    line = {"user_id": world.buyer["id"], "product_id": world.product["id"]}
    world.carts.create({**line, "quantity": 2})
    order = world.order()
    world.users.update(world.buyer["id"], {"email": "new@example.com"})
    cart = world.carts.get(line)
    assert (cart["quantity"], cart["user_email"]) == (2, "new@example.com")
    assert world.orders.get(order["id"]) == {**order, "user_email": "new@example.com"}
    assert world.carts.find("for_user", user_id=world.buyer["id"]).items == [cart]
    assert len(world.orders.find("for_user", user_id=world.buyer["id"]).items) == 1
    assert world.carts.update(line, {"quantity": 3})["quantity"] == 3
    assert world.orders.delete(order["id"]) is True


def test_a_category_s_children_move_with_its_name(shop: Backend) -> None:
    categories = shop.of("CATEGORY")
    top = categories.create({"name": "Top"})
    child = categories.create({"name": "Child", "parent_id": top["id"]})
    categories.update(top["id"], {"name": "Summit"})
    assert categories.get(child["id"])["parent_name"] == "Summit"
    assert [c["id"] for c in categories.find("under", parent_name="Summit").items] == [child["id"]]
    assert categories.find("under", parent_name="Top").items == []


def test_changing_a_reference_moves_the_counts(shop: Backend) -> None:
    world = Shop(shop)
    other = world.categories.create({"name": "Other"})
    world.products.create(product(world.seller["id"], world.category["id"], 2))
    world.products.update(world.product["id"], {"category_id": other["id"]})
    assert world.categories.get(world.category["id"])["product_count"] == 1
    assert world.categories.get(other["id"])["product_count"] == 1
    found = world.products.find("by_category", category_id=other["id"]).items
    assert [p["id"] for p in found] == [world.product["id"]]


def test_members_without_loans_go_at_once(library: Backend) -> None:
    library.of("MEMBER").create(member())
    assert library.of("MEMBER").delete(member_id(1)) is True
