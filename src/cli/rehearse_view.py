"""What somebody who starts a rehearsal sees: how it goes, below what happened; or lines where no terminal is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crossfade.cli.progress import span
from crossfade.dal.stage import Stage

if TYPE_CHECKING:
    from crossfade.rehearsal.conductor import Rehearsal
    from crossfade.rehearsal.schedule import Options

_EVERY, _LINE_EVERY = 0.5, 5.0  # seconds


class View:
    """Shows one rehearsal, on standard error.

    Args:
        options: what is done.
        folder: where it keeps its files.
        quiet: show nothing.
        console: where.
    """

    def __init__(self, options: Options, folder: Path, *, quiet: bool = False, console: Console | None = None) -> None:
        from crossfade.rehearsal.conductor import WRITERS  # noqa: PLC0415 - help needs no database driver
        from crossfade.rehearsal.tail import Tail  # noqa: PLC0415 - as above

        self._options, self._tail = options, Tail(folder / WRITERS)
        self._console = console or Console(stderr=True, quiet=quiet)
        self._begun = time.monotonic()

    def tell(self, line: str) -> None:
        """Say what happened."""
        self._console.print(Text(f"{self._since:>6}  {line}"), soft_wrap=True)

    @contextmanager
    def watching(self, rehearsal: Rehearsal) -> Iterator[None]:
        """Show how a rehearsal goes, for as long as the block lasts."""
        self._begun, end = time.monotonic(), threading.Event()
        work = self._live if self._console.is_terminal else self._lines
        thread = threading.Thread(target=work, args=(rehearsal, end), name="rehearsal-view")
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _live(self, rehearsal: Rehearsal, end: threading.Event) -> None:
        with Live(console=self._console, transient=True, auto_refresh=False) as live:
            while not end.wait(_EVERY):
                self._tail.look()
                live.update(self._table(rehearsal), refresh=True)

    def _lines(self, rehearsal: Rehearsal, end: threading.Event) -> None:
        while not end.wait(_LINE_EVERY):
            self._tail.look()
            self.tell(", ".join(f"{name} {value}" for name, value in self._values(rehearsal).items()))

    def _table(self, rehearsal: Rehearsal) -> Table:
        table = Table.grid(padding=(0, 2))
        stages = Text("  ").join(Text(str(s), style="bold reverse" if s == rehearsal.stage else "dim") for s in Stage)
        table.add_row("stages", stages)
        for name, value in self._values(rehearsal).items():
            if name != "stage":
                table.add_row(name, value)
        return table

    def _values(self, rehearsal: Rehearsal) -> dict[str, str]:
        tail, faults = self._tail, rehearsal.faults
        depths = faults.depths[-1:] if faults is not None else []
        made = [fault.kind for fault in faults.made] if faults is not None else []
        stalled = " (now)" if faults is not None and faults.stalled else ""
        return {
            "stage": str(rehearsal.stage),
            "moves": f"{len(rehearsal.moves)} of {self._options.moves}",
            "operations": f"{tail.operations:,} ({tail.rate:,.0f}/s)",
            "latency": f"{tail.late(0.5) * 1000:.0f} ms (p99 {tail.late(0.99) * 1000:.0f} ms)",
            "outbox": f"{depths[0].rows if depths else 0:,}",
            "kills": str(made.count("kill")),
            "stalls": f"{made.count('stall')}{stalled}",
        }

    @property
    def _since(self) -> str:
        return span(time.monotonic() - self._begun)
