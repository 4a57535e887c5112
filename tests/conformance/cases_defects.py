"""What the AWS workshop's own TypeScript sample does wrong, defect by defect (design: defects of the reference)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest

from crossfade.dal import Add, Append, F
from crossfade.dal.errors import ConditionFailed, DuplicateKey, DuplicateUnique, InvalidValue, NotFound
from tests.conformance.backend import Backend
from tests.conformance.cases_threads import at_once, kinds
from tests.conformance.samples import Shop, book, book_id, chapter, member, member_id, specimen, user, visit


def test_defect_ids_from_the_clock(shop: Backend) -> None:
    """Two orders of the same millisecond had one id."""
    world = Shop(shop)
    ids = [world.order()["id"] for _ in range(5)]  # the clock stands
    assert len(set(ids)) == 5
    assert all(n < 1_000_000 for n in ids)


def test_defect_keys_written_one_way_and_read_another(shop: Backend) -> None:
    """An order was written under the user's id and looked for under the email."""
    world = Shop(shop)
    order = world.order()
    assert world.orders.get(order["id"]) == order
    assert world.orders.find("for_user", user_id=world.buyer["id"]).items == [order]
    assert world.orders.find("by_id", id=order["id"]).items == [order]
    assert world.orders.update(order["id"], {"status": "completed"})["id"] == order["id"]
    assert world.orders.delete(order["id"]) is True


def test_defect_conditionless_put_overwrites_an_account(shop: Backend) -> None:
    """Registering with the email of another took the other's account over."""
    users = shop.of("USER")
    first = users.create(user(1))
    with pytest.raises(DuplicateUnique):
        users.create(user(2, email=first["email"], password_hash="scrypt$mine"))
    assert users.get(first["id"]) == first
    assert users.find("by_username", username="user2").items == []


def test_defect_uniqueness_by_check_then_act(shop: Backend) -> None:
    """Two registrations saw the username free, and both took it."""
    outcomes = at_once(8, lambda n: shop.of("USER").create(user(n, username="same")))
    assert kinds(outcomes) == {"done": 1, DuplicateUnique.__name__: 7}
    assert len(shop.of("USER").find("by_username", username="same").items) == 1


