"""Backfill: copies every row of the source into the target, and never over anything that is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.prices import load_prices
from crossfade.migration import checks
from crossfade.migration.checkpoint import Checkpoint, open_checkpoint
from crossfade.migration.chunk import Chunk, ChunkResult
from crossfade.migration.ending import raise_counters
from crossfade.migration.errors import Refused, Stopped, WorkFailed
from crossfade.migration.events import ChunkBegun, ChunkDone, Event, Finished, Planned, Told
from crossfade.migration.evidence import epochs, note_backfill, standings
from crossfade.migration.guard import Guard
from crossfade.migration.heap import settled_heap
from crossfade.migration.journal import DeadLetters, RunLog
from crossfade.migration.options import BackfillOptions, BackfillResult, Status
from crossfade.migration.plan import parts
from crossfade.migration.resumed import reading
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.migration.walk import Walk
from crossfade.migration.workers import Processes, Recipe, Threads, Workers
from crossfade.mysql.scan import Scan, Span

KIND = "backfill"
_ONE_BY_ONE = "the endpoint takes no INSERT statements: items go one by one, by PutItem where there is none yet"


def backfill(
    stores: Stores, options: BackfillOptions, on_event: Callable[[Event], None], *, stop: Stop | None = None
) -> BackfillResult:
    """Copy the rows of the source that the target does not have.

    What is there already is left as it is: what live traffic wrote, and what it deleted (tombstones). An earlier run
    that did not come to its end is gone on with.

    Args:
        stores: both stores.
        options: what to copy, and how.
        on_event: told what happens, in this thread; must not raise.
        stop: its event, once set, ends the run after the chunks in flight.

    Returns:
        How it ended; `stopped` where a store was lost or a file could not be written, with the error.

    Raises:
        Refused, SchemaMismatch, ConfigurationError: it may not begin.
        CheckpointError: the checkpoint is in use, or of another contract, source or target.
        StoreUnavailable: a store cannot be reached at the beginning.
    """
    entities = checks.chosen(stores.contract, options)
    checks.check(stores)
    begun = standings(stores)
    checks.refuse_handed(stores, entities, begun)
    checkpoint = open_checkpoint(
        options.checkpoint,
        kind=KIND,
        fingerprint=stores.contract.fingerprint,
        about={**checks.about(stores, entities, options), **epochs(begun)},
        stores=stores,
        restart=options.restart,
        take_over=options.take_over,
    )
    with checkpoint:
        run = _Run(stores, options, on_event, stop or Stop(threading.Event()), checkpoint, entities)
        if checkpoint.finished:
            return run.already()
        with settled_heap():
            result = run.run()
    if result.status == "complete":
        note_backfill(stores, begun, entities, result.counts)
    return result


class _Run:
    """One run."""

    def __init__(
        self,
        stores: Stores,
        options: BackfillOptions,
        on_event: Callable[[Event], None],
        stop: Stop,
        checkpoint: Checkpoint,
        entities: tuple[str, ...],
    ) -> None:
        self._stores, self._options, self._stop, self._checkpoint = stores, options, stop, checkpoint
        self._on_event = on_event
        self._entities = entities
        self._id = uuid4().hex[:12]
        self._began = time.monotonic()
        self._log = RunLog(options.log_file)
        self._scans = {name: Scan(stores.mysql, name) for name in entities}
        self._dead = DeadLetters(options.dead_letter_file, anew=not checkpoint.resumed)
        self._flying: dict[Future[ChunkResult], Chunk] = {}
        self._error: CrossfadeError | None = None

    def already(self) -> BackfillResult:
        """The answer where an earlier run came to its end."""
        self._walk = walk = self._go_on()
        self._on_event(replace(self._finished("complete"), already=True))
        return BackfillResult("complete", walk.total, walk.counts, self._letters, already=True)

    def run(self) -> BackfillResult:
        """Copy what is left."""
        options = self._options
        mode = checks.mode(self._stores, options)
        if options.offline and not self._checkpoint.resumed:
            checks.refuse_filled(self._stores, self._entities)
        rows = {name: scan.count() for name, scan in self._scans.items()}
        self._walk = self._begin(rows)
        done = {name: counts.rows for name, counts in self._walk.counts.items()}
        self._tell(Planned(self._id, rows, done, options.parallel, self._checkpoint.resumed, self._checkpoint.where))
        if mode == "put":
            self._tell(Told(_ONE_BY_ONE))
        workers = self._workers(Recipe(mode, options.give_up_after))
        guard = Guard(self._stores, options, self._tell)
        try:
            self._copy(workers, guard)
        except CrossfadeError as error:
            self._fail(error)
        finally:
            workers.close()
            guard.close()
        return self._ended()

    def _begin(self, rows: dict[str, int]) -> Walk:
        if self._checkpoint.resumed:
            return self._go_on()

        def spans(name: str) -> list[Span]:
            return self._scans[name].spans(parts(rows[name], self._options.parallel))

        walk = Walk.begin(self._scans, self._options.sizes, spans)
        self._checkpoint.save(walk.state())
        return walk

    def _go_on(self) -> Walk:
        with reading(self._checkpoint.where):
            return Walk.go_on(self._scans, self._options.sizes, self._checkpoint.state)

    def _workers(self, recipe: Recipe) -> Workers:
        options = self._options
        if not options.processes:
            return Threads(self._stores, recipe, self._stop, options.max_write_units)
        if options.opener is None:
            raise Refused("processes want an opener that makes the stores in each of them")
        return Processes(options.opener, recipe, options.processes, self._stop.event)

    # ---------------------------------------------------------------------------------------------- the loop

    def _copy(self, workers: Workers, guard: Guard) -> None:
        poll = self._options.poll
        while True:
            ending = self._error is not None or self._stop.event.is_set()
            open_ = not ending and not guard.look()
            if open_:
                self._fill(workers, guard)
            if self._flying:
                landed, _ = wait(self._flying, timeout=poll, return_when=FIRST_COMPLETED)
                for future in landed:
                    self._landed(future, workers)
            elif ending or (open_ and self._walk.finished):
                return
            else:
                self._stop.event.wait(poll)

    def _fill(self, workers: Workers, guard: Guard) -> None:
        most = min(guard.knobs.workers, workers.most)
        while len(self._flying) < most and (chunk := self._walk.next()) is not None:
            try:
                self._begun(chunk)
                self._flying[workers.submit(chunk, guard.knobs.max_write_units)] = chunk
            except (CrossfadeError, BrokenExecutor) as error:
                self._walk.back(chunk)
                self._fail(error)
                return

    def _begun(self, chunk: Chunk) -> None:
        scan = self._scans[chunk.entity]
        after, until = scan.dump(chunk.span.after), scan.dump(chunk.span.until)
        self._tell(ChunkBegun(self._id, chunk.entity, after, until, chunk.limit))

    def _landed(self, future: Future[ChunkResult], workers: Workers) -> None:
        chunk = self._flying.pop(future)
        try:
            result = future.result()
            # In this order: what the checkpoint counts as done has its dead letters on the disk.
            self._dead.add(result.dead)
        except Stopped:
            self._walk.back(chunk)
            return
        except (CrossfadeError, BrokenExecutor) as error:
            self._walk.back(chunk)
            self._fail(error)
            return
        self._walk.done(chunk, result)
        try:
            self._checkpoint.save(self._walk.state())
            self._tell(self._done(result, workers.limit))
        except CrossfadeError as error:
            self._fail(error)

    def _done(self, result: ChunkResult, limit: float | None) -> ChunkDone:
        scan = self._scans[result.entity]
        return ChunkDone(
            self._id, result.entity, scan.dump(result.span.after), scan.dump(result.last), result.rows, result.written,
            result.present, result.expired, len(result.dead), result.seconds, result.units, limit,
        )  # fmt: skip

    def _fail(self, error: Exception) -> None:
        """The first error ends the run; those that follow from it say less."""
        known = error if isinstance(error, CrossfadeError) else WorkFailed(f"a worker's process died: {error}")
        self._error = self._error or known

    def _tell(self, event: Event) -> None:
        self._log.add(event)
        self._on_event(event)

    # ------------------------------------------------------------------------------------------------ the end

    def _ended(self) -> BackfillResult:
        status: Status = "stopped" if self._error else "complete" if self._walk.finished else "interrupted"
        try:
            if status == "complete":
                for event in raise_counters(self._stores, self._entities):
                    self._tell(event)
                self._checkpoint.finish()
            self._tell(self._finished(status))
        except CrossfadeError as error:
            self._fail(error)
            status = "stopped"
        return BackfillResult(status, self._walk.total, self._walk.counts, self._letters, self._error)

    def _finished(self, status: Status) -> Finished:
        total, prices = self._walk.total, load_prices()
        return Finished(
            status, total.rows, total.written, total.present, total.expired, total.dead, total.units,
            str(prices.cost(total.units, "write_request_unit")), prices.currency, time.monotonic() - self._began,
        )  # fmt: skip

    @property
    def _letters(self) -> Path | None:
        return self._dead.path if len(self._dead) else None
