"""Products over HTTP. `If-Match` with the `ETag` of an earlier answer refuses a change made behind one's back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response
from pydantic import BaseModel, Field

from crossfade.dal import F
from examples.shop.entities import Product
from examples.shop.products import Filters
from examples.shop.web import views
from examples.shop.web.access import Me, TheShop, own_id
from examples.shop.web.users import Limit
from examples.shop.web.views import View

router = APIRouter(tags=["products"])
Price = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
Stock = Annotated[int, Field(ge=0, le=2**32 - 1)]


class NewProduct(BaseModel):
    """A product to sell."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    category_id: int
    price: Price
    description: str | None = None
    inventory_quantity: Stock = 0
    image_url: str | None = None


class ProductChanges(BaseModel):
    """What is to change; what is left out stays."""

    name: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    category_id: int | None = None
    price: Price | None = None
    description: str | None = None
    image_url: str | None = None


class StockLevel(BaseModel):
    """How many there are."""

    quantity: Stock


@router.get("/products")
def browse(
    shop: TheShop,
    category_id: int | None = None,
    seller_id: int | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    q: str = "",
    in_stock: Annotated[bool, Query()] = False,
    limit: Limit = 20,
    cursor: str | None = None,
) -> View:
    """AP8, AP10, AP15, and the search of AP9."""
    filters = Filters(category_id, seller_id, min_price, max_price, in_stock, tuple(q.split()))
    return views.page(shop.products.browse(filters, limit=limit, cursor=cursor))


@router.post("/products", status_code=201)
def create(body: NewProduct, me: Me, shop: TheShop, response: Response) -> Product:
    """AP12."""
    return _tagged(shop.products.create(Product(seller_id=own_id(me), **body.model_dump())), response)


@router.get("/products/{product_id}")
def get(product_id: int, shop: TheShop, response: Response) -> Product:
    """AP11."""
    return _tagged(shop.products.get(product_id), response)


@router.get("/products/{product_id}/details")
def details(product_id: int, shop: TheShop) -> View:
    """The product with its category and its seller."""
    return views.details(shop.products.details(product_id))


@router.patch("/products/{product_id}")
def update(
    product_id: int,
    body: ProductChanges,
    me: Me,
    shop: TheShop,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> Product:
    """AP13; also what AP18 ends in."""
    unchanged = None if if_match is None else F("updated_at") == _moment(if_match)
    changes = body.model_dump(exclude_unset=True)
    return _tagged(shop.products.update(product_id, own_id(me), unchanged=unchanged, **changes), response)


@router.delete("/products/{product_id}", status_code=204)
def delete(product_id: int, me: Me, shop: TheShop) -> Response:
    """AP14."""
    return Response(status_code=204 if shop.products.delete(product_id, own_id(me)) else 404)


@router.put("/products/{product_id}/stock")
def set_stock(product_id: int, body: StockLevel, me: Me, shop: TheShop, response: Response) -> Product:
    """AP16."""
    return _tagged(shop.products.set_stock(product_id, own_id(me), body.quantity), response)


def _tagged(product: Product, response: Response) -> Product:
    if product.updated_at is not None:
        response.headers["ETag"] = f'"{product.updated_at.isoformat()}"'
    return product


def _moment(tag: str) -> datetime:
    try:
        return datetime.fromisoformat(tag.strip().strip('"'))
    except ValueError:
        raise HTTPException(412, "If-Match: no ETag of a product") from None
