"""What a backfill is asked to do, and what it answers. Values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from crossfade.contract.errors import CrossfadeError
from crossfade.migration.checkpoint import IN_TABLE
from crossfade.migration.chunk import Counts, Sizes
from crossfade.migration.stores import Stores
from crossfade.mysql.pressure import Limits

FOLDER = Path(".crossfade")
"""Where a run keeps its files, if nothing else is said."""

BEARS = Limits(threads_running=50, replica_lag=10.0)
"""What a source bears, if nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOptions:
    """What to copy, and how.

    Attributes:
        entities, groups: what to copy; everything where both are empty.
        workers: chunks copied at a time, by threads.
        processes: processes that copy instead of threads; 0 for threads. Wants `opener`.
        opener: opens the stores in another process; can be pickled.
        offline: replace what is in the target, by BatchWriteItem; nobody else may write either store.
        max_write_units: write units a second at most; None for as many as DynamoDB takes.
        checkpoint: a file, or `dynamodb:NAME`.
        log, dead_letters: files; beside the checkpoint where None.
        restart: leave what the checkpoint holds unread, and begin at the first row.
        take_over: take a checkpoint in the control table from a run that died.
        give_up_after: seconds for which a store that cannot be reached, or refuses for load, is tried again.
        limits: what the source bears before the run pauses.
        sizes: how large chunks are.
        poll: seconds between looks at knobs and signals.
    """

    entities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    workers: int = 4
    processes: int = 0
    opener: Callable[[], Stores] | None = None
    offline: bool = False
    max_write_units: float | None = None
    checkpoint: str = str(FOLDER / "backfill.json")
    log: Path | None = None
    dead_letters: Path | None = None
    restart: bool = False
    take_over: bool = False
    give_up_after: float = 600.0
    limits: Limits = BEARS
    sizes: Sizes = field(default_factory=Sizes)
    poll: float = 0.2

    @property
    def parallel(self) -> int:
        """Chunks copied at a time."""
        return self.processes or self.workers

    def beside(self, suffix: str) -> Path:
        """A file beside the checkpoint."""
        if self.checkpoint.startswith(IN_TABLE):
            return FOLDER / (self.checkpoint.removeprefix(IN_TABLE) + suffix)
        return Path(self.checkpoint + suffix)

    @property
    def knobs_file(self) -> Path:
        """Where knobs are read from while the run goes on."""
        return self.beside(".knobs.json")

    @property
    def log_file(self) -> Path:
        """Where the run is logged."""
        return self.log or self.beside(".log.jsonl")

    @property
    def dead_letter_file(self) -> Path:
        """Where the rows are listed that cannot be copied."""
        return self.dead_letters or self.beside(".dead.jsonl")


Status = Literal["complete", "interrupted", "stopped"]


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """How a backfill ended.

    Attributes:
        status: complete; interrupted, by a signal; stopped, by an error. Whatever is not complete goes on when the
            same backfill is started again.
        counts: the totals, of earlier runs too.
        entities: the totals by entity.
        dead_letters: where the rows are listed that could not be copied.
        error: why it stopped.
        already: whether it was complete before; nothing was done.
    """

    status: Status
    counts: Counts
    entities: Mapping[str, Counts] = field(default_factory=dict)
    dead_letters: Path | None = None
    error: CrossfadeError | None = None
    already: bool = False
