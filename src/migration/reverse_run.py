"""One run of the way back: the scan, the passes over what had to wait, and what is kept meanwhile."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.prices import load_prices
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.migration.checkpoint import Checkpoint
from crossfade.migration.chunk import Counts
from crossfade.migration.errors import Stopped
from crossfade.migration.events import Event, Finished, PageDone, Told
from crossfade.migration.guard import Guard
from crossfade.migration.journal import DeadLetters, RunLog
from crossfade.migration.options import BackfillOptions, BackfillResult, Status
from crossfade.migration.resumed import reading
from crossfade.migration.reverse_left import Left, Segment
from crossfade.migration.reverse_rows import Made, Rows
from crossfade.migration.reverse_waiting import Batch, Waiting
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.mysql.restore import Restore

PAGE = 200
"""Items of one transaction at most."""

_MOST = 64  # workers
_WORTH_IT = 0.1  # of those that wait, how many a pass must write for another one

J = TypeVar("J")


class Run:
    """One run.

    Args:
        stores, options, on_event, stop: see `backfill_reverse`.
        checkpoint: held for this run.
        restores: what puts the records back, by entity.
    """

    def __init__(
        self,
        stores: Stores,
        options: BackfillOptions,
        on_event: Callable[[Event], None],
        stop: Stop,
        checkpoint: Checkpoint,
        restores: Mapping[str, Restore],
    ) -> None:
        self._stores, self._options, self._stop, self._checkpoint = stores, options, stop, checkpoint
        self._on_event, self._restores = on_event, restores
        self._id, self._began = uuid4().hex[:12], time.monotonic()
        self._log = RunLog(options.log_file)
        self._dead = DeadLetters(options.dead_letter_file, anew=not checkpoint.resumed)
        patient = Retry(base=0.05, cap=5.0, deadline=options.give_up_after, attempts=10**9)
        pacer = Pacer(patient, sleep=stop.sleep)
        layout = stores.dynamodb.layout
        self._rows = Rows(layout, restores, Calls(stores.dynamodb.clients, pacer=pacer), pacer)
        tables = dict.fromkeys(layout.of(name).table for name in restores)
        with reading(checkpoint.where):
            left = Left.of(checkpoint.state, tables, restores) if checkpoint.resumed else Left.all(tables)
        self._left, self._last_try = left.segments, left.last_try
        self._counts: dict[str, Counts] = defaultdict(Counts, left.counts)
        self._waiting = Waiting(options.beside(".waiting"), *left.waiting)

    def already(self) -> BackfillResult:
        """The answer where an earlier run came to its end."""
        self._on_event(replace(self._finished("complete"), already=True))
        return replace(self._result("complete", None), already=True)

    def run(self) -> BackfillResult:
        """Make what is left."""
        status: Status = "complete"
        failed: CrossfadeError | None = None
        self._guard = Guard(self._stores, self._options, self._tell)
        try:
            for name, restore in self._restores.items():
                if restore.unwritten:
                    self._tell(Told(f"{name}: no field has {', '.join(restore.unwritten)}: the server gives values"))
            if not self._made_all():
                status = "interrupted"
            self._keep()
            if status == "complete":
                self._checkpoint.finish()
                self._waiting.remove()
            self._tell(self._finished(status))
        except Stopped:
            status = "interrupted"
        except CrossfadeError as error:
            status, failed = "stopped", error
        finally:
            self._guard.close()
        return self._result(status, failed)

    def _made_all(self) -> bool:
        """Whether it came to its end before it was told to stop."""
        self._scan()
        while not self._stopped and not self._last_try and self._waiting.count:
            self._tell(Told(f"{self._waiting.count:,} rows wait for what they refer to: trying again"))
            self._last_try = not self._again()
            self._keep()
        if not self._stopped and self._waiting.count:
            self._last()
        return not self._stopped

    # ------------------------------------------------------------------- the steps

    def _scan(self) -> None:
        """Every item once."""
        ready = deque(self._left)
        size = min(self._options.sizes.most, PAGE)

        def page(segment: Segment) -> Made:
            at = self._left[segment]
            return self._rows.page(*segment, at, size)

        def landed(segment: Segment, made: Made) -> None:
            # Durable before the checkpoint counts the page as done.
            self._waiting.add(made.batch)
            self._take(made)
            if made.next is None:
                del self._left[segment]
            else:
                self._left[segment] = made.next
                ready.appendleft(segment)
            self._keep()
            self._tell(self._page_done(made))

        self._through(lambda: ready.popleft() if ready else None, page, landed)

    def _again(self) -> bool:
        """Try once more what waits; whether another try is worth it."""
        before, following = self._waiting, self._waiting.following()
        batches = before.batches()
        written = 0

        def landed(batch: Batch, made: Made) -> None:
            nonlocal written
            del batch
            following.add(made.batch)
            self._take(made)
            written += made.total.written

        self._through(lambda: next(batches, None), self._rows.again, landed)
        for batch in batches:
            following.add(batch)
        self._waiting = following
        self._keep()
        before.remove()
        return written >= before.count * _WORTH_IT

    def _last(self) -> None:
        """Write what is left without the server's checks, and delete again what then refers to nothing.

        Told to stop, it leaves nothing that refers to nothing, and begins again when it is gone on with.
        """
        batches, all_made = self._waiting.batches(), []

        def landed(batch: Batch, made: Made) -> None:
            del batch
            all_made.append(made)

        self._through(lambda: next(batches, None), lambda b: self._rows.again(b, unchecked=True), landed)
        pruned = True
        while pruned:
            found = [self._rows.prune(batch) for batch in self._waiting.batches()]
            all_made += found
            pruned = any(made.dead for made in found)
        if not self._stopped:
            for made in all_made:
                self._take(made)
            empty, self._waiting = self._waiting, self._waiting.following()
            self._keep()
            empty.remove()

    def _through(
        self, following: Callable[[], J | None], work: Callable[[J], Made], landed: Callable[..., None]
    ) -> None:
        """Do jobs, some at a time, until there are none or the run is to end; those in flight come to their end."""
        flying: dict[Future[Made], J] = {}
        with ThreadPoolExecutor(_MOST, "crossfade-reverse") as pool:
            while True:
                open_ = not self._stopped and not self._guard.look()
                while open_ and len(flying) < self._guard.knobs.workers and (job := following()) is not None:
                    flying[pool.submit(work, job)] = job
                if not flying and (open_ or self._stopped):
                    return
                if not flying:
                    self._stop.event.wait(self._options.poll)
                for future in wait(flying, timeout=self._options.poll, return_when=FIRST_COMPLETED).done:
                    landed(flying.pop(future), future.result())

    # ------------------------------------------------------------- what is kept and told

    @property
    def _stopped(self) -> bool:
        return self._stop.event.is_set()

    def _take(self, made: Made) -> None:
        self._dead.add(made.dead)
        for name, counts in made.counts.items():
            self._counts[name] += counts

    def _keep(self) -> None:
        left = Left(self._left, self._waiting.state, self._last_try, self._counts)
        self._checkpoint.save(left.state())

    def _tell(self, event: Event) -> None:
        self._log.add(event)
        self._on_event(event)

    def _page_done(self, made: Made) -> PageDone:
        c = made.total
        return PageDone(
            self._id, made.table, c.rows, c.written, c.present, c.expired, c.dead, len(made.waiting), made.seconds
        )

    @property
    def _total(self) -> Counts:
        return sum(self._counts.values(), Counts())

    def _finished(self, status: Status) -> Finished:
        total, seconds = self._total, time.monotonic() - self._began
        return Finished(
            status, total.rows, total.written, total.present, total.expired, total.dead, 0.0, "0",
            load_prices().currency, seconds,
        )  # fmt: skip

    def _result(self, status: Status, error: CrossfadeError | None) -> BackfillResult:
        letters = self._dead.path if len(self._dead) else None
        return BackfillResult(status, self._total, dict(self._counts), letters, error)
