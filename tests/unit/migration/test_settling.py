"""Waiting until what was committed has arrived: for which entries of the outbox, in which order, and how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crossfade.contract.errors import InvalidValue
from crossfade.dal.key import Key
from crossfade.dal.stage import Stage
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from crossfade.dynamodb.stream_item import StreamItem
from crossfade.migration.entries import entity_entry, item_entry
from crossfade.migration.feed import tables_of
from crossfade.migration.settling import Settling
from crossfade.migration.sync_back import SyncBack
from crossfade.mysql.outbox import Entry, Row
from crossfade.mysql.transaction import run
from tests.unit.migration.embedded import GROUP, Shop

ONE, OTHER = Key(id=1), Key(id=2)
PROPAGATE = Entry("propagate", {"table": "categories", "values": {"id": "9"}})


class Waiting:
    """A settling whose clock goes on while it sleeps, with something done each time."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.seconds, self.slept = shop, 0.0, 0
        self.now = 2_000_000_000.0
        self.steps: list[Callable[[], Any]] = []
        self.settling = Settling(shop.groups, clock=lambda: self.seconds, now=lambda: self.now, sleep=self._sleep)
        self.tables = tables_of(shop.groups, [GROUP])

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept += 1
        if self.steps:
            self.steps.pop(0)()

    def __call__(self, *keys: Key, timeout: float = 1.0) -> bool:
        return self.settling(self.shop.stores.contract.entities["CATEGORY"], keys, timeout)

    def put(self, *entries: Entry) -> list[Row]:
        """Let entries wait in the outbox."""
        return run(self.shop.stores.mysql.engine, lambda t: self.shop.outbox.insert(t, entries))

    def read_until(self, table: str, until: float) -> None:
        """Let a stream's checkpoint say until when everything was read."""
        keeper = StreamItem(Calls(self.shop.stores.dynamodb.clients), "t_crossfade_control", table, seize=True)
        keeper.load()
        keeper.save(Checkpoint("arn", until=int(until)))

    def of(self, key: Key) -> Entry:
        """The entry of a category."""
        return entity_entry(self.shop.stores.dynamodb.layout, "CATEGORY", key)


@pytest.fixture
def waiting(shop: Shop) -> Waiting:
    """The shop in shadow."""
    shop.move(Stage.SHADOW)
    return Waiting(shop)


def test_an_empty_outbox_is_waited_for_by_nobody(waiting: Waiting) -> None:
    assert waiting(ONE)
    assert waiting()
    assert waiting.slept == 0


def test_a_key_waits_for_its_own_entries(waiting: Waiting) -> None:
    waiting.put(waiting.of(OTHER))
    assert waiting(ONE)
    assert not waiting(OTHER)
    assert not waiting(ONE, OTHER)
    assert not waiting()


def test_it_waits_no_longer_than_it_may_and_asks_less_and_less_often(waiting: Waiting) -> None:
    waiting.put(waiting.of(ONE))
    assert not waiting(ONE, timeout=2.0)
    assert 1.7 < waiting.seconds <= 2.0
    assert waiting.slept == 11


def test_an_item_that_was_anywhere_may_be_what_is_still_seen(waiting: Waiting) -> None:
    layout = waiting.shop.stores.dynamodb.layout
    waiting.put(item_entry(layout, "Categories", {"PK": {"S": "x"}}, "CATEGORY", OTHER))
    assert not waiting(ONE)


def test_when_it_has_arrived_the_wait_is_over(waiting: Waiting) -> None:
    rows = waiting.put(waiting.of(ONE))
    waiting.steps = [lambda: None, lambda: waiting.shop.outbox.done(rows)]
    assert waiting(ONE)
    assert waiting.slept == 2


def test_what_a_propagation_becomes_is_waited_for_too(waiting: Waiting) -> None:
    rows = waiting.put(PROPAGATE)
    made: list[Row] = []

    def relayed() -> None:
        made.extend(waiting.put(waiting.of(ONE)))
        waiting.shop.outbox.done(rows)

    waiting.steps = [relayed, lambda: waiting.shop.outbox.done(made)]
    assert waiting(ONE)
    assert waiting.slept == 2
    waiting.steps = [relayed]
    rows = waiting.put(PROPAGATE)
    assert not waiting(ONE)


def test_what_is_written_meanwhile_is_not_waited_for(waiting: Waiting) -> None:
    rows = waiting.put(waiting.of(ONE))

    def written_and_arrived() -> None:
        waiting.put(waiting.of(ONE))
        waiting.shop.outbox.done(rows)

    waiting.steps = [written_and_arrived]
    assert waiting(ONE)
    assert waiting.slept == 1


@pytest.mark.parametrize("stage", [Stage.MYSQL, Stage.DYNAMODB])
def test_where_nothing_is_carried_over_nothing_settles(waiting: Waiting, stage: Stage) -> None:
    waiting.shop.move(stage)
    assert not waiting(ONE)
    assert waiting.slept == 0


def test_once_closed_it_waits_no_more(waiting: Waiting) -> None:
    waiting.put(waiting.of(ONE))
    waiting.settling.close()
    assert not waiting(ONE)
    assert waiting.slept == 0


# ------------------------------------------------------------------------------------------ to MySQL


@pytest.fixture
def back(waiting: Waiting) -> Waiting:
    """The shop in live, all of its streams read until shortly before."""
    waiting.shop.move(Stage.LIVE)
    for table in waiting.tables:
        waiting.read_until(table, waiting.now - 1)
    return waiting


def test_what_was_read_from_every_stream_of_the_group_has_arrived(back: Waiting) -> None:
    last = back.tables[-1]
    for table in back.tables[:-1]:
        back.read_until(table, back.now)
    back.steps = [lambda: None, lambda: back.read_until(last, back.now - 0.5), lambda: back.read_until(last, back.now)]
    assert back(ONE)
    assert (back.slept, back.steps) == (3, [])


def test_streams_that_nobody_reads_on_or_ever_read_are_waited_for_in_vain(back: Waiting) -> None:
    assert not back(ONE, timeout=2.0)
    assert 1.7 < back.seconds <= 2.0
    back.shop.stores.dynamodb.clients.writes.delete_item(
        TableName="t_crossfade_control", Key={"pk": {"S": f"stream|{back.tables[0]}"}}
    )
    assert not back(ONE)


def test_it_is_the_time_of_the_question_that_counts(back: Waiting) -> None:
    """What is written while it is waited for is not waited for."""

    def later_and_read() -> None:
        asked, back.now = back.now, back.now + 100
        for table in back.tables:
            back.read_until(table, asked)

    back.steps = [later_and_read]
    assert back(ONE)


def test_what_mysql_could_not_take_has_not_arrived(back: Waiting) -> None:
    for table in back.tables:
        back.read_until(table, back.now)
    sync = SyncBack(back.shop.stores, back.shop.groups.rows, GROUP, back.shop.clock)
    sync.park({("CATEGORY", OTHER): InvalidValue("name", "too long")})
    assert back(ONE)
    assert not back(OTHER)
    assert not back(ONE, OTHER)
    assert not back()
    assert back.settling(back.shop.stores.contract.entities["PRODUCT"], (), 1.0)
    assert back.slept == 0


def test_once_closed_the_streams_are_not_waited_for(back: Waiting) -> None:
    back.settling.close()
    assert not back(ONE)
    assert back.slept == 0
