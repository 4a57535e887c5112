"""Verify: every row against its items, then every item against its row. Resumable; under live writes, too."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from crossfade.dal.key import Key
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.scan import scan_segment
from crossfade.dynamodb.tables import LOOKUP, table_name
from crossfade.migration.checkpoint import Checkpoint
from crossfade.migration.counters import Counters, id_fields
from crossfade.migration.errors import Stopped
from crossfade.migration.evidence import followed, standings
from crossfade.migration.heap import settled_heap
from crossfade.migration.look import Look
from crossfade.migration.look_back import LookBack
from crossfade.migration.looked import Looked, counted, settled
from crossfade.migration.report import Report, encode_bytes, item_key_from
from crossfade.migration.report_json import each, moment, named
from crossfade.migration.resumed import anything, reading, whole
from crossfade.migration.stop import Stop
from crossfade.migration.stores import Stores
from crossfade.migration.straight import IRREGULAR, Straight
from crossfade.migration.tally import Tally
from crossfade.migration.tasks import Tasks
from crossfade.migration.verify_left import Task, task_from
from crossfade.migration.verify_options import VerifyOptions
from crossfade.mysql.scan import Rows, Scan, Span, Texts

__all__ = ["Progress", "Verification", "VerifyOptions"]

_PATIENT = Retry(base=0.2, cap=20.0, deadline=600.0, attempts=1_000)
_SAVE_EVERY = 5.0  # seconds: a checkpoint with many differences takes time to write


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification has come, in rows and in items."""

    rows: int
    items: int
    different: int


