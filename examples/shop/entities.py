"""What the shop stores. Fields without a value are filled in by the store: ids, times, joined values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from crossfade.dal import entity

OrderStatus = Literal["pending", "completed", "cancelled"]


@entity("USER")
@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who buys, and sells where `is_seller`."""

    username: str
    email: str
    password_hash: str = field(repr=False)
    first_name: str | None = None
    last_name: str | None = None
    is_seller: bool = False
    super_admin: bool = False
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@entity("CATEGORY")
@dataclass(frozen=True, kw_only=True)
class Category:
    """A node of the category tree; `parent_name` is ROOT where there is no parent."""

    name: str
    parent_id: int | None = None
    id: int | None = None
    created_at: datetime | None = None
    parent_name: str | None = None
    product_count: int | None = None
    child_count: int | None = None


@entity("PRODUCT")
@dataclass(frozen=True, kw_only=True)
class Product:
    """Something for sale; `category_path` leads up from its category, three levels at most."""

    seller_id: int
    category_id: int
    name: str
    price: Decimal
    description: str | None = None
    inventory_quantity: int = 0
    image_url: str | None = None
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    category_name: str | None = None
    category_path: str | None = None
    times_ordered: int | None = None


@entity("CART")
@dataclass(frozen=True, kw_only=True)
class CartLine:
    """A product in a user's cart; its name and price are those of the product now."""

    user_id: int
    product_id: int
    quantity: int
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    product_name: str | None = None
    product_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OrderItem:
    """A product in an order, at the price that was paid."""

    product_id: int
    quantity: int
    price_at_time: Decimal


@entity("ORDER")
@dataclass(frozen=True, kw_only=True)
class Order:
    """What a user bought at one time."""

    user_id: int
    total_amount: Decimal
    status: OrderStatus = "pending"
    items: list[OrderItem] = field(default_factory=list)
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
