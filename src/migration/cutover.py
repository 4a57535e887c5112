"""Moves of a group from one stage to the next, and back.

A move is one transaction that changes the group's row. While MySQL is the authority, it waits for the writes in
flight, which hold a shared lock on the row, and holds the next ones until it commits. While DynamoDB is, the stage item
follows the row. Whatever kills a move leaves the row as it was, or as it is to be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.errors import Conflict, StoreError
from crossfade.dal.metrics import GROUP, STAGE, STAGE_FROM
from crossfade.dal.stage import Stage, StageMoved, Standing, next_stage
from crossfade.dal.telemetry import MOVE, telling
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stage_item import StageItems
from crossfade.migration.dual_write import Groups
from crossfade.migration.facts import facts_of
from crossfade.migration.flip import Flip
from crossfade.migration.gates import ORDER, Facts, Limits, back_reasons, reasons
from crossfade.migration.way_back import BackLimits, Held, WayBack, settle
from crossfade.mysql.history import Moved, history, note_move
from crossfade.mysql.outbox import Depth, Entry, Row
from crossfade.mysql.transaction import Transaction, read, run


class MoveRefused(CrossfadeError):
    """The evidence for a move is not there; `reasons` has every reason."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__("\n  ".join(reasons))


@dataclass(frozen=True, slots=True)
class MovePlan:
    """A move, before it is made.

    Attributes:
        group: the group's name.
        standing: where it stands.
        to: where it is to stand.
        reasons: why it may not, unless it is forced.
        facts: what that was decided by.
        ahead: the share of its keys, in percent, that is to stand one stage ahead of that.
    """

    group: str
    standing: Standing
    to: Stage
    reasons: tuple[str, ...]
    facts: Facts
    ahead: int = 0

    @property
    def after(self) -> Standing:
        """Where the group stands after it."""
        return self.standing.to(self.to, self.ahead)

    @property
    def evidence(self) -> Mapping[str, Any]:
        """What the history keeps of the facts."""
        facts = self.facts
        return {
            "outbox": asdict(facts.outbox),
            "backfill": None if facts.backfill is None else dict(facts.backfill.detail),
            "verify": None if facts.verify is None else dict(facts.verify.detail),
            "verify_reverse": None if facts.back is None else dict(facts.back.detail),
        }


