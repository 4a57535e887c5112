"""Shadow reads on real servers: what differs is observed, and what fails beside the application is not its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

import crossfade
from crossfade.dal.key import Key
from crossfade.dal.observation import OUTCOMES, Totals
from crossfade.dynamodb.expected import expected_items
from crossfade.migration.routed import RoutedStore
from crossfade.migration.stores import Stores
from crossfade.mysql.scan import Scan, Span
from tests.images.polling import wait_until
from tests.integration.containers import FaultServer
from tests.integration.migration.live import Live, dual_writing
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import DynamoServer


@dataclass
class Shadow:
    """The shop in shadow, read through an application of its own."""

    live: Live

    def __post_init__(self) -> None:
        arguments = self.live.world.arguments
        assert run("verify", *arguments, "--looks", "0")[0] == 0
        assert run("stage", "advance", *arguments)[0] == 0

    def open(self, **settings: Any) -> crossfade.App:
        """The application."""
        world = self.live.world
        found = {"mysql_url": world.url, "table_prefix": world.prefix, "stage": "installed", **settings}
        return crossfade.open(world.contract, clock=self.live.clock, **found)

    def some(self, entity: str) -> dict[str, Any]:
        """Some record of an entity."""
        with self.live.world.open() as stores:
            return Scan(stores.mysql, entity).read(Span(), 1).records[0]

    def settled(self, app: crossfade.App, count: int) -> dict[str, Totals]:
        """The totals by entity, once so many reads were observed."""
        assert isinstance(app.store, RoutedStore)
        store = app.store

        def enough() -> bool:
            store.shadowing.buffer.flush()
            return sum(totals.total for totals in self.totals().values()) >= count

        wait_until(enough)
        return self.totals()

    def report(self) -> dict[str, Any]:
        """What `crossfade shadow report` says."""
        _, out = run("shadow", "report", *self.live.world.arguments, "--json")
        found: dict[str, Any] = json.loads(out)
        return found

    def totals(self) -> dict[str, Totals]:
        """What it counts, by entity."""
        return {name: Totals(*(of[outcome] for outcome in OUTCOMES)) for name, of in self.report()["entities"].items()}


@pytest.fixture
def shadow(live: Live) -> Shadow:
    """The shop in shadow, both stores equal."""
    return Shadow(live)


def alter(stores: Stores, entity: str, record: dict[str, Any], **attributes: Any) -> None:
    """Change attributes of a record's item by hand."""
    item = next(iter(expected_items(stores.dynamodb.layout, entity, record)))
    names = {f"#{i}": name for i, name in enumerate(attributes)}
    values = {f":{i}": value for i, value in enumerate(attributes.values())}
    stores.dynamodb.clients.writes.update_item(
        TableName=item.table,
        Key=item.key,
        UpdateExpression="SET " + ", ".join(f"#{i} = :{i}" for i in range(len(attributes))),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )


def test_equal_stores_answer_alike_whatever_is_asked(shadow: Shadow) -> None:
    user, product = shadow.some("USER"), shadow.some("PRODUCT")
    with shadow.open() as app:
        users, products = app.repository("USER"), app.repository("PRODUCT")
        assert users.get(user["id"]) == user
        assert users.get(0) is None
        assert users.get_many([user["id"], 0]) == {Key(id=user["id"]): user}
        page = products.find("listing", limit=2)
        assert products.find("listing", limit=2, cursor=page.cursor).items != page.items
        assert products.count("listing") > 2
        products.update(product["id"], {"price": Decimal("3.21")})
        changed = products.get(product["id"])
        assert changed is not None
        assert changed["price"] == Decimal("3.21")
        assert shadow.settled(app, 7) == {"PRODUCT": Totals(equal=4), "USER": Totals(equal=3)}


