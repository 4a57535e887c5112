"""Carts (AP37 to AP44). A line is known by its user and its product."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crossfade.dal import Add, Repository
from crossfade.dal.errors import Conflict, DuplicateKey, InvalidValue, NotFound
from examples.shop.backend import ATTEMPTS, Backend, every
from examples.shop.entities import CartLine, Product
from examples.shop.errors import Issue


@dataclass(frozen=True)
class Summary:
    """A cart in figures."""

    lines: int
    units: int
    total: Decimal


@dataclass(frozen=True)
class Check:
    """A cart held against the stock; it can be checked out where it has lines and no issues."""

    lines: list[CartLine]
    products: dict[int, Product]
    issues: list[Issue]


class Carts:
    """The carts of all users."""

    def __init__(self, backend: Backend) -> None:
        self._carts: Repository[CartLine] = backend.repository(CartLine)
        self._products: Repository[Product] = backend.repository(Product)

    def add(self, user_id: int, product_id: int, quantity: int = 1) -> CartLine:
        """Put a product into the cart, or more of it (AP39). Stock is not reserved: see `validate`.

        Raises:
            MissingReference: there is no such user or product.
            InvalidValue: the quantity is below 1, or the sum too large.
        """
        _check_quantity(quantity)
        for _ in range(ATTEMPTS):
            try:
                return self._carts.update(_key(user_id, product_id), {"quantity": Add(quantity)})
            except NotFound:
                pass
            try:
                return self._carts.create(CartLine(user_id=user_id, product_id=product_id, quantity=quantity))
            except DuplicateKey:
                continue  # somebody added it since the update
        raise Conflict("the line comes and goes too fast", entity="CART", key=_key(user_id, product_id))

    def lines(self, user_id: int) -> list[CartLine]:
        """The cart with the names and prices of its products, by product id (AP38)."""
        return list(every(self._carts, "for_user", user_id=user_id))

    def line(self, user_id: int, product_id: int) -> CartLine | None:
        """One line, or None."""
        return self._carts.get(_key(user_id, product_id))

    def set_quantity(self, user_id: int, product_id: int, quantity: int) -> CartLine:
        """Set how many of a product are in the cart (AP40).

        Raises:
            NotFound: the product is not in the cart.
            InvalidValue: the quantity is below 1; `remove` takes a line out.
        """
        _check_quantity(quantity)
        return self._carts.update(_key(user_id, product_id), {"quantity": quantity})

    def remove(self, user_id: int, product_id: int) -> bool:
        """Take a product out of the cart (AP41); False if it was not in it."""
        return self._carts.delete(_key(user_id, product_id))

    def clear(self, user_id: int) -> int:
        """Empty the cart (AP42); returns how many lines went.

        Raises:
            CrossfadeError: the first reason for which a line is still there, if one is.
        """
        done = self._carts.delete_many(_key(line.user_id, line.product_id) for line in self.lines(user_id))
        if done.failed:
            raise done.failed[0][1]
        return len(done.written)

    def count(self, user_id: int) -> int:
        """How many lines the cart has."""
        return self._carts.count("for_user", user_id=user_id)

    def summary(self, user_id: int) -> Summary:
        """The cart in figures (AP43)."""
        lines = self.lines(user_id)
        total = sum(((line.product_price or Decimal(0)) * line.quantity for line in lines), Decimal("0.00"))
        return Summary(len(lines), sum(line.quantity for line in lines), total)

    def validate(self, user_id: int) -> Check:
        """Hold the cart against the stock, with every issue listed (AP44, AP37)."""
        lines = self.lines(user_id)
        found = self._products.get_many(line.product_id for line in lines)
        products = {key["id"]: product for key, product in found.items()}
        issues = [issue for line in lines if (issue := _issue(line, products.get(line.product_id)))]
        return Check(lines, products, issues)


def _issue(line: CartLine, product: Product | None) -> Issue | None:
    if product is None:
        return Issue(line.product_id, "gone", line.quantity, 0)
    if product.inventory_quantity < line.quantity:
        return Issue(line.product_id, "stock", line.quantity, product.inventory_quantity)
    return None


def _key(user_id: int, product_id: int) -> dict[str, int]:
    return {"user_id": user_id, "product_id": product_id}


def _check_quantity(quantity: int) -> None:
    if quantity < 1:
        raise InvalidValue("quantity", "wants 1 at least", entity="CART")
