"""Leases: who may write, for how long, and what a reply that comes too late is worth."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import OutcomeUnknown
from crossfade.dal.stage import Stage, StageHeld, StageMoved, Standing
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stage_item import StageItems, StageView
from crossfade.migration.lease import LEASE, LONGEST, REFRESH, SHORT_LEASE, SHORT_REFRESH, Leases
from tests.unit.dal.stepped import Seconds
from tests.unit.migration.embedded import GROUP, Shop

LIVE, SHADOW = Standing(Stage.LIVE, 3), Standing(Stage.SHADOW, 4)


@pytest.fixture
def items(shop: Shop) -> StageItems:
    """Where the group stands: live."""
    made = StageItems(shop.stores.dynamodb.layout, Calls(shop.stores.dynamodb.clients))
    assert made.follow(GROUP, LIVE)
    return made


@pytest.fixture
def seconds() -> Seconds:
    """The process's clock."""
    return Seconds()


@pytest.fixture
def leases(items: StageItems, seconds: Seconds) -> Leases:
    """Those of one process."""
    return Leases(items, clock=seconds)


def held(items: StageItems) -> str | None:
    """Announce a move back, and hold the group."""
    token = items.announce(GROUP, LIVE)
    return token if token is not None and items.hold(GROUP, LIVE, token) else None


def test_a_lease_counts_from_when_the_stage_was_asked_for(leases: Leases, seconds: Seconds) -> None:
    begun = seconds.now
    assert leases.begin(GROUP, LIVE) == begun + LEASE + LONGEST
    seconds.now += REFRESH / 2
    assert leases.begin(GROUP, LIVE) == begun + LEASE + LONGEST
    seconds.now += 1.5 * REFRESH
    assert leases.begin(GROUP, LIVE) == seconds.now + LEASE + LONGEST


def test_who_hears_that_a_move_is_announced_goes_on_with_short_leases(
    leases: Leases, items: StageItems, seconds: Seconds
) -> None:
    leases.begin(GROUP, LIVE)
    assert items.announce(GROUP, LIVE)
    seconds.now += 1.5 * REFRESH
    asked = seconds.now
    assert leases.begin(GROUP, LIVE) == asked + SHORT_LEASE + LONGEST
    seconds.now += 0.9 * SHORT_REFRESH
    assert leases.begin(GROUP, LIVE) == asked + SHORT_LEASE + LONGEST
    seconds.now += 0.2 * SHORT_REFRESH
    assert leases.begin(GROUP, LIVE) == seconds.now + SHORT_LEASE + LONGEST


def test_an_answer_that_outlasts_its_lease_lets_nobody_write(
    items: StageItems, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(group: str) -> StageView:
        seconds.now += 2 * LEASE
        return StageView(LIVE)

    monkeypatch.setattr(items, "look", slow)
    with pytest.raises(StageHeld):
        Leases(items, clock=seconds).begin(GROUP, LIVE)


def test_a_hold_is_heard_of_before_the_lease_is_over(leases: Leases, items: StageItems, seconds: Seconds) -> None:
    until = leases.begin(GROUP, LIVE)
    assert held(items)
    seconds.now += 1.5 * REFRESH
    assert seconds.now < until
    with pytest.raises(StageHeld):
        leases.begin(GROUP, LIVE)


def test_a_move_is_met(leases: Leases, items: StageItems) -> None:
    assert items.follow(GROUP, SHADOW)
    with pytest.raises(StageMoved) as moved:
        leases.begin(GROUP, LIVE)
    assert moved.value.standings == {GROUP: SHADOW}


def test_an_item_that_is_behind_holds_until_it_follows(leases: Leases, seconds: Seconds) -> None:
    with pytest.raises(StageHeld):
        leases.begin(GROUP, Standing(Stage.RAMP_DOWN, 4))


def test_a_reply_in_time_asks_nobody(leases: Leases, items: StageItems, seconds: Seconds) -> None:
    until = leases.begin(GROUP, LIVE)
    items.follow(GROUP, SHADOW)
    seconds.now += LEASE + LONGEST - 0.01
    leases.end(GROUP, LIVE, until)


def test_a_late_reply_is_good_where_no_move_has_begun(leases: Leases, seconds: Seconds) -> None:
    until = leases.begin(GROUP, LIVE)
    seconds.now += 60
    leases.end(GROUP, LIVE, until)


@pytest.mark.parametrize("moved", ["held", "moved"])
def test_a_late_reply_says_nothing_where_a_move_has_begun(
    leases: Leases, items: StageItems, seconds: Seconds, moved: str
) -> None:
    until = leases.begin(GROUP, LIVE)
    assert held(items) if moved == "held" else items.follow(GROUP, SHADOW)
    seconds.now += 2 * LEASE
    with pytest.raises(OutcomeUnknown, match="the lease ran out"):
        leases.end(GROUP, LIVE, until)


def test_only_who_announced_last_holds_and_releases(items: StageItems) -> None:
    mine = items.announce(GROUP, LIVE)
    theirs = items.announce(GROUP, LIVE)
    assert mine is not None
    assert theirs is not None
    assert not items.hold(GROUP, LIVE, mine)
    assert not items.release(GROUP, LIVE, mine)
    assert items.hold(GROUP, LIVE, theirs)
    assert items.look(GROUP) == StageView(LIVE, held=theirs, announced=theirs)
    assert items.release(GROUP, LIVE, theirs)
    assert items.look(GROUP) == StageView(LIVE)
    assert not items.hold(GROUP, LIVE, theirs)


def test_what_is_held_stays_held_while_another_move_is_announced(items: StageItems) -> None:
    mine = held(items)
    theirs = items.announce(GROUP, LIVE)
    assert items.look(GROUP) == StageView(LIVE, held=mine, announced=theirs)


def test_what_stands_elsewhere_is_not_held(items: StageItems) -> None:
    assert items.announce(GROUP, SHADOW) is None
    assert items.follow(GROUP, SHADOW)
    assert not items.follow(GROUP, LIVE)
    assert items.announce(GROUP, LIVE) is None


def test_a_share_that_shrank_is_met_as_a_move(leases: Leases, items: StageItems, seconds: Seconds) -> None:
    """And a writer that froze meanwhile does not know whether its write came before."""
    share, less = Standing(Stage.SHADOW, 5, 40), Standing(Stage.SHADOW, 6, 10)
    assert items.follow(GROUP, share)
    until = leases.begin(GROUP, share)
    assert items.follow(GROUP, less)
    seconds.now += 2 * LEASE
    with pytest.raises(OutcomeUnknown):
        leases.end(GROUP, share, until)
    with pytest.raises(StageMoved) as moved:
        leases.begin(GROUP, share)
    assert moved.value.standings == {GROUP: less}
