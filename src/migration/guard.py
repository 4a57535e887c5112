"""Whether chunks may be begun: the knobs that a user turns, and the pressure on the source."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from crossfade.dal.errors import StoreError
from crossfade.migration.events import Continued, Event, Paused, Told
from crossfade.migration.knobs import KnobFile, Knobs
from crossfade.migration.options import BackfillOptions
from crossfade.migration.stores import Stores
from crossfade.mysql.pressure import Pressure, measure, too_much

_EVERY = 2.0  # seconds between two looks at the source


class Guard:
    """Looks at knobs and source.

    Args:
        stores: whose source is watched.
        options: what it bears, and where the knobs are.
        tell: told of pauses, and of knobs that changed.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        stores: Stores,
        options: BackfillOptions,
        tell: Callable[[Event], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._limits = stores.mysql.engine, options.limits
        self._tell, self._clock = tell, clock
        self._file = KnobFile(options.knobs_file, Knobs(options.max_write_units, options.parallel))
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="crossfade-pressure")
        self._asked: Future[Pressure] | None = None
        self._next = clock()
        self._pressing: str | None = None
        self._paused: str | None = None
        self._noted: set[str] = set()

    @property
    def knobs(self) -> Knobs:
        """The knobs in force."""
        return self._file.knobs

    def look(self) -> bool:
        """Whether to pause; told when that changes, with the reason."""
        said = self._file.look()
        if said is not None:
            self._tell(Told(said))
        self._ask()
        reason = f"{self._file.path.name} says so" if self.knobs.paused else self._pressing
        if reason != self._paused:
            self._tell(Paused(reason) if reason else Continued(f"no longer: {self._paused}"))
            self._paused = reason
        return reason is not None

    def close(self) -> None:
        """End the looking."""
        self._asker.shutdown(wait=False, cancel_futures=True)

    def _ask(self) -> None:
        """Take the last answer, and ask again when it is time; never waits for the source."""
        if self._limits.threads_running is None and self._limits.replica_lag is None:
            return
        if self._asked is not None and self._asked.done():
            asked, self._asked = self._asked, None
            try:
                pressure = asked.result()
            except StoreError as error:
                # Whether the run goes on is for those to say who copy.
                pressure = Pressure(notes=(f"the source cannot be asked how busy it is: {error.message}",))
            self._pressing = too_much(pressure, self._limits)
            for note in pressure.notes:
                if note not in self._noted:
                    self._noted.add(note)
                    self._tell(Told(note))
        if self._asked is None and self._clock() >= self._next:
            self._next = self._clock() + _EVERY
            self._asked = self._asker.submit(measure, self._engine)
