"""What shadow reads saw, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfade.dal.observation import OUTCOMES, Observation, Totals
from crossfade.migration.seen import Seen
from crossfade.migration.shown import visible


def print_seen(seen: Seen, console: Console) -> None:
    """Print the totals, the most recent mismatches, and the rate; nothing in the values can act on the terminal.

    Args:
        seen: what was seen.
        console: where.
    """
    console.print(Text(f"{seen.group}, since {seen.since:%Y-%m-%d %H:%M:%S} UTC"))
    if not seen.entities:
        console.print(Text("no read was compared"))
        return
    console.print(_counts(seen))
    for one in seen.mismatches:
        _print_mismatch(one, console)
    if seen.total.unsettled:
        console.print(Text("unsettled: what was on its way did not arrive: does `crossfade relay` run?"))
    rate = seen.total.rate
    console.print(
        Text(
            f"{rate.hits:,} of {rate.trials:,} differed or failed: {rate.seen:.3%}, "
            f"at most {rate.bound:.3%} (95 % confidence)"
        )
    )


def _counts(seen: Seen) -> Table:
    used = [o for o in OUTCOMES if o in {"equal", "mismatch"} or getattr(seen.total, o)]
    table = Table("entity")
    for column in (*used, "at most"):
        table.add_column(column.replace("_", " "), justify="right")
    for name, totals in sorted(seen.entities.items()):
        table.add_row(Text(visible(name)), *_cells(totals, used))
    table.add_section()
    table.add_row("all", *_cells(seen.total, used))
    return table


def _cells(totals: Totals, used: Iterable[str]) -> list[str]:
    return [*(f"{getattr(totals, outcome):,}" for outcome in used), f"{totals.rate.bound:.3%}"]


def _print_mismatch(seen: Observation, console: Console) -> None:
    console.print(Text(f"  {seen.at:%Y-%m-%d %H:%M:%S} {visible(seen.entity)} {seen.operation}"))
    for found in seen.differences:
        key = f"{visible(found.key)}: " if found.key else ""
        sides = f"{_value(found.control)} → {_value(found.candidate)}"
        console.print(Text(f"    {key}{visible(found.field)}: {sides}"))


def _value(text: str | None) -> str:
    return "absent" if text is None else visible(text)
