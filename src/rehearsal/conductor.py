"""A rehearsal: the moves of a migration under live writes, with faults, and whether anything was lost on the way."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crossfade.contract.plural import several
from crossfade.dal.errors import CrossfadeError
from crossfade.dal.stage import ROUTES, Stage, StoreName
from crossfade.migration.cutover import Cutover
from crossfade.migration.dual_write import Groups
from crossfade.migration.gates import Limits
from crossfade.migration.report import Report
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.migration.way_back import BackLimits
from crossfade.rehearsal.checker import Findings
from crossfade.rehearsal.contents import Records, in_mysql, judged
from crossfade.rehearsal.copying import LOOKS, Copying, verified
from crossfade.rehearsal.faults import Faults
from crossfade.rehearsal.history import Op, read_history
from crossfade.rehearsal.outcome import Move, Outcome
from crossfade.rehearsal.processes import Way, Writers, relaying
from crossfade.rehearsal.schedule import ORDER, Options, route
from crossfade.rehearsal.series import SECOND, Window
from crossfade.rehearsal.subjects import subjects, texts_of
from crossfade.rehearsal.writer import Job

WRITERS = "writers"
"""The folder, in that of the rehearsal, where the histories lie."""

_REFRESH = 1_500_000_000  # nanoseconds: a read may be answered where the group stood a second ago (LiveBoard)
_AGAIN = 0.25  # seconds
_TURN = 0.0005
"""Seconds for which one thread may keep the others waiting. Who moves shares this process with those who copy, and is
to hold writes for no longer than `crossfade stage` does, which has a process of its own."""


@dataclass(frozen=True)
class Place:
    """Where a rehearsal is made.

    Attributes:
        stores: both stores, prepared: the group stands at the first stage.
        group: the group.
        environment: what leads another process to the same stores.
        folder: for histories, checkpoints and the processes' output.
    """

    stores: Stores
    group: str
    environment: Mapping[str, str]
    folder: Path


class Rehearsal:
    """One rehearsal.

    Args:
        place: where.
        options: what to do.
        tell: told what happens, in a line; from several threads.
        stop: its event, once set, ends the rehearsal early; what was recorded is judged all the same.
    """

    def __init__(self, place: Place, options: Options, tell: Callable[[str], None], stop: Stop) -> None:
        self._place, self._options, self._tell, self._stop = place, options, tell, stop.event
        self._subjects = subjects(place.stores.contract, place.stores.contract.groups[place.group])
        groups = Groups.open(place.stores, _now)
        limits = Limits(comparisons=options.comparisons, mismatches=1.0)
        self._cutover = Cutover(groups, _now, limits, back=BackLimits(quiet=options.quiet))
        self._quiet = threading.Lock()
        self.stage = self._cutover.standing(place.group).stage
        self.moves: list[Move] = []
        self.faults: Faults | None = None
        self._problems: list[str] = []

    def run(self) -> Outcome:
        """Rehearse.

        Raises:
            StoreError: a store cannot be reached, at the beginning or at the end.
        """
        before = in_mysql(self._place.stores, self._subjects)
        self._place.folder.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic_ns()
        with ExitStack() as closing:
            closing.callback(sys.setswitchinterval, sys.getswitchinterval())
            sys.setswitchinterval(_TURN)
            endpoint = self._place.stores.dynamodb.clients.writes.meta.endpoint_url
            way = closing.enter_context(Way(endpoint))
            environment = {**self._place.environment, **way.environment}
            relay = closing.enter_context(relaying(environment, self._place.folder))
            writers = closing.enter_context(
                Writers(self._job(before), self._options.processes, environment, self._place.folder)
            )
            faults = self.faults = closing.enter_context(
                Faults(self._options, writers, way, self._quiet, self._followed, self._depth, self._tell)
            )
            copying = closing.enter_context(
                Copying(self._place.stores, self._place.group, self._place.folder, self._copies, self._tell)
            )
            self._make_moves()
            interrupted = self._stop.is_set()
            self._tell("the writers end")
            for part in (faults, copying, writers):
                part.end()
            last: StoreName = "dynamodb" if self._finishes() else self._come_back()
            # The relay still runs: what waits in the streams, on the way back, is waited for by looking again.
            report = self._verified(last) if self._drained() else None
            if relay.poll() is not None:
                self._problems.append(f"crossfade relay ended by itself: see relay.log in {self._place.folder}")
        history = read_history(self._place.folder / WRITERS)
        findings = self._judged(before, history)
        if self._finishes() and report is not None and report.equal:
            self._move(ORDER[-1])
        self._problems += writers.unexpected + ([] if copying.error is None else [f"copying: {copying.error!r}"])
        copied = {"backfills": copying.backfills, "verifications": copying.verifications}
        window = Window(begun, time.monotonic_ns())
        return Outcome(
            self._options, window, tuple(self.moves), tuple(faults.made), tuple(faults.depths), tuple(history),
            findings, report, tuple(self._problems), copied, interrupted,
        )  # fmt: skip

    def _job(self, before: Records) -> Job:
        options = self._options
        shared = {
            name: [texts_of(self._subjects[name].entity, key) for key in list(records)[: options.shared]]
            for name, records in before.items()
        }
        folder = str(self._place.folder / WRITERS)
        return Job(0, 10, options.writers, options.pace, options.seed, folder, shared)

    # ------------------------------------------------------------------------------------- moves

    def _make_moves(self) -> None:
        options, begun = self._options, time.monotonic()
        for number, to in enumerate(self._route(), 1):
            at = begun + options.seconds * number / (options.moves + 1)
            if self._stop.wait(max(0.0, at - time.monotonic())) or not self._move(to):
                return
        self._stop.wait(max(0.0, begun + options.seconds - time.monotonic()))

    def _route(self) -> tuple[Stage, ...]:
        """The moves that are made under load; the very last stage, in which nothing follows, is left for the end."""
        stages = route(self._options.moves, self._options.top, finish=self._options.finish)
        return stages[:-1] if self._options.finish else stages

    def _move(self, to: Stage) -> bool:
        """Move, as soon as nothing speaks against it; whether it was made."""
        until, said, tries = time.monotonic() + self._options.patience, "", 0
        while not self._stop.is_set():
            with self._quiet:
                tries, made = tries + 1, self._tried(to)
            if isinstance(made, Window):
                self._note(to, made, tries)
                return True
            reason = made
            if reason != said:
                said = reason
                self._tell(f"{self.stage} -> {to} has to wait: {reason}")
            if time.monotonic() > until:
                self._problems.append(f"{self.stage} -> {to} was not made: {reason}")
                return False
            self._stop.wait(_AGAIN)
        return False

    def _tried(self, to: Stage) -> Window | str:
        """When the move was made, or why it was not."""
        forward = ORDER.index(to) > ORDER.index(self.stage)
        try:
            plan = (self._cutover.advance if forward else self._cutover.rollback)(self._place.group)
            if plan.reasons:
                return "; ".join(plan.reasons)
            begun = time.monotonic_ns()
            self._cutover.make(plan, who="crossfade rehearse", why="a rehearsal")
        except CrossfadeError as error:
            return str(error)
        return Window(begun, time.monotonic_ns())

    def _note(self, to: Stage, window: Window, tries: int) -> None:
        holds = tuple(Window(int(begun * SECOND), int(ended * SECOND)) for begun, ended in self._cutover.holds)
        self._cutover.holds.clear()
        self.moves.append(Move(self.stage, to, window, tries, holds))
        took = (window.ended - window.begun) / SECOND
        self._tell(f"{self.stage} -> {to}, move {len(self.moves)} of {self._options.moves}, in {took:.2f} s")
        self.stage = to

    def _come_back(self) -> StoreName:
        """Back to where MySQL decides, where the moves ended early; which store decides now."""
        while ROUTES[self.stage].authority != "mysql":
            if isinstance(self._tried(to := ORDER[ORDER.index(self.stage) - 1]), str):
                self._problems.append(f"the group was left at {self.stage}")
                break
            self.stage = to
        return ROUTES[self.stage].authority

    # ---------------------------------------------------------------------------- where it stands

    def _followed(self) -> bool:
        return ROUTES[self.stage].follows == "dynamodb"

    def _finishes(self) -> bool:
        return self._options.finish and self.stage == ORDER[-2]

    def _copies(self) -> StoreName | None:
        """Which store decides, where the other one follows, and answers."""
        route, stalled = ROUTES[self.stage], self.faults is None or self.faults.stalled
        return None if stalled or route.follows is None else route.authority

    def _depth(self) -> int:
        try:
            return self._cutover.depth(self._place.group).rows
        except CrossfadeError:
            return 0

    def _drained(self) -> bool:
        """Wait until the relay has carried everything over."""
        until = time.monotonic() + self._options.patience
        while left := self._cutover.depth(self._place.group).rows:
            if time.monotonic() > until:
                holds = f"the outbox still holds {several(left, 'change')}"
                self._problems.append(f"{holds}: see relay.log in {self._place.folder}")
                return False
            time.sleep(_AGAIN)
        return True

    # ------------------------------------------------------------------------------------ judging

    def _verified(self, authority: StoreName) -> Report | None:
        self._tell("everything is verified once more")
        stop, place, reverse = Stop(threading.Event()), self._place, authority == "dynamodb"
        try:
            return verified(
                place.stores, place.group, place.folder, stop, looks=LOOKS if reverse else 2, reverse=reverse
            )
        except CrossfadeError as error:
            self._problems.append(f"verify: {error}")
            return None

    def _judged(self, before: Records, history: list[Op]) -> Findings:
        self._tell(f"{several(len(history), 'operation is', 'operations are')} checked")
        crossed = any(move.crossed for move in self.moves)
        return judged(self._place.stores, self._subjects, before, history, refresh=_REFRESH if crossed else 0)


def _now() -> datetime:
    return datetime.now(UTC)
