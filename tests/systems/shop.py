"""The shop: AP1 to AP48, but for those that touch no database (6, sign out; 18, the upload of an image).

What else the operations do, on empty stores, is tested by `tests.shop`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal.errors import DuplicateUnique, NotFound, Referenced
from examples.shop.categories import Node
from examples.shop.entities import Category, Order, Product, User
from examples.shop.errors import CartEmpty, CategoryCycle, NotOwner, NotSeller, OrderClosed, WrongPassword
from examples.shop.products import Filters
from examples.shop.seed import seed
from examples.shop.shop import Shop
from tests.shop.world import names, stored_id
from tests.systems.system import System, contract_path

PASSWORD = "battery staple"


@dataclass(frozen=True)
class Own:
    """The shop, and names that nobody has used."""

    shop: Shop
    app: Any

    def name(self, of: str = "") -> str:
        """A name that begins so."""
        return of + uuid.uuid4().hex[:12]

    def user(self, *, sells: bool = False) -> User:
        """A user."""
        name = self.name("user-")
        user = User(username=name, email=f"{name}@example.org", password_hash="00$00", is_seller=sells)
        made: User = self.app.repository(User).create(user)
        return made

    def category(self, parent: Category | None = None) -> Category:
        """A category."""
        return self.shop.categories.create(self.name("Category-"), parent.id if parent else None)

    def goods(self, *stock: int, price: str = "2.50") -> list[Product]:
        """Products of one new seller in one new category, in the order of their times."""
        seller, category = stored_id(self.user(sells=True)), stored_id(self.category())
        return [
            self.shop.products.create(
                Product(
                    seller_id=seller, category_id=category, name=self.name("Thing-"), price=Decimal(price),
                    inventory_quantity=amount,
                )
            )
            for amount in stock
        ]  # fmt: skip

    def bought(self, user_id: int, product: Product, quantity: int = 1) -> Order:
        """An order of a user's."""
        self.shop.carts.add(user_id, stored_id(product), quantity)
        return self.shop.orders.checkout(user_id)


def users(own: Own) -> None:
    """AP1 to AP5, AP7, AP45, AP46, AP48."""
    service, other, name = own.shop.users, own.user(), own.name()
    user = service.register(name, f"{name}@example.org", PASSWORD)
    number = stored_id(user)
    with pytest.raises(DuplicateUnique):
        service.register(user.username, "free@example.org", PASSWORD)
    assert service.sign_in(user.username, PASSWORD) == user
    with pytest.raises(WrongPassword):
        service.sign_in(user.username, "another")
    assert service.profile(number) == service.of_token(number) == user
    moved = f"{own.name()}@example.org"
    changed = service.update_profile(number, first_name="Ann", email=moved)
    assert (changed.first_name, service.by_email(moved), service.by_email(user.email)) == ("Ann", changed, None)
    with pytest.raises(DuplicateUnique):
        service.update_profile(number, username=other.username)
    with pytest.raises(NotSeller):
        service.seller_profile(number)
    seller = service.become_seller(number)
    assert (seller.is_seller, service.seller_profile(number)) == (True, seller)
    assert service.update_seller(number, last_name="Lee").last_name == "Lee"


def own_products(own: Own) -> None:
    """AP11 to AP14, AP16."""
    service, (product,) = own.shop.products, own.goods(3)
    number = stored_id(product)
    assert service.get(number) == product
    changed = service.update(number, product.seller_id, name="Renamed", price=Decimal("3.25"))
    assert (changed.name, changed.price, service.get(number)) == ("Renamed", Decimal("3.25"), changed)
    assert service.set_stock(number, product.seller_id, 9).inventory_quantity == 9
    for act in (service.delete, lambda n, s: service.update(n, s, name="Stolen")):
        with pytest.raises(NotOwner):
            act(number, product.seller_id + 1)
    assert service.delete(number, product.seller_id)
    with pytest.raises(NotFound):
        service.get(number)
    with pytest.raises(NotSeller):
        service.create(
            Product(seller_id=stored_id(own.user()), category_id=product.category_id, name="x", price=Decimal(1))
        )


def lists_of_products(own: Own) -> None:
    """AP8, AP10, AP15, and AP9 as far as it goes: words of the name."""
    service, made = own.shop.products, own.goods(0, 1, 2, 0, 4)
    newest = [p.name for p in reversed(made)]
    assert names(service.browse(limit=5).items) == newest
    stocked = Filters(in_stock=True, min_price=Decimal("2.50"), max_price=Decimal("2.50"))
    assert names(service.browse(stocked, limit=3).items) == [newest[i] for i in (0, 2, 3)]
    for find, number in ((service.by_category, made[0].category_id), (service.by_seller, made[0].seller_id)):
        first = find(number, limit=2)
        second = find(number, limit=2, cursor=first.cursor)
        third = find(number, limit=2, cursor=second.cursor)
        assert [names(page.items) for page in (first, second, third)] == [newest[:2], newest[2:4], newest[4:]]
        assert third.cursor is None
    assert names(service.search(made[2].name).items) == [made[2].name]


