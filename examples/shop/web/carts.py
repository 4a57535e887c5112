"""The cart of the signed-in user over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, Field

from examples.shop.carts import Summary
from examples.shop.entities import CartLine
from examples.shop.web.access import Me, TheShop, own_id
from examples.shop.web.views import View

router = APIRouter(prefix="/cart", tags=["cart"])
Quantity = Annotated[int, Field(ge=1, le=2**32 - 1)]


class Wanted(BaseModel):
    """A product and how many of it."""

    product_id: int
    quantity: Quantity = 1


class Number(BaseModel):
    """How many."""

    quantity: Quantity


@router.get("")
def lines(me: Me, shop: TheShop) -> list[CartLine]:
    """AP38."""
    return shop.carts.lines(own_id(me))


@router.post("", status_code=201)
def add(body: Wanted, me: Me, shop: TheShop) -> CartLine:
    """AP39."""
    return shop.carts.add(own_id(me), body.product_id, body.quantity)


@router.delete("")
def clear(me: Me, shop: TheShop) -> dict[str, int]:
    """AP42."""
    return {"removed": shop.carts.clear(own_id(me))}


@router.get("/summary")
def summary(me: Me, shop: TheShop) -> Summary:
    """AP43."""
    return shop.carts.summary(own_id(me))


@router.get("/check")
def check(me: Me, shop: TheShop) -> View:
    """AP44, AP37."""
    found = shop.carts.validate(own_id(me))
    return {"valid": bool(found.lines) and not found.issues, "issues": found.issues, "lines": len(found.lines)}


@router.get("/{product_id}")
def line(product_id: int, me: Me, shop: TheShop) -> CartLine:
    """One line."""
    found = shop.carts.line(own_id(me), product_id)
    if found is None:
        raise HTTPException(404, "not in the cart")
    return found


@router.put("/{product_id}")
def set_quantity(product_id: int, body: Number, me: Me, shop: TheShop) -> CartLine:
    """AP40."""
    return shop.carts.set_quantity(own_id(me), product_id, body.quantity)


@router.delete("/{product_id}", status_code=204)
def remove(product_id: int, me: Me, shop: TheShop) -> Response:
    """AP41."""
    return Response(status_code=204 if shop.carts.remove(own_id(me), product_id) else 404)
