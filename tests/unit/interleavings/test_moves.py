"""Two operations on one key, and a move of the group between neighbouring stages: every order of their steps."""

from __future__ import annotations

import pytest

from crossfade.dal.stage import Stage
from tests.unit.interleavings import process
from tests.unit.interleavings.operations import PAIRS, pair
from tests.unit.interleavings.scenario import Scenario
from tests.unit.interleavings.trying import Record, tried
from tests.unit.interleavings.world import World

# A move that changes no authority only lets writers plan again: some pairs stand for all there, and for the way back,
# whose writes are single requests. `python -m tests.unit.interleavings` tries all pairs on all moves.
SOME = [("create", "create"), ("create", "delete"), ("update", "delete"), ("delete", "delete"), ("move", "delete")]
MOVES = {
    (Stage.MYSQL, Stage.DUAL_WRITE): PAIRS,
    (Stage.DUAL_WRITE, Stage.MYSQL): SOME,
    (Stage.DUAL_WRITE, Stage.SHADOW): SOME,
    (Stage.SHADOW, Stage.DUAL_WRITE): SOME,
    (Stage.SHADOW, Stage.LIVE): PAIRS,
    (Stage.LIVE, Stage.SHADOW): SOME,
    (Stage.LIVE, Stage.RAMP_DOWN): SOME,
    (Stage.RAMP_DOWN, Stage.LIVE): SOME,
    (Stage.RAMP_DOWN, Stage.DYNAMODB): SOME,
    (Stage.DYNAMODB, Stage.RAMP_DOWN): SOME,
}
CASES = [pytest.param(m, k, id=f"{m[0]}-to-{m[1]}: {'-'.join(k)}") for m, pairs in MOVES.items() for k in pairs]


def scenario_of(move: tuple[Stage, Stage], kinds: tuple[str, str]) -> Scenario:
    """Two operations while the group moves."""
    operations, records = pair(kinds)
    return Scenario(
        move[0],
        records,
        operations,
        {"mover": lambda run: process.move(run.world, move[1])},
        copied=move[0] is not Stage.MYSQL,
        watched=move[1] is Stage.LIVE,
    )


@pytest.mark.parametrize(("move", "kinds"), CASES)
def test_every_order_ends_converged(
    world: World, move: tuple[Stage, Stage], kinds: tuple[str, str], record_property: Record
) -> None:
    tried(world, scenario_of(move, kinds), record_property)