def test_a_value_changed_by_hand_is_one_mismatch_and_what_is_sensitive_is_not_told(shadow: Shadow) -> None:
    user = shadow.some("USER")
    with shadow.live.world.open() as stores:
        alter(stores, "USER", user, first_name={"S": "Another"}, password_hash={"S": "a-secret-of-theirs"})
    with shadow.open() as app:
        assert app.repository("USER").get(user["id"]) == user
        assert shadow.settled(app, 1) == {"USER": Totals(mismatch=1)}
    arguments = shadow.live.world.arguments
    (seen,) = shadow.report()["mismatches"]
    assert (seen["entity"], seen["operation"], seen["keys"]) == ("USER", "get", [{"id": str(user["id"])}])
    told = {d["field"]: (d["control"], d["candidate"]) for d in seen["differences"]}
    assert told["first_name"] == (user["first_name"], "Another")
    code, out = run("shadow", "report", *arguments)
    assert code == 1
    assert "1 of 1 differed or failed: 100.000%" in out
    with shadow.live.world.open() as stores:
        stored = stores.mysql.engine.connect()
        rows = stored.exec_driver_sql("SELECT detail FROM crossfade_shadow_mismatch").all()
        stored.close()
    for text in (out, json.dumps(shadow.report()), str(rows)):
        assert "a-secret-of-theirs" not in text
        assert user["password_hash"] not in text
    assert run("shadow", "forget", *arguments)[0] == 0
    code, out = run("shadow", "report", *arguments)
    assert (code, out.splitlines()[-1]) == (0, "no read was compared")


def test_what_is_on_its_way_is_no_mismatch(shadow: Shadow) -> None:
    """A price changes: its product is carried over at once, the carts with it only by the relay."""
    line = shadow.some("CART")
    key = Key({"user_id": line["user_id"], "product_id": line["product_id"]})
    with shadow.open() as app:
        app.repository("PRODUCT").update(line["product_id"], {"name": "Renamed"})
        found = app.repository("CART").get(key)
        assert found is not None
        assert found != line
        shadow.live.drain()
        assert shadow.settled(app, 1) == {"CART": Totals(equal=1)}


def test_an_application_that_never_comes_to_shadow_starts_no_thread(live: Live) -> None:
    before = set(threading.enumerate())
    categories = live.repository("CATEGORY")
    made = categories.create({"name": "Alone"})
    assert categories.get(made["id"]) == made
    assert set(threading.enumerate()) == before


@pytest.fixture
def lost(lost_target: World) -> Iterator[Shadow]:
    """A shop in shadow whose DynamoDB can be lost."""
    with dual_writing(lost_target) as live:
        yield Shadow(live)


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_a_dynamodb_that_is_lost_costs_the_application_neither_errors_nor_time(
    how: str, lost: Shadow, fault_dynamodb: FaultServer[DynamoServer]
) -> None:
    user = lost.some("USER")
    with lost.open(shadow_deadline=0.2) as app:
        users = app.repository("USER")
        with gone(how, fault_dynamodb):
            began = time.monotonic()
            for _ in range(30):
                assert users.get(user["id"]) == user
            assert time.monotonic() - began < 60  # a request to a frozen server takes ten seconds, all of them 300
            # Calls that hang are told to be late when the next read comes.
            seen = wait_until(lambda: failed(lost, app, users, user["id"])) or Totals()
        assert (seen.equal, seen.mismatch, seen.unsettled) == (0, 0, 0)
        assert users.get(user["id"]) == user


def failed(shadow: Shadow, app: crossfade.App, users: Any, key: Any) -> Totals | None:
    """The totals, once a candidate has failed and others were spared."""
    users.get(key)
    seen = shadow.settled(app, 1)["USER"]
    return seen if seen.candidate_failed and seen.skipped else None


@contextmanager
def gone(how: str, fault: FaultServer[DynamoServer]) -> Iterator[None]:
    """While the server is away."""
    if how == "frozen":
        with fault.paused():
            yield
        return
    fault.kill()
    try:
        yield
    finally:
        fault.start()
