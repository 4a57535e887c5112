"""The explorer itself: what it merges it counts, and nothing is left out."""

from __future__ import annotations

from crossfade.dal.stage import Stage
from tests.unit.interleavings import process
from tests.unit.interleavings.hooks import hooked
from tests.unit.interleavings.operations import operation, pair
from tests.unit.interleavings.scenario import Scenario
from tests.unit.interleavings.world import World


def test_as_many_interleavings_are_counted_as_there_are_one_by_one(world: World) -> None:
    operations, records = pair(("create", "delete"))
    scenario = Scenario(Stage.DUAL_WRITE, records, operations, {})
    with hooked() as hooks:
        merged, each = (scenario.explored(world, hooks, merge=merge) for merge in (True, False))
    assert merged.fault is None
    assert each.fault is None
    assert merged.interleavings == each.interleavings == each.runs
    assert merged.runs < each.runs


def test_a_run_is_the_same_each_time(world: World) -> None:
    scenario = Scenario(
        Stage.SHADOW, {}, {"w1": operation("create", "one")},
        {"mover": lambda run: process.move(run.world, Stage.LIVE)}, losses=1, deaths=1,
    )  # fmt: skip
    with hooked() as hooks:
        first, second = scenario.explored(world, hooks), scenario.explored(world, hooks)
    assert first.fault is None, first.fault
    assert first.ways == second.ways
