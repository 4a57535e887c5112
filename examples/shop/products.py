"""Products (AP8 to AP18, AP47). AP18, the upload of an image, ends in `update` with its URL."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from crossfade.dal import Add, Condition, F, Page, Range, Repository
from crossfade.dal.errors import ConditionFailed, InvalidValue, NotFound
from examples.shop.backend import Backend, every
from examples.shop.entities import Category, Product, User
from examples.shop.errors import NotOwner, NotSeller, OutOfStock

_EDITABLE = frozenset({"name", "description", "price", "category_id", "inventory_quantity", "image_url"})


@dataclass(frozen=True)
class Filters:
    """What a list of products may be narrowed to; None narrows nothing."""

    category_id: int | None = None
    seller_id: int | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool = False
    words: tuple[str, ...] = ()


EVERYTHING = Filters()


@dataclass(frozen=True)
class Details:
    """A product with its category and its seller."""

    product: Product
    category: Category
    seller: User


@dataclass(frozen=True)
class Statistics:
    """A seller's products in figures; prices are None where there is no product."""

    products: int
    in_stock: int
    units: int
    stock_value: Decimal
    times_ordered: int
    lowest_price: Decimal | None
    highest_price: Decimal | None


@dataclass(frozen=True)
class Dashboard:
    """What a seller sees first."""

    statistics: Statistics
    newest: list[Product]
    sold_out: list[Product]