class Cutover:
    """Moves groups.

    Attributes:
        holds: from when to when moves held writes, those included that gave up; by a monotonic clock, in seconds.

    Args:
        groups: what writes share.
        clock: gives the current time as an aware datetime.
        limits: how good the evidence must be.
        back: how long a move back may take.
        late: told of the item keys that changed after MySQL had its authority again.
        unlooked: told where these could not be looked for, after the move was made.
    """

    def __init__(
        self,
        groups: Groups,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
        *,
        back: BackLimits | None = None,
        late: Callable[[list[Entry]], None] | None = None,
        unlooked: Callable[[str], None] | None = None,
    ) -> None:
        self._groups, self._clock, self._limits = groups, clock, limits or Limits()
        self._back_limits, self._late = back or BackLimits(), late or (lambda entries: None)
        self._unlooked = unlooked or (lambda says: None)
        self.holds: list[tuple[float, float]] = []
        self._engine = groups.stores.mysql.engine
        self._items = StageItems(groups.stores.dynamodb.layout, Calls(groups.stores.dynamodb.clients))

    def standing(self, group: str) -> Standing:
        """Where a group stands. Raises SchemaMismatch, StoreUnavailable."""
        return read(self._engine, self._groups.rows.look)[group]

    def depth(self, group: str) -> Depth:
        """What waits in a group's outbox. Raises StoreUnavailable."""
        return self._groups.outboxes[group].depth()

    def history(self, group: str) -> list[Moved]:
        """Every move of a group, the first one first. Raises StoreUnavailable."""
        return read(self._engine, lambda t: history(t, group))

    def advance(self, group: str, share: int | None = None) -> MovePlan:
        """The move to the next stage, or of a greater share of the keys to it.

        Args:
            group: the group's name.
            share: in whole percent of the keys; None for all of them.

        Raises:
            MoveRefused: there is no next stage; the share is none that is greater; its keys cannot go alone.
        """
        standing = self.standing(group)
        if standing.stage is ORDER[-1]:
            raise MoveRefused((f"{standing.stage} is the last stage",))
        to, facts = next_stage(standing.stage), self._facts(group, standing)
        against = reasons(standing, to, facts, self._limits)
        if share is None:
            return MovePlan(group, standing, to, against, facts)
        if not standing.ahead < share < 100:
            raise MoveRefused((f"a share that grows lies between {standing.ahead} and 100 %",))
        if found := self._groups.undivided(group, standing.to(standing.stage, share)):
            says = f"no share of {group} can be decided alone: move the whole group, without --share. Against a share:"
            raise MoveRefused((says, *found))
        return MovePlan(group, standing, standing.stage, against, facts, share)

    def rollback(self, group: str, share: int | None = None) -> MovePlan:
        """The move back of a share of the keys, where one is ahead, and to the stage before where none is.

        Args:
            group: the group's name.
            share: in whole percent of the keys, of those that stay ahead; None for none.

        Raises:
            MoveRefused: there is no stage before; the share is none that is smaller.
        """
        standing = self.standing(group)
        if share is not None and not 0 <= share < standing.ahead:
            raise MoveRefused((f"a share that shrinks lies below {standing.ahead} %, of those that are ahead",))
        if not standing.ahead and standing.stage is ORDER[0]:
            raise MoveRefused((f"{standing.stage} is the first stage",))
        to = standing.stage if standing.ahead else ORDER[ORDER.index(standing.stage) - 1]
        facts = self._facts(group, standing)
        return MovePlan(group, standing, to, back_reasons(to, facts), facts, share or 0)

    @telling(MOVE, lambda _, to, **__: {GROUP: to.group, STAGE_FROM: to.standing.stage.value, STAGE: to.to.value})
    def make(self, plan: MovePlan, *, who: str, why: str, forced: bool = False) -> Standing:
        """Make a move.

        Args:
            plan: the move; the group must still stand where it was planned from.
            who, why: for the history.
            forced: whether to make it against its reasons.

        Returns:
            Where the group stands now.

        Raises:
            MoveRefused: there are reasons against it, or the group has moved meanwhile.
            Conflict: writes in flight did not end in time; nothing has changed.
        """
        if plan.reasons and not forced:
            raise MoveRefused(plan.reasons)
        detail = {"who": who, "why": why, "forced": bool(plan.reasons), "evidence": plan.evidence}
        if plan.after.handed > plan.standing.handed:
            self._flip(plan, detail)
        elif plan.after.handed < plan.standing.handed:
            self._back(plan, detail)
        else:
            self._moved(plan, detail, _nothing)
        return plan.after

    def release(self, group: str) -> Standing:
        """End what a move that died left: nothing is held any more, and both stores say where the group stands.

        Raises:
            Refused: a store cannot be reached; call it again.
        """
        return settle(self._groups, group, self._items)

    def _flip(self, plan: MovePlan, detail: Mapping[str, Any]) -> None:
        Flip(self._groups, plan.group, self._clock).made(lambda held: self._moved(plan, detail, held))

    def _back(self, plan: MovePlan, detail: Mapping[str, Any]) -> None:
        way = WayBack(self._groups, plan.group, self._items, self._clock, self._back_limits, holds=self.holds)
        made = False
        try:
            with way.caught_up() as feed:
                way.made(feed, plan.standing, lambda held: self._returned(plan, detail, held))
                made = True
                way.after(feed)
        except (CrossfadeError, StageMoved) as error:
            if not made:
                raise
            self._unlooked(f"{plan.group} stands at {plan.after}; what came late could not be looked at: {error}")
        self._late(way.named)

    def _returned(self, plan: MovePlan, detail: Mapping[str, Any], held: Held) -> None:
        self._moved(plan, detail, held.look, held.since)
        with suppress(StoreError):  # or the way back settles it
            self._items.follow(plan.group, plan.after)

    def _moved(
        self,
        plan: MovePlan,
        detail: Mapping[str, Any],
        held: Callable[[Transaction], list[Row]],
        since: float | None = None,
    ) -> None:
        begun = since or time.monotonic()
        try:
            rows = run(self._engine, lambda t: self._made(t, plan, detail, held, begun))
            if plan.after.handed:
                self._items.follow(plan.group, plan.after)
        except Conflict as error:
            raise Conflict("writes in flight did not end in time: nothing has changed; try again") from error
        finally:
            if since is None:
                self.holds.append((begun, time.monotonic()))
        # Not before, nor those that a relay holds, which waits for the row that is moved.
        self._groups.outboxes[plan.group].done(rows)

    def _made(
        self,
        transaction: Transaction,
        plan: MovePlan,
        detail: Mapping[str, Any],
        held: Callable[[Transaction], list[Row]],
        since: float,
    ) -> list[Row]:
        """Make the move in a transaction; the rows of the outbox that are of no more account after it."""
        standing = self._groups.rows.hold(transaction, plan.group)
        if standing != plan.standing:
            raise MoveRefused((f"the group stands at {standing} now: plan the move again",))
        rows = held(transaction)
        if not any(route.follows for route in plan.after.routes):
            rows = self._groups.outboxes[plan.group].look(transaction)
        to, at = plan.after, self._clock()
        self._groups.rows.move(transaction, plan.group, to, at)
        seconds = {"held_seconds": round(time.monotonic() - since, 3)}
        note_move(transaction, plan.group, Moved(at, standing.stage, to, {**detail, **seconds}))
        return rows

    def _facts(self, group: str, standing: Standing) -> Facts:
        return facts_of(self._groups, group, standing.stage, self._clock)


def _nothing(transaction: Transaction) -> list[Row]:
    """What is carried over while the row of a group is held whose authority stays where it is."""
    del transaction
    return []
