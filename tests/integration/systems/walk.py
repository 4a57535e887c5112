"""A system moves from MySQL to DynamoDB by crossfade's own commands, and is used at every stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import crossfade
from crossfade.dal.observation import Totals
from crossfade.dal.stage import Stage
from crossfade.migration.relaying import Turn
from crossfade.migration.report_read import read_report
from crossfade.migration.routed import RoutedStore
from crossfade.mysql.observations import MySQLObservations
from tests.images.polling import wait_until
from tests.integration.migration.relaying import relaying
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import load_schema
from tests.systems.system import System

_CONTENDED = "others kept writing the item"
PATIENT: dict[str, Any] = {"shadow_queue": 100_000, "shadow_deadline": 60.0}
"""No read is left out, however slow the machine is."""
LIMITS = ("--comparisons", "1", "--mismatches", "100")
"""So few reads prove little; that none of them differs is asserted here."""


@dataclass(frozen=True)
class Seen:
    """What was tried at a stage: patterns, reads compared with the other store, rows verified."""

    stage: Stage
    patterns: int = 0
    compared: int = 0
    verified: int = 0


@dataclass
class Walk:
    """One system on the way.

    Args:
        system: the system.
        world: where its stores are; nothing is in them.
        seen: is told what was tried at each stage.
    """

    system: System
    world: World
    seen: Callable[[Seen], None]

    def all(self) -> None:
        """From the first stage to the last."""
        load_schema(self.world.url, self.world.contract.with_name("schema.sql"))
        self._run("tables", "apply")
        self.world.stream()
        self._run("install")
        with crossfade.open(self.world.contract, **self._settings, **PATIENT) as app, relaying(self.world, _errors):
            self.system.seed(app)
            self._tried(app, Stage.MYSQL)
            self._copied(app)
            self._run("stage", "advance")
            self._tried(app, Stage.SHADOW)
            self._run("stage", "advance", *LIMITS)
            self._tried(app, Stage.LIVE)
            self._run("stage", "advance")
            self.seen(Seen(Stage.RAMP_DOWN, verified=self._verified()))
            self._run("stage", "advance")
            self._tried(app, Stage.DYNAMODB)

    def _copied(self, app: crossfade.App) -> None:
        self._run("stage", "advance")
        self._run("backfill")
        self.system.tried(app)
        self.seen(Seen(Stage.DUAL_WRITE, len(self.system.patterns), verified=self._verified()))
        self._run("verify", "--reverse")

    def _tried(self, app: crossfade.App, stage: Stage) -> None:
        """Use the system at a stage; both stores are equal afterwards, where the stage keeps them so."""
        before = _equal(self._totals(app))
        self.system.tried(app)
        compared = self._compared(app) - before
        verified = 0 if stage in {Stage.MYSQL, Stage.DYNAMODB} else self._verified()
        self.seen(Seen(stage, len(self.system.patterns), compared, verified))

    def _compared(self, app: crossfade.App) -> int:
        """The number of reads that were equal, once all of them are compared; none may differ."""
        last = -1

        def still() -> bool:
            nonlocal last
            before, last = last, self._totals(app).total
            return before == last

        wait_until(still, every=1.0)
        totals = self._totals(app)
        assert (totals.mismatch, totals.candidate_failed) == (0, 0), run("shadow", "report", *self.world.arguments)[1]
        return _equal(totals)

    def _totals(self, app: crossfade.App) -> Totals:
        assert isinstance(app.store, RoutedStore)
        buffer = app.store.shadowing.buffer
        buffer.flush()
        (group,) = app.contract.groups
        with self.world.open() as stores:
            found = MySQLObservations(stores.mysql.engine).totals(group, datetime(2000, 1, 1, tzinfo=UTC))
        return sum(found.values(), Totals())

    def _verified(self) -> int:
        """The number of rows that were compared with their items, once no difference is left."""
        report = Path("report.json")

        def equal() -> bool:
            return run("verify", *self.world.arguments, "--restart", "--report", str(report))[0] == 0

        wait_until(equal, seconds=240, errors=())
        found = read_report(report)
        assert found.equal
        return found.total.rows

    def _run(self, *command: str) -> None:
        code, out = run(*command, *self._own(command))
        assert code == 0, out

    def _own(self, command: tuple[str, ...]) -> list[str]:
        arguments = self.world.arguments
        if command[0] == "tables":
            where = arguments.index("--mysql-url")
            return arguments[:where] + arguments[where + 2 :]
        return arguments

    @property
    def _settings(self) -> dict[str, Any]:
        return {"mysql_url": self.world.url, "table_prefix": self.world.prefix, "stage": "installed"}


def _errors(turn: Turn) -> list[str]:
    """Those of a turn that there may not be.

    What could not be synced back is tried again: streams of several tables have no common order. So is what lost
    against many writers of one item: a counter has 32.
    """
    return [error for error in (*turn.errors, *turn.there.errors) if not error.startswith(_CONTENDED)]


def _equal(totals: Totals) -> int:
    return totals.equal + totals.tolerated
