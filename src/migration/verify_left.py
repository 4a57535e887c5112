"""What is left of a verification, as its checkpoint keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from crossfade.migration.report_json import ReportError, each, item_key_from, maybe
from crossfade.migration.resumed import Loads, anything, position

Task = tuple[Any, ...]
"""`("rows", entity, after, until)`, `("counter", entity)` or `("items", table, segment, start)`.

The positions are as JSON holds them.
"""


def task_from(
    scans: Mapping[str, Loads], counters: Collection[str], segments: Collection[tuple[str, int]], raw: Any, where: str
) -> Task:
    """A task that was kept.

    Args:
        scans: by entity, what reads the positions of its rows.
        counters: the entities that have one.
        segments: the full names of the tables whose items are looked at, with each of their segments.
        raw: its JSON.
        where: its place.

    Raises:
        ReportError: it is none of this verification.
    """
    match each(anything, raw, where):
        case ("rows", str(name), after, until) if name in scans:
            position(scans[name], after, f"{where}[2]")
            position(scans[name], until, f"{where}[3]")
        case ("counter", str(name)) if name in counters:
            pass
        case ("items", str(table), int(segment), start) if (table, segment) in segments:
            maybe(item_key_from, start, f"{where}[3]")
        case _:
            raise ReportError(f"{where} is nothing that this verification looks at")
    return tuple(raw)
