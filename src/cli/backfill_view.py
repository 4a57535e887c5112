"""What somebody who starts a backfill sees: a bar with everything else above it, or lines where no terminal is."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from crossfade.cli.progress import Bar
from crossfade.contract.prices import load_prices
from crossfade.migration.events import ChunkDone, Event, Finished, PageDone, Planned
from crossfade.migration.lines import Lines


class View:
    """Shows the events of one run; a context manager.

    Args:
        unit: what is counted.
        console: where; standard error if None.
    """

    def __init__(self, unit: str, console: Console | None = None) -> None:
        self._unit, self._console = unit, console or Console(stderr=True)
        self._lines, self._prices = Lines(), load_prices()
        self._bar: Bar | None = None
        self._closing = ExitStack()
        self._done = 0
        self._units = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        text = self._lines.told(event)
        if isinstance(event, Finished):
            self._closing.close()
        if isinstance(event, ChunkDone | PageDone) and self._bar is not None:
            self._done += event.rows
            self._units += event.units if isinstance(event, ChunkDone) else 0.0
            self._bar.update(self._done, self._so_far())
        elif text:
            self._console.print(Text(text), soft_wrap=True)
        if isinstance(event, Planned) and self._console.is_terminal:
            self._done = sum(event.done.values())
            bar = Bar(sum(event.rows.values()), done=self._done, unit=self._unit, console=self._console)
            self._bar = self._closing.enter_context(bar)

    def _so_far(self) -> str:
        if not self._units:
            return ""
        cost = self._prices.cost(self._units, "write_request_unit")
        return f"{self._units:,.0f} write units, {cost:,.2f} {self._prices.currency}"