class Verification:
    """One verification.

    Args:
        stores: both stores.
        options: what to compare.
        checkpoint: where to keep how far it has come.
        stop: its event, once set, ends the run after the chunks in flight.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        stores: Stores,
        options: VerifyOptions,
        checkpoint: Checkpoint,
        *,
        stop: Stop | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stores, self._options, self._checkpoint = stores, options, checkpoint
        self._clock = clock
        self._stop = stop or Stop(threading.Event())
        self._calls = Calls(stores.dynamodb.clients, pacer=Pacer(_PATIENT, sleep=self._stop.sleep))
        look = LookBack if options.reverse else Look
        self._look = look(stores, self._calls, self._chosen, every=options.sample >= 1)
        self._counters = Counters(stores, self._calls)
        self._names = options.entities or tuple(stores.contract.entities)
        self._scans = {name: Scan(stores.mysql, name) for name in self._names}
        self._straight = cache(lambda entity: Straight(stores.dynamodb.layout, self._scans[entity]))
        self._saved = clock()

    @property
    def total(self) -> int:
        """How many rows there are now, expired ones too. Counts them."""
        return sum(scan.count() for scan in self._scans.values())

    def run(self, on_progress: Callable[[Progress], None] = lambda progress: None) -> Report:
        """Go to the end. Whatever ends it earlier, another run goes on where it was.

        Args:
            on_progress: told after every chunk.

        Raises:
            Stopped: it was to end.
            StoreError: a store cannot be read.
            CheckpointError: how far it came cannot be kept, or was damaged.
        """
        begun, tally, started = self._begun()
        tasks = Tasks(begun, self._step, workers=self._options.workers, may_begin=_may_begin, stop=self._stop)

        def keep() -> None:
            self._checkpoint.save({"tasks": tasks.left, "tally": tally.state(), "started": started})
            self._saved = self._clock()

        def turn() -> None:
            on_progress(Progress(tally.rows, tally.items, tally.different))
            if self._clock() - self._saved >= _SAVE_EVERY:
                keep()

        keep()
        try:
            with settled_heap():
                tasks.run(lambda found: tally.add(*found), turn)
        finally:
            # Where a result was taken in part, what was saved before it is right.
            if tasks.left and tasks.whole:
                keep()
        if tasks.left:
            raise Stopped("the verification was to end")
        report = self._report(tally, started)
        # In one write with the end: a state without tasks and without a tally would be gone on with, to "equal".
        self._checkpoint.state = {}
        self._checkpoint.finish()
        return report

    # ---------------------------------------------------------------------- tasks

    def _begun(self) -> tuple[Iterable[Task], Tally, str]:
        """What is left to be done, what was found and since when; as an earlier run left it, if it had to end."""
        options, state = self._options, self._checkpoint.state
        if self._checkpoint.finished or not state:
            return self._tasks(), Tally(options.examples, options.most), _moment()
        segments = {(table, segment) for table in self._tables() for segment in range(options.segments)}
        task = partial(task_from, self._scans, id_fields(self._stores.contract), segments)
        with reading(self._checkpoint.where):
            kept = whole(state, {"tasks", "tally", "started"}, "$.state")
            left = each(task, kept["tasks"], "$.state.tasks")
            tally = Tally(options.examples, options.most, named(anything, kept["tally"], "$.state.tally"))
            return left, tally, moment(kept["started"], "$.state.started")

    def _tasks(self) -> Iterator[Task]:
        for name, scan in self._scans.items():
            for span in scan.spans(self._options.workers * 2):
                yield "rows", name, scan.dump(span.after), scan.dump(span.until)
        if not self._options.reverse:
            counted = set(self._names) - followed(self._stores, standings(self._stores))
            yield from (("counter", name) for name in id_fields(self._stores.contract) if name in counted)
        if self._options.extras:
            for table in self._tables():
                for segment in range(self._options.segments):
                    yield "items", table, segment, None

    def _tables(self) -> Sequence[str]:
        contract, prefix = self._stores.contract, self._stores.dynamodb.prefix
        own = dict.fromkeys(contract.entities[name].table for name in self._names)
        return [table_name(prefix, name) for name in (*own, *(() if self._options.reverse else (LOOKUP,)))]

    def _step(self, task: Task) -> tuple[tuple[Looked, int], Task | None]:
        """One look and how many items it read, and the task that is left."""
        kinds: Mapping[str, Callable[..., tuple[tuple[Looked, int], Task | None]]] = {
            "rows": self._rows,
            "counter": self._counter,
            "items": self._items,
        }
        return kinds[task[0]](*task[1:])

    def _rows(self, entity: str, after: Any, until: Any) -> tuple[tuple[Looked, int], Task | None]:
        scan = self._scans[entity]
        looked, rows = self._chunk(entity, Span(scan.load(after), scan.load(until)))
        looked = self._settle(looked, lambda keys, _: self._look.again(entity, keys))
        return (looked, 0), ("rows", entity, scan.dump(rows.last), until) if rows.more else None

    def _chunk(self, entity: str, span: Span) -> tuple[Looked, Rows | Texts]:
        """A look at some rows: straight, where they are as most are."""
        scan = self._scans[entity]
        if scan.has_texts and not self._options.reverse:
            with suppress(*IRREGULAR):
                texts = scan.read_texts(span, self._options.chunk)
                return self._look.texts(entity, self._straight(entity), texts), texts
        rows = scan.read(span, self._options.chunk)
        return self._look.rows(entity, rows), rows

    def _items(self, table: str, segment: int, start: Any) -> tuple[tuple[Looked, int], Task | None]:
        begun = None if start is None else item_key_from(start, "the checkpoint")
        page = next(scan_segment(self._calls, table, segment, self._options.segments, start=begun, page=500))
        looked = self._look.items(table, page.items)
        looked = self._settle(looked, lambda _, items: self._look.items_again(table, items))
        following = (
            ("items", table, segment, json.loads(json.dumps(page.next, default=encode_bytes))) if page.next else None
        )
        return (looked, len(page.items)), following

    def _counter(self, entity: str) -> tuple[tuple[Looked, int], None]:
        difference = self._counters.look(entity)
        looked = Looked(differences=[] if difference is None else [difference])
        looked.counts[entity] += counted(looked.differences)
        return (looked, 0), None

    def _settle(self, looked: Looked, again: Callable[[list[Key], list[Any]], Looked]) -> Looked:
        """Look again at what differs, until nothing does or it has been looked at often enough."""
        for _ in range(self._options.looks):
            if not looked.keys and not looked.items:
                break
            self._stop.sleep(self._options.pause)
            looked = settled(looked, again(looked.keys, looked.items))
        return looked

    # -------------------------------------------------------------------- choosing

    def _chosen(self, entity: str, key: Key) -> bool:
        if entity not in self._names:
            return False
        if self._options.sample >= 1:
            return True
        text = json.dumps([self._options.seed, entity, sorted((f, str(v)) for f, v in key.items())])
        drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        return drawn < self._options.sample * 2**64

    def _report(self, tally: Tally, started: str) -> Report:
        contract = self._stores.contract
        counts = {name: tally.counts[name] for name in (*self._names, "") if name in tally.counts}
        return Report(
            contract.fingerprint, contract.source, self._stores.dynamodb.prefix, started, _moment(),
            self._options.sample, self._options.extras, counts, tuple(tally.differences), tally.truncated,
            direction="reverse" if self._options.reverse else "forward",
        )  # fmt: skip


def _may_begin(task: Task, running: Iterable[Task]) -> bool:
    """Items wait for the rows: what differs from its row is told as that, not as an item that no row explains."""
    return task[0] == "rows" or not any(other[0] == "rows" for other in running)


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
