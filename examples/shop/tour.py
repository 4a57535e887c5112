"""Every operation of the shop, one after the other, on the rows of seed.py.

The order counts: a step may need what earlier ones wrote. What burns ids on one store only (a refused
`create`: docs, differences) comes last, so that both stores give the same ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from examples.shop.categories import Node
from examples.shop.entities import Product
from examples.shop.products import Filters
from examples.shop.seed import PASSWORD
from examples.shop.shop import Shop

Ids = dict[str, int]


@dataclass(frozen=True)
class Step:
    """One operation: the access pattern's number, what it does, and the call."""

    pattern: str
    title: str
    act: Callable[[Shop, Ids], Any]


def _remember(ids: Ids, name: str, entity: Any) -> Any:
    ids[name] = entity.id
    return entity


def _shape(nodes: Sequence[Node]) -> Any:
    return {n.category.name: _shape(n.children) for n in nodes}


def _new_product(shop: Shop, ids: Ids) -> Any:
    made = Product(
        seller_id=ids["ben"],
        category_id=ids["Garden"],
        name="Rake",
        price=Decimal("14.5"),
        inventory_quantity=6,
        description="Ash and steel.",
    )
    return _remember(ids, "Rake", shop.products.create(made))


def _all_pages(shop: Shop, ids: Ids) -> Any:
    pages, cursor = [], None
    while True:
        page = shop.products.browse(Filters(in_stock=True), limit=4, cursor=cursor)
        pages.append([p.name for p in page.items])
        if page.cursor is None:
            return pages
        cursor = page.cursor


def _rush(shop: Shop, ids: Ids) -> Any:
    """64 buyers at once want one of 50."""
    product = ids["Collected Short Novels"]
    with ThreadPoolExecutor(64) as pool:
        futures = [pool.submit(shop.products.reduce_stock, product, 1) for _ in range(64)]
        errors = [future.exception() for future in futures]
    refused = sorted({type(e).__name__ for e in errors if e is not None})
    stock = shop.products.get(product).inventory_quantity
    return {"sold": errors.count(None), "refused": refused, "stock": stock}


