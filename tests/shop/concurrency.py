"""What must hold when many do the same at once."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import DuplicateUnique
from examples.shop import users as accounts
from examples.shop.errors import CartEmpty, CartRefused, CategoryCycle, OutOfStock
from tests.shop.world import World, at_once, names

THREADS = 64


def test_no_oversell(world: World) -> None:
    (pen,) = world.goods(50)
    done, failed = at_once(THREADS, lambda _: world.shop.products.reduce_stock(pen, 1).inventory_quantity)
    assert sorted(done) == list(range(50))
    assert [type(e) for e in failed] == [OutOfStock] * (THREADS - 50)
    assert world.stock(pen) == 0


def test_one_account_an_email(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "hash_password", lambda password: "00$00")
    done, failed = at_once(THREADS, lambda n: world.shop.users.register(f"ann{n}", "ann@example.org", "x"))
    assert len(done) == 1
    assert [type(e) for e in failed] == [DuplicateUnique] * (THREADS - 1)
    assert {e.fields for e in failed if isinstance(e, DuplicateUnique)} == {("email",)}
    assert world.shop.users.by_email("ann@example.org") == done[0]
    assert sum(world.shop.users.username_taken(f"ann{n}") for n in range(THREADS)) == 1


def test_no_lost_additions_to_a_cart(world: World) -> None:
    (pen,) = world.goods(1)
    ann = world.user("ann")
    done, failed = at_once(32, lambda _: world.shop.carts.add(ann, pen, 2).quantity)
    assert failed == []
    assert sorted(done) == list(range(2, 66, 2))
    assert world.cart(ann) == {pen: 64}


def test_a_cart_is_checked_out_once(world: World) -> None:
    pen, ink = world.goods(100, 100)
    ann = world.user("ann")
    world.shop.carts.add(ann, pen, 1)
    world.shop.carts.add(ann, ink, 2)
    done, failed = at_once(8, lambda _: world.shop.orders.checkout(ann))
    assert len(done) == 1
    assert [type(e) for e in failed] == [CartEmpty] * 7
    assert (world.stock(pen), world.stock(ink), world.shop.orders.count(ann)) == (99, 98, 1)


def test_checkouts_never_take_what_is_not_there(world: World) -> None:
    pen, ink = world.goods(5, 100)
    buyers = [world.user(f"buyer{n}") for n in range(8)]
    for buyer in buyers:
        world.shop.carts.add(buyer, pen, 1)
        world.shop.carts.add(buyer, ink, 1)
    done, failed = at_once(len(buyers), lambda n: world.shop.orders.checkout(buyers[n]))
    assert len(done) == 5
    assert [type(e) for e in failed] == [CartRefused] * 3
    assert (world.stock(pen), world.stock(ink)) == (0, 95)
    assert sum(world.shop.orders.count(buyer) for buyer in buyers) == 5
    assert sum(len(world.cart(buyer)) for buyer in buyers) == 6
    assert world.shop.products.get(pen).times_ordered == 5


def test_an_order_is_cancelled_once(world: World) -> None:
    (pen,) = world.goods(10)
    ann = world.user("ann")
    order = world.order(ann, (pen, 4))
    assert order.id is not None
    order_id = order.id
    done, _ = at_once(8, lambda _: world.shop.orders.cancel(order_id, ann))
    assert len(done) == 1
    assert world.stock(pen) == 10


def test_two_moves_close_no_circle(world: World) -> None:
    left, right = world.category("Left"), world.category("Right")
    moves = [(left, right), (right, left)]
    done, failed = at_once(2, lambda n: world.shop.categories.move(*moves[n]))
    assert len(done) == 1
    assert [type(e) for e in failed] == [CategoryCycle]
    assert len(names(world.shop.categories.roots())) == 1
