"""`crossfade rehearse`: a migration under live writes, with faults, and whether anything was lost."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crossfade.cli.options import Number, StoreOptions, as_json, chosen_group, group_option, store_options
from crossfade.cli.output import write
from crossfade.cli.signals import INTERRUPTED, ending
from crossfade.dal.stage import Stage
from crossfade.settings import read_settings

if TYPE_CHECKING:
    from crossfade.migration.stores import Stores
    from crossfade.rehearsal.outcome import Outcome
    from crossfade.rehearsal.schedule import Options

PASSED, FAILED = 0, 1

_TOPS = [str(stage) for stage in (Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN)]
_seconds = Number(0)
_OPTIONS = (
    group_option,
    click.option("--writers", type=click.IntRange(1, 200), default=8, show_default=True, help="Clients that write."),
    click.option("--processes", type=click.IntRange(1, 50), default=2, show_default=True, help="That these are in."),
    click.option("--pace", type=Number(0.1, 1000), default=10.0, show_default=True,
                 help="Operations a second of each client."),
    click.option("--moves", type=click.IntRange(1, 1000), default=30, show_default=True,
                 help="From one stage to the next, or back."),
    click.option("--top", type=click.Choice(_TOPS), default=str(Stage.SHADOW), show_default=True,
                 help="The last stage that is moved to."),
    click.option("--finish", is_flag=True,
                 help="End in dynamodb, from which there is no way back; --moves is odd then, and --top idle."),
    click.option("--seconds", type=Number(1), default=180.0, show_default=True, help="Over which these are spread."),
    click.option("--kill-every", type=_seconds, default=5.0, show_default=True,
                 help="Seconds after which a process is killed, about; 0 for never."),
    click.option("--stall", type=_seconds, default=20.0, show_default=True,
                 help="Seconds for which DynamoDB stalls, as the writers and the relay see it."),
    click.option("--stall-every", type=_seconds, default=60.0, show_default=True,
                 help="Seconds after which it does; 0 for never."),
    click.option("--patience", type=_seconds, default=120.0, show_default=True,
                 help="Seconds for which a move is tried that is refused."),
    click.option("--comparisons", type=click.IntRange(1), default=20, show_default=True,
                 help="Reads to compare before live."),
    click.option("--quiet", type=Number(0.05, 8), default=2.0, show_default=True,
                 help="Seconds for which the streams must bring nothing before MySQL gets its authority again."),
    click.option("--most-held", "held", type=Number(0, min_open=True), metavar="SECONDS",
                 help="Fail where a move holds a write for longer."),
    click.option("--rows", type=click.IntRange(1), default=100, show_default=True,
                 help="Of each table, where the tables are empty."),
    click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other rows, writes and faults."),
)  # fmt: skip


def _rehearse_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@store_options
@_rehearse_options
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what happened here, as a page.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Keep histories and logs here; they are kept wherever it fails.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Although the tables hold rows: the rehearsal changes and deletes some.")
@as_json
def rehearse(
    stores: StoreOptions,
    *,
    group: str | None,
    rows: int,
    report: Path | None,
    keep: Path | None,
    yes: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Rehearse the migration on these stores: never those of production.

    Clients in several processes write and read, while the group moves from stage to stage and back, rows are copied
    and verified, processes are killed and DynamoDB stalls. Everything that a client did and saw is recorded, and at
    the end it is checked key by key: whether a write that was acknowledged is lost, or a deleted record came back.

    Ctrl-C ends it early; what was recorded is judged all the same.

    Exit code: 0 nothing was lost, the stores are equal, every move was made; 1 otherwise; 2 could not run; 130
    interrupted, and nothing was wrong by then.
    """
    from crossfade.rehearsal.prepare import prepared  # noqa: PLC0415 - help needs no database driver
    from crossfade.rehearsal.schedule import Options  # noqa: PLC0415 - as above

    options = Options(**given | {"top": Stage(given["top"])})
    if options.processes > options.writers:
        raise click.UsageError("--processes: more than there are --writers")
    if options.finish and (options.moves < 5 or options.moves % 2 == 0):
        raise click.UsageError("--finish wants an odd number of --moves, 5 at least")
    if report is not None and not report.parent.is_dir():
        raise click.UsageError(f"there is no directory {report.parent} to write {report.name} to")
    with _opened(stores) as (opened, environment):
        chosen = chosen_group(group, list(opened.contract.groups))
        preparation = prepared(opened, chosen, rows, options.seed)
        for line in preparation.lines():
            click.echo(line, err=True)
        if preparation.filled and not yes:
            says = "the tables hold rows, and a rehearsal writes and deletes: --yes, if that may be"
            raise click.ClickException(says)
        preparation.make()
        outcome, folder = _rehearsed(opened, chosen, environment, options, keep, as_json=as_json)
    return _answer(outcome, folder, report, as_json=as_json)


@contextmanager
def _opened(stores: StoreOptions) -> Iterator[tuple[Stores, dict[str, str]]]:
    """The stores, and what leads other processes there."""
    from crossfade.app import open_stores  # noqa: PLC0415 - help needs no database driver

    given = {name: value for name, value in stores.items() if name != "config"}
    settings = read_settings(given, config=stores["config"])
    if settings.embedded:
        raise click.UsageError("--embedded is within one process: `make demo` rehearses on stand-ins")
    with open_stores(**stores) as opened:
        places = {
            "contract": opened.contract.source and str(Path(opened.contract.source).resolve()),
            "mysql_url": settings.mysql_url,
            "mysql_password": settings.mysql_password,
            "table_prefix": settings.table_prefix,
            "table_names": settings.table_names,
            "embedded": "0",
        }
        yield opened, {f"CROSSFADE_{name.upper()}": value for name, value in places.items() if value is not None}


def _rehearsed(
    opened: Stores, group: str, environment: dict[str, str], options: Options, keep: Path | None, *, as_json: bool
) -> tuple[Outcome, Path | None]:
    """What came of it, and where its files are, if they are kept."""
    from crossfade.cli.rehearse_view import View  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.stop import Stop  # noqa: PLC0415 - as above
    from crossfade.rehearsal.conductor import Place, Rehearsal  # noqa: PLC0415 - as above

    folder = keep or Path(tempfile.mkdtemp(prefix="crossfade-rehearsal-"))
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise click.ClickException(f"{keep} is not empty: --keep wants a folder of its own")
    stop, view = Stop(threading.Event()), View(options, folder, quiet=as_json)
    rehearsal = Rehearsal(Place(opened, group, environment, folder), options, view.tell, stop)
    with ending(stop), view.watching(rehearsal):
        outcome = rehearsal.run()
    if keep is None and outcome.ok:
        shutil.rmtree(folder)
        return outcome, None
    return outcome, folder


def _answer(outcome: Outcome, folder: Path | None, report: Path | None, *, as_json: bool) -> int:
    from crossfade.rehearsal.outcome import as_json as to_json  # noqa: PLC0415 - help needs no database driver
    from crossfade.rehearsal.outcome import verdict  # noqa: PLC0415 - as above
    from crossfade.rehearsal.page import page  # noqa: PLC0415 - as above

    if as_json:
        click.echo(json.dumps(to_json(outcome), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(verdict(outcome)))
        for found in outcome.findings.found if outcome.findings else ():
            click.echo(f"\n{found}")
    if folder is not None:
        click.echo(f"histories and logs: {folder}", err=True)
    if report is not None:
        write(page(outcome), report)
    if not outcome.ok:
        return FAILED
    return INTERRUPTED if outcome.interrupted else PASSED
