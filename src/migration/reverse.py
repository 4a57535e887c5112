"""The way back: MySQL's rows, owned child rows included, made from DynamoDB's items."""

from __future__ import annotations

import threading
from collections.abc import Callable

from crossfade.migration import checks
from crossfade.migration.checkpoint import open_checkpoint
from crossfade.migration.events import Event
from crossfade.migration.options import BackfillOptions, BackfillResult
from crossfade.migration.reverse_plan import obstacles, restores_of
from crossfade.migration.reverse_run import Run
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores

KIND = "backfill --reverse"


def backfill_reverse(
    stores: Stores,
    options: BackfillOptions,
    on_event: Callable[[Event], None],
    *,
    stop: Stop | None = None,
    with_triggers: bool = False,
) -> BackfillResult:
    """Make the rows that MySQL does not have from DynamoDB's items.

    A row that is there is left as it is. A row whose references lead nowhere yet is put aside and tried again. Those
    that refer to each other in circles are written without the server's checks in the end, and what then still refers
    to nothing is deleted again. What MySQL cannot hold is listed with the dead letters, never changed to fit.

    What is written meanwhile is not followed, which is the relay's work; what is deleted while it is copied may be in
    MySQL afterwards.

    Args:
        stores: both stores.
        options: what to make, and how; `processes`, `offline`, `max_write_units` and the seconds of `sizes` have no
            meaning here, and `sizes.most` counts items.
        on_event: told what happens, in this thread; must not raise.
        stop: its event, once set, ends the run after the pages in flight.
        with_triggers: insert into tables with triggers, which then fire.

    Returns:
        How it ended; its `rows` are the items that were read.

    Raises:
        Refused, SchemaMismatch: it may not begin.
        CheckpointError: the checkpoint is in use, or of another run.
        StoreUnavailable: a store cannot be reached at the beginning.
    """
    entities = checks.chosen(stores.contract, options)
    checks.check(stores)
    restores = restores_of(stores, entities)
    for obstacle in obstacles(stores, restores, with_triggers=with_triggers):
        raise obstacle
    about = {**checks.about(stores, entities, options), "mode": "reverse"}
    with open_checkpoint(
        options.checkpoint, kind=KIND, fingerprint=stores.contract.fingerprint, about=about, stores=stores,
        restart=options.restart, take_over=options.take_over,
    ) as checkpoint:  # fmt: skip
        run = Run(stores, options, on_event, stop or Stop(threading.Event()), checkpoint, restores)
        return run.already() if checkpoint.finished else run.run()
