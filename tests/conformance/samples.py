"""Entities of the two contracts for the cases: complete, valid, different from each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from crossfade.dal.condition import Condition, map_values
from tests.conformance.backend import START, Backend

Fields = dict[str, Any]
DAY = timedelta(days=1)
NEW_YEAR = datetime(2035, 1, 1, tzinfo=UTC)


def describe(value: Any) -> str:
    """A short name for a parametrised test, the same in every process (a set's own order is not)."""
    if isinstance(value, Condition):
        value = map_values(value, lambda field, v, leaf: sorted(v) if isinstance(v, (set, frozenset)) else v)
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    text = value if isinstance(value, str) and 0 < len(value) < 10 else repr(value)
    return text.encode("ascii", "backslashreplace").decode()[:70]


def member_id(n: int) -> str:
    """An id of the width of a ULID; in the order of `n`."""
    return f"01{n:024d}"


def book_id(n: int) -> str:
    """An id of the width of a UUID; in the order of `n`."""
    return f"00000000-0000-7000-8000-{n:012d}"


def member(n: int = 1, **fields: Any) -> Fields:
    """The `n`th member."""
    return {"id": member_id(n), "email": f"m{n}@example.com", "name": f"Member {n}", **fields}


def book(n: int = 1, **fields: Any) -> Fields:
    """The `n`th book, on shelf A."""
    return {"id": book_id(n), "shelf": "A", "title": f"Book {n}", "copies": 5, **fields}


def chapter(title: str = "One", **fields: Any) -> Fields:
    """A chapter, all its columns given."""
    return {"title": title, "pages": None, "price": None, "added": None, "free": False, **fields}


def branch(code: str = "b1", **fields: Any) -> Fields:
    """A branch, named after its code."""
    return {"code": code, "name": f"Branch {code}", **fields}


def loan(n_member: int = 1, n_book: int = 1, copy: int = 1, **fields: Any) -> Fields:
    """A loan of a copy of a book by a member."""
    key = {"member_id": member_id(n_member), "book_id": book_id(n_book), "copy": copy}
    return {**key, "state": "out", "due": datetime(2034, 6, 1, tzinfo=UTC), **fields}


def visit(start: datetime = START, **fields: Any) -> Fields:
    """A visit of the first member."""
    return {"member_id": member_id(1), "start": start, **fields}


def session(token: str = "t1", **fields: Any) -> Fields:  # noqa: S107 - a session's name, no secret
    """A session of the first member that does not expire."""
    return {"token": token, "member_id": member_id(1), **fields}


def ticket(n: int = 1, *, lives: timedelta | None = None) -> Fields:
    """A ticket that lives for some time from `START`."""
    until = None if lives is None else int((START + lives).timestamp() * 1000)
    return {"number": n, "seat": f"S{n}", "until": until}


def specimen(code: str = "s1", **fields: Any) -> Fields:
    """A specimen of which nothing is known but its code."""
    return {"code": code, **fields}


def lent(library: Backend, members: int = 1, books: int = 1) -> None:
    """Create what loans refer to: members and books from 1 on."""
    for n in range(1, members + 1):
        library.of("MEMBER").create(member(n))
    for n in range(1, books + 1):
        library.of("BOOK").create(book(n))


def titles(items: list[Any]) -> list[str]:
    """The titles of books."""
    return [item["title"] for item in items]


def shelved(backend: Backend, *names: str, **fields: Any) -> list[Any]:
    """Create a book per title on shelf A; their ids rise in the order given."""
    return [backend.of("BOOK").create(book(n, title=name, **fields)) for n, name in enumerate(names, 1)]


def user(n: int = 1, **fields: Any) -> Fields:
    """The `n`th user of the shop; the store gives the id."""
    return {"username": f"user{n}", "email": f"user{n}@example.com", "password_hash": "scrypt$1", **fields}


def product(seller: int, category: int, n: int = 1, **fields: Any) -> Fields:
    """The `n`th product of the shop."""
    return {
        "seller_id": seller,
        "category_id": category,
        "name": f"Product {n}",
        "price": Decimal("9.99"),
        "inventory_quantity": 10,
        **fields,
    }


class Shop:
    """A shop with a seller, a category and a product, to build on."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.users = backend.of("USER")
        self.carts = backend.of("CART")
        self.orders = backend.of("ORDER")
        self.products = backend.of("PRODUCT")
        self.categories = backend.of("CATEGORY")
        self.seller: Fields = self.users.create(user(1, is_seller=True))
        self.buyer: Fields = self.users.create(user(2))
        self.category: Fields = self.categories.create({"name": "Books"})
        self.product: Fields = self.products.create(product(self.seller["id"], self.category["id"]))

    def order(self, **fields: Any) -> Fields:
        """Create an order of one piece of the product by the buyer."""
        line = {"product_id": self.product["id"], "quantity": 1, "price_at_time": Decimal("9.99")}
        given = {"user_id": self.buyer["id"], "total_amount": Decimal("9.99"), "items": [line], **fields}
        created: Fields = self.orders.create(given)
        return created
