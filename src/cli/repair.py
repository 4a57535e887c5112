"""`crossfade repair`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import click

from crossfade.app import open_stores
from crossfade.cli.options import StoreOptions, as_json, store_options
from crossfade.cli.progress import Bar
from crossfade.contract.plural import several
from crossfade.migration.repair import Repaired, check_mysql_decides, plan_repair, repair, why_left
from crossfade.migration.report import KINDS, Difference, Kind, Report
from crossfade.migration.report_read import read_report
from crossfade.migration.shown import headline, visible
from crossfade.migration.sync import sync_of

CLEAN, LEFT = 0, 1


@click.command(name="repair")
@click.argument("report_file", metavar="REPORT", type=click.Path(dir_okay=False, path_type=Path))
@store_options
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these; may be repeated.")
@click.option("--entity", "entities", multiple=True, metavar="NAME", help="Only this entity's; may be repeated.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--dry-run", is_flag=True, help="List what would be repaired or left, write nothing.")
@as_json
def repair_(
    stores: StoreOptions,
    /,
    *,
    report_file: Path,
    kinds: tuple[str, ...],
    entities: tuple[str, ...],
    workers: int,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Make every item that REPORT names what MySQL says, and look at each again.

    REPORT is what `crossfade verify --report` wrote. Safe under live writes, and to repeat: each item is read anew,
    and written on the condition that nobody else wrote it meanwhile. Where neither store has anything, nothing is
    written.

    What belongs to no entity of the contract is left: delete it by hand.

    Exit code: 0 all is equal now; 1 something is left, or with --dry-run is known to be; 2 could not run, or a store
    was lost on the way: what was repaired by then stays so; 130 interrupted.
    """
    report = read_report(report_file)
    with open_stores(**stores) as opened:
        unknown = [name for name in entities if name not in opened.contract.entities]
        if unknown:
            raise click.UsageError(f"no entity {unknown[0]!r}; there are {', '.join(opened.contract.entities)}")
        chosen = plan_repair(opened, report, kinds=cast(tuple[Kind, ...], kinds), entities=entities)
        opened.mysql.check()
        opened.dynamodb.check()
        sync = sync_of(opened, lambda: datetime.now(UTC))
        check_mysql_decides(sync)
        if dry_run:
            return _planned(report, chosen)
        with Bar(len(chosen), unit="items") as bar:
            told = partial(next, count(1))
            done = repair(sync, chosen, workers=workers, on_progress=lambda _: bar.update(told()))
    left = [r for r in done if not r.equal]
    if as_json:
        click.echo(json.dumps(_summary(done, left, truncated=report.truncated), indent=2, ensure_ascii=False))
    else:
        for repaired in left:
            why = _why(repaired.difference, repaired.reason or "still different")
            click.echo(f"{repaired.outcome} {why}")
        for repaired in (r for r in done if r.outcome == "nothing"):
            click.echo(f"nothing to do for {headline(repaired.difference)}: {repaired.reason}")
        counts = {outcome: sum(r.outcome == outcome for r in done) for outcome in ("written", "deleted")}
        click.echo(f"{counts['written']:,} written, {counts['deleted']:,} deleted, {len(left):,} left")
    if report.truncated:
        click.echo("the report does not hold every difference: verify and repair again", err=True)
    return LEFT if left or report.truncated else CLEAN


def _planned(report: Report, chosen: list[Difference]) -> int:
    """Say what would be repaired, and what is known to be left."""
    left = {at: why for at, difference in enumerate(chosen) if (why := why_left(difference)) is not None}
    for at, difference in enumerate(chosen):
        click.echo(f"left {_why(difference, left[at])}" if at in left else headline(difference))
    found = several(len(report.differences), "difference")
    click.echo(f"{len(chosen) - len(left):,} of {found}, {len(left):,} left; nothing was written", err=True)
    return LEFT if left or report.truncated else CLEAN


def _why(difference: Difference, reason: str) -> str:
    """A difference with why it is left, which may be what the report says of it."""
    told = headline(difference)
    return told if reason == difference.reason else f"{told}: {visible(reason)}"


def _summary(done: list[Repaired], left: list[Repaired], *, truncated: bool) -> dict[str, Any]:
    return {
        "repaired": len([r for r in done if r.equal and r.outcome != "nothing"]),
        "nothing": len([r for r in done if r.outcome == "nothing"]),
        "left": [
            {name: getattr(r.difference, name) for name in ("entity", "table", "key", "kind")}
            | {"outcome": r.outcome, "reason": r.reason}
            for r in left
        ],
        "truncated": truncated,
    }
