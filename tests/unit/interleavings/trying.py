"""What several tests try: a scenario, in every order, and who takes part in it."""

from __future__ import annotations

from collections.abc import Callable

from crossfade.dal.key import Key
from crossfade.migration.entries import entity_entry
from crossfade.mysql.transaction import run as in_transaction
from tests.unit.interleavings import process
from tests.unit.interleavings.hooks import hooked
from tests.unit.interleavings.run import Run
from tests.unit.interleavings.scenario import Participant, Scenario
from tests.unit.interleavings.world import GROUP, World

Record = Callable[[str, object], None]


def tried(world: World, scenario: Scenario, record: Record, *, split: bool = False) -> None:
    """Every order of a scenario's steps ends well; how many there are is recorded."""
    with hooked(split=split) as hooks:
        explored = scenario.explored(world, hooks)
    record("runs", explored.runs)
    record("interleavings", explored.interleavings)
    assert explored.fault is None, explored.fault
    assert explored.interleavings > 1


def relay(run: Run) -> process.Body:
    """A relay."""
    return process.relay(run.world)


def left(entity: str, *, batch: int = 100) -> Participant:
    """A relay, which finds what a dead writer of an entity left, and takes so many rows of the outbox."""

    def participant(run: Run) -> process.Body:
        world = run.world
        entry = entity_entry(world.stores.dynamodb.layout, entity, Key({"id": 1}))
        in_transaction(world.stores.mysql.engine, lambda t: world.groups.outboxes[GROUP].insert(t, [entry]))
        return process.relay(world, batch=batch)

    return participant


def repair(run: Run) -> process.Body:
    """A repair of the note."""
    return process.repair(run.world, process.place(run.world, "NOTE", 1, "1"))
