"""What relays, writers and moves hold against each other: two connections on each server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from crossfade.dal.errors import Conflict
from crossfade.dal.stage import Stage, Standing
from crossfade.mysql.install import install
from crossfade.mysql.outbox import Entry, Outbox
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Transaction, run

NOW = datetime(2034, 5, 1, 12, tzinfo=UTC)
ROWS = StageRows(["shop", "attic"])
ITEM = Entry("item", {"key": "a"})
NEXT = Standing(Stage.DUAL_WRITE, 1)


@pytest.fixture
def installed(engine: sa.Engine) -> sa.Engine:
    """An engine, which waits for locks a second, on crossfade's own tables."""
    install(engine, ["shop", "attic"], NOW)
    return engine


@pytest.fixture
def one(installed: sa.Engine) -> Iterator[Transaction]:
    """A transaction."""
    with Transaction(installed, writes=True) as transaction:
        yield transaction


@pytest.fixture
def other(installed: sa.Engine) -> Iterator[Transaction]:
    """Another one, at the same time."""
    with Transaction(installed, writes=True) as transaction:
        yield transaction


@pytest.fixture
def relay(installed: sa.Engine) -> Iterator[Transaction]:
    """A transaction as the relay's."""
    with Transaction(installed, writes=True, gaps=False) as transaction:
        yield transaction


@pytest.fixture
def outbox(installed: sa.Engine) -> Outbox:
    """An outbox of four rows."""
    found = Outbox(installed, "shop", lambda: NOW)
    run(installed, lambda t: found.insert(t, [Entry("propagate", {"row": n}) for n in range(4)]))
    return found


def test_relays_take_different_rows(outbox: Outbox, relay: Transaction, other: Transaction) -> None:
    first, second = outbox.take(relay, 2), outbox.take(other, 9)
    assert [row.entry.detail["row"] for row in first] == [0, 1]
    assert [row.entry.detail["row"] for row in second] == [2, 3]


def test_what_a_relay_that_died_had_taken_is_free_again(outbox: Outbox, one: Transaction, other: Transaction) -> None:
    outbox.take(one, 9)
    assert outbox.take(other, 9) == []
    one.rollback()
    assert len(outbox.take(other, 9)) == 4


def test_a_writer_leaves_the_rows_that_a_relay_holds(outbox: Outbox, one: Transaction) -> None:
    every, held = outbox.look(one), outbox.take(one, 1)
    outbox.done(every)
    one.commit()
    assert (outbox.depth().rows, outbox.holds(held)) == (1, True)


@pytest.mark.parametrize("limit", [1, 9])
def test_rows_that_are_written_meanwhile_wait_for_no_relay(
    outbox: Outbox, relay: Transaction, other: Transaction, limit: int
) -> None:
    outbox.take(relay, limit)
    outbox.insert(other, [ITEM, Entry("propagate", {"row": 9})])
    other.commit()
    assert outbox.depth().rows == 6


def test_writers_share_the_row_and_a_move_waits_for_all_of_them(
    installed: sa.Engine, one: Transaction, other: Transaction
) -> None:
    assert ROWS.share(one) == ROWS.share(other)
    with Transaction(installed, writes=True) as mover, pytest.raises(Conflict):
        ROWS.hold(mover, "shop")
    one.commit()
    with Transaction(installed, writes=True) as mover, pytest.raises(Conflict):
        ROWS.hold(mover, "shop")
    other.commit()
    with Transaction(installed, writes=True) as mover:
        assert ROWS.hold(mover, "shop") == Standing()


def test_a_writer_waits_for_a_move_and_then_sees_it(installed: sa.Engine, one: Transaction) -> None:
    ROWS.hold(one, "shop")
    ROWS.move(one, "shop", NEXT, NOW)
    with Transaction(installed, writes=True) as writer, pytest.raises(Conflict):
        ROWS.share(writer)
    one.commit()
    with Transaction(installed, writes=True) as writer:
        assert ROWS.share(writer)["shop"] == NEXT


def test_a_writer_that_had_begun_before_the_move_sees_it_too(one: Transaction, other: Transaction) -> None:
    """Its snapshot is older; the lock reads what is committed, or MariaDB refuses it."""
    assert ROWS.look(other)["shop"] == Standing()
    ROWS.hold(one, "shop")
    ROWS.move(one, "shop", NEXT, NOW)
    one.commit()
    with suppress(Conflict):
        assert ROWS.share(other)["shop"] == NEXT


def test_readers_wait_for_no_move(one: Transaction, other: Transaction) -> None:
    ROWS.hold(one, "shop")
    ROWS.move(one, "shop", NEXT, NOW)
    assert ROWS.look(other)["shop"] == Standing()


def test_groups_are_moved_apart(one: Transaction, other: Transaction) -> None:
    ROWS.hold(one, "shop")
    assert ROWS.hold(other, "attic") == Standing()
