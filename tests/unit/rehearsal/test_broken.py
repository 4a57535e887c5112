"""The checker finds a dual write that lacks a rule. Of those that interleavings show, see tests/unit/interleavings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from crossfade.dal.stage import Stage
from crossfade.migration.changes import Changes
from crossfade.rehearsal.checker import check
from crossfade.rehearsal.history import Recorder, read_history
from tests.unit.migration.embedded import Shop, open_shop

LINE = "CART line"


@pytest.fixture
def dual(tmp_path: Path) -> Iterator[Shop]:
    """The shop in dual_write."""
    with open_shop(tmp_path) as shop:
        shop.move(Stage.DUAL_WRITE)
        yield shop


def _made(shop: Shop) -> tuple[Any, Any]:
    """A product, and what a cart line of it is made of."""
    user = shop.of("USER").create({"email": "ann@x.org", "username": "ann", "password_hash": "x"})
    category = shop.of("CATEGORY").create({"name": "Books"})
    product = {"seller_id": user["id"], "category_id": category["id"], "name": "Pen", "price": 1}
    thing = shop.of("PRODUCT").create(product)
    return thing, {"user_id": user["id"], "product_id": thing["id"], "quantity": 7}


CASES: dict[str, tuple[Callable[[], AbstractContextManager[Any]], list[str]]] = {
    "all rules": (nullcontext, []),
    "no cascade": (lambda: patch.object(Changes, "_along", lambda *_: None), ["stores differ", "resurrected"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_mysql_deletes_along_is_gone_in_dynamodb_too(dual: Shop, tmp_path: Path, case: str) -> None:
    broken, faults = CASES[case]
    recorder, (product, line) = Recorder(tmp_path / "history"), _made(dual)
    with recorder.during("one", "write", LINE, 7):
        made = dual.of("CART").create(line)
    dual.drain()
    with broken(), recorder.during("one", "delete", LINE):
        assert dual.of("PRODUCT").delete(product["id"])
    dual.drain()
    recorder.close()
    key = {name: made[name] for name in dual.stores.contract.entities["CART"].key}
    held = {"MySQL": dual.of("CART").get(key), "DynamoDB": dual.copy("CART", key)}
    final = {store: {LINE: record["quantity"]} if record else {} for store, record in held.items()}
    found = check(read_history(tmp_path / "history"), final)
    assert [finding.fault for finding in found.found] == faults
