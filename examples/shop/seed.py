"""The same small shop every time: users, a tree of categories, products, carts and orders.

`python -m examples.shop.seed` writes it to the store that is configured, through the repositories.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import click

import crossfade
from crossfade.dal.errors import CrossfadeError
from examples.shop.backend import Backend
from examples.shop.entities import CartLine, Category, Order, OrderItem, OrderStatus, Product, User
from examples.shop.passwords import hash_password
from examples.shop.shop import CONTRACT

PASSWORD = "correct horse"  # noqa: S105 - of accounts that exist in examples only
START = datetime(2026, 1, 1, 9, tzinfo=UTC)

# name, sells, is super admin
_USERS = (
    ("ada", True, True),
    ("ben", True, False),
    ("cleo", False, False),
    ("dan", False, False),
    ("eve", False, True),
    ("finn", False, False),
)
# name, parent
_CATEGORIES = (
    ("Technology", None),
    ("Electronics", "Technology"),
    ("Phones", "Electronics"),
    ("Audio", "Electronics"),
    ("Computers", "Technology"),
    ("Home", None),
    ("Kitchen", "Home"),
    ("Garden", "Home"),
    ("Books", None),
    ("Novels", "Books"),
)
# name, seller, category, price, stock
_PRODUCTS = (
    ("Pocket Phone", "ada", "Phones", "199.00", 25),
    ("Big Phone", "ada", "Phones", "499.90", 8),
    ("Old Phone", "ben", "Phones", "49.95", 0),
    ("Headphones", "ada", "Audio", "89.00", 40),
    ("Kitchen Radio", "ben", "Audio", "34.50", 12),
    ("Notebook Computer", "ada", "Computers", "1049.00", 5),
    ("Mechanical Keyboard", "ada", "Computers", "119.99", 30),
    ("Bread Knife", "ben", "Kitchen", "24.00", 60),
    ("Cast Iron Pan", "ben", "Kitchen", "39.90", 18),
    ("Tea Pot", "ben", "Kitchen", "29.00", 3),
    ("Watering Can", "ben", "Garden", "19.50", 22),
    ("Garden Chair", "ben", "Garden", "59.00", 9),
    ("Middlemarch", "ada", "Novels", "12.00", 100),
    ("The Waves", "ada", "Novels", "10.50", 70),
    ("Collected Short Novels", "ada", "Novels", "45.00", 50),
)
# user, product, quantity
_CARTS = (
    ("cleo", "Tea Pot", 2),
    ("cleo", "Middlemarch", 1),
    ("dan", "Old Phone", 1),
    ("dan", "Notebook Computer", 7),
    ("dan", "Bread Knife", 2),
)
# user, status, then product and quantity of each item
_ORDERS: tuple[tuple[str, OrderStatus, tuple[tuple[str, int], ...]], ...] = (
    ("cleo", "completed", (("Bread Knife", 1), ("Cast Iron Pan", 1))),
    ("cleo", "completed", (("Middlemarch", 2),)),
    ("dan", "cancelled", (("Headphones", 1),)),
    ("cleo", "pending", (("Pocket Phone", 1), ("Headphones", 1))),
    ("finn", "pending", (("The Waves", 3),)),
    ("cleo", "pending", (("Watering Can", 1),)),
)


def seed(backend: Backend) -> dict[str, int]:
    """Write the rows to an empty store.

    Returns:
        The ids by name of users, categories and products; those of orders as `order 1`, `order 2` ...

    Raises:
        DuplicateUnique: the store was seeded before.
    """
    ids: dict[str, int] = {}
    moments = (START + timedelta(hours=n) for n in range(1000))
    users = backend.repository(User)
    for name, sells, admin in _USERS:
        user = User(
            username=name,
            email=f"{name}@example.org",
            password_hash=hash_password(PASSWORD, salt=name.encode()),
            is_seller=sells,
            super_admin=admin,
            created_at=next(moments),
        )
        ids[name] = _id(users.create(user).id)
    categories = backend.repository(Category)
    for name, parent in _CATEGORIES:
        category = Category(name=name, parent_id=ids[parent] if parent else None, created_at=next(moments))
        ids[name] = _id(categories.create(category).id)
    products = backend.repository(Product)
    for name, seller, category_name, price, stock in _PRODUCTS:
        product = Product(
            name=name,
            seller_id=ids[seller],
            category_id=ids[category_name],
            price=Decimal(price),
            inventory_quantity=stock,
            description=f"{name}, sold by {seller}.",
            created_at=next(moments),
        )
        ids[name] = _id(products.create(product).id)
    carts = backend.repository(CartLine)
    for user_name, name, quantity in _CARTS:
        carts.create(
            CartLine(user_id=ids[user_name], product_id=ids[name], quantity=quantity, created_at=next(moments))
        )
    for number, (user_name, status, lines) in enumerate(_ORDERS, 1):
        order = _order(ids, user_name, status, lines, next(moments))
        ids[f"order {number}"] = _id(backend.repository(Order).create(order).id)
    return ids


def _order(
    ids: dict[str, int], user: str, status: OrderStatus, lines: tuple[tuple[str, int], ...], moment: datetime
) -> Order:
    prices = {name: Decimal(price) for name, _, _, price, _ in _PRODUCTS}
    items = [OrderItem(product_id=ids[n], quantity=q, price_at_time=prices[n]) for n, q in lines]
    total = sum((item.price_at_time * item.quantity for item in items), Decimal(0))
    return Order(user_id=ids[user], status=status, total_amount=total, items=items, created_at=moment)


def _id(given: int | None) -> int:
    if given is None:
        raise ValueError("the store gave no id")
    return given


@click.command()
def main() -> None:
    """Seed the configured store, which has to be empty."""
    try:
        with crossfade.open(os.environ.get("CROSSFADE_CONTRACT") or CONTRACT) as app:
            ids = seed(app)
    except CrossfadeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(ids)} rows, carts not counted; every password is {PASSWORD!r}")


if __name__ == "__main__":
    main()
