"""What a backfill shows: a bar on a terminal, with everything else above it; lines elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from crossfade.cli.backfill_view import View
from crossfade.migration.events import ChunkDone, Event, Finished, Paused, Planned
from crossfade.migration.lines import Lines

EVENTS: tuple[Event, ...] = (
    Planned("r", {"USER": 1_000, "ORDER": 500}, {"USER": 300, "ORDER": 0}, 4, True, "here.json"),
    ChunkDone("r", "USER", None, ["500"], 200, 199, 0, 0, 1, 2.0, 400_000.0),
    Paused("[the source] is busy"),
    ChunkDone("r", "ORDER", None, None, 500, 500, 0, 0, 0, 1.0, 600_000.0),
    Finished("complete", 1_000, 699, 0, 0, 1, 1_000_000.0, "0.63", "USD", 3.0),
)


def shown(*, terminal: bool) -> str:
    """The events, shown."""
    out = StringIO()
    console = Console(file=out, force_terminal=terminal, width=200, color_system=None, legacy_windows=False)
    with View("rows", console) as view:
        for event in EVENTS:
            view(event)
    return out.getvalue()


def test_lines() -> None:
    assert shown(terminal=False).splitlines() == [
        "run r: 1,500 rows of 2 entities, 300 of them copied by earlier runs; 4 workers; here.json",
        "USER: 500 of 1,000 rows (100/s in this chunk, 1 dead letter)",
        "paused: [the source] is busy",
        "ORDER: 500 of 500 rows (500/s in this chunk)",
        "complete: 1,000,000 write units, 0.63 USD, 3.0 s",
    ]


def test_a_run_that_was_complete_already_tells_the_earlier_ones_figures_as_theirs() -> None:
    finished = Finished("complete", 1_780, 1_780, 0, 0, 0, 3_472.0, "0.0021700000", "USD", 0.1)
    # A run of the way back plans no rows, and has done something all the same.
    assert Lines().told(finished) == "complete: 3,472 write units, 0.00 USD, 0.1 s"
    told = Lines().told(replace(finished, already=True))
    assert told == "complete already, nothing done now; by earlier runs: 3,472 write units, 0.00 USD"


def test_a_bar_with_the_cost_so_far() -> None:
    text = shown(terminal=True)
    assert "1000/1500 rows" in text
    assert "1,000,000 write units, 0.63 USD" in text
    assert "paused: [the source] is busy" in text
    assert "USER: 500 of 1,000 rows" not in text
