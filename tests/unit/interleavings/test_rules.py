"""The harness can fail: each rule of the protocol, taken out of the real code, loses a write in some interleaving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from crossfade.dal.stage import Stage
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.expected import tombstone
from crossfade.dynamodb.stage_item import StageItems, StageView
from crossfade.migration.dual_write import Groups
from crossfade.migration.sync import Seen, Sync
from crossfade.mysql.outbox import Outbox
from crossfade.mysql.own_tables import OUTBOX
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Transaction
from tests.unit.interleavings import process
from tests.unit.interleavings.actors import actor
from tests.unit.interleavings.back import Feed, SteppedBack
from tests.unit.interleavings.hooks import hooked
from tests.unit.interleavings.operations import NOTE, PAGE, operation, pair
from tests.unit.interleavings.run import Run
from tests.unit.interleavings.scenario import Scenario
from tests.unit.interleavings.trying import Record, left, tried
from tests.unit.interleavings.world import World

Broken = Callable[[], AbstractContextManager[Any]]
_write, _sync = Sync.write, Sync.sync


def _unconditional(sync: Sync, seen: Seen, item: Any) -> bool:
    sync.calls.write("PutItem", TableName=seen.place.table, Item=item)
    return True


def _skipping(sync: Sync, seen: Seen, item: Any) -> bool:
    def plain(of: Any) -> Any:
        return None if of is None or tombstone(of) else {name: of[name] for name in of if not name.startswith("_")}

    return plain(seen.item) == plain(item) or _write(sync, seen, item)


def _projecting_first(sync: Sync, place: Any) -> Any:
    while True:
        with Transaction(sync.stores.mysql.engine, writes=False) as transaction:
            sync.fence(transaction, place.hints)
            item = sync.project(transaction, Seen(place, None))
        found = sync.calls.read("GetItem", TableName=place.table, Key=place.key, ConsistentRead=True)
        if sync.write(Seen(place, found.get("Item")), item):
            return None


def _unfenced(sync: Sync, place: Any) -> Any:
    return _sync(replace(sync, fence=lambda *_: None), place)


def _deleting(sync: Sync, seen: Seen, item: Any) -> bool:
    if not tombstone(item):
        return _write(sync, seen, item)
    real = Calls.write

    def delete(calls: Calls, operation: Any, **request: Any) -> Any:
        del operation, request["Item"]
        return real(calls, "DeleteItem", **request, Key=seen.place.key)

    with patch.object(Calls, "write", delete):
        return _write(sync, seen, item)


def _all_of_the_place(outbox: Outbox, transaction: Transaction, rows: Any) -> None:
    places = [row.entry.place for row in rows]
    if places:
        transaction.execute(OUTBOX.delete().where(OUTBOX.c.place.in_(places)))


_look = StageItems.look


def _never_held(items: StageItems, group: str) -> StageView | None:
    """What the item says, but for the mover, who finds its hold."""
    view, who = _look(items, group), actor()
    return replace(view, held=view.announced) if view is not None and who is not None and who.name == "mover" else view


def _flip(run: Run) -> process.Body:
    return process.move(run.world, Stage.LIVE)


_OPERATIONS, _NONE = pair(("create", "delete"))
TWO = Scenario(Stage.DUAL_WRITE, _NONE, _OPERATIONS, {})
DYING = replace(TWO, records=NOTE, operations={"w1": operation("update", "one")}, deaths=1)
MOVING = Scenario(
    Stage.DUAL_WRITE, PAGE, {"w1": operation("move", "one")}, {"relay": left("PAGE")}, deaths=1, watched=True
)
FLIPS = Scenario(
    Stage.SHADOW, NOTE, {"w1": operation("update", "one"), "w2": operation("update", "two")}, {"mover": _flip},
    watched=True,
)  # fmt: skip
FLIP = Scenario(Stage.SHADOW, NOTE, {"w1": operation("update", "one")}, {"mover": _flip}, watched=True)

BACK = Scenario(
    Stage.LIVE, NOTE, {"w1": operation("update", "one")}, {"mover": lambda run: process.move(run.world, Stage.SHADOW)}
)

RULES: Mapping[str, tuple[Broken, Scenario]] = {
    "condition": (lambda: patch.object(Sync, "write", _unconditional), TWO),
    "write equal": (lambda: patch.object(Sync, "write", _skipping), TWO),
    "read first": (lambda: patch.object(Sync, "sync", _projecting_first), TWO),
    "tombstone": (lambda: patch.object(Sync, "write", _deleting), TWO),
    "outbox": (lambda: patch.object(Groups, "insert", lambda *_: []), DYING),
    "own rows": (lambda: patch.object(Outbox, "delete", _all_of_the_place), MOVING),
    "fence": (lambda: patch.object(StageRows, "share", StageRows.look), FLIP),
    "sync's fence": (lambda: patch.object(Sync, "sync", _unfenced), FLIPS),
    "held": (lambda: patch.multiple(StageItems, hold=lambda *_: True, look=_never_held), BACK),
    "leases": (lambda: patch.object(SteppedBack, "_pass", lambda *_: None), BACK),
    "drain": (lambda: patch.object(Feed, "drained", lambda *_: True), BACK),
}


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_a_write_is_lost(world: World, rule: str, record_property: Record) -> None:
    broken, scenario = RULES[rule]
    with broken(), hooked(split=scenario is FLIP) as hooks:
        explored = scenario.explored(world, hooks)
    assert explored.fault is not None, f"nothing goes wrong without this rule: {rule}"
    record_property("fault", explored.fault)


@pytest.mark.parametrize("scenario", [TWO, DYING, MOVING, FLIP, BACK], ids=["two", "dying", "moving", "flip", "back"])
def test_with_all_rules_none_is(world: World, scenario: Scenario, record_property: Record) -> None:
    tried(world, scenario, record_property, split=scenario is FLIP)
