"""Orders over HTTP; the status is for super admins."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from examples.shop.entities import Order, OrderStatus
from examples.shop.orders import Summary
from examples.shop.web import views
from examples.shop.web.access import Admin, Me, TheShop, own_id
from examples.shop.web.users import Limit
from examples.shop.web.views import View

router = APIRouter(prefix="/orders", tags=["orders"])


class NewStatus(BaseModel):
    """The status to set."""

    status: OrderStatus


@router.post("", status_code=201)
def checkout(me: Me, shop: TheShop) -> Order:
    """AP29."""
    return shop.orders.checkout(own_id(me))


@router.get("")
def history(
    me: Me, shop: TheShop, status: OrderStatus | None = None, limit: Limit = 20, cursor: str | None = None
) -> View:
    """AP30."""
    return views.page(shop.orders.history(own_id(me), status=status, limit=limit, cursor=cursor))


@router.get("/recent")
def recent(me: Me, shop: TheShop) -> list[Order]:
    """AP35."""
    return shop.orders.recent(own_id(me))


@router.get("/summary")
def summary(me: Me, shop: TheShop) -> Summary:
    """AP33."""
    return shop.orders.summary(own_id(me))


@router.get("/search")
def search(me: Me, shop: TheShop, q: str) -> list[Order]:
    """AP36."""
    return shop.orders.search(own_id(me), q)


@router.get("/by-status/{status}")
def by_status(status: OrderStatus, admin: Admin, shop: TheShop, limit: Limit = 20, cursor: str | None = None) -> View:
    """All users' orders of a status."""
    del admin
    return views.page(shop.orders.by_status(status, limit=limit, cursor=cursor))


@router.get("/{order_id}")
def get(order_id: int, me: Me, shop: TheShop) -> Order:
    """AP31."""
    return shop.orders.get(order_id, own_id(me))


@router.post("/{order_id}/cancel")
def cancel(order_id: int, me: Me, shop: TheShop) -> Order:
    """AP32."""
    return shop.orders.cancel(order_id, own_id(me))


@router.put("/{order_id}/status")
def set_status(order_id: int, body: NewStatus, admin: Admin, shop: TheShop) -> Order:
    """AP34."""
    del admin
    return shop.orders.set_status(order_id, body.status)
