"""The bookshop with everything that an estimate wants, and prices that are easy to multiply."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.contract.prices import NAMES, Price, Prices
from tests.unit.contract.examples import bookshop

IDLE = {"get_rps": 0, "create_rps": 0, "put_rps": 0, "update_rps": 0, "delete_rps": 0}


def expected(author: dict[str, Any] | None = None, book: dict[str, Any] | None = None, **table: Any) -> Contract:
    """The bookshop: 1,000 authors of 1,500 bytes, 10,000 books of 5,000, and no requests but those given."""
    raw = bookshop()
    of_author, of_book = raw["tables"][0]["entities"]
    raw["tables"][0] |= table
    of_author["estimate"] = IDLE | {"items": 1000, "item_size_bytes": 1500} | (author or {})
    of_book["estimate"] = IDLE | {"items": 10000, "item_size_bytes": 5000} | (book or {})
    for pattern in (*of_author["access_patterns"], *of_book["access_patterns"]):
        pattern |= {"rps": 0, "items": 10}
    return load(raw)


def round_prices() -> Prices:
    """A read unit costs 1, a write unit 10, a capacity unit an hour 2 and 20, a GB 100 and 1,000."""
    amounts = zip(NAMES, (1, 10, 2, 20, 100, 1000), strict=True)
    return Prices("here", "EUR", "2026-01-01", "", {n: Price(Decimal(a), "", "", "") for n, a in amounts})
