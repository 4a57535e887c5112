"""Dual writes of what MySQL deletes along with a row."""

from __future__ import annotations

from tests.unit.migration.embedded import Shop


def test_a_row_that_was_changed_before_takes_along_what_refers_to_it(dual: Shop) -> None:
    """MySQL deletes the product with its seller, and with the product what lies in others' carts."""
    seller, buyer = (
        dual.of("USER").create({"email": f"{name}@x.org", "username": name, "password_hash": "x"})
        for name in ("ann", "bob")
    )
    category = dual.of("CATEGORY").create({"name": "Books"})
    product = {"seller_id": seller["id"], "category_id": category["id"], "name": "Pen", "price": 1}
    thing = dual.of("PRODUCT").create(product)
    line = dual.of("CART").create({"user_id": buyer["id"], "product_id": thing["id"], "quantity": 1})
    dual.drain()
    with dual.work() as work:
        work.repository("PRODUCT").update(thing["id"], {"price": 2})
        work.repository("USER").delete(seller["id"])
        work.commit()
    dual.drain()
    key = {name: line[name] for name in dual.stores.contract.entities["CART"].key}
    assert dual.of("CART").get(key) is None
    assert dual.copy("CART", key) is None
