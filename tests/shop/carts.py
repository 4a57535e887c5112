"""Carts: AP37 to AP44."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crossfade.dal.errors import InvalidValue, MissingReference, NotFound
from examples.shop.errors import Issue
from tests.shop.world import World


def test_ap39_adds_to_what_is_there(world: World) -> None:
    pen, _ = world.goods(10, 10)
    ann = world.user("ann")
    first = world.shop.carts.add(ann, pen, 2)
    assert (first.quantity, first.product_name, first.product_price) == (2, "Thing 1", Decimal("10.00"))
    assert first.id is not None
    world.clock.tick(60)
    second = world.shop.carts.add(ann, pen, 3)
    assert (second.quantity, second.id, second.created_at) == (5, first.id, first.created_at)
    assert second.updated_at == world.clock.now
    assert world.shop.carts.count(ann) == 1


def test_ap39_refusals(world: World) -> None:
    (pen,) = world.goods(10)
    ann = world.user("ann")
    for user, product in ((ann, 10_000), (10_000, pen)):
        with pytest.raises(MissingReference):
            world.shop.carts.add(user, product)
    for quantity in (0, -1, 2**32):
        with pytest.raises(InvalidValue):
            world.shop.carts.add(ann, pen, quantity)
    assert world.cart(ann) == {}
    world.shop.carts.add(ann, pen, 2**32 - 1)
    with pytest.raises(InvalidValue):
        world.shop.carts.add(ann, pen, 1)
    assert world.cart(ann) == {pen: 2**32 - 1}


def test_ap38_lines_and_one_line(world: World) -> None:
    pen, ink, cap = world.goods(10, 10, 10)
    ann, bob = world.user("ann"), world.user("bob")
    for product in (cap, pen):
        world.shop.carts.add(ann, product)
    world.shop.carts.add(bob, ink)
    assert [line.product_id for line in world.shop.carts.lines(ann)] == [pen, cap]
    assert world.shop.carts.line(ann, pen) == world.shop.carts.lines(ann)[0]
    assert world.shop.carts.line(ann, ink) is None
    assert world.shop.carts.line(10_000, ink) is None
    assert world.shop.carts.lines(10_000) == []


def test_ap40_set_quantity(world: World) -> None:
    pen, ink = world.goods(10, 10)
    ann = world.user("ann")
    world.shop.carts.add(ann, pen, 2)
    assert world.shop.carts.set_quantity(ann, pen, 7).quantity == 7
    with pytest.raises(InvalidValue):
        world.shop.carts.set_quantity(ann, pen, 0)
    for user, product in ((ann, ink), (10_000, pen)):
        with pytest.raises(NotFound):
            world.shop.carts.set_quantity(user, product, 1)
    assert world.cart(ann) == {pen: 7}


def test_ap41_remove(world: World) -> None:
    pen, ink = world.goods(10, 10)
    ann = world.user("ann")
    world.shop.carts.add(ann, pen)
    world.shop.carts.add(ann, ink)
    assert world.shop.carts.remove(ann, pen) is True
    assert world.shop.carts.remove(ann, pen) is False
    assert world.shop.carts.remove(10_000, ink) is False
    assert world.cart(ann) == {ink: 1}


def test_ap42_clear(world: World) -> None:
    pen, ink = world.goods(10, 10)
    ann, bob = world.user("ann"), world.user("bob")
    for user in (ann, bob):
        for product in (pen, ink):
            world.shop.carts.add(user, product)
    assert world.shop.carts.clear(ann) == 2
    assert world.shop.carts.clear(ann) == 0
    assert (world.cart(ann), world.cart(bob)) == ({}, {pen: 1, ink: 1})


def test_ap43_summary_and_count(world: World) -> None:
    pen, ink = world.goods(10, 10, price="0.10")
    ann = world.user("ann")
    world.shop.carts.add(ann, pen, 3)
    world.shop.carts.add(ann, ink, 4)
    found = world.shop.carts.summary(ann)
    assert (found.lines, found.units, found.total) == (2, 7, Decimal("0.70"))
    assert world.shop.carts.count(ann) == 2
    assert world.shop.carts.summary(10_000).total == 0
    assert world.shop.carts.count(10_000) == 0


def test_ap44_ap37_every_issue(world: World) -> None:
    pen, ink, cap, nib = world.goods(10, 2, 0, 5)
    ann = world.user("ann")
    for product, quantity in ((pen, 10), (ink, 3), (cap, 1), (nib, 5)):
        world.shop.carts.add(ann, product, quantity)
    check = world.shop.carts.validate(ann)
    assert check.issues == [Issue(ink, "stock", 3, 2), Issue(cap, "stock", 1, 0)]
    assert [line.product_id for line in check.lines] == [pen, ink, cap, nib]
    world.shop.carts.set_quantity(ann, ink, 2)
    world.shop.carts.remove(ann, cap)
    assert world.shop.carts.validate(ann).issues == []
    assert world.shop.carts.validate(10_000).lines == []


def test_a_long_cart_is_read_whole(world: World) -> None:
    products = world.goods(*([1] * 120))
    ann = world.user("ann")
    for product in products:
        world.shop.carts.add(ann, product)
    assert len(world.shop.carts.lines(ann)) == 120
    assert len(world.shop.carts.validate(ann).products) == 120
    assert world.shop.carts.clear(ann) == 120
