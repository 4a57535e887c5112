"""Products: AP8 to AP18, AP47, and what a changed or deleted product does to carts and orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crossfade.dal import F
from crossfade.dal.errors import (
    ConditionFailed,
    InvalidCursor,
    InvalidValue,
    MissingReference,
    NotFound,
    Referenced,
)
from examples.shop.entities import Product
from examples.shop.errors import NotOwner, NotSeller, OutOfStock
from examples.shop.products import Filters
from tests.shop.world import World, names, stored_id


def test_ap12_ap11_create_and_get(world: World) -> None:
    seller, root = world.seller(), world.category("Technology")
    phones = world.category("Phones", world.category("Electronics", root))
    made = world.shop.products.create(
        Product(seller_id=seller, category_id=phones, name="Fone", price=Decimal("99.5"), description="ö" * 500)
    )
    assert (made.price, made.inventory_quantity, made.image_url, made.times_ordered) == (Decimal("99.50"), 0, None, 0)
    assert (made.category_name, made.category_path) == ("Phones", "Phones < Electronics < Technology")
    assert world.shop.products.get(stored_id(made)) == made
    with pytest.raises(NotFound):
        world.shop.products.get(10_000)


def test_ap12_refusals(world: World) -> None:
    seller, category = world.seller(), world.category("Things")

    def product(seller_id: int, category_id: int, price: str = "1") -> Product:
        return Product(seller_id=seller_id, category_id=category_id, name="Pen", price=Decimal(price))

    with pytest.raises(NotSeller):
        world.shop.products.create(product(world.user("ann"), category))
    for refused in (product(10_000, category), product(seller, 10_000)):
        with pytest.raises(MissingReference):
            world.shop.products.create(refused)
    for price in ("-0.01", "100000000"):
        with pytest.raises(InvalidValue):
            world.shop.products.create(product(seller, category, price))
    assert world.shop.products.browse().items == []


def test_details(world: World) -> None:
    (pen,) = world.goods(1)
    found = world.shop.products.details(pen)
    assert (found.product.id, found.category.name, found.seller.username) == (pen, "Things", "sally")
    with pytest.raises(NotFound):
        world.shop.products.details(10_000)


def test_ap13_update_by_the_owner_alone(world: World) -> None:
    (pen,) = world.goods(5)
    owner, other = world.shop.products.get(pen).seller_id, world.seller("bob")
    world.clock.tick(60)
    changed = world.shop.products.update(pen, owner, name="Pencil", price=Decimal("2.50"), image_url="https://x/1")
    assert (changed.name, changed.price, changed.image_url) == ("Pencil", Decimal("2.50"), "https://x/1")
    assert changed.updated_at == world.clock.now
    with pytest.raises(NotOwner):
        world.shop.products.update(pen, other, name="Mine")
    with pytest.raises(NotFound):
        world.shop.products.update(10_000, owner, name="Nothing")
    with pytest.raises(TypeError):
        world.shop.products.update(pen, owner, times_ordered=0)
    with pytest.raises(InvalidValue):
        world.shop.products.update(pen, owner, price=Decimal(-1))
    with pytest.raises(MissingReference):
        world.shop.products.update(pen, owner, category_id=10_000)
    assert world.shop.products.get(pen) == changed


def test_ap13_unchanged_since(world: World) -> None:
    (pen,) = world.goods(5)
    seen = world.shop.products.get(pen)
    assert seen.updated_at is not None
    world.clock.tick()
    world.shop.products.update(pen, seen.seller_id, name="First")
    with pytest.raises(ConditionFailed):
        world.shop.products.update(pen, seen.seller_id, unchanged=F("updated_at") == seen.updated_at, name="Second")
    assert world.shop.products.get(pen).name == "First"


def test_ap13_another_category_changes_path_and_counts(world: World) -> None:
    (pen,) = world.goods(5)
    old = world.shop.products.get(pen)
    new = world.category("Office", world.category("Home"))
    moved = world.shop.products.update(pen, old.seller_id, category_id=new)
    assert moved.category_path == "Office < Home"
    assert world.shop.categories.product_count(old.category_id) == 0
    assert world.shop.categories.product_count(new) == 1
    assert names(world.shop.products.by_category(old.category_id).items) == []
    assert names(world.shop.products.by_category(new).items) == ["Thing 1"]


def test_ap14_delete_by_the_owner_alone(world: World) -> None:
    pen, ink = world.goods(5, 5)
    owner, other, ann = world.shop.products.get(pen).seller_id, world.seller("bob"), world.user("ann")
    category = world.shop.products.get(pen).category_id
    world.shop.carts.add(ann, pen, 2)
    world.shop.carts.add(ann, ink, 2)
    with pytest.raises(NotOwner):
        world.shop.products.delete(pen, other)
    assert world.shop.products.delete(pen, owner) is True
    assert world.shop.products.delete(pen, owner) is False
    assert world.cart(ann) == {ink: 2}
    assert world.shop.categories.product_count(category) == 1


def test_ap14_what_was_ordered_stays(world: World) -> None:
    (pen,) = world.goods(5)
    owner = world.shop.products.get(pen).seller_id
    world.order(world.user("ann"), (pen, 1))
    with pytest.raises(Referenced):
        world.shop.products.delete(pen, owner)
    assert world.shop.products.get(pen).times_ordered == 1


def shelf(world: World) -> tuple[int, int, int]:
    """Nine products: pens and books of two sellers; prices 1 to 9; every third is sold out."""
    sally, bob = world.seller("sally"), world.seller("bob")
    pens, books = world.category("Pens"), world.category("Books")
    for n in range(1, 10):
        world.product(f"No {n}", bob if n > 6 else sally, books if n % 2 else pens, f"{n}.00", 0 if n % 3 == 0 else n)
    return sally, pens, books


def numbers(products: list[Product]) -> list[int]:
    return [int(p.name.removeprefix("No ")) for p in products]


def test_ap08_filters(world: World) -> None:
    sally, pens, books = shelf(world)
    low, high = Decimal(3), Decimal(7)
    for filters, expected in [
        (Filters(), [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (Filters(category_id=pens), [8, 6, 4, 2]),
        (Filters(seller_id=sally), [6, 5, 4, 3, 2, 1]),
        (Filters(category_id=books, seller_id=sally), [5, 3, 1]),
        (Filters(in_stock=True), [8, 7, 5, 4, 2, 1]),
        (Filters(min_price=Decimal("7.01")), [9, 8]),
        (Filters(max_price=Decimal(2)), [2, 1]),
        (Filters(min_price=low, max_price=high), [7, 6, 5, 4, 3]),
        (Filters(min_price=low, max_price=high, in_stock=True, category_id=books), [7, 5]),
        (Filters(category_id=10_000), []),
    ]:
        assert numbers(world.shop.products.browse(filters).items) == expected, filters


@pytest.mark.parametrize("size", [1, 2, 3, 4, 10])
def test_ap08_pages(world: World, size: int) -> None:
    shelf(world)
    filters = Filters(in_stock=True)
    seen: list[int] = []
    cursor = None
    while True:
        page = world.shop.products.browse(filters, limit=size, cursor=cursor)
        seen += numbers(page.items)
        if page.cursor is None:
            break
        assert len(page.items) == size
        cursor = page.cursor
    assert seen == [8, 7, 5, 4, 2, 1]


def test_ap08_a_page_goes_on_where_it_was_though_rows_come_and_go(world: World) -> None:
    sally, pens, _ = shelf(world)
    first = world.shop.products.browse(limit=3)
    world.product("No 10", sally, pens)
    assert world.shop.products.delete(stored_id(first.items[-1]), first.items[-1].seller_id)
    assert numbers(world.shop.products.browse(limit=3, cursor=first.cursor).items) == [6, 5, 4]


def test_ap08_a_cursor_of_another_list_is_refused(world: World) -> None:
    _, pens, books = shelf(world)
    cursor = world.shop.products.by_category(books, limit=1).cursor
    assert cursor is not None
    for wrong in (cursor, cursor[:-2] + "AA", "nonsense"):
        with pytest.raises(InvalidCursor):
            world.shop.products.by_category(pens, limit=1, cursor=wrong)


def test_ap08_products_of_one_moment_have_a_fixed_order(world: World) -> None:
    seller, category = world.seller(), world.category("Things")
    for n in range(1, 6):
        world.clock.tick(-1)
        world.product(f"No {n}", seller, category)
    first = world.shop.products.browse(limit=3)
    assert numbers(first.items) == [5, 4, 3]
    assert numbers(world.shop.products.browse(limit=3, cursor=first.cursor).items) == [2, 1]


def test_ap09_search_by_words(world: World) -> None:
    seller, category = world.seller(), world.category("Things")
    for name in ("Red pen", "Blue Pen", "Pencil case", "RED INK", "100% cotton_bag"):
        world.product(name, seller, category)
    for text, expected in [
        ("pen", ["Pencil case", "Blue Pen", "Red pen"]),
        ("PEN red", ["Red pen"]),
        ("INK", ["RED INK"]),
        ("0%", ["100% cotton_bag"]),
        ("n_b", ["100% cotton_bag"]),
        ("nothing", []),
    ]:
        assert names(world.shop.products.search(text).items) == expected, text
    page = world.shop.products.search("Pen", limit=2)
    assert names(page.items) == ["Pencil case", "Blue Pen"]
    assert names(world.shop.products.search("Pen", limit=2, cursor=page.cursor).items) == ["Red pen"]


def test_ap10_ap15_lists_of_category_and_seller(world: World) -> None:
    sally, pens, _ = shelf(world)
    page = world.shop.products.by_category(pens, limit=3)
    assert numbers(page.items) == [8, 6, 4]
    assert numbers(world.shop.products.by_category(pens, limit=3, cursor=page.cursor).items) == [2]
    assert numbers(world.shop.products.by_seller(sally).items) == [6, 5, 4, 3, 2, 1]
    assert page.items[0] == world.shop.products.get(stored_id(page.items[0]))


def test_ap16_set_stock(world: World) -> None:
    (pen,) = world.goods(5)
    owner = world.shop.products.get(pen).seller_id
    assert world.shop.products.set_stock(pen, owner, 0).inventory_quantity == 0
    with pytest.raises(NotOwner):
        world.shop.products.set_stock(pen, owner + 1000, 7)
    for amount in (-1, 2**32):
        with pytest.raises(InvalidValue):
            world.shop.products.set_stock(pen, owner, amount)
    assert world.stock(pen) == 0


def test_reduce_stock_only_if_there_is_enough(world: World) -> None:
    (pen,) = world.goods(5)
    assert world.shop.products.reduce_stock(pen, 3).inventory_quantity == 2
    with pytest.raises(OutOfStock) as caught:
        world.shop.products.reduce_stock(pen, 3)
    assert (caught.value.wanted, caught.value.available) == (3, 2)
    assert world.shop.products.reduce_stock(pen, 2).inventory_quantity == 0
    with pytest.raises(NotFound):
        world.shop.products.reduce_stock(10_000, 1)
    with pytest.raises(InvalidValue):
        world.shop.products.reduce_stock(pen, -1)


def test_has_stock(world: World) -> None:
    (pen,) = world.goods(5)
    enough = world.shop.products.has_stock
    assert (enough(pen, 5), enough(pen, 6), enough(10_000, 1)) == (True, False, False)


def test_ap17_ap47_figures(world: World) -> None:
    sally, _, _ = shelf(world)
    world.order(world.user("ann"), (stored_id(world.shop.products.by_seller(sally).items[-1]), 1))
    found = world.shop.products.statistics(sally)
    assert (found.products, found.in_stock, found.units, found.times_ordered) == (6, 3, 11, 1)
    assert found.stock_value == Decimal("45.00")
    assert (found.lowest_price, found.highest_price) == (Decimal(1), Decimal(6))
    dashboard = world.shop.products.dashboard(sally)
    assert dashboard.statistics == found
    assert (numbers(dashboard.newest), numbers(dashboard.sold_out)) == ([6, 5, 4, 3, 2], [6, 3, 1])
    nothing = world.shop.products.statistics(10_000)
    assert (nothing.products, nothing.stock_value) == (0, Decimal(0))
    assert nothing.lowest_price is None


def test_a_rename_and_a_new_price_show_in_carts_not_in_orders(world: World) -> None:
    (pen,) = world.goods(9)
    owner, ann, bob = world.shop.products.get(pen).seller_id, world.user("ann"), world.user("bob")
    order = world.order(ann, (pen, 2))
    for user in (ann, bob):
        world.shop.carts.add(user, pen, 1)
    world.shop.products.update(pen, owner, name="Pencil", price=Decimal("3.33"))
    for user in (ann, bob):
        (line,) = world.shop.carts.lines(user)
        assert (line.product_name, line.product_price) == ("Pencil", Decimal("3.33"))
    assert world.shop.carts.summary(bob).total == Decimal("3.33")
    assert world.shop.orders.get(stored_id(order), ann) == order
    assert order.items[0].price_at_time == Decimal("10.00")
