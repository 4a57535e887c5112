"""Operations against everything else that writes items; deaths, and requests that arrive late."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crossfade.dal.stage import ROUTES, Stage
from tests.unit.interleavings import process
from tests.unit.interleavings.hooks import hooked
from tests.unit.interleavings.operations import KINDS, operation, pair
from tests.unit.interleavings.run import Run
from tests.unit.interleavings.scenario import Participant, Scenario
from tests.unit.interleavings.test_moves import MOVES
from tests.unit.interleavings.trying import Record, relay, repair, tried
from tests.unit.interleavings.world import World

# Of a mover that dies while DynamoDB has the authority, tests/integration/migration/test_way_back.py tells.
FROM_MYSQL = [move for move in MOVES if ROUTES[move[0]].authority == "mysql"]


def _page(run: Run) -> process.Body:
    return process.repair(run.world, process.place(run.world, "PAGE", 1, "old"))


def _mover(to: Stage) -> Participant:
    return lambda run: process.move(run.world, to)


OTHERS: Mapping[str, Participant] = {
    "relay": relay,
    "backfill": lambda run: process.backfill(run.world, "PAGE" if "PAGE" in repr(run.truth) else "NOTE"),
    "repair": lambda run: (_page if "PAGE" in repr(run.truth) else repair)(run),
}


@pytest.mark.parametrize("kind", [*KINDS, "move"])
@pytest.mark.parametrize("other", OTHERS)
def test_an_operation_and_another_writer(world: World, other: str, kind: str, record_property: Record) -> None:
    """The relay may meet an operation whose process died."""
    _, records = pair((kind, kind))
    operations = {"w1": operation(kind, "one", page=kind == "move")}
    scenario = Scenario(
        Stage.DUAL_WRITE, records, operations, {other: OTHERS[other]},
        copied=other != "backfill", deaths=1, watched=other == "relay",
    )  # fmt: skip
    tried(world, scenario, record_property, split=True)


@pytest.mark.parametrize("kinds", [("create", "delete"), ("delete", "put"), ("update", "delete")], ids="-".join)
def test_a_request_arrives_late(world: World, kinds: tuple[str, str], record_property: Record) -> None:
    operations, records = pair(kinds)
    tried(world, Scenario(Stage.DUAL_WRITE, records, operations, {}, losses=1), record_property)


@pytest.mark.parametrize("kinds", [("create", "delete")], ids="-".join)
def test_a_request_arrives_after_the_flip(world: World, kinds: tuple[str, str], record_property: Record) -> None:
    operations, records = pair(kinds)
    scenario = Scenario(Stage.SHADOW, records, operations, {"mover": _mover(Stage.LIVE)}, losses=1)
    tried(world, scenario, record_property)


@pytest.mark.parametrize("kind", ["create", "delete"])
@pytest.mark.parametrize("move", FROM_MYSQL, ids=lambda move: f"{move[0]}-to-{move[1]}")
def test_a_participant_dies_during_a_move(
    world: World, move: tuple[Stage, Stage], kind: str, record_property: Record
) -> None:
    _, records = pair((kind, kind))
    scenario = Scenario(
        move[0], records, {"w1": operation(kind, "one")}, {"mover": _mover(move[1])},
        copied=move[0] is not Stage.MYSQL, deaths=1, watched=True,
    )  # fmt: skip
    tried(world, scenario, record_property, split=True)


_MOVES = [pytest.param(m, id=f"{m[0]}-to-{m[1]}") for m in FROM_MYSQL]


@pytest.mark.parametrize("move", _MOVES)
def test_a_relay_and_a_move(world: World, move: tuple[Stage, Stage], record_property: Record) -> None:
    scenario = Scenario(
        move[0], {}, {"w1": operation("create", "one")}, {"relay": relay, "mover": _mover(move[1])},
        copied=move[0] is not Stage.MYSQL, watched=True,
    )  # fmt: skip
    tried(world, scenario, record_property)


def test_a_writer_deletes_the_row_that_the_relay_carried_over_and_no_other(world: World) -> None:
    """The outbox gives no id again: or the first writer would delete the second one's row, who has died."""
    operations, records = pair(("create", "delete"))
    scenario = Scenario(Stage.DUAL_WRITE, records, operations, {"relay": relay}, deaths=1, watched=True)
    path = [*["w1 goes"] * 5, *["relay goes"] * 6, "w2 goes", "w1 goes", *["w2 goes"] * 2, "w2 dies on: PutItem"]
    with hooked() as hooks:
        assert scenario.followed(world, hooks, path) is None


def test_a_repair_and_the_flip(world: World, record_property: Record) -> None:
    _, records = pair(("update", "update"))
    scenario = Scenario(
        Stage.SHADOW, records, {"w1": operation("update", "one")}, {"repair": repair, "mover": _mover(Stage.LIVE)}
    )
    tried(world, scenario, record_property)
