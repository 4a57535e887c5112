"""Orders: AP29 to AP36."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crossfade.dal import Add, F
from crossfade.dal.errors import ConditionFailed, NotFound
from examples.shop.entities import CartLine, Order, OrderItem, Product
from examples.shop.errors import CartEmpty, CartRefused, CartTooLong, NotOwner, OrderClosed
from examples.shop.orders import MAX_LINES
from tests.shop.world import World, stored_id


def test_ap29_checkout(world: World) -> None:
    pen, ink = world.goods(10, 3, price="1.05")
    ann = world.user("ann")
    world.shop.carts.add(ann, pen, 4)
    world.shop.carts.add(ann, ink, 3)
    world.clock.tick()
    order = world.shop.orders.checkout(ann)
    assert order.id is not None
    assert (order.user_id, order.status, order.total_amount) == (ann, "pending", Decimal("7.35"))
    assert order.items == [
        OrderItem(product_id=pen, quantity=4, price_at_time=Decimal("1.05")),
        OrderItem(product_id=ink, quantity=3, price_at_time=Decimal("1.05")),
    ]
    assert order.created_at == world.clock.now
    assert world.shop.orders.get(order.id, ann) == order
    assert (world.stock(pen), world.stock(ink), world.cart(ann)) == (6, 0, {})
    assert [world.shop.products.get(p).times_ordered for p in (pen, ink)] == [1, 1]
    with pytest.raises(CartEmpty):
        world.shop.orders.checkout(ann)


def test_ap29_every_issue_and_nothing_done(world: World) -> None:
    pen, ink, cap = world.goods(10, 2, 0)
    ann = world.user("ann")
    for product in (pen, ink, cap):
        world.shop.carts.add(ann, product, 3)
    with pytest.raises(CartRefused) as caught:
        world.shop.orders.checkout(ann)
    assert [(i.product_id, i.available) for i in caught.value.issues] == [(ink, 2), (cap, 0)]
    assert [world.stock(p) for p in (pen, ink, cap)] == [10, 2, 0]
    assert world.cart(ann) == {pen: 3, ink: 3, cap: 3}
    assert world.shop.orders.count(ann) == 0


def test_ap29_the_transaction_itself_is_all_or_nothing(world: World) -> None:
    """As if the second product had been sold between the look at the stock and the commit."""
    pen, ink = world.goods(10, 2)
    ann = world.user("ann")
    world.shop.carts.add(ann, pen, 1)

    def buy() -> None:
        with world.backend.unit_of_work() as work:
            work.repository(CartLine).delete({"user_id": ann, "product_id": pen})
            for product, quantity in ((pen, 1), (ink, 3)):
                enough = F("inventory_quantity") >= quantity
                work.repository(Product).update(product, {"inventory_quantity": Add(-quantity)}, where=enough)
            item = OrderItem(product_id=pen, quantity=1, price_at_time=Decimal(10))
            work.repository(Order).create(Order(user_id=ann, total_amount=Decimal(10), items=[item]))
            work.commit()

    with pytest.raises(ConditionFailed):
        buy()
    assert (world.stock(pen), world.stock(ink), world.cart(ann)) == (10, 2, {pen: 1})
    assert (world.shop.orders.count(ann), world.shop.products.get(pen).times_ordered) == (0, 0)


def test_ap29_a_unit_that_is_left_keeps_nothing(world: World) -> None:
    (pen,) = world.goods(10)
    ann = world.user("ann")
    with world.backend.unit_of_work() as work:
        work.repository(Product).update(pen, {"inventory_quantity": Add(-1)})
        work.repository(Order).create(Order(user_id=ann, total_amount=Decimal(1)))
    assert (world.stock(pen), world.shop.orders.count(ann)) == (10, 0)


def test_ap29_as_many_lines_as_fit_one_transaction(world: World) -> None:
    products = world.goods(*([2] * (MAX_LINES + 1)))
    ann = world.user("ann")
    for product in products:
        world.shop.carts.add(ann, product)
    with pytest.raises(CartTooLong):
        world.shop.orders.checkout(ann)
    assert {world.stock(p) for p in products} == {2}
    world.shop.carts.remove(ann, products[-1])
    order = world.shop.orders.checkout(ann)
    assert [item.product_id for item in order.items] == products[:-1]
    assert world.cart(ann) == {}
    assert {world.stock(p) for p in products[:-1]} == {1}


def test_ap31_owner_checked(world: World) -> None:
    (pen,) = world.goods(10)
    ann, bob = world.user("ann"), world.user("bob")
    order = world.order(ann, (pen, 1))
    order_id = stored_id(order)
    assert world.shop.orders.get(order_id, ann) == order
    with pytest.raises(NotOwner):
        world.shop.orders.get(order_id, bob)
    with pytest.raises(NotFound):
        world.shop.orders.get(order_id + 1000, ann)


def test_ap30_ap35_history_newest_first_with_pages(world: World) -> None:
    (pen,) = world.goods(100)
    ann, bob = world.user("ann"), world.user("bob")
    ids = [stored_id(world.order(ann, (pen, n))) for n in range(1, 8)]
    world.order(bob, (pen, 1))
    seen: list[int | None] = []
    cursor = None
    for size in (3, 3, 1):
        page = world.shop.orders.history(ann, limit=3, cursor=cursor)
        assert len(page.items) == size
        seen += [order.id for order in page.items]
        cursor = page.cursor
    assert (seen, cursor) == (ids[::-1], None)
    assert [order.id for order in world.shop.orders.recent(ann)] == ids[:1:-1]
    assert [order.items[0].quantity for order in world.shop.orders.recent(ann, 2)] == [7, 6]
    assert (world.shop.orders.count(ann), world.shop.orders.count(bob)) == (7, 1)
    assert world.shop.orders.history(10_000).items == []


def test_ap30_history_of_a_status(world: World) -> None:
    (pen,) = world.goods(100)
    ann = world.user("ann")
    ids = [stored_id(world.order(ann, (pen, 1))) for _ in range(6)]
    for order_id in ids[::2]:
        world.shop.orders.set_status(order_id, "completed")
    page = world.shop.orders.history(ann, status="completed", limit=2)
    assert [order.id for order in page.items] == [ids[4], ids[2]]
    rest = world.shop.orders.history(ann, status="completed", limit=2, cursor=page.cursor)
    assert ([order.id for order in rest.items], rest.cursor) == ([ids[0]], None)


def test_ap32_cancel_puts_back_into_stock(world: World) -> None:
    pen, ink = world.goods(10, 10)
    ann, bob = world.user("ann"), world.user("bob")
    order_id = stored_id(world.order(ann, (pen, 4), (ink, 1)))
    with pytest.raises(NotOwner):
        world.shop.orders.cancel(order_id, bob)
    world.clock.tick()
    order = world.shop.orders.cancel(order_id, ann)
    assert (order.status, order.updated_at) == ("cancelled", world.clock.now)
    assert (world.stock(pen), world.stock(ink)) == (10, 10)
    with pytest.raises(OrderClosed):
        world.shop.orders.cancel(order_id, ann)
    with pytest.raises(NotFound):
        world.shop.orders.cancel(order_id + 1000, ann)
    assert world.stock(pen) == 10


def test_ap33_summary(world: World) -> None:
    (pen,) = world.goods(100, price="2.50")
    ann = world.user("ann")
    ids = [stored_id(world.order(ann, (pen, n))) for n in (1, 2, 3, 4)]
    world.shop.orders.set_status(ids[0], "completed")
    world.shop.orders.cancel(ids[3], ann)
    found = world.shop.orders.summary(ann)
    assert (found.orders, found.pending, found.completed, found.cancelled) == (4, 2, 1, 1)
    assert found.spent == Decimal("15.00")
    assert world.shop.orders.summary(10_000).orders == 0


def test_ap34_status(world: World) -> None:
    (pen,) = world.goods(100)
    ann = world.user("ann")
    first, second = (stored_id(world.order(ann, (pen, 1))) for _ in range(2))
    assert world.shop.orders.set_status(first, "completed").status == "completed"
    with pytest.raises(OrderClosed):
        world.shop.orders.cancel(first, ann)
    with pytest.raises(OrderClosed):
        world.shop.orders.set_status(first, "cancelled")
    world.shop.orders.cancel(second, ann)
    with pytest.raises(OrderClosed):
        world.shop.orders.set_status(second, "pending")
    with pytest.raises(NotFound):
        world.shop.orders.set_status(second + 1000, "completed")


def test_by_status_oldest_first(world: World) -> None:
    (pen,) = world.goods(100)
    users = [world.user("ann"), world.user("bob")]
    ids = [stored_id(world.order(users[n % 2], (pen, 1))) for n in range(5)]
    world.shop.orders.set_status(ids[1], "completed")
    page = world.shop.orders.by_status("pending", limit=3)
    assert [order.id for order in page.items] == [ids[0], ids[2], ids[3]]
    assert [order.items[0].quantity for order in page.items] == [1, 1, 1]
    rest = world.shop.orders.by_status("pending", limit=3, cursor=page.cursor)
    assert ([order.id for order in rest.items], rest.cursor) == ([ids[4]], None)
    assert [order.id for order in world.shop.orders.by_status("completed").items] == [ids[1]]
    assert world.shop.orders.by_status("cancelled").items == []


def test_ap36_search_in_a_users_orders(world: World) -> None:
    pen, ink = world.goods(100, 100)
    world.shop.products.update(ink, world.shop.products.get(ink).seller_id, name="Royal Blue Ink")
    ann, bob = world.user("ann"), world.user("bob")
    one = world.order(ann, (pen, 1))
    two = world.order(ann, (pen, 1), (ink, 1))
    world.order(bob, (ink, 1))
    assert world.shop.orders.search(ann, "blue ink") == [two]
    assert world.shop.orders.search(ann, "thing") == [two, one]
    assert world.shop.orders.search(ann, "nothing") == []
