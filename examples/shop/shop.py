"""The shop: its five services on one backend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from examples.shop.backend import Backend
from examples.shop.carts import Carts
from examples.shop.categories import Categories
from examples.shop.orders import Orders
from examples.shop.products import Products
from examples.shop.users import Users

CONTRACT = Path(__file__).resolve().parents[2] / "contracts" / "migrationContract.json"


@dataclass(frozen=True)
class Shop:
    """Every operation of the shop. `Shop.on(crossfade.open(...))` runs it on whatever store was configured."""

    users: Users
    products: Products
    categories: Categories
    carts: Carts
    orders: Orders

    @classmethod
    def on(cls, backend: Backend) -> Shop:
        """The shop on an open `crossfade.App`."""
        return cls(
            users=Users(backend),
            products=Products(backend),
            categories=Categories(backend),
            carts=Carts(backend),
            orders=Orders(backend),
        )
