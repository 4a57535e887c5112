"""`crossfade verify`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from crossfade.app import open_stores
from crossfade.cli.options import Number, StoreOptions, as_json, store_options
from crossfade.cli.progress import Bar
from crossfade.cli.report_text import print_report
from crossfade.cli.signals import INTERRUPTED, ending
from crossfade.migration.checkpoint import open_checkpoint
from crossfade.migration.checks import check, places
from crossfade.migration.errors import Stopped
from crossfade.migration.evidence import epochs, note_verify, standings
from crossfade.migration.options import FOLDER
from crossfade.migration.private import write_private
from crossfade.migration.report import Report, dumps, write_report
from crossfade.migration.report_html import html_report
from crossfade.migration.stop import Stop
from crossfade.migration.verify import Progress, Verification, VerifyOptions

EQUAL, DIFFERENT = 0, 1
CHECKPOINT, REVERSE_CHECKPOINT = str(FOLDER / "verify.json"), str(FOLDER / "verify-reverse.json")


@click.command()
@store_options
@click.option("--entity", "entities", multiple=True, metavar="NAME", help="Only this entity; may be repeated.")
@click.option("--sample", type=Number(0, 1, min_open=True), default=1.0, help="The share of keys to look at.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the sample.")
@click.option("--reverse", is_flag=True, help="After backfill --reverse: DynamoDB is the source, MySQL the target.")
@click.option("--no-extras", is_flag=True, help="Do not scan DynamoDB for items that no row explains.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option(
    "--looks", type=click.IntRange(0, 100), default=2, show_default=True, help="Second looks at a difference."
)
@click.option("--pause", type=Number(0), default=1.0, show_default=True, help="Seconds before each of them.")
@click.option("--examples", type=click.IntRange(0), default=20, show_default=True, help="Differences kept in detail.")
@click.option("--max-differences", type=click.IntRange(1), default=100_000, show_default=True, help="Kept at all.")
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it here, as JSON."
)
@click.option("--html", "page_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it here, as a page.")
@click.option("--checkpoint", default=CHECKPOINT, show_default=True, help="A file, or dynamodb:NAME.")
@click.option("--restart", is_flag=True, help="Begin anew, whatever the checkpoint holds.")
@as_json
def verify(
    stores: StoreOptions,
    /,
    *,
    report_file: Path | None,
    page_file: Path | None,
    checkpoint: str,
    restart: bool,
    as_json: bool,
    no_extras: bool,
    max_differences: int,
    **options: Any,
) -> int:
    """Compare every row in MySQL with its items in DynamoDB, field by field, and every item with its row.

    With --reverse, `missing` is an item without its row, and `extra` a row without its item.

    Safe under live writes: a difference is looked at again before it counts. Interrupted, it goes on where it
    stopped when it is started again.

    The values of sensitive fields are left out everywhere but of item keys in the report file and in --json, which
    is the same: repair needs these. The files are their owner's alone.

    Exit code: 0 equal, 1 different, 2 could not run, 130 interrupted.
    """
    if options["reverse"] and no_extras:
        raise click.UsageError("--reverse goes without --no-extras: the scan is what finds missing rows")
    if options["reverse"] and checkpoint == CHECKPOINT:
        checkpoint = REVERSE_CHECKPOINT
    _check_folders(report_file, page_file)
    chosen = VerifyOptions(extras=not no_extras, most=max_differences, **options)
    with open_stores(**stores) as opened:
        unknown = [name for name in chosen.entities if name not in opened.contract.entities]
        if unknown:
            raise click.UsageError(f"no entity {unknown[0]!r}; there are {', '.join(opened.contract.entities)}")
        check(opened)
        begun = standings(opened)
        entities = chosen.entities or tuple(opened.contract.entities)
        about = chosen.about() | places(opened, entities) | epochs(begun)
        fingerprint = opened.contract.fingerprint
        with open_checkpoint(
            checkpoint,
            kind="verify",
            fingerprint=fingerprint,
            about=about,
            stores=opened,
            restart=restart,
            again=True,
        ) as held:
            if held.resumed:
                click.echo(f"going on where an earlier run ended ({held.where}); --restart begins anew", err=True)
            stop = Stop(threading.Event())
            verification = Verification(opened, chosen, held, stop=stop)
            try:
                with ending(stop), Bar(verification.total) as bar:
                    report = verification.run(lambda progress: _tell(bar, progress))
            except Stopped:
                click.echo(f"interrupted; start the same again to go on ({held.where})", err=True)
                return INTERRUPTED
        note_verify(opened, begun, entities, report, reverse=chosen.reverse)
    if as_json:
        click.echo(dumps(report))
    else:
        print_report(report, Console())
    _write(report, report_file, page_file)
    return EQUAL if report.equal else DIFFERENT


def _check_folders(*files: Path | None) -> None:
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise click.UsageError(f"there is no directory {file.parent} to write {file.name} to")


def _write(report: Report, report_file: Path | None, page_file: Path | None) -> None:
    if report_file is not None:
        write_report(report, report_file)
    if page_file is not None:
        write_private(html_report(report), page_file)


def _tell(bar: Bar, progress: Progress) -> None:
    bar.update(progress.rows, f"{progress.items:,} items scanned, {progress.different:,} different")
