"""A scenario: where the group stands, what there is, and who takes part; and whether a run of it ended well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.dal.errors import DuplicateKey, DuplicateUnique, NotFound, OutcomeUnknown
from crossfade.dal.repository import Repository
from crossfade.dal.stage import Stage, Standing
from crossfade.migration.relay import Relay
from tests.unit.interleavings import back, process
from tests.unit.interleavings.explore import Explored, explore
from tests.unit.interleavings.hooks import Hooks
from tests.unit.interleavings.run import Effect, Run, before
from tests.unit.interleavings.world import GROUP, Record, Records, World

Participant = Callable[[Run], process.Body]
_REFUSALS = (DuplicateKey, DuplicateUnique, NotFound)


@dataclass(frozen=True)
class Operation:
    """What an application does with one key.

    Attributes:
        entity: the entity.
        act: does it.
        effect: what it changes.
    """

    entity: str
    act: Callable[[Repository[dict[str, Any]]], Any]
    effect: Effect


def create(entity: str, **record: Any) -> Operation:
    """The creation of a record."""
    return Operation(entity, lambda r: r.create(record), lambda t: t.update({(entity, record["id"]): record}))


def put(entity: str, **record: Any) -> Operation:
    """A put of a record."""
    return Operation(entity, lambda r: r.put(record), lambda t: t.update({(entity, record["id"]): record}))


def update(entity: str, number: int, **changes: Any) -> Operation:
    """An update; of a page's slug, it moves the item."""
    key = entity, number

    def effect(truth: dict[tuple[str, int], Record]) -> None:
        truth[key] = {**truth.get(key, {"id": number}), **changes}

    return Operation(entity, lambda r: r.update(number, changes), effect)


def delete(entity: str, number: int) -> Operation:
    """A delete."""

    def effect(truth: dict[tuple[str, int], Record]) -> None:
        truth.pop((entity, number), None)

    return Operation(entity, lambda r: r.delete(number), effect)


@dataclass(frozen=True)
class Scenario:
    """A scenario.

    Attributes:
        stage: where the group stands at first.
        records: what there is then.
        operations: of applications, by the participant's name.
        others: the other participants.
        copied: whether DynamoDB has the records, too.
        losses: how many requests may be lost, and arrive late.
        deaths: how many participants may die.
        watched: whether any participant looks at the outbox: then deleting a row from it is a step.
        ahead: the share of the keys that stands one stage ahead at first.
    """

    stage: Stage
    records: Records
    operations: Mapping[str, Operation]
    others: Mapping[str, Participant]
    copied: bool = True
    losses: int = 0
    deaths: int = 0
    watched: bool = False
    ahead: int = 0

    def explored(self, world: World, hooks: Hooks, *, merge: bool = True) -> Explored:
        """Every interleaving of it."""
        return explore(lambda: self._begin(world, hooks), lambda run: self.wrong(world, run), merge=merge)

    def followed(self, world: World, hooks: Hooks, path: Sequence[str]) -> str | None:
        """One interleaving, by the beginnings of its choices, then by the first ones; what is wrong at its end."""
        run = self._begin(world, hooks)
        try:
            for beginning in path:
                run.take(next(label for label, _ in run.choices() if label.startswith(beginning)))
            while labels := [label for label, _ in run.choices() if " dies on: " not in label]:
                run.take(labels[0])
            return self.wrong(world, run)
        finally:
            run.end()

    def _begin(self, world: World, hooks: Hooks) -> Run:
        world.reset(Standing(self.stage, 1, self.ahead), self.records, copied=self.copied)
        effects = {name: operation.effect for name, operation in self.operations.items()}
        hooks.begin(run := Run(world, before(self.records), effects, self.losses, self.deaths, watched=self.watched))
        bodies = {name: process.operation(run, o.entity, o.act) for name, o in self.operations.items()}
        bodies |= {name: of(run) for name, of in self.others.items()}
        run.start(list(bodies.items()))
        return run

    def wrong(self, world: World, run: Run) -> str | None:
        """What is wrong with a run that has ended; the outbox is drained, and what was never copied is."""
        for actor in run.actors:
            operation = self.operations.get(actor.name)
            if (what := _unexpected(actor.result, run, actor.name, application=operation is not None)) is not None:
                return what
        standing = process.standing(world)
        if standing.follows("dynamodb"):
            if not self.copied or self.stage is Stage.MYSQL:
                for entity in ("NOTE", "PAGE"):
                    process.backfill(world, entity)()
            if (what := _drained(world)) is not None:
                return what
        if standing.follows("mysql"):
            back.sync_all(world)
        if "mysql" in {standing.route.authority, standing.route.follows} and world.records() != run.truth:
            return f"MySQL holds {world.records()}, and was to hold {run.truth}"
        found, wanted = world.found(), world.expected(run.truth)
        if standing.stage is not Stage.MYSQL and found != wanted:
            return f"DynamoDB holds {found}, and was to hold {wanted}"
        return None


def _unexpected(result: object, run: Run, name: str, *, application: bool) -> str | None:
    """What is wrong with what a participant returned or raised."""
    if isinstance(result, OutcomeUnknown) and run.lost:
        return None
    if isinstance(result, BaseException):
        if application and isinstance(result, _REFUSALS):
            return f"{name} was made, and refused with {result!r}" if name in run.done else None
        return f"{name} failed with {result!r}"
    if application and result not in (None, False) and name not in run.done:
        return f"{name} was acknowledged, and never made"
    return None


def _drained(world: World) -> str | None:
    relay = Relay(world.groups, GROUP)
    for _ in range(10):
        if world.groups.outboxes[GROUP].depth().rows == 0:
            return None
        world.later()
        relay.turn()
    return f"the outbox does not empty: {world.rows('crossfade_outbox')}"
