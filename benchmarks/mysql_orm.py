"""The tables that reads from MySQL are measured on, as SQLAlchemy's ORM has them mapped."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship


class Base(DeclarativeBase):
    """The mapped classes."""


class Stored(Base):
    """See `articles.Article`."""

    __tablename__ = "articles"
    shop: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    category: Mapped[str]
    price: Mapped[Decimal]
    tax: Mapped[Decimal]
    quantity: Mapped[int]
    weight: Mapped[int]
    active: Mapped[bool]
    image_url: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class StoredItem(Base):
    """A product in an order of the shop's."""

    __tablename__ = "order_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int]


class StoredCategory(Base):
    """A category of the shop's, with those above it."""

    __tablename__ = "categories"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("categories.id"))
    name: Mapped[str]
    parent: Mapped[StoredCategory | None] = relationship(
        remote_side=lambda: StoredCategory.id, lazy="joined", join_depth=2
    )


class StoredProduct(Base):
    """A product of the shop's, with what its entity is made of: one statement, as crossfade's."""

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    seller_id: Mapped[int]
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("categories.id"))
    name: Mapped[str]
    description: Mapped[str | None]
    price: Mapped[Decimal]
    inventory_quantity: Mapped[int]
    image_url: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    category: Mapped[StoredCategory] = relationship(lazy="joined")


StoredProduct.times_ordered = column_property(
    sa.select(sa.func.count())
    .select_from(StoredItem)
    .where(StoredItem.product_id == StoredProduct.id)
    .scalar_subquery()
)
