"""Every request of every kind of write fails once, in every way: it is made once or not at all, and told rightly.

Then a process ends at every request: whoever comes after it can finish, and nothing is out of step.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from crossfade.dal import Add, Append, F
from crossfade.dal.errors import OutcomeUnknown
from tests.unit.dynamodb.audit import audit, snapshot
from tests.unit.dynamodb.faulty import Died, Kind
from tests.unit.dynamodb.opened import START, Items, Opened, kept, opened

LINE = {"product_id": 1, "quantity": 2, "price_at_time": Decimal("9.99")}


def fill(shop: Opened) -> None:
    """Two users, categories under each other, two products, a cart and an order."""
    for n in (1, 2):
        shop.of("USER").create(
            {"id": n, "username": f"user{n}", "email": f"u{n}@x", "password_hash": "h", "created_at": START}
        )
    shop.of("CATEGORY").create({"id": 1, "name": "Goods", "created_at": START})
    shop.of("CATEGORY").create({"id": 2, "name": "Pens", "parent_id": 1, "created_at": START})
    for n in (1, 2):
        fields = {"seller_id": 1, "category_id": 2, "price": Decimal("9.99"), "inventory_quantity": 10}
        shop.of("PRODUCT").create({"id": n, "name": f"Pen {n}", "created_at": START, **fields})
    shop.of("CART").create({"id": 1, "user_id": 2, "product_id": 1, "quantity": 1, "created_at": START})
    shop.of("CART").create({"id": 2, "user_id": 2, "product_id": 2, "quantity": 1, "created_at": START})
    shop.of("ORDER").create({"id": 1, "user_id": 2, "total_amount": 20, "items": [LINE], "created_at": START})


def _checkout(shop: Opened) -> None:
    with shop.work() as work:
        lines = [shop.of("CART").get({"user_id": 2, "product_id": n}) for n in (1, 2)]
        for line in lines:
            assert line is not None
            stock = F("inventory_quantity") >= line["quantity"]
            work.repository("PRODUCT").update(line["product_id"], {"inventory_quantity": Add(-1)}, where=stock)
            work.repository("CART").delete({"user_id": 2, "product_id": line["product_id"]})
        items = [{**LINE, "product_id": n} for n in (1, 2)]
        order = {"id": 9, "user_id": 2, "total_amount": 20, "items": items, "created_at": START}
        work.repository("ORDER").create(order)
        work.commit()


@dataclass(frozen=True)
class Case:
    """One write.

    Attributes:
        act: makes it.
        repeatable: made twice, it is as if it were made once.
        buries: it deletes something: it is made with tombstones too.
    """

    name: str
    act: Callable[[Opened], Any]
    repeatable: bool = True
    buries: bool = False


NEW = {"username": "new", "email": "new@x", "password_hash": "h", "created_at": START}
CASES = (
    Case("create alone", lambda s: s.of("USER").create({"id": 9, **NEW}), repeatable=False),
    Case(
        "create with parents",
        lambda s: s.of("CART").create({"id": 3, "user_id": 1, "product_id": 1, "quantity": 1, "created_at": START}),
        repeatable=False,
    ),
    Case(
        "create that counts",
        lambda s: s.of("ORDER").create(
            {"id": 9, "user_id": 1, "total_amount": 20, "items": [LINE], "created_at": START}
        ),
        repeatable=False,
    ),
    Case("put over", lambda s: s.of("CART").put({"user_id": 2, "product_id": 1, "quantity": 7})),
    Case(
        "put new",
        lambda s: s.of("CART").put({"id": 7, "user_id": 1, "product_id": 1, "quantity": 7, "created_at": START}),
    ),
    Case("set", lambda s: s.of("PRODUCT").update(1, {"description": "Blue"})),
    Case("set an index key", lambda s: s.of("ORDER").update(1, {"status": "completed"})),
    Case("add", lambda s: s.of("PRODUCT").update(1, {"inventory_quantity": Add(-3)}), repeatable=False),
    Case(
        "add where",
        lambda s: s.of("PRODUCT").update(1, {"inventory_quantity": Add(-6)}, where=F("inventory_quantity") >= 6),
        repeatable=False,
    ),
    Case("append", lambda s: s.of("ORDER").update(1, {"items": Append({**LINE, "quantity": 1})}), repeatable=False),
    Case("rename", lambda s: s.of("USER").update(2, {"username": "other"}), buries=True),
    Case("move with all that copies it", lambda s: s.of("USER").update(2, {"email": "other@x"}), buries=True),
    Case("change what others copy", lambda s: s.of("PRODUCT").update(1, {"name": "Ink", "price": Decimal(1)})),
    Case("change a name far up", lambda s: s.of("CATEGORY").update(1, {"name": "Things"})),
    Case("move to another parent", lambda s: s.of("CATEGORY").update(2, {"parent_id": None}), buries=True),
    Case("delete", lambda s: s.of("CART").delete({"user_id": 2, "product_id": 1}), buries=True),
    Case("delete that counts", lambda s: s.of("ORDER").delete(1), buries=True),
    Case("delete that sets null", lambda s: s.of("CATEGORY").delete(1), buries=True),
    Case("delete that cascades", lambda s: s.of("USER").delete(2), buries=True),
    Case("unit of work", _checkout, repeatable=False, buries=True),
)


def _stored(shop: Opened) -> dict[str, Any]:
    return snapshot(shop.client.client, shop.layout)


@dataclass(frozen=True)
class Tried:
    """A write that was made once without a fault.

    Attributes:
        case: the write.
        tombstones: whether deletes left them.
        before, after: what was stored.
        count: how many writing requests it took.
    """

    case: Case
    tombstones: bool
    before: dict[str, Any]
    after: dict[str, Any]
    count: int

    def opened(self) -> AbstractContextManager[Opened]:
        """A store to make it on again."""
        return opened("shop", _filled(), tombstones=self.tombstones)


@cache
def _filled() -> Items:
    with opened("shop") as shop:
        fill(shop)
        audit(shop.client.client, shop.layout)
        return kept(shop)


def _tried(case: Case, *, tombstones: bool = False) -> Tried:
    with opened("shop", _filled(), tombstones=tombstones) as shop:
        before = _stored(shop)
        process = shop.again()
        case.act(process)
        audit(shop.client.client, shop.layout)
        return Tried(case, tombstones, before, _stored(shop), len(process.client.log))


MODES = [(case, False) for case in CASES] + [(case, True) for case in CASES if case.buries]


@pytest.fixture(scope="module", params=MODES, ids=lambda mode: mode[0].name + " with tombstones" * mode[1])
def tried(request: pytest.FixtureRequest) -> Tried:
    """A write, and what came of it."""
    case, tombstones = request.param
    return _tried(case, tombstones=tombstones)


@pytest.mark.parametrize("case", [case for case in CASES if case.buries], ids=lambda case: case.name)
def test_tombstones_change_nothing_else(case: Case) -> None:
    assert _tried(case, tombstones=True).after == _tried(case).after


@pytest.mark.parametrize("kind", ["lost_request", "lost_reply", "server_error"])
def test_one_reply_is_lost(tried: Tried, kind: Kind) -> None:
    assert tried.before != tried.after
    for number in range(tried.count):
        with tried.opened() as shop:
            possible = [tried.after]
            try:
                tried.case.act(shop.again({number: kind}))
            except OutcomeUnknown:
                # Only what was sent without a look at the item before, and did not arrive.
                assert (kind, tried.count) == ("lost_request", 1)
                possible = [tried.before]
            shop.store.finish()
            audit(shop.client.client, shop.layout)
            assert _stored(shop) in possible, f"{kind} of request {number}"


@pytest.mark.parametrize("kind", ["throttled", "conflict"])
@pytest.mark.parametrize("case", [CASES[2], CASES[7], CASES[-1]], ids=lambda case: case.name)
def test_one_refusal_for_load(case: Case, kind: Kind) -> None:
    tried = _tried(case)
    for number in range(tried.count):
        with tried.opened() as shop:
            case.act(shop.again({number: kind}))
            audit(shop.client.client, shop.layout)
            assert _stored(shop) == tried.after, f"{kind} of request {number}"


def test_a_process_that_dies(tried: Tried) -> None:
    case = tried.case
    for number in range(tried.count):
        with tried.opened() as shop:
            with pytest.raises(Died):
                case.act(shop.again({number: "dies_after"}))
            made = _stored(shop) != tried.before
            if case.repeatable:
                case.act(shop)
                made = True
            shop.store.finish()
            audit(shop.client.client, shop.layout)
            assert _stored(shop) == (tried.after if made else tried.before), f"after request {number}"
