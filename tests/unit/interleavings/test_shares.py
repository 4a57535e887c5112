"""A share of the keys one stage ahead, which grows and shrinks under writes: every order of their steps.

The one note has slot 85: of a share of 90 % it is part, of one of 80 % it is not. While the share is `live`, DynamoDB
decides for the note while it is ahead, and MySQL while it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from crossfade.dal.share import slot
from crossfade.dal.stage import Stage
from crossfade.dynamodb.stage_item import StageItems
from crossfade.migration import carry
from crossfade.migration.flip import Flip
from crossfade.mysql.stage_rows import StageRows
from tests.unit.interleavings import process
from tests.unit.interleavings.back import Feed, SteppedBack
from tests.unit.interleavings.hooks import hooked
from tests.unit.interleavings.operations import operation, pair
from tests.unit.interleavings.scenario import Participant, Scenario
from tests.unit.interleavings.test_rules import _never_held
from tests.unit.interleavings.trying import Record, left, relay, repair, tried
from tests.unit.interleavings.world import CONTRACT, World

Move = tuple[tuple[Stage, int], tuple[Stage, int]]

GROWS: Move = (Stage.SHADOW, 0), (Stage.SHADOW, 90)
SHRINKS: Move = (Stage.SHADOW, 90), (Stage.SHADOW, 80)
# Of pairs, some stand for all: `test_moves` tries each of them on both sides of the flip.
SOME = [("create", "create"), ("create", "delete")]
FEW = [("create", "create")]
MOVES: Mapping[Move, list[tuple[str, str]]] = {
    GROWS: [*SOME, ("update", "delete")],
    SHRINKS: SOME,
    ((Stage.SHADOW, 80), (Stage.SHADOW, 90)): FEW,
    ((Stage.SHADOW, 90), (Stage.SHADOW, 95)): FEW,
    ((Stage.SHADOW, 80), (Stage.SHADOW, 10)): FEW,
    ((Stage.SHADOW, 90), (Stage.SHADOW, 0)): FEW,
    ((Stage.SHADOW, 90), (Stage.LIVE, 0)): FEW,
    ((Stage.SHADOW, 80), (Stage.LIVE, 0)): FEW,
    ((Stage.DUAL_WRITE, 80), (Stage.DUAL_WRITE, 90)): FEW,
    ((Stage.LIVE, 80), (Stage.LIVE, 90)): FEW,
    ((Stage.RAMP_DOWN, 80), (Stage.RAMP_DOWN, 90)): FEW,
}


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Nobody minds that pages depend on each other: none is written here."""
    with patch("crossfade.migration.dual_write.dependences", lambda *_: ()):
        yield


def _named(move: Move) -> str:
    (before, share), (after, then) = move
    return f"{before}+{share}-to-{after}+{then}"


def _scenario(move: Move, kinds: tuple[str, str], others: Mapping[str, Participant], **more: Any) -> Scenario:
    (before, share), after = move
    operations, records = pair(kinds)
    if others or more:
        operations = {"w1": operation(kinds[0], "one")}
    participants = {"mover": lambda run: process.move(run.world, *after), **others}
    return Scenario(before, records, operations, participants, ahead=share, **{"watched": True, **more})


def test_the_note_is_ahead_of_the_one_share_and_not_of_the_other() -> None:
    assert slot(CONTRACT.entities["NOTE"], {"id": 1}) == 85


@pytest.mark.parametrize(
    ("move", "kinds"),
    [pytest.param(m, k, id=f"{_named(m)}: {'-'.join(k)}") for m, pairs in MOVES.items() for k in pairs],
)
def test_every_order_ends_converged(world: World, move: Move, kinds: tuple[str, str], record_property: Record) -> None:
    tried(world, _scenario(move, kinds, {}), record_property)


LEFT = left("NOTE", batch=1)
"""It has no time for what the writer leaves."""


def _backfill(run: Any) -> process.Body:
    return process.backfill(run.world, "NOTE")


@pytest.mark.parametrize(
    ("other", "kind"), [(relay, "create"), (LEFT, "update"), (repair, "update"), (_backfill, "delete")]
)
@pytest.mark.parametrize("move", [GROWS, SHRINKS], ids=_named)
def test_nobody_overwrites_a_key_that_is_ahead(
    world: World, move: Move, other: Participant, kind: str, record_property: Record
) -> None:
    tried(world, _scenario(move, (kind, kind), {"other": other}), record_property)


@pytest.mark.parametrize("kind", ["create", "delete"])
def test_a_request_arrives_after_the_share_has_grown(world: World, kind: str, record_property: Record) -> None:
    tried(world, _scenario(GROWS, (kind, kind), {}, losses=1), record_property)


@pytest.mark.parametrize("kind", ["create", "delete"])
def test_a_participant_dies_while_the_share_grows(world: World, kind: str, record_property: Record) -> None:
    tried(world, _scenario(GROWS, (kind, kind), {}, deaths=1), record_property, split=True)


RULES: Mapping[str, tuple[Callable[[], AbstractContextManager[Any]], Move]] = {
    "fenced share": (lambda: patch.object(StageRows, "share", StageRows.look), GROWS),
    "drain": (lambda: patch.object(Flip, "held", lambda *_, **__: []), GROWS),
    "fence of a key": (lambda: patch.object(carry, "check_not_handed", lambda *_: None), GROWS),
    "held": (lambda: patch.multiple(StageItems, hold=lambda *_: True, look=_never_held), SHRINKS),
    "leases": (lambda: patch.object(SteppedBack, "_pass", lambda *_: None), SHRINKS),
    "drain back": (lambda: patch.object(Feed, "drained", lambda *_: True), SHRINKS),
}


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_a_write_is_lost(world: World, rule: str, record_property: Record) -> None:
    broken, move = RULES[rule]
    # Of an update, or of all steps where fewer show it, there are many times as many orders before that one.
    kind, others = ("delete", {"other": LEFT}) if rule == "fence of a key" else ("update", {})
    scenario = _scenario(move, (kind, kind), others, watched=True)
    with broken(), hooked(split=rule == "fenced share") as hooks:
        explored = scenario.explored(world, hooks)
    assert explored.fault is not None, f"nothing goes wrong without this rule: {rule}"
    assert "and was to hold" in explored.fault
    record_property("fault", explored.fault)
