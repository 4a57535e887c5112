"""Orders (AP29 to AP36)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crossfade.dal import Add, F, Page, Repository, UnitOfWork
from crossfade.dal.errors import ConditionFailed, Conflict, NotFound
from examples.shop.backend import Backend, every, only, retried
from examples.shop.carts import Carts
from examples.shop.entities import CartLine, Order, OrderItem, OrderStatus, Product
from examples.shop.errors import CartEmpty, CartRefused, CartTooLong, NotOwner, OrderClosed

# A DynamoDB transaction takes 100 actions: two for each line (stock and cart), one for the order, one for its
# lookup item, and one that checks that the user is there. It holds on MySQL too, to be the same shop.
MAX_LINES = 48


@dataclass(frozen=True)
class Summary:
    """A user's orders in figures; `spent` leaves cancelled ones out."""

    orders: int
    pending: int
    completed: int
    cancelled: int
    spent: Decimal


class Orders:
    """The orders of all users."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._orders: Repository[Order] = backend.repository(Order)
        self._products: Repository[Product] = backend.repository(Product)
        self._carts = Carts(backend)

    def checkout(self, user_id: int) -> Order:
        """Turn the cart into an order (AP29), all or nothing: stock, order, items and the emptied cart.

        Each product's stock is reduced on the condition that there is enough and that the price is the one
        shown; each line has to be in the cart still, so that two checkouts at once make one order.

        Raises:
            CartEmpty: there is nothing in the cart.
            CartTooLong: there are more than `MAX_LINES` lines.
            CartRefused: with every issue.
            Conflict, ConditionFailed: others bought the same products at the same time, again and again.
        """
        return retried(lambda: self._checkout(user_id))

    def get(self, order_id: int, user_id: int) -> Order:
        """An order of the user's own (AP31); its status may be moments old.

        Raises:
            NotFound: there is no such order.
            NotOwner: it is another user's.
        """
        order = only(self._orders.find("by_id", id=order_id)) or self._orders.get(order_id)
        return _own(order, order_id, user_id)

    def history(
        self, user_id: int, *, status: OrderStatus | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Order]:
        """The user's orders, newest first, a page at a time (AP30)."""
        return self._orders.find("for_user", user_id=user_id, status=status, limit=limit, cursor=cursor)

    def recent(self, user_id: int, limit: int = 5) -> list[Order]:
        """The user's newest orders (AP35)."""
        return self.history(user_id, limit=limit).items

    def count(self, user_id: int) -> int:
        """How many orders the user has."""
        return self._orders.count("for_user", user_id=user_id)

    def summary(self, user_id: int) -> Summary:
        """The user's orders in figures (AP33)."""
        orders = list(every(self._orders, "for_user", user_id=user_id))
        number = {s: sum(o.status == s for o in orders) for s in ("pending", "completed", "cancelled")}
        spent = sum((o.total_amount for o in orders if o.status != "cancelled"), Decimal("0.00"))
        return Summary(len(orders), number["pending"], number["completed"], number["cancelled"], spent)

    def search(self, user_id: int, text: str) -> list[Order]:
        """The user's orders with a product whose name holds `text`, in any case, newest first (AP36).

        Reads all of the user's orders and the names of their products: enough for one user's history, no
        search engine.
        """
        orders = list(every(self._orders, "for_user", user_id=user_id))
        products = self._products.get_many({item.product_id for order in orders for item in order.items})
        matching = {key["id"] for key, product in products.items() if text.casefold() in product.name.casefold()}
        return [order for order in orders if any(item.product_id in matching for item in order.items)]

    def cancel(self, order_id: int, user_id: int) -> Order:
        """Cancel a pending order of the user's own (AP32); its products go back into stock.

        Raises:
            NotFound: there is no such order.
            NotOwner: it is another user's.
            OrderClosed: it is not pending any more.
        """
        retried(lambda: self._cancel(order_id, user_id))
        return _own(self._orders.get(order_id), order_id, user_id)

    def set_status(self, order_id: int, status: OrderStatus) -> Order:
        """Set an order's status (AP34): pending or completed; `cancel` cancels.

        Raises:
            NotFound: there is no such order.
            OrderClosed: it was cancelled, or is to be.
        """
        if status == "cancelled":
            raise OrderClosed("use cancel: it puts the products back into stock")
        try:
            return self._orders.update(order_id, {"status": status}, where=F("status") != "cancelled")
        except ConditionFailed:
            raise OrderClosed(f"order {order_id} was cancelled") from None

    def by_status(self, status: OrderStatus, *, limit: int | None = None, cursor: str | None = None) -> Page[Order]:
        """All users' orders of a status, oldest first."""
        return self._orders.find("by_status", status=status, limit=limit, cursor=cursor)

    def _checkout(self, user_id: int) -> Order:
        check = self._carts.validate(user_id)
        if check.issues:
            raise CartRefused(check.issues)
        if not check.lines:
            raise CartEmpty("there is nothing in the cart")
        if len(check.lines) > MAX_LINES:
            raise CartTooLong(f"{len(check.lines)} lines in the cart, {MAX_LINES} can be checked out at once")
        items = [
            OrderItem(
                product_id=line.product_id,
                quantity=line.quantity,
                price_at_time=check.products[line.product_id].price,
            )
            for line in check.lines
        ]
        total = sum((item.price_at_time * item.quantity for item in items), Decimal("0.00"))
        with self._backend.unit_of_work() as work:
            for line in check.lines:
                _take_line(work, line)
            for item in items:
                work.repository(Product).update(
                    item.product_id,
                    {"inventory_quantity": Add(-item.quantity)},
                    where=(F("inventory_quantity") >= item.quantity) & (F("price") == item.price_at_time),
                )
            order: Order = work.repository(Order).create(Order(user_id=user_id, total_amount=total, items=items))
            work.commit()
        return order

    def _cancel(self, order_id: int, user_id: int) -> None:
        with self._backend.unit_of_work() as work:
            order = _own(work.repository(Order).get(order_id), order_id, user_id)
            if order.status != "pending":
                raise OrderClosed(f"order {order_id} is {order.status}")
            work.repository(Order).update(order_id, {"status": "cancelled"}, where=F("status") == "pending")
            for item in order.items:
                work.repository(Product).update(item.product_id, {"inventory_quantity": Add(item.quantity)})
            work.commit()


def _take_line(work: UnitOfWork, line: CartLine) -> None:
    """Take the line out of the cart, unless it is not the one that was read before."""
    carts = work.repository(CartLine)
    key = {"user_id": line.user_id, "product_id": line.product_id}
    now = carts.get(key)
    if now is None or now.quantity != line.quantity:
        raise Conflict("the cart changed during the checkout", entity="CART", key=key)
    carts.delete(key)


def _own(order: Order | None, order_id: int, user_id: int) -> Order:
    if order is None:
        raise NotFound("there is no such order", entity="ORDER", key={"id": order_id})
    if order.user_id != user_id:
        raise NotOwner(f"order {order_id} is another user's")
    return order
