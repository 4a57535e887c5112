"""What `crossfade backfill --dry-run` says."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from crossfade.contract.plural import several
from crossfade.migration.shown import visible

if TYPE_CHECKING:
    from crossfade.migration.chunk import DeadLetter
    from crossfade.migration.options import BackfillOptions
    from crossfade.migration.plan import BackfillPlan
    from crossfade.migration.reverse_plan import ReversePlan
    from crossfade.migration.stores import Stores


def plan(stores: Stores, options: BackfillOptions, *, as_json: bool) -> str:
    """The plan of a backfill, as text or JSON; nothing is written."""
    from crossfade.migration.plan import plan_backfill  # noqa: PLC0415 - help needs no database driver

    made = plan_backfill(stores, options)
    if as_json:
        return json.dumps(asdict(made) | {"cost": str(made.cost)}, indent=2)
    return _text(made)


def _text(made: BackfillPlan) -> str:
    lines = []
    for entity in made.entities:
        size = f", items of about {entity.item_bytes:,} bytes" if entity.item_bytes is not None else ""
        units = f", {several(entity.write_units, 'write unit')}" if entity.rows else ""
        dead = f"; {entity.dead} of {several(entity.sampled, 'sampled row')} cannot be copied" if entity.dead else ""
        rows = f"{several(entity.rows, 'row')} in {several(entity.spans, 'span')}"
        lines.append(f"{entity.entity}: {rows}{size}{units}{dead}")
        lines += [f"  {_place(letter)}: {visible(letter.reason)}" for letter in entity.letters]
        if more := entity.dead - len(entity.letters):
            lines.append(f"  and {more:,} more: a run names them all in its dead letters")
    rows, units = several(sum(e.rows for e in made.entities), "row"), several(made.write_units, "write unit")
    lines.append(f"{rows}, {units}, {made.cost:.4f} {made.currency} on demand ({made.region}, {made.as_of})")
    if made.least_seconds is not None:
        lines.append(f"{made.least_seconds:,.0f} s at least under --max-write-units")
    return "\n".join([*lines, f"{several(made.workers, 'worker')}; nothing was written"])


def _place(letter: DeadLetter) -> str:
    """Which row it is, by its key, or by its place where it cannot be read."""
    if letter.key is None:
        return "row " + ", ".join(visible(text) for text in letter.position or ())
    return ", ".join(f"{name}={visible(str(value))}" for name, value in letter.key.items())


def reverse_plan(stores: Stores, options: BackfillOptions, *, with_triggers: bool, as_json: bool) -> tuple[bool, str]:
    """Whether the way back may begin, and its plan, as text or JSON; nothing is written."""
    from crossfade.migration.reverse_plan import plan_reverse  # noqa: PLC0415 - help needs no database driver

    made = plan_reverse(stores, options, with_triggers=with_triggers)
    if as_json:
        return not made.obstacles, json.dumps(asdict(made) | {"cost": str(made.cost)}, indent=2)
    return not made.obstacles, _reverse_text(made)


def _reverse_text(made: ReversePlan) -> str:
    lines = [f"{t.table}: about {t.items:,} items, {several(t.read_units, 'read unit')}" for t in made.tables]
    for entity in made.entities:
        rows = ", ".join(f"{table} ({several(rows, 'row')} there)" for table, rows in entity.rows.items())
        lines.append(f"{entity.entity}: from {entity.table} into {rows}")
        if entity.unwritten:
            lines.append(f"  no field has {', '.join(entity.unwritten)}: the server gives values")
        if entity.triggers:
            lines.append(f"  triggers: {', '.join(entity.triggers)}")
    lines += [f"cannot begin: {obstacle}" for obstacle in made.obstacles]
    units = several(made.read_units, "read unit")
    lines.append(f"{units}, {made.cost:.4f} {made.currency} on demand ({made.region}, {made.as_of})")
    return "\n".join([*lines, f"{several(made.workers, 'worker')}; nothing was written"])
