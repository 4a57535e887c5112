"""The outbox: what waits, in which order it is taken, and what becomes of a row that fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crossfade.mysql.outbox import GRACE, Depth, Entry, Failing, Outbox, Row
from crossfade.mysql.own_tables import METADATA, OUTBOX
from crossfade.mysql.transaction import Transaction, read, run
from tests.unit.dal.samples import Clock

START = datetime(2034, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
ITEM, ENTITY, PROPAGATE = Entry("item", {"key": "a"}), Entry("entity", {"owner": "b"}), Entry("propagate", {"row": "c"})


@pytest.fixture
def clock() -> Clock:
    """The outbox's time."""
    return Clock(START)


@pytest.fixture
def outbox(engine: sa.Engine, clock: Clock) -> Outbox:
    """An empty outbox."""
    METADATA.create_all(engine, tables=[OUTBOX])
    return Outbox(engine, "shop", clock)


def insert(engine: sa.Engine, outbox: Outbox, *entries: Entry) -> list[Row]:
    """Write entries in a transaction of their own."""
    return run(engine, lambda t: outbox.insert(t, entries))


def take(engine: sa.Engine, outbox: Outbox, limit: int = 9, *, fresh: bool = False) -> list[Entry]:
    """The entries that are due."""
    return [row.entry for row in run(engine, lambda t: outbox.take(t, limit, fresh=fresh))]


def test_an_entry_is_the_same_however_its_detail_is_written() -> None:
    assert Entry("item", {"a": 1, "b": "é"}).place == Entry("item", {"b": "é", "a": 1}).place
    places = {Entry("item", {"a": 1}).place, Entry("entity", {"a": 1}).place, Entry("item", {"a": 2}).place}
    assert len(places) == 3


def test_what_a_transaction_writes_is_there_once_if_it_commits(engine: sa.Engine, outbox: Outbox) -> None:
    with Transaction(engine, writes=True) as transaction:
        outbox.insert(transaction, [ITEM])
    assert outbox.depth() == Depth()
    rows = insert(engine, outbox, ITEM, ENTITY, Entry("item", {"key": "a"}))
    assert [row.entry for row in rows] == [ITEM, ENTITY]
    assert read(engine, outbox.look) == rows
    assert outbox.depth() == Depth(2, 0.0, 0)


def test_a_row_is_left_to_its_writer_for_a_moment(engine: sa.Engine, outbox: Outbox, clock: Clock) -> None:
    insert(engine, outbox, ITEM, PROPAGATE)
    assert take(engine, outbox) == [PROPAGATE]  # no writer carries it over
    assert take(engine, outbox, fresh=True) == [PROPAGATE, ITEM]
    clock.now += GRACE
    assert take(engine, outbox) == [PROPAGATE, ITEM]


def test_the_oldest_come_first(engine: sa.Engine, outbox: Outbox, clock: Clock) -> None:
    entries = [Entry("entity", {"owner": n}) for n in range(4)]
    for entry in reversed(entries):
        insert(engine, outbox, entry)
        clock.now += timedelta(seconds=1)
    clock.now += GRACE
    assert take(engine, outbox, 3) == [entries[3], entries[2], entries[1]]


def test_exactly_the_rows_that_were_taken_are_deleted(engine: sa.Engine, outbox: Outbox) -> None:
    first = insert(engine, outbox, ITEM)
    second = insert(engine, outbox, ITEM)
    run(engine, lambda t: outbox.delete(t, first))
    run(engine, lambda t: outbox.delete(t, []))
    assert read(engine, outbox.look) == second
    assert (outbox.holds(first), outbox.holds(second)) == (False, True)
    outbox.done(second)
    assert outbox.depth().rows == 0


def test_a_row_that_fails_is_tried_again_later_and_later(engine: sa.Engine, outbox: Outbox, clock: Clock) -> None:
    insert(engine, outbox, ITEM)
    clock.now += GRACE
    waits = []
    for attempt in range(11):
        (row,) = run(engine, lambda t: outbox.take(t, 9))
        assert row.attempts == attempt
        run(engine, lambda t, row=row: outbox.postpone(t, row, "no"))  # type: ignore[misc]  # binds the loop's value
        (failing,) = outbox.failing(9)
        waits.append((failing.due_at - clock.now).total_seconds())
        clock.now = failing.due_at
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    clock.now -= timedelta(microseconds=1)
    assert take(engine, outbox) == []


def test_what_fails_is_told(engine: sa.Engine, outbox: Outbox, clock: Clock) -> None:
    rows = insert(engine, outbox, ITEM, ENTITY, PROPAGATE)
    clock.now += timedelta(seconds=30)
    for row in (rows[2], rows[0]):
        run(engine, lambda t, row=row: outbox.postpone(t, row, f"no {row.entry.kind}"))  # type: ignore[misc]  # as above
    assert outbox.depth() == Depth(3, 30.0, 2)
    again = clock.now + timedelta(seconds=1)
    told = [
        Failing(Row(rows[0].id, ITEM, 1), START, again, "no item"),
        Failing(Row(rows[2].id, PROPAGATE, 1), START, again, "no propagate"),
    ]
    assert outbox.failing(9) == told
    assert outbox.failing(1) == told[:1]


def test_what_waits_up_to_a_row(engine: sa.Engine, outbox: Outbox) -> None:
    assert outbox.last() == 0
    rows = insert(engine, outbox, PROPAGATE, ENTITY)
    last = outbox.last()
    assert last == rows[-1].id
    later = insert(engine, outbox, ITEM)
    assert outbox.waits(last, ["propagate"])
    assert outbox.waits(last, [], [ENTITY])
    assert not outbox.waits(last, ["item"])
    assert not outbox.waits(last, [], [ITEM])
    assert not outbox.waits(rows[0].id, ["entity"], [ENTITY])
    outbox.done(rows)
    assert not outbox.waits(last, ["propagate", "entity", "item"])
    assert outbox.last() == later[0].id


def test_groups_have_their_own(engine: sa.Engine, outbox: Outbox, clock: Clock) -> None:
    other = Outbox(engine, "other", clock)
    insert(engine, outbox, ITEM)
    rows = insert(engine, other, ITEM)
    assert take(engine, other, fresh=True) == [ITEM]
    assert (outbox.depth().rows, other.last()) == (1, rows[0].id)
    assert not outbox.waits(rows[0].id, ["entity"])
    run(engine, lambda t: other.delete(t, other.look(t)))
    assert (outbox.depth().rows, other.depth().rows) == (1, 0)
    assert not other.waits(rows[0].id, ["item"])
