"""What HTTP shows of the entities: everything but password hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from crossfade.dal import Page
from examples.shop.categories import Node
from examples.shop.entities import User
from examples.shop.products import Details

T = TypeVar("T")
View = dict[str, Any]


def account(user: User) -> View:
    """A user, for the user."""
    shown = asdict(user)
    del shown["password_hash"]
    return shown


def seller(user: User) -> View:
    """A user, for everybody."""
    return {"id": user.id, "username": user.username, "is_seller": user.is_seller}


def page(found: Page[T], view: Callable[[T], View] | None = None) -> View:
    """A page and where the next one begins."""
    return {"items": [view(i) if view else i for i in found.items], "cursor": found.cursor}


def details(found: Details) -> View:
    """A product with its category and its seller."""
    return {"product": found.product, "category": found.category, "seller": seller(found.seller)}


def node(found: Node) -> View:
    """A category with what lies below it."""
    return {"category": found.category, "children": [node(child) for child in found.children]}
