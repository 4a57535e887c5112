"""Shadow reads where DynamoDB decides and MySQL follows: what the relay has not brought yet is no mismatch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crossfade.contract.errors import InvalidValue
from crossfade.dal.entity import bind
from crossfade.dal.key import make_key
from crossfade.dal.observation import Observation
from crossfade.dal.shadow_read import Read, ShadowReads
from crossfade.dal.stage import Stage
from crossfade.migration.relay_back import BackRelay
from crossfade.migration.sync_back import SyncBack
from tests.unit.dal.stepped import Stepped
from tests.unit.migration.embedded import GROUP, Shop
from tests.unit.migration.test_settling import Waiting


class Live:
    """The shop in live, read and compared by steps; while a comparison waits, what a test says is done."""

    def __init__(self, shop: Shop) -> None:
        shop.move(Stage.LIVE)
        self.shop, self.waiting, self.background = shop, Waiting(shop), Stepped()
        self.seen: list[Observation] = []
        self.reads = ShadowReads(self.seen.append, background=self.background, settled=self.waiting.settling)
        self._sync = SyncBack(shop.stores, shop.groups.rows, GROUP, shop.clock)
        self.dynamodb = shop.process.of("CATEGORY")
        self.id: int = self.dynamodb.create({"name": "Books"})["id"]
        self.of = "CATEGORY", make_key(shop.stores.contract.entities["CATEGORY"], self.id)
        self.relayed()

    def update(self, name: str) -> None:
        """What the application writes, in DynamoDB."""
        self.dynamodb.update(self.id, {"name": name})

    def relayed(self) -> None:
        """A relay's turn that brings the change."""
        BackRelay(self._sync).turn([self.of])
        self.read()

    def parked(self) -> None:
        """A relay's turn that brings a change which MySQL cannot take."""
        self._sync.park({self.of: InvalidValue("name", "too long")})
        self.read()

    def read(self) -> None:
        """The streams have been read to their ends."""
        for table in self.waiting.tables:
            self.waiting.read_until(table, self.waiting.now)

    def compared(self, *while_it_waits: Callable[[], Any]) -> tuple[str, str]:
        """What becomes of a read."""
        self.waiting.steps = list(while_it_waits)
        binding, mysql = bind(self.shop.stores.contract, "CATEGORY"), self.shop.of("CATEGORY")
        read: Read[Any] = Read(
            GROUP, binding, "get", self.id, lambda: self.dynamodb.get(self.id), lambda: mysql.get(self.id)
        )
        assert self.reads.answer(read.kind, read.control, lambda: read) == self.dynamodb.get(self.id)
        self.waiting.now += 1
        self.background.step()
        return self.seen[-1].outcome, self.seen[-1].reason


@pytest.fixture
def live(shop: Shop) -> Live:
    """A category in both stores."""
    return Live(shop)


def test_what_is_equal_waits_for_nobody(live: Live) -> None:
    assert live.compared() == ("equal", "")
    assert live.waiting.slept == 0


def test_a_lagging_mysql_is_no_mismatch(live: Live) -> None:
    live.update("Maps")
    assert live.compared(lambda: None, live.relayed) == ("equal", "lag")
    assert live.waiting.slept == 2


def test_a_mysql_that_differs_when_it_has_caught_up_is_one(live: Live) -> None:
    live.shop.of("CATEGORY").update(live.id, {"name": "by hand"})
    assert live.compared(live.read) == ("mismatch", "")
    assert live.seen[-1].differences[0][:3] == ("name", "Books", "by hand")


def test_what_is_written_while_it_is_looked_at_begins_it_again(live: Live) -> None:
    live.update("Maps")

    def relayed_and_written() -> None:
        live.relayed()
        live.waiting.now += 1
        live.update("Atlases")

    assert live.compared(relayed_and_written, live.relayed) == ("equal", "lag")


def test_where_no_relay_runs_nothing_is_told_to_be_equal_or_different(live: Live) -> None:
    live.update("Maps")
    assert live.compared() == ("unsettled", "what was written has not arrived")


def test_what_is_parked_is_not_told_to_be_different_either(live: Live) -> None:
    live.update("Maps")
    assert live.compared(live.parked) == ("unsettled", "what was written has not arrived")
    assert live.compared(live.relayed) == ("equal", "lag")
