"""The five-minute tour of the README: the same code on both stores. Run it with `python -m examples.tour`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import crossfade
from crossfade.dal import Add, F
from crossfade.dal.errors import ConditionFailed

CONTRACT = Path(__file__).parents[1] / "contracts" / "migrationContract.json"


@crossfade.entity("PRODUCT")
@dataclass(kw_only=True)
class Product:
    """The application's own class; fields that the contract derives are declared where they are wanted."""

    id: int | None = None
    seller_id: int
    category_id: int
    name: str
    description: str | None = None
    price: Decimal
    inventory_quantity: int = 0
    image_url: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    category_name: str | None = None


def main(stage: str, folder: str) -> None:
    """Run the tour on the store that `stage` names."""
    with crossfade.open(CONTRACT, stage=stage, embedded=True, embedded_path=folder) as app:
        users, categories, products = app.repository("USER"), app.repository("CATEGORY"), app.repository(Product)
        ada = users.create({"username": "ada", "email": "ada@example.org", "password_hash": "-"})
        books = categories.create({"name": "Books"})
        atlas = Product(seller_id=ada["id"], category_id=books["id"], name="Atlas", price=Decimal("34.5"))
        stored = products.create(atlas)
        products.update(stored.id, {"inventory_quantity": 3})

        take_two = {"inventory_quantity": Add(-2)}
        enough = F("inventory_quantity") >= 2
        products.update(stored.id, take_two, where=enough)
        try:
            products.update(stored.id, take_two, where=enough)
        except ConditionFailed as refused:
            print(f"{stage}: not sold twice, {refused.current.inventory_quantity} left")  # noqa: T201 - a tour talks

        for product in products.find("by_category", category_id=books["id"], limit=10).items:
            print(f"{stage}: {product.name}, {product.price}, in {product.category_name}")  # noqa: T201 - as above


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for named in ("mysql", "dynamodb"):
            main(named, scratch)
