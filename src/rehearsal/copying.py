"""Backfills and verifications beside live writes, one after the other: what a move wants as evidence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crossfade.contract.plural import several
from crossfade.dal.errors import CrossfadeError
from crossfade.dal.stage import StoreName
from crossfade.migration.backfill import backfill
from crossfade.migration.checkpoint import open_checkpoint
from crossfade.migration.errors import Stopped
from crossfade.migration.evidence import note_verify, standings
from crossfade.migration.options import BackfillOptions
from crossfade.migration.repair import plan_repair, repair
from crossfade.migration.report import Report
from crossfade.migration.shown import verdict
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.migration.sync import sync_of
from crossfade.migration.verify import Verification, VerifyOptions

Tell = Callable[[str], None]
Authority = Callable[[], StoreName | None]


LOOKS = 40
"""How often a difference is looked at again, a second apart: what waits while DynamoDB stalls is no difference yet."""


def verified(stores: Stores, group: str, folder: Path, stop: Stop, *, looks: int, reverse: bool = False) -> Report:
    """A verification of a group, from its beginning, with the evidence that a move wants.

    Args:
        stores: both stores.
        group: the group.
        folder: where the checkpoint lies.
        stop: its event, once set, ends it.
        looks: how often a difference is looked at again before it counts.
        reverse: DynamoDB is the source.

    Raises:
        Stopped: it was to end.
        StoreError: a store cannot be read.
    """
    entities = tuple(stores.contract.groups[group])
    options, begun = VerifyOptions(entities=entities, looks=looks, reverse=reverse), standings(stores)
    with open_checkpoint(
        str(folder / ("verify-reverse.json" if reverse else "verify.json")),
        kind="verify",
        fingerprint=stores.contract.fingerprint,
        about=options.about(),
        stores=stores,
        restart=True,
    ) as held:
        report = Verification(stores, options, held, stop=stop).run()
    note_verify(stores, begun, entities, report, reverse=reverse)
    return report


class Copying:
    """Copies what is absent, and verifies; again and again, in a thread. A context manager.

    Args:
        stores: both stores.
        group: the group.
        folder: where checkpoints lie.
        authority: which store decides; None where this is no time for it.
        tell: told what was done.
    """

    def __init__(self, stores: Stores, group: str, folder: Path, authority: Authority, tell: Tell) -> None:
        self._stores, self._group, self._folder, self._authority, self._tell = stores, group, folder, authority, tell
        self._stop = Stop(threading.Event())
        self._thread = threading.Thread(target=self._run, name="rehearsal-copying")
        self.backfills = self.verifications = 0
        self.error: BaseException | None = None

    def __enter__(self) -> Copying:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End after the chunks in flight."""
        self._stop.event.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.event.wait(1.0):
                if (authority := self._authority()) is not None:
                    self._turn(authority)
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - the conductor tells it
            self.error = error

    def _turn(self, authority: StoreName) -> None:
        try:
            if authority == "mysql":
                self._backfill()
                report = self._verified()
                if not report.equal and self._authority() == "mysql":
                    self._repair(report)
            self._verified(reverse=True)
        except Stopped:
            raise
        except CrossfadeError as error:
            self._tell(f"not verified: {error}")  # a move, or a fault; the next turn does it

    def _verified(self, *, reverse: bool = False) -> Report:
        report = verified(self._stores, self._group, self._folder, self._stop, looks=LOOKS, reverse=reverse)
        self.verifications += 1
        self._tell(f"verified{' in reverse' if reverse else ''}: {verdict(report)}")
        return report

    def _backfill(self) -> None:
        options = BackfillOptions(
            entities=tuple(self._stores.contract.groups[self._group]),
            checkpoint=str(self._folder / "backfill.json"),
            workers=2,
            restart=True,
        )
        result = backfill(self._stores, options, lambda event: None, stop=self._stop)
        if result.status == "stopped" and result.error is not None:
            raise result.error
        if result.status == "interrupted":
            raise Stopped("the rehearsal ends")
        self.backfills += 1
        rows, items = several(result.counts.rows, "row"), several(result.counts.written, "item")
        self._tell(f"backfilled: {rows}, {items} written")

    def _repair(self, report: Report) -> None:
        sync = sync_of(self._stores, lambda: datetime.now(UTC))
        done = repair(sync, plan_repair(self._stores, report))
        self._tell(f"repaired: {sum(one.equal for one in done):,} of {len(done):,}")
