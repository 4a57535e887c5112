"""A verification's report for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfade.migration.report import Report
from crossfade.migration.shown import COLUMNS, first_examples, headline, verdict, visible


def print_report(report: Report, console: Console, *, examples: int = 5) -> None:
    """Print the counts, the first examples of each entity and kind, and the verdict.

    Sensitive values are left out, of item keys too; nothing in the values can act on the terminal.

    Args:
        report: the report.
        console: where.
        examples: how many of each entity and kind.
    """
    console.print(_counts(report))
    source, target = report.sides
    if any(d.fields for d in report.differences):
        console.print(Text(f"field: {source} → {target}"))
    for difference in first_examples(report, examples):
        console.print(Text(f"  {headline(difference)}"))
        for field in difference.fields:
            console.print(Text(f"    {visible(field.field)}: {_value(field.source)} → {_value(field.target)}"))
    for note in report.notes:
        console.print(Text(visible(note)))
    console.print(Text(verdict(report)))


def _counts(report: Report) -> Table:
    used = [c for c in COLUMNS if c in {"rows", "equal"} or getattr(report.total, c)]
    table = Table("entity", title_justify="left")
    for column in used:
        table.add_column(column, justify="right")
    for name, counts in report.entities.items():
        table.add_row(Text(visible(name) or "(no entity)"), *(f"{getattr(counts, c):,}" for c in used))
    table.add_section()
    table.add_row("all", *(f"{getattr(report.total, c):,}" for c in used))
    return table


def _value(text: str | None) -> str:
    return "absent" if text is None else visible(text)
