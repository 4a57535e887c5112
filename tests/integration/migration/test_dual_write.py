"""Dual writes on real servers: whatever is written in MySQL is in DynamoDB, at once or through the relay."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal.change import Add
from crossfade.dal.errors import Referenced, StoreUnavailable
from crossfade.dal.key import Key
from crossfade.mysql.outbox import GRACE
from crossfade.mysql.scan import Scan, Span
from tests.integration.migration.live import Live
from tests.integration.migration.test_verify import run


def test_what_is_written_is_carried_over_at_once(live: Live) -> None:
    products, categories = live.repository("PRODUCT"), live.repository("CATEGORY")
    made = categories.create({"name": "Late"})
    assert live.depth() == 0
    product = products.find("listing", limit=1).items[0]
    products.update(product["id"], {"inventory_quantity": Add(5), "price": Decimal("7.25")})
    products.update(product["id"], {"category_id": made["id"]})
    live.drain()
    live.assert_equal()


def test_a_new_email_moves_all_that_lies_under_it(live: Live) -> None:
    users = live.repository("USER")
    carts = live.repository("CART")
    line = first(live, "CART")
    user = users.get(line["user_id"]) or {}
    users.update(user["id"], {"email": "new@example.com"})
    live.drain()
    live.assert_equal()
    assert carts.get(Key({"user_id": line["user_id"], "product_id": line["product_id"]})) is not None


def test_a_deleted_user_takes_carts_and_orders_along(live: Live) -> None:
    users = live.repository("USER")
    with live.world.open() as stores:
        owners = dict.fromkeys(r["user_id"] for r in Scan(stores.mysql, "ORDER").read(Span(), 1_000).records)
    for owner in owners:
        with suppress(Referenced):  # by what somebody sells
            assert users.delete(owner)
            break
    live.drain()
    live.assert_equal()
    assert live.repository("ORDER").find("for_user", user_id=owner).items == []


def test_a_renamed_product_is_renamed_in_every_cart(live: Live) -> None:
    line = first(live, "CART")
    live.repository("PRODUCT").update(line["product_id"], {"name": "Renamed", "price": Decimal("1.01")})
    assert live.depth() > 0  # what reaches many is the relay's
    live.drain()
    live.assert_equal()


def first(live: Live, entity: str) -> dict[str, Any]:
    """Some record of an entity."""
    with live.world.open() as stores:
        return Scan(stores.mysql, entity).read(Span(), 1).records[0]


def test_a_unit_of_work_is_carried_over_whole(live: Live) -> None:
    line = first(live, "CART")
    with live.app.unit_of_work() as work:
        work.repository("PRODUCT").update(line["product_id"], {"inventory_quantity": 3})
        work.repository("CART").delete(Key({f: line[f] for f in ("user_id", "product_id")}))
        work.repository("CATEGORY").create({"name": "In a unit"})
        work.commit()
    live.drain()
    live.assert_equal()


def test_a_unit_that_is_left_writes_nothing_into_the_outbox(live: Live) -> None:
    with live.app.unit_of_work() as work:
        work.repository("CATEGORY").create({"name": "Never"})
    assert live.depth() == 0
    assert live.world.wanted().keys() == live.world.found().keys()


def test_batches_are_carried_over(live: Live) -> None:
    categories = live.repository("CATEGORY")
    made = categories.put_many([{"id": 5_000 + n, "name": f"Batch {n}"} for n in range(3)])
    assert made.failed == []
    assert categories.delete_many([5_000]).failed == []
    live.drain()
    live.assert_equal()


def test_a_write_meets_the_stage_as_it_is_and_not_as_it_was(live: Live) -> None:
    """The application's view of the stage is old; its write finds out, and the application does not notice."""
    live.repository("CATEGORY").create({"name": "Dual"})
    assert run("stage", "rollback", *live.world.arguments)[0] == 0
    live.repository("CATEGORY").create({"name": "MySQL alone"})
    assert live.depth() == 0
    missing = live.world.wanted().keys() - live.world.found().keys()
    assert missing
    assert run("stage", "advance", *live.world.arguments)[0] == 0
    live.repository("CATEGORY").create({"name": "Dual again"})
    live.drain()
    assert live.world.wanted().keys() - live.world.found().keys() == missing


def test_a_dead_dynamodb_fails_no_write(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("crossfade.migration.sync.Sync.look", unavailable)
        made = live.repository("CATEGORY").create({"name": "Meanwhile"})
        assert live.repository("CATEGORY").get(made["id"]) == made
        assert live.depth() == 1
        live.clock.now += GRACE
        assert live.relay.turn().failed == 1
    live.clock.now += timedelta(minutes=10)
    live.drain()
    live.assert_equal()


def test_the_next_stage_wants_evidence(live: Live) -> None:
    arguments = live.world.arguments
    code, out = run("stage", "advance", "--dry-run", *arguments)
    assert code == 2
    assert "no verification has come to its end" in out
    assert run("verify", *arguments, "--looks", "0")[0] == 0
    code, out = run("stage", "advance", *arguments, "--why", "it is time")
    assert (code, out.splitlines()[-1]) == (0, "shop stands at shadow (epoch 2)")
    code, out = run("stage", "history", *arguments)
    assert [line.split(" by ")[0].split(" UTC ")[1] for line in out.splitlines()] == [
        "mysql -> dual_write", "dual_write -> shadow",
    ]  # fmt: skip
    assert out.splitlines()[1].endswith(": it is time")
    assert run("stage", "show", *arguments)[1].startswith("shop: shadow (epoch 2), 0 changes to carry over")


def unavailable(*_: Any) -> Any:
    """A DynamoDB that does not answer."""
    raise StoreUnavailable("nobody is there", store="dynamodb")
