"""How far a run has come, on standard error: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_EVERY = 5.0  # seconds between two lines


class Bar:
    """The progress of one run; a context manager.

    Args:
        total: how much there is to do; the run may come to do more.
        done: how much of it earlier runs did.
        unit: what is counted.
        console: where; standard error if None.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        total: int,
        *,
        done: int = 0,
        unit: str = "rows",
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._before, self._unit, self._clock = total, done, unit, clock
        self._console = console or Console(stderr=True)
        self._progress: Progress | None = None
        self._began = self._told = clock()
        self._first: int | None = None

    def __enter__(self) -> Self:
        self._began = self._told = self._clock()
        if self._console.is_terminal:
            self._progress = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(self._unit),
                _Rate(),
                TimeRemainingColumn(),
                _Said(),
                console=self._console,
                transient=True,
            )
            self._progress.start()
            self._task = self._progress.add_task("", total=self._total, completed=self._before, said="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, done: int, text: str = "") -> None:
        """Tell how far it is.

        Args:
            done: how much is done, what earlier runs did included.
            text: what else is to be said.
        """
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=max(self._total, done), said=text)
            return
        now = self._clock()
        self._first = done if self._first is None else self._first
        if now - self._told >= _EVERY:
            self._told = now
            self._console.print(Text(self._line(done, now, text)), soft_wrap=True)

    def _line(self, done: int, now: float, text: str) -> str:
        line = f"{done:,} of {max(self._total, done):,} {self._unit}"
        rate = (done - (self._first or 0)) / (now - self._began)
        if rate and done < self._total:
            line += f", {rate:,.0f}/s, {span((self._total - done) / rate)} left"
        return f"{line}, {text}" if text else line


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class _Said(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(task.fields["said"])


def span(seconds: float) -> str:
    """A length of time, such as `2:05` or `1:00:00`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