class Products:
    """The goods of the shop."""

    def __init__(self, backend: Backend) -> None:
        self._products: Repository[Product] = backend.repository(Product)
        self._categories: Repository[Category] = backend.repository(Category)
        self._users: Repository[User] = backend.repository(User)

    def create(self, product: Product) -> Product:
        """Put a product up for sale (AP12).

        Raises:
            NotSeller: its seller does not sell.
            MissingReference: there is no such seller or category.
            InvalidValue: the price is negative.
        """
        seller = self._users.get(product.seller_id)
        if seller is not None and not seller.is_seller:
            raise NotSeller(f"user {product.seller_id} does not sell")
        _check_price(product.price)
        return self._products.create(product)

    def get(self, product_id: int) -> Product:
        """The product (AP11). Raises NotFound."""
        product = self._products.get(product_id)
        if product is None:
            raise NotFound("there is no such product", entity="PRODUCT", key={"id": product_id})
        return product

    def details(self, product_id: int) -> Details:
        """The product with its category and seller. Raises NotFound, also where they went in this moment."""
        product = self.get(product_id)
        category = self._categories.get(product.category_id)
        seller = self._users.get(product.seller_id)
        if category is None or seller is None:
            raise NotFound("the product is being deleted", entity="PRODUCT", key={"id": product_id})
        return Details(product, category, seller)

    def update(self, product_id: int, seller_id: int, *, unchanged: Condition | None = None, **changes: Any) -> Product:
        """Change a product of the seller's own (AP13); `unchanged` is a further condition.

        Raises:
            NotFound: there is no such product.
            NotOwner: it is another seller's.
            ConditionFailed: `unchanged` does not hold.
            MissingReference: there is no such category.
            InvalidValue, TypeError: a value or a field that cannot be.
        """
        if others := sorted(set(changes) - _EDITABLE):
            raise TypeError(f"{', '.join(others)}: cannot be changed")
        if changes.get("price") is not None:
            _check_price(changes["price"])
        own = F("seller_id") == seller_id
        where = own if unchanged is None else own & unchanged
        try:
            return self._products.update(product_id, changes, where=where)
        except ConditionFailed as error:
            _check_owner(error, product_id, seller_id)
            raise

    def delete(self, product_id: int, seller_id: int) -> bool:
        """Delete a product of the seller's own, and from every cart (AP14); False if there is none.

        Raises:
            NotOwner: it is another seller's.
            Referenced: it was ordered.
        """
        try:
            return self._products.delete(product_id, where=F("seller_id") == seller_id)
        except ConditionFailed as error:
            _check_owner(error, product_id, seller_id)
            raise

    def browse(
        self, filters: Filters = EVERYTHING, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[Product]:
        """Products, newest first, a page at a time (AP8, AP10, AP15): by category or seller where given.

        Every further filter is applied to what that list holds: on DynamoDB a rare match costs the reading of
        everything before it.
        """
        narrowed: dict[str, Any] = {"price": _price_range(filters)}
        narrowed["inventory_quantity"] = Range(gt=0) if filters.in_stock else None
        return self._products.find(
            _pattern(filters),
            limit=limit,
            cursor=cursor,
            where=_words(filters.words),
            **{k: v for k, v in narrowed.items() if v is not None},
            **{k: v for k in ("category_id", "seller_id") if (v := getattr(filters, k)) is not None},
        )

    def search(self, text: str, *, limit: int | None = None, cursor: str | None = None) -> Page[Product]:
        """Products whose name holds every word of `text`, newest first (AP9).

        This is no full-text search: it reads the list of all products and leaves out the others, so its cost
        grows with the shop. A word matches as it is typed, in small letters, or with a capital first. A real
        search belongs into a search engine fed from the table's stream.
        """
        return self.browse(Filters(words=tuple(text.split())), limit=limit, cursor=cursor)

    def by_category(self, category_id: int, *, limit: int | None = None, cursor: str | None = None) -> Page[Product]:
        """A category's products, newest first (AP10)."""
        return self.browse(Filters(category_id=category_id), limit=limit, cursor=cursor)

    def by_seller(self, seller_id: int, *, limit: int | None = None, cursor: str | None = None) -> Page[Product]:
        """A seller's products, newest first (AP15)."""
        return self.browse(Filters(seller_id=seller_id), limit=limit, cursor=cursor)

    def set_stock(self, product_id: int, seller_id: int, quantity: int) -> Product:
        """Set the stock of a product of the seller's own (AP16). Raises as `update` does."""
        return self.update(product_id, seller_id, inventory_quantity=quantity)

    def reduce_stock(self, product_id: int, quantity: int) -> Product:
        """Take `quantity` out of stock, or nothing: never below zero, however many ask.

        Raises:
            NotFound: there is no such product.
            OutOfStock: there is less.
        """
        _check_quantity(quantity)
        try:
            return self._products.update(
                product_id,
                {"inventory_quantity": Add(-quantity)},
                where=F("inventory_quantity") >= quantity,
            )
        except ConditionFailed as error:
            raise OutOfStock(product_id, quantity, _stock(error.current)) from None

    def has_stock(self, product_id: int, quantity: int) -> bool:
        """Whether there is enough now; False also where there is no such product."""
        product = self._products.get(product_id)
        return product is not None and product.inventory_quantity >= quantity

    def statistics(self, seller_id: int) -> Statistics:
        """A seller's products in figures (AP17)."""
        return _statistics(list(every(self._products, "by_seller", seller_id=seller_id)))

    def dashboard(self, seller_id: int) -> Dashboard:
        """Figures, the five newest products, and what is sold out (AP47)."""
        products = [*every(self._products, "by_seller", seller_id=seller_id)]
        sold_out = [p for p in products if p.inventory_quantity == 0]
        return Dashboard(_statistics(products), products[:5], sold_out)


def _pattern(filters: Filters) -> str:
    if filters.category_id is not None:
        return "by_category"
    return "listing" if filters.seller_id is None else "by_seller"


def _price_range(filters: Filters) -> Range | None:
    if filters.min_price is None and filters.max_price is None:
        return None
    return Range(ge=filters.min_price, le=filters.max_price)


def _words(words: tuple[str, ...]) -> Condition | None:
    if not words:
        return None
    # Both stores compare text byte by byte: hence the three spellings.
    spelt = [{word, word.lower(), word.capitalize()} for word in words]
    return reduce(and_, (reduce(or_, (F("name").contains(s) for s in sorted(spellings))) for spellings in spelt))


def _check_owner(error: ConditionFailed, product_id: int, seller_id: int) -> None:
    if isinstance(error.current, Product) and error.current.seller_id != seller_id:
        raise NotOwner(f"product {product_id} is another seller's") from None


def _check_price(price: Decimal) -> None:
    if price < 0:
        raise InvalidValue("price", "must not be negative", entity="PRODUCT")


def _check_quantity(quantity: int) -> None:
    if quantity < 1:
        raise InvalidValue("quantity", "wants 1 at least", entity="PRODUCT")


def _stock(current: Any) -> int:
    return current.inventory_quantity if isinstance(current, Product) else 0


def _statistics(products: list[Product]) -> Statistics:
    prices = [p.price for p in products]
    return Statistics(
        products=len(products),
        in_stock=sum(p.inventory_quantity > 0 for p in products),
        units=sum(p.inventory_quantity for p in products),
        stock_value=sum((p.price * p.inventory_quantity for p in products), Decimal("0.00")),
        times_ordered=sum(p.times_ordered or 0 for p in products),
        lowest_price=min(prices, default=None),
        highest_price=max(prices, default=None),
    )
