"""Two that sync back at once, their steps taken by hand: whatever the order, the latest item is what MySQL has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from crossfade.dal.key import Key
from crossfade.dal.stage import Stage, StageMoved
from crossfade.dynamodb.shelf import Stored
from crossfade.migration.items_back import ItemsBack
from crossfade.migration.sync_back import SyncedBack
from crossfade.mysql.transaction import Transaction
from tests.images.polling import wait_until
from tests.integration.migration.returning import returning
from tests.integration.migration.test_sync_back import stocked, user
from tests.integration.migration.test_sync_back_swaps import rotate
from tests.integration.servers import DynamoServer, SqlServer
from tests.returning import Returning

PATIENCE = 60.0
WAITING = """
    SELECT 1 FROM information_schema.innodb_trx AS t JOIN information_schema.processlist AS p
    ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()
"""


@pytest.fixture
def shop(sql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[Returning]:
    with returning("shop", sql_server, dynamodb_server) as made:
        yield made


class Stepped:
    """A sync in a thread of its own, which stops where it has read its item until it is told to go on.

    Attributes:
        read: it has read the item.
    """

    def __init__(self, pool: ThreadPoolExecutor, shop: Returning, entity: str, key: Any) -> None:
        self.read, self._go, self._shop = threading.Event(), threading.Event(), shop
        self._future: Future[SyncedBack] = pool.submit(self._run, shop, entity, key)

    def _run(self, shop: Returning, entity: str, key: Any) -> SyncedBack:
        _here.stepped = self
        return shop.back(entity, key)

    def stop(self) -> None:
        """Called in the thread."""
        self.read.set()
        assert self._go.wait(PATIENCE)

    def at_its_item(self) -> Stepped:
        """Wait until it has read the item."""
        assert self.read.wait(PATIENCE)
        return self

    def held(self) -> Stepped:
        """It has begun, and waits for the row that another one holds."""
        wait_until_one_waits(self._shop)
        assert not self.read.is_set()
        return self

    def go(self) -> Stepped:
        """Let it go on."""
        self._go.set()
        return self

    def end(self) -> SyncedBack:
        """Let it go on to its end."""
        return self.go()._future.result(PATIENCE)


_here = threading.local()


def wait_until_one_waits(shop: Returning) -> None:
    """Wait until a transaction in the shop's MySQL waits for a lock."""

    def waits() -> bool:
        with shop.engine.connect() as connection:
            return connection.exec_driver_sql(WAITING).first() is not None

    # InnoDB tells what it told before to whoever asks again within a tenth of a second.
    wait_until(waits, every=0.2)


@pytest.fixture
def start(shop: Returning, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Any], Stepped]]:
    """Starts a sync that is stepped."""
    read = ItemsBack.read

    def stepped_read(self: ItemsBack, transaction: Transaction, entity: str, key: Key) -> Stored | None:
        found = read(self, transaction, entity, key)
        if (stepped := getattr(_here, "stepped", None)) is not None:
            stepped.stop()
        return found

    monkeypatch.setattr(ItemsBack, "read", stepped_read)
    with ThreadPoolExecutor(4) as pool:
        yield lambda entity, key: Stepped(pool, shop, entity, key)


def test_whoever_comes_later_reads_later(shop: Returning, start: Callable[[str, Any], Stepped]) -> None:
    bob, _ = stocked(shop)
    shop.of("USER").update(bob["id"], {"first_name": "old"})
    slow = start("USER", bob).at_its_item()
    shop.of("USER").update(bob["id"], {"first_name": "new"})
    quick = start("USER", bob).held()
    assert slow.end().outcome == "written"
    assert shop.row("users")["first_name"] == "old"  # type: ignore[index]  # it is there
    assert quick.at_its_item().end().outcome == "written"
    assert shop.row("users")["first_name"] == "new"  # type: ignore[index]  # it is there


def test_a_slow_one_does_not_bring_a_deleted_row_back(shop: Returning, start: Callable[[str, Any], Stepped]) -> None:
    bob = shop.of("USER").create(user("bob"))
    slow = start("USER", bob).at_its_item()  # no row yet: the lock must hold all the same
    shop.of("USER").delete(bob["id"])
    quick = start("USER", bob).held()
    assert slow.end().outcome == "written"
    assert quick.at_its_item().end().outcome == "deleted"
    assert shop.all("users") == []


def test_a_move_waits_for_those_under_way(shop: Returning, start: Callable[[str, Any], Stepped]) -> None:
    bob = shop.of("USER").create(user("bob"))
    slow = start("USER", bob).at_its_item()
    with ThreadPoolExecutor(1) as pool:
        move = pool.submit(shop.move, Stage.SHADOW)
        wait_until_one_waits(shop)
        assert not move.done()
        assert slow.end().outcome == "written"
        move.result(PATIENCE)
    with pytest.raises(StageMoved):
        shop.back("USER", bob)


def test_that_a_token_was_copied_says_nothing_of_the_row(shop: Returning, start: Callable[[str, Any], Stepped]) -> None:
    """Why a sync writes what it has written already: another row's deletion takes rows along, late."""
    bob, thing = stocked(shop)
    line = {"user_id": bob["id"], "product_id": thing["id"], "quantity": 1}
    shop.of("PRODUCT").delete(thing["id"])
    slow = start("PRODUCT", thing).at_its_item()  # deletes the row, and the cart's line with it
    shop.of("PRODUCT").create({k: thing[k] for k in ("id", "seller_id", "category_id", "name", "price")})
    shop.of("CART").create(line)
    token = shop.back("CART", line).token  # its product is still there
    assert slow.end().outcome == "deleted"
    assert shop.all("shopping_carts") == []
    assert [parked.entity for parked in shop.sync.parking.due(9)] == ["CART"]
    assert shop.turn(("PRODUCT", thing)).written == 2  # the line's turn comes by itself
    assert shop.sync.parking.count() == 0
    assert shop.back("CART", line).token == token
    assert shop.row("shopping_carts") is not None
    shop.assert_equal()


def test_a_row_made_while_its_parent_goes(shop: Returning, start: Callable[[str, Any], Stepped]) -> None:
    bob, thing = stocked(shop)
    line = shop.of("CART").create({"user_id": bob["id"], "product_id": thing["id"], "quantity": 1})
    slow = start("CART", line).at_its_item()
    shop.of("PRODUCT").delete(thing["id"])
    assert shop.back("PRODUCT", thing).outcome == "deleted"
    with pytest.raises(Exception, match="there is no such PRODUCT"):
        slow.end()
    assert shop.back("CART", line).outcome == "same"
    shop.assert_equal()


def test_both_of_a_swap_at_once(shop: Returning) -> None:
    """Each takes the other one in; both lock their rows in one order."""
    users = [shop.of("USER").create(user(name)) for name in ("a", "b")]
    for each in users:
        shop.back("USER", each)
    for _ in range(10):
        rotate(shop, users, "username")
        users = [shop.of("USER").get(each["id"]) for each in users]
        assert sorted(at_once(shop, users)) == ["same", "written"]
        shop.assert_equal("USER")


def at_once(shop: Returning, users: list[dict[str, Any]]) -> list[str]:
    """Sync users back, each in a thread of its own; the outcomes."""
    barrier = threading.Barrier(len(users))

    def one(each: dict[str, Any]) -> str:
        barrier.wait(PATIENCE)
        return shop.back("USER", each).outcome

    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(one, users))