def test_defect_read_modify_write_of_an_embedded_list(library: Backend) -> None:
    """Two appends read the same list; the second write dropped the first's element."""
    library.of("BOOK").create(book())
    barrier = Barrier(2)

    def append(title: str) -> None:
        barrier.wait()
        library.of("BOOK").update(book_id(1), {"chapters": Append(chapter(title))})

    threads = [Thread(target=append, args=(title,)) for title in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = library.of("BOOK").get(book_id(1))["chapters"]
    assert sorted(c["title"] for c in found) == ["One", "Two"]


def test_defect_stock_below_zero(shop: Backend) -> None:
    """The stock was read, compared in the application, and written back."""
    world = Shop(shop)
    with pytest.raises(ConditionFailed):
        world.products.update(
            world.product["id"], {"inventory_quantity": Add(-11)}, where=F("inventory_quantity") >= 11
        )
    with pytest.raises(InvalidValue):
        world.products.update(world.product["id"], {"inventory_quantity": Add(-11)})
    assert world.products.get(world.product["id"])["inventory_quantity"] == 10


def test_defect_deletes_that_always_say_true(library: Backend) -> None:
    """DynamoDB's DeleteItem succeeds whether or not there was an item."""
    assert library.of("SPECIMEN").delete("s1") is False
    library.of("SPECIMEN").create(specimen())
    assert library.of("SPECIMEN").delete("s1") is True
    assert library.of("SPECIMEN").delete("s1") is False


def test_defect_updates_that_create_ghosts(library: Backend) -> None:
    """DynamoDB's UpdateItem creates an item of the changed attributes alone."""
    for changes in ({"points": 1}, {"points": Add(1)}, {"interests": {"art"}}, {}):
        with pytest.raises(NotFound):
            library.of("MEMBER").update(member_id(1), changes)
    assert library.of("MEMBER").get(member_id(1)) is None
    assert library.of("MEMBER").create(member())["version"] == 1


def test_defect_renames_as_delete_and_put(shop: Backend) -> None:
    """A changed email deleted the user and put a new one: a failure between the two lost the account."""
    users = shop.of("USER")
    first, second = users.create(user(1)), users.create(user(2))
    with pytest.raises(DuplicateUnique):
        users.update(first["id"], {"email": second["email"]})
    assert users.get(first["id"]) == first
    renamed = users.update(first["id"], {"email": "new@example.com"})
    assert {**renamed, "email": first["email"], "updated_at": first["updated_at"]} == first
    with pytest.raises(DuplicateKey):
        users.create(user(3, id=first["id"]))


def test_defect_sleeps_instead_of_consistency(shop: Backend) -> None:
    """What was written is there for the next read by key, at once."""
    world = Shop(shop)
    for n in range(10):
        world.products.update(world.product["id"], {"inventory_quantity": n})
        assert world.products.get(world.product["id"])["inventory_quantity"] == n
        assert world.carts.find("for_user", user_id=world.buyer["id"]).items == []


def test_defect_an_order_without_its_items(shop: Backend) -> None:
    """The copy of an order had no items."""
    world = Shop(shop)
    line = {"product_id": world.product["id"], "quantity": 3, "price_at_time": Decimal("1.10")}
    order = world.order(items=[line])
    for found in (
        world.orders.get(order["id"]),
        world.orders.find("for_user", user_id=world.buyer["id"]).items[0],
        world.orders.find("by_status", status="pending").items[0],
        world.orders.put(order),
    ):
        assert found["items"] == [line]


def test_defect_only_the_first_page_is_read(library: Backend) -> None:
    """A Query answers 1 MB at a time: what came after that did not exist."""
    body = "x" * 60_000
    result = library.of("SPECIMEN").put_many([specimen(f"s{n:02d}", body=body, kind="leaf") for n in range(40)])
    assert result.failed == []
    assert library.of("SPECIMEN").count("of_kind", kind="leaf") == 40
    found = library.of("SPECIMEN").find("of_kind", kind="leaf", limit=40).items
    assert [s["code"] for s in found] == [f"s{n:02d}" for n in range(40)]
    library.of("SPECIMEN").create(specimen("s99", kind="bark"))
    assert [s["code"] for s in library.of("SPECIMEN").find("of_kind", kind="bark").items] == ["s99"]


def test_defect_only_the_first_page_of_an_index_is_read(library: Backend) -> None:
    visits = [visit(library.clock() + timedelta(days=n), room="red") for n in range(150)]
    assert len(library.of("VISIT").put_many(visits).written) == 150
    assert library.of("VISIT").count("of_room", room="red") == 150
    assert len(library.of("VISIT").find("of_room", room="red", limit=1000).items) == 150


def test_defect_password_hashes_in_errors(shop: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """Failed writes were logged with the whole item."""
    caplog.set_level("DEBUG", logger="crossfade")
    users = shop.of("USER")
    secret = "scrypt$top-secret"
    users.create(user(1, password_hash=secret))
    writes: list[Any] = [
        lambda: users.create(user(1, password_hash=secret)),
        lambda: users.create(user(2, password_hash=secret * 20)),
        lambda: users.update(99_999, {"password_hash": secret}),
    ]
    for write in writes:
        with pytest.raises((DuplicateUnique, InvalidValue, NotFound)) as caught:
            write()
        assert "top-secret" not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert "top-secret" not in caplog.text


def test_defect_a_category_deleted_under_its_products(shop: Backend) -> None:
    """References were checked by nobody: products of deleted categories and sellers stayed."""
    world = Shop(shop)
    world.users.delete(world.seller["id"])
    assert world.products.get(world.product["id"]) is None
    assert world.products.find("listing").items == []