def sellers_figures(own: Own) -> None:
    """AP17, AP47."""
    made = own.goods(0, 3, 5)
    own.bought(stored_id(own.user()), made[2], 2)
    found = own.shop.products.dashboard(made[0].seller_id)
    assert found.statistics == own.shop.products.statistics(made[0].seller_id)
    of = found.statistics
    assert (of.products, of.in_stock, of.units, of.stock_value, of.times_ordered) == (3, 2, 6, Decimal("15.00"), 1)
    assert (len(found.newest), names(found.sold_out)) == (3, [made[0].name])


def categories(own: Own) -> None:
    """AP19 to AP28."""
    service, root = own.shop.categories, own.category()
    one, two = sorted((own.category(root), own.category(root)), key=lambda c: c.name)
    below = own.category(one)
    ids = [stored_id(c) for c in (root, one, two, below)]
    assert names(service.starting_with(one.name[:-1]).items) == [one.name]
    everything = names(service.all())
    assert everything == sorted(everything)
    assert {root.name, one.name, two.name, below.name} <= set(everything)
    roots = names(service.roots())
    assert (root.name in roots, one.name in roots) == (True, False)
    assert names(service.children(ids[0])) == [one.name, two.name]
    assert names(service.path(ids[3])) == [root.name, one.name, below.name]
    assert (service.get(ids[0]).child_count, service.get(ids[3])) == (2, below)
    (tree,) = (node for node in service.tree() if node.category.id == ids[0])
    assert _shape([tree]) == {root.name: {one.name: {below.name: {}}, two.name: {}}}
    with pytest.raises(CategoryCycle):
        service.move(ids[0], ids[3])
    new = own.name("Category-")
    assert service.rename(ids[1], new).name == new
    assert service.get(ids[3]).parent_name == new
    assert service.delete(ids[1])
    assert service.get(ids[3]).parent_id is None
    (product,) = own.goods(1)
    with pytest.raises(Referenced):
        service.delete(product.category_id)


def _shape(nodes: list[Node]) -> Any:
    return {node.category.name: _shape(node.children) for node in nodes}


def carts(own: Own) -> None:
    """AP37 to AP44."""
    service, (pen, ink) = own.shop.carts, own.goods(5, 1)
    user, one, two = stored_id(own.user()), stored_id(pen), stored_id(ink)
    service.add(user, one, 2)
    assert service.add(user, one).quantity == 3
    service.add(user, two, 4)
    lines = [(line.product_name, line.product_price, line.quantity) for line in service.lines(user)]
    assert lines == [(pen.name, Decimal("2.50"), 3), (ink.name, Decimal("2.50"), 4)]
    assert [(i.product_id, i.kind, i.wanted, i.available) for i in service.validate(user).issues] == [
        (two, "stock", 4, 1)
    ]
    assert service.set_quantity(user, two, 1).quantity == 1
    assert service.validate(user).issues == []
    found = service.summary(user)
    assert (found.lines, found.units, found.total) == (2, 4, Decimal("10.00"))
    assert (service.remove(user, two), service.remove(user, two)) == (True, False)
    assert (service.clear(user), service.lines(user)) == (1, [])


def orders(own: Own) -> None:
    """AP29 to AP35, and AP36 as far as it goes: names of products in one user's orders."""
    service, (pen, ink) = own.shop.orders, own.goods(9, 9)
    user = stored_id(own.user())
    with pytest.raises(CartEmpty):
        service.checkout(user)
    first, second, third = own.bought(user, pen, 2), own.bought(user, ink), own.bought(user, pen)
    assert (first.total_amount, first.items[0].price_at_time) == (Decimal("5.00"), Decimal("2.50"))
    assert own.shop.products.get(stored_id(pen)).inventory_quantity == 6
    page = service.history(user, limit=2)
    assert page.items == service.recent(user, 2) == [third, second]
    assert service.history(user, limit=2, cursor=page.cursor).items == [first]
    assert service.get(stored_id(first), user) == first
    with pytest.raises(NotOwner):
        service.get(stored_id(first), user + 1)
    assert service.cancel(stored_id(first), user).status == "cancelled"
    assert own.shop.products.get(stored_id(pen)).inventory_quantity == 8
    assert service.set_status(stored_id(second), "completed").status == "completed"
    with pytest.raises(OrderClosed):
        service.cancel(stored_id(second), user)
    of = service.summary(user)
    assert (of.orders, of.pending, of.completed, of.cancelled, of.spent) == (3, 1, 1, 1, Decimal("5.00"))
    assert [order.id for order in service.search(user, ink.name)] == [second.id]


def _numbered(attempt: Callable[[Own], None], *numbers: int) -> dict[str, Callable[[Any], None]]:
    """One attempt under the numbers of the access patterns that it tries."""

    def on(app: Any) -> None:
        attempt(Own(Shop.on(app), app))

    return {f"AP{n}": on for n in numbers}


SYSTEM = System(
    name="shop",
    contract=contract_path("shop"),
    patterns={
        **_numbered(users, 1, 2, 3, 4, 5, 7, 45, 46, 48),
        **_numbered(own_products, 11, 12, 13, 14, 16),
        **_numbered(lists_of_products, 8, 9, 10, 15),
        **_numbered(sellers_figures, 17, 47),
        **_numbered(categories, *range(19, 29)),
        **_numbered(carts, *range(37, 45)),
        **_numbered(orders, *range(29, 37)),
    },
    seed=seed,
)