USERS = (
    Step("AP1", "register", lambda s, i: _remember(i, "gus", s.users.register("gus", "gus@example.org", PASSWORD))),
    Step("AP2", "sign in", lambda s, i: s.users.sign_in("cleo", PASSWORD)),
    Step("AP2", "sign in with a wrong password", lambda s, i: s.users.sign_in("cleo", "wrong")),
    Step("AP3", "profile", lambda s, i: s.users.profile(i["cleo"])),
    Step("AP4", "update profile", lambda s, i: s.users.update_profile(i["cleo"], first_name="Cleo", last_name="Park")),
    Step("AP4", "change email", lambda s, i: s.users.update_profile(i["cleo"], email="cleo@example.net")),
    Step("AP38", "the cart moved along", lambda s, i: s.carts.lines(i["cleo"])),
    Step("AP30", "the orders moved along", lambda s, i: s.orders.history(i["cleo"])),
    Step("AP4", "take a username that is taken", lambda s, i: s.users.update_profile(i["gus"], username="ada")),
    Step("AP5", "upgrade to seller", lambda s, i: s.users.become_seller(i["gus"])),
    Step("AP7", "user of a token", lambda s, i: s.users.of_token(i["gus"])),
    Step("", "by username", lambda s, i: s.users.by_username("dan")),
    Step("", "by email", lambda s, i: s.users.by_email("cleo@example.net")),
    Step("", "by the old email", lambda s, i: s.users.by_email("cleo@example.org")),
    Step("", "username taken", lambda s, i: [s.users.username_taken(n) for n in ("ada", "zoe")]),
    Step("", "email taken", lambda s, i: [s.users.email_taken(f"{n}@example.org") for n in ("ada", "zoe")]),
    Step("AP46", "seller profile", lambda s, i: s.users.seller_profile(i["ben"])),
    Step("AP46", "seller profile of a buyer", lambda s, i: s.users.seller_profile(i["dan"])),
    Step("AP48", "update seller", lambda s, i: s.users.update_seller(i["ben"], first_name="Ben")),
    Step("", "promote", lambda s, i: s.users.promote(i["finn"])),
    Step("", "super admins", lambda s, i: s.users.super_admins()),
    Step("", "demote", lambda s, i: s.users.demote(i["eve"])),
    Step("", "super admins, a page", lambda s, i: s.users.super_admins(limit=1)),
)
CATEGORIES = (
    Step("AP19", "by name prefix", lambda s, i: s.categories.starting_with("G")),
    Step("AP20", "all, flat", lambda s, i: s.categories.all()),
    Step("AP21", "roots", lambda s, i: s.categories.roots()),
    Step("AP22", "children", lambda s, i: s.categories.children(i["Home"])),
    Step("AP23", "path to the root", lambda s, i: s.categories.path(i["Phones"])),
    Step("AP24", "by id", lambda s, i: s.categories.get(i["Audio"])),
    Step("AP25", "the tree", lambda s, i: _shape(s.categories.tree())),
    Step("AP26", "create", lambda s, i: _remember(i, "Tools", s.categories.create("Tools", i["Garden"]))),
    Step("AP27", "rename", lambda s, i: s.categories.rename(i["Electronics"], "Gadgets")),
    Step("AP11", "paths of products follow", lambda s, i: s.products.get(i["Big Phone"]).category_path),
    Step("AP27", "move", lambda s, i: s.categories.move(i["Garden"], None)),
    Step("AP27", "refuse a circle", lambda s, i: s.categories.move(i["Technology"], i["Phones"])),
    Step("AP27", "take a name that is taken", lambda s, i: s.categories.rename(i["Novels"], "Books")),
    Step("AP28", "delete", lambda s, i: s.categories.delete(i["Electronics"])),
    Step("AP21", "its children are roots now", lambda s, i: s.categories.roots()),
    Step("AP28", "delete one with products", lambda s, i: s.categories.delete(i["Novels"])),
    Step("", "name taken", lambda s, i: s.categories.name_taken("Books", excluding=i["Books"])),
    Step("", "product count", lambda s, i: s.categories.product_count(i["Novels"])),
)
PRODUCTS = (
    Step("AP8", "list", lambda s, i: s.products.browse(limit=5)),
    Step(
        "AP8",
        "list with filters",
        lambda s, i: s.products.browse(Filters(min_price=Decimal(20), max_price=Decimal(60), in_stock=True)),
    ),
    Step("AP8", "every page", _all_pages),
    Step("AP9", "search", lambda s, i: s.products.search("novels")),
    Step("AP10", "by category", lambda s, i: s.products.by_category(i["Novels"])),
    Step("AP11", "by id", lambda s, i: s.products.get(i["Tea Pot"])),
    Step("", "details", lambda s, i: s.products.details(i["Tea Pot"])),
    Step("AP12", "create", _new_product),
    Step(
        "AP13",
        "update",
        lambda s, i: s.products.update(i["Tea Pot"], i["ben"], name="Large Tea Pot", price=Decimal("31.25")),
    ),
    Step("AP38", "carts show the new name and price", lambda s, i: s.carts.lines(i["cleo"])),
    Step("AP13", "update another's", lambda s, i: s.products.update(i["Tea Pot"], i["ada"], name="Mine")),
    Step("AP16", "set stock", lambda s, i: s.products.set_stock(i["Old Phone"], i["ben"], 2)),
    Step("AP17", "statistics", lambda s, i: s.products.statistics(i["ada"])),
    Step("AP47", "dashboard", lambda s, i: s.products.dashboard(i["ben"])),
    Step("AP15", "by seller", lambda s, i: s.products.by_seller(i["ben"], limit=3)),
    Step("", "reduce stock", lambda s, i: s.products.reduce_stock(i["Rake"], 4)),
    Step("", "reduce stock below zero", lambda s, i: s.products.reduce_stock(i["Rake"], 4)),
    Step("", "has stock", lambda s, i: [s.products.has_stock(i["Rake"], n) for n in (2, 3)]),
    Step("AP14", "delete another's", lambda s, i: s.products.delete(i["Rake"], i["ada"])),
    Step("AP14", "delete", lambda s, i: s.products.delete(i["Rake"], i["ben"])),
    Step("AP14", "delete what was ordered", lambda s, i: s.products.delete(i["Bread Knife"], i["ben"])),
    Step("", "64 buyers at once, 50 in stock", _rush),
)
CARTS = (
    Step("AP39", "add", lambda s, i: s.carts.add(i["finn"], i["Headphones"], 2)),
    Step("AP39", "add more of it", lambda s, i: s.carts.add(i["finn"], i["Headphones"], 3)),
    Step("AP39", "add another", lambda s, i: s.carts.add(i["finn"], i["The Waves"])),
    Step("AP38", "lines", lambda s, i: s.carts.lines(i["finn"])),
    Step("", "one line", lambda s, i: s.carts.line(i["finn"], i["The Waves"])),
    Step("AP40", "set quantity", lambda s, i: s.carts.set_quantity(i["finn"], i["Headphones"], 1)),
    Step("AP40", "set quantity of what is absent", lambda s, i: s.carts.set_quantity(i["finn"], i["Tea Pot"], 1)),
    Step("AP43", "summary", lambda s, i: s.carts.summary(i["finn"])),
    Step("", "count", lambda s, i: s.carts.count(i["finn"])),
    Step("AP41", "remove", lambda s, i: s.carts.remove(i["finn"], i["The Waves"])),
    Step("AP41", "remove it again", lambda s, i: s.carts.remove(i["finn"], i["The Waves"])),
    Step("AP44", "validate against stock", lambda s, i: s.carts.validate(i["dan"]).issues),
    Step("AP42", "clear", lambda s, i: s.carts.clear(i["finn"])),
)
ORDERS = (
    Step("AP37", "can it be checked out", lambda s, i: s.carts.validate(i["cleo"]).issues),
    Step("AP29", "checkout", lambda s, i: _remember(i, "order 7", s.orders.checkout(i["cleo"]))),
    Step("AP38", "the cart is empty", lambda s, i: s.carts.lines(i["cleo"])),
    Step("AP11", "the stock is reduced", lambda s, i: s.products.get(i["Tea Pot"])),
    Step("AP29", "checkout of an empty cart", lambda s, i: s.orders.checkout(i["cleo"])),
    Step("AP29", "checkout of more than there is", lambda s, i: s.orders.checkout(i["dan"])),
    Step("AP31", "by id", lambda s, i: s.orders.get(i["order 7"], i["cleo"])),
    Step("AP31", "by id, another user's", lambda s, i: s.orders.get(i["order 7"], i["dan"])),
    Step("AP30", "history, first page", lambda s, i: s.orders.history(i["cleo"], limit=2)),
    Step(
        "AP30",
        "history, second page",
        lambda s, i: s.orders.history(i["cleo"], limit=2, cursor=s.orders.history(i["cleo"], limit=2).cursor),
    ),
    Step("AP30", "history of a status", lambda s, i: s.orders.history(i["cleo"], status="completed")),
    Step("AP32", "cancel", lambda s, i: s.orders.cancel(i["order 4"], i["cleo"])),
    Step("AP32", "cancel again", lambda s, i: s.orders.cancel(i["order 4"], i["cleo"])),
    Step("AP34", "set status", lambda s, i: s.orders.set_status(i["order 5"], "completed")),
    Step("AP34", "set status of a cancelled order", lambda s, i: s.orders.set_status(i["order 3"], "completed")),
    Step("AP33", "summary", lambda s, i: s.orders.summary(i["cleo"])),
    Step("AP35", "recent", lambda s, i: s.orders.recent(i["cleo"], 2)),
    Step("AP36", "search", lambda s, i: s.orders.search(i["cleo"], "tea")),
    Step("", "count", lambda s, i: s.orders.count(i["cleo"])),
    Step("", "by status", lambda s, i: s.orders.by_status("pending")),
)
ENDINGS = (
    Step("", "delete a seller whose goods were ordered", lambda s, i: s.users.delete(i["ben"])),
    Step("", "delete a user", lambda s, i: s.users.delete(i["cleo"])),
    Step("", "it is gone", lambda s, i: s.users.of_token(i["cleo"])),
    Step("", "its orders are gone", lambda s, i: s.orders.by_status("pending")),
    Step("AP1", "register a name that is taken", lambda s, i: s.users.register("ada", "x@example.org", PASSWORD)),
    Step("AP1", "register an email that is taken", lambda s, i: s.users.register("x", "ada@example.org", PASSWORD)),
    Step("AP26", "create under an absent parent", lambda s, i: s.categories.create("Orphans", 10_000)),
    Step("AP39", "add an absent product", lambda s, i: s.carts.add(i["finn"], 10_000)),
)
TOUR = (*USERS, *CATEGORIES, *PRODUCTS, *CARTS, *ORDERS, *ENDINGS)
