"""What the shop refuses for reasons of its own; everything else is one of crossfade's errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class ShopError(Exception):
    """The base of the shop's own errors."""


class WrongPassword(ShopError):
    """No such username, or another password; which of the two is not told."""


class NotOwner(ShopError):
    """The entity belongs to another user."""


class NotSeller(ShopError):
    """The user does not sell."""


class CategoryCycle(ShopError):
    """The category would lie below itself."""


class OrderClosed(ShopError):
    """The order was cancelled, or is completed where it would have to be pending."""


class CartEmpty(ShopError):
    """There is nothing to check out."""


class CartTooLong(ShopError):
    """The cart has more lines than one transaction takes: check it out in parts."""


@dataclass(frozen=True)
class Issue:
    """Why one line of a cart cannot be checked out; `available` is what there is in stock."""

    product_id: int
    kind: Literal["gone", "stock"]
    wanted: int
    available: int


class CartRefused(ShopError):
    """The cart cannot be checked out as it is; `issues` lists every reason."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("; ".join(f"product {i.product_id}: {i.available} of {i.wanted}" for i in issues))


class OutOfStock(ShopError):
    """There is less in stock than wanted; nothing was taken."""

    def __init__(self, product_id: int, wanted: int, available: int) -> None:
        self.product_id = product_id
        self.wanted = wanted
        self.available = available
        super().__init__(f"product {product_id}: {available} of {wanted} in stock")
