"""Participants: what each of them runs, which is the real code, through the front door where there is one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.key import Key
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository
from crossfade.dal.stage import Stage, Standing
from crossfade.dynamodb.expected import Owner
from crossfade.dynamodb.retry import Pacer
from crossfade.migration.board import PATIENCE
from crossfade.migration.chunk import Chunk
from crossfade.migration.cutover import Cutover, MovePlan
from crossfade.migration.errors import Refused
from crossfade.migration.gates import Facts
from crossfade.migration.limiter import Limiter
from crossfade.migration.relay import Relay
from crossfade.migration.routed import RoutedStore
from crossfade.migration.stop import Stop
from crossfade.migration.sync import Place, sync_of
from crossfade.migration.workers import Recipe
from crossfade.mysql.outbox import Depth
from crossfade.mysql.scan import Span
from crossfade.mysql.transaction import read
from tests.unit.interleavings.actors import Point, actor
from tests.unit.interleavings.run import WAITS, Run
from tests.unit.interleavings.world import CONTRACT, GROUP, PLANS, World

Body = Callable[[], Any]


class Process:
    """A process of the application; its clock stands but while it waits, or a mover does for the leases.

    Args:
        run: the run that it takes part in.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._now = run, 0.0
        self._store = RoutedStore(run.world.stores, run.world.clock)
        board, leases = self._store.board, self._store._leases
        board._clock = leases._clock = self.clock
        board._known = None
        leases._known.clear()
        board.standings()
        board.pacer = Pacer(PATIENCE, sleep=self.sleep, clock=self.clock, draw=lambda low, high: low)

    def clock(self) -> float:
        """The time, in seconds."""
        return self._now + self._run.elapsed

    def sleep(self, seconds: float) -> None:
        """Wait until the mover has made a step, or nobody else can; what was known is old then."""
        del seconds
        self._now += 1.5
        who, before = actor(), self._run.moved
        assert who is not None
        waits = Point(WAITS, lambda: self._run.moved > before or self._run.stuck(who))
        who.memory[:] = [f"at {self.clock()}"]
        who.pause(waits)

    def of(self, entity: str) -> Repository[dict[str, Any]]:
        """An entity's repository."""
        definition = CONTRACT.entities[entity]
        tools = Tools(Preparer(definition, self._run.world.clock), PLANS[entity], CursorSigner(b"test"))
        return self._store.repository(bind(CONTRACT, entity), tools)


def operation(run: Run, entity: str, act: Callable[[Repository[dict[str, Any]]], Any]) -> Body:
    """One operation of an application; what it returns, or the error that says why not."""
    repository = Process(run).of(entity)

    def body() -> Any:
        try:
            return act(repository)
        except CrossfadeError as error:
            return error

    return body


def relay(world: World, *, batch: int = 100) -> Body:
    """One turn of a relay."""
    return lambda: Relay(world.groups, GROUP, batch=batch).turn(fresh=True)


def backfill(world: World, entity: str) -> Body:
    """The copying of a chunk that has all rows."""

    def body() -> Any:
        copier = Recipe("insert", 10.0).copier(world.stores, Limiter(), Stop(threading.Event()))
        result = copier.copy(Chunk(entity, Span(), 100))
        return result.written, result.present, result.dead

    return body


def repair(world: World, at: Place) -> Body:
    """The sync of one item key, as a repair makes it; where it is refused, the refusal."""

    def body() -> Any:
        try:
            return sync_of(world.stores, world.clock).sync(at).outcome
        except Refused:
            return "refused"

    return body


def move(world: World, to: Stage, ahead: int = 0) -> Body:
    """A move of the group, or of a share of its keys, whatever speaks against it."""
    cutover, at = Cutover(world.groups, world.clock), standing(world)

    def body() -> Any:
        plan = MovePlan(GROUP, at, to, (), Facts(world.clock(), Depth()), ahead)
        return cutover.make(plan, who="somebody", why="a test")

    return body


def standing(world: World) -> Standing:
    """Where the group stands."""
    return read(world.stores.mysql.engine, world.groups.rows.look)[GROUP]


def place(world: World, entity: str, number: int, text: str) -> Place:
    """Where a record's item lies."""
    table = world.stores.dynamodb.layout.of(entity).table
    return Place(table, {"PK": {"S": f"{entity}#{text}"}}, (Owner(entity, Key({"id": number})),))
