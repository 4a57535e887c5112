"""What a test of the shop starts with: a backend, the services on it, a clock, and rows made in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any, TypeVar

from examples.shop.backend import Backend
from examples.shop.entities import CartLine, Category, Order, Product, User
from examples.shop.shop import Shop

T = TypeVar("T")


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float = 1) -> None:
        """Move on."""
        self.now += timedelta(seconds=seconds)


@dataclass
class World:
    """A shop on an empty store. Each row that is made is a second younger than the one before."""

    backend: Backend
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.shop = Shop.on(self.backend)

    def user(self, name: str, **fields: Any) -> int:
        """A user called `name`; returns the id."""
        self.clock.tick()
        given = {"username": name, "email": f"{name}@example.org", "password_hash": "00$00", **fields}
        return stored_id(self.backend.repository(User).create(User(**given)))

    def seller(self, name: str = "sally") -> int:
        """A user who sells; returns the id."""
        return self.user(name, is_seller=True)

    def category(self, name: str, parent_id: int | None = None) -> int:
        """A category; returns the id."""
        self.clock.tick()
        return stored_id(self.shop.categories.create(name, parent_id))

    def product(self, name: str, seller_id: int, category_id: int, price: str = "10.00", stock: int = 10) -> int:
        """A product; returns the id."""
        self.clock.tick()
        product = Product(
            name=name, seller_id=seller_id, category_id=category_id, price=Decimal(price), inventory_quantity=stock
        )
        return stored_id(self.shop.products.create(product))

    def goods(self, *stock: int, price: str = "10.00") -> list[int]:
        """Products of one seller in one category, with these stocks; returns the ids."""
        seller, category = self.seller(), self.category("Things")
        return [self.product(f"Thing {n}", seller, category, price, amount) for n, amount in enumerate(stock, 1)]

    def order(self, user_id: int, *lines: tuple[int, int]) -> Order:
        """An order of products and quantities, through the cart."""
        self.clock.tick()
        for product_id, quantity in lines:
            self.shop.carts.add(user_id, product_id, quantity)
        return self.shop.orders.checkout(user_id)

    def stock(self, product_id: int) -> int:
        """What is in stock."""
        return self.shop.products.get(product_id).inventory_quantity

    def cart(self, user_id: int) -> dict[int, int]:
        """The cart as quantities by product."""
        return {line.product_id: line.quantity for line in self.shop.carts.lines(user_id)}


def stored_id(entity: User | Category | Product | CartLine | Order) -> int:
    """The id of a stored entity."""
    assert entity.id is not None
    return entity.id


def at_once(number: int, act: Callable[[int], T]) -> tuple[list[T], list[Exception]]:
    """Let `number` threads call `act` with their number, all at the same time: what came back, what was raised."""
    barrier = Barrier(number)

    def run(n: int) -> T:
        barrier.wait(timeout=60)
        return act(n)

    done: list[T] = []
    failed: list[Exception] = []
    with ThreadPoolExecutor(number) as pool:
        for future in [pool.submit(run, n) for n in range(number)]:
            error = future.exception(timeout=120)
            if isinstance(error, Exception):
                failed.append(error)
            else:
                done.append(future.result())
    return done, failed


def names(found: Sequence[Product] | Sequence[Category]) -> list[str]:
    """The names, in order."""
    return [entity.name for entity in found]
