"""What the moves of a group say of what its stores hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crossfade.dal.stage import Stage, Standing
from crossfade.migration.past import Past, past
from crossfade.mysql.history import Moved

AT = datetime(2026, 1, 1, tzinfo=UTC)
THERE = ["dual_write", "shadow", "live", "ramp_down", "dynamodb"]


@pytest.mark.parametrize(
    ("stages", "found"),
    [
        ([], Past()),
        (["dual_write"], Past(1)),
        (["dual_write", "shadow"], Past(1)),
        (["dual_write", "mysql"], Past()),
        (["dual_write", "mysql", "dual_write", "shadow", "dual_write"], Past(3)),
        (THERE, Past(1)),
        (["dual_write", "shadow", "live", "shadow"], Past(1, returned=4)),
        (["dual_write", "shadow", "live", "ramp_down", "live"], Past(1)),
        ([*THERE, "ramp_down"], Past(1, behind=6)),
        ([*THERE, "ramp_down", "live"], Past(1, behind=6)),
        ([*THERE, "ramp_down", "live", "shadow"], Past(1, returned=8)),
        ([*THERE, "ramp_down", "live", "shadow", "live"], Past(1, returned=8)),
    ],
)
def test_what_they_say(stages: list[str], found: Past) -> None:
    moves = [
        Moved(AT, Stage(before), Standing(Stage(after), epoch), {})
        for epoch, (before, after) in enumerate(zip(["mysql", *stages], stages, strict=False), start=1)
    ]
    assert replace(past(moves), since=None) == found


Share = tuple[str, int]


@pytest.mark.parametrize(
    ("standings", "found"),
    [
        ([("mysql", 30)], Past()),
        ([("mysql", 30), ("dual_write", 0)], Past(2)),
        ([("dual_write", 0), ("dual_write", 30), ("shadow", 0)], Past(1)),
        ([("shadow", 0), ("shadow", 40)], Past(1)),
        ([("shadow", 0), ("shadow", 40), ("shadow", 10)], Past(1, returned=3)),
        ([("shadow", 0), ("shadow", 40), ("shadow", 70), ("live", 0)], Past(1)),
        ([("live", 0), ("live", 30), ("live", 0)], Past(1)),
        ([("ramp_down", 0), ("ramp_down", 30)], Past(1)),
        ([("ramp_down", 0), ("ramp_down", 30), ("ramp_down", 10)], Past(1, behind=3)),
        ([("ramp_down", 0), ("ramp_down", 30), ("ramp_down", 10), ("ramp_down", 0), ("live", 0)], Past(1, behind=4)),
        ([("ramp_down", 0), ("ramp_down", 30), ("dynamodb", 0), ("ramp_down", 0)], Past(1, behind=4)),
        ([("ramp_down", 0), ("ramp_down", 30), ("ramp_down", 0), ("live", 0), ("shadow", 0)], Past(1, returned=5)),
    ],
)
def test_what_shares_say(standings: list[Share], found: Past) -> None:
    assert replace(past(_moves(standings)), since=None) == found


@pytest.mark.parametrize(
    ("standings", "since"),
    [
        ([], None),
        ([("shadow", 0), ("shadow", 40), ("shadow", 70)], 1),
        ([("shadow", 0), ("shadow", 40), ("shadow", 10)], 3),
        ([("shadow", 0), ("shadow", 40), ("live", 0)], 3),
    ],
)
def test_since_when_a_group_is_where_it_is(standings: list[Share], since: int | None) -> None:
    """A share that grows keeps what was compared before: it only adds keys."""
    assert past(_moves(standings)).since == (None if since is None else AT + timedelta(days=since))


def _moves(standings: list[Share]) -> list[Moved]:
    before = [("mysql", 0), *standings]
    return [
        Moved(AT + timedelta(days=epoch), Stage(origin), Standing(Stage(after), epoch, ahead), {})
        for epoch, ((origin, _), (after, ahead)) in enumerate(zip(before, standings, strict=False), start=1)
    ]
