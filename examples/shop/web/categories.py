"""Categories over HTTP; changes are for super admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from examples.shop.entities import Category
from examples.shop.web import views
from examples.shop.web.access import Admin, TheShop
from examples.shop.web.users import Limit
from examples.shop.web.views import View

router = APIRouter(tags=["categories"])
CategoryName = Annotated[str, Field(min_length=1, max_length=100)]


class NewCategory(BaseModel):
    """A category to add; a root without a parent."""

    name: CategoryName
    parent_id: int | None = None


class CategoryChanges(BaseModel):
    """What is to change; what is left out stays. A parent of null makes a root."""

    name: CategoryName | None = None
    parent_id: int | None = None


@router.get("/categories")
def everything(shop: TheShop) -> list[Category]:
    """AP20."""
    return shop.categories.all()


@router.get("/categories/search")
def starting_with(shop: TheShop, prefix: str, limit: Limit = 20, cursor: str | None = None) -> View:
    """AP19."""
    return views.page(shop.categories.starting_with(prefix, limit=limit, cursor=cursor))


@router.get("/categories/roots")
def roots(shop: TheShop) -> list[Category]:
    """AP21."""
    return shop.categories.roots()


@router.get("/categories/tree")
def tree(shop: TheShop) -> list[View]:
    """AP25."""
    return [views.node(node) for node in shop.categories.tree()]


@router.get("/categories/taken")
def taken(shop: TheShop, name: str, excluding: int | None = None) -> bool:
    """Whether a category has the name."""
    return shop.categories.name_taken(name, excluding=excluding)


@router.get("/categories/{category_id}")
def get(category_id: int, shop: TheShop) -> Category:
    """AP24."""
    return shop.categories.get(category_id)


@router.get("/categories/{category_id}/children")
def children(category_id: int, shop: TheShop) -> list[Category]:
    """AP22."""
    return shop.categories.children(category_id)


@router.get("/categories/{category_id}/path")
def path(category_id: int, shop: TheShop) -> list[Category]:
    """AP23."""
    return shop.categories.path(category_id)


@router.post("/categories", status_code=201)
def create(body: NewCategory, admin: Admin, shop: TheShop) -> Category:
    """AP26."""
    del admin
    return shop.categories.create(body.name, body.parent_id)


@router.patch("/categories/{category_id}")
def update(category_id: int, body: CategoryChanges, admin: Admin, shop: TheShop) -> Category:
    """AP27: rename, move, or both, one after the other."""
    del admin
    category = shop.categories.get(category_id)
    if body.name is not None:
        category = shop.categories.rename(category_id, body.name)
    if "parent_id" in body.model_fields_set:
        category = shop.categories.move(category_id, body.parent_id)
    return category


@router.delete("/categories/{category_id}", status_code=204)
def delete(category_id: int, admin: Admin, shop: TheShop) -> Response:
    """AP28."""
    del admin
    return Response(status_code=204 if shop.categories.delete(category_id) else 404)
