"""`crossfade backfill`: copy MySQL's rows into DynamoDB."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crossfade.cli.options import Number, StoreOptions, as_json, store_options
from crossfade.cli.signals import INTERRUPTED, ending
from crossfade.contract.plural import several

if TYPE_CHECKING:
    from crossfade.migration.events import Event
    from crossfade.migration.options import BackfillOptions, BackfillResult
    from crossfade.migration.stop import Stop

COMPLETE, STOPPED, DEAD_LETTERS = 0, 2, 3
CHECKPOINT, REVERSE_CHECKPOINT = ".crossfade/backfill.json", ".crossfade/reverse.json"

_FORWARD_ALONE = ("processes", "offline", "max_write_units", "chunk_seconds")
_REVERSE_ALONE = ("with_triggers",)

_file = click.Path(dir_okay=False, path_type=Path)
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--entity", "entities", multiple=True, help="Copy this entity; may be repeated. Default: every one."),
    click.option("--group", "groups", multiple=True, help="Copy the entities of this group; may be repeated."),
    click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Threads that copy."),
    click.option("--processes", type=click.IntRange(0, 64), default=0, help="Copy by processes, instead of threads."),
    click.option("--offline", is_flag=True,
                 help="Nobody writes either store: write without looking, into empty tables."),
    click.option("--max-write-units", type=Number(0, min_open=True), help="Write units a second at most."),
    click.option("--max-threads-running", type=click.IntRange(1), default=50, show_default=True,
                 help="Pause while the source runs more statements at a time."),
    click.option("--max-replica-lag", type=Number(0), default=10.0, show_default=True,
                 help="Pause while the source, being a replica, is more seconds behind."),
    click.option("--give-up-after", type=Number(0), default=600.0, show_default=True,
                 help="Seconds for which a store is tried again that does not answer, or refuses for load."),
    click.option("--chunk-seconds", type=Number(0, min_open=True), default=1.0, show_default=True,
                 help="How long a chunk should take; its rows follow."),
    click.option("--chunk-rows", type=click.IntRange(1), default=4000, show_default=True,
                 help="Rows of a chunk at most; with --reverse, items of a page, of at most 200."),
    click.option("--checkpoint", default=CHECKPOINT, show_default=True,
                 help="How far the run has come: a file, or dynamodb:NAME for an item in the control table. "
                 f"With --reverse: {REVERSE_CHECKPOINT}."),
    click.option("--restart", is_flag=True, help="Begin at the first row, whatever the checkpoint holds."),
    click.option("--take-over", is_flag=True, help="Take a dynamodb: checkpoint from a run that died."),
    click.option("--log", type=_file, help="What happened, as lines of JSON. Default: beside the checkpoint."),
    click.option("--dead-letters", type=_file, help="The rows that cannot be copied. Default: beside the checkpoint."),
    click.option("--reverse", is_flag=True,
                 help="The way back: make MySQL's rows from DynamoDB's items. --offline, --processes, "
                 "--max-write-units and --chunk-seconds mean nothing to it."),
    click.option("--with-triggers", is_flag=True, help="With --reverse: insert into tables whose triggers will fire."),
    click.option("--dry-run", is_flag=True, help="Only say what would be done, what it takes and what it costs."),
)  # fmt: skip


def _backfill_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@store_options
@_backfill_options
@as_json
def backfill(
    stores: StoreOptions, as_json: bool, dry_run: bool, reverse: bool, with_triggers: bool, **given: Any
) -> int:
    """Copy the rows of MySQL into DynamoDB; with --reverse, DynamoDB's items into MySQL.

    Only what is absent is written: never over what live traffic wrote, nor what it deleted. Whatever ends a run,
    kill -9 included, the same command goes on where it ended, and repeats one chunk a worker at most. Ctrl-C ends it
    after the chunks in flight; a second one at once.

    While it runs, the file beside the checkpoint whose name ends in .knobs.json is read whenever it changes:
    {"max_write_units": 500, "workers": 2, "paused": false}. What it does not name is as the options say; bad content
    is reported and ignored.

    With --reverse, what is written meanwhile comes to MySQL by the relay alone, and what is deleted meanwhile may be
    left as a row, which `verify --reverse` calls extra. What MySQL cannot hold is listed with the dead letters,
    never changed to fit; with --dry-run, the exit code is 2 where the run may not begin.

    Exit code: 0 every row copied; 3 so, but for those in the dead-letter file; 2 cannot run, or stopped by an error;
    130 interrupted.
    """
    from crossfade.app import open_stores  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.backfill import backfill as forward  # noqa: PLC0415 - as above
    from crossfade.migration.reverse import backfill_reverse  # noqa: PLC0415 - as above
    from crossfade.migration.stop import Stop  # noqa: PLC0415 - as above

    _check_direction(reverse=reverse)
    if reverse and not _given("checkpoint"):
        given["checkpoint"] = REVERSE_CHECKPOINT
    run = partial(backfill_reverse, with_triggers=with_triggers) if reverse else forward
    options = _options(given, partial(open_stores, **stores))
    with open_stores(**stores) as opened:
        if dry_run:
            from crossfade.cli.backfill_plan import plan, reverse_plan  # noqa: PLC0415 - as above

            if not reverse:
                click.echo(plan(opened, options, as_json=as_json))
                return COMPLETE
            may_begin, text = reverse_plan(opened, options, with_triggers=with_triggers, as_json=as_json)
            click.echo(text)
            return COMPLETE if may_begin else STOPPED
        stop = Stop(_event(options))
        with ending(stop), _told(stop, "items" if reverse else "rows", as_json=as_json) as told:
            result = run(opened, options, told, stop=stop)
    return _answer(result, options, "item" if reverse else "row", as_json=as_json)


def _check_direction(*, reverse: bool) -> None:
    """Raise UsageError where an option was given that means nothing in this direction."""
    useless = _FORWARD_ALONE if reverse else _REVERSE_ALONE
    found = [f"--{name.replace('_', '-')}" for name in useless if _given(name)]
    if found:
        raise click.UsageError(f"{'with' if reverse else 'without'} --reverse these mean nothing: {', '.join(found)}")


def _given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source not in {None, click.core.ParameterSource.DEFAULT}


def _options(given: dict[str, Any], opener: Callable[[], Any]) -> BackfillOptions:
    from crossfade.migration.chunk import Sizes  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.options import BackfillOptions  # noqa: PLC0415 - as above
    from crossfade.mysql.pressure import Limits  # noqa: PLC0415 - as above

    most = given.pop("chunk_rows")
    return BackfillOptions(
        sizes=Sizes(seconds=given.pop("chunk_seconds"), first=min(100, most), least=min(10, most), most=most),
        limits=Limits(given.pop("max_threads_running"), given.pop("max_replica_lag")),
        opener=opener,
        **given,
    )


def _event(options: BackfillOptions) -> Any:
    if not options.processes:
        return threading.Event()
    import multiprocessing  # noqa: PLC0415 - only where asked for

    return multiprocessing.get_context("spawn").Event()


# ---------------------------------------------------------------------------------------------------- telling


class _JsonLines:
    """Tells events as lines of JSON; ends the run, in its own time, when nobody reads them any more."""

    def __init__(self, stop: Stop) -> None:
        self._stop, self._closed = stop, False

    def __call__(self, event: Event) -> None:
        from crossfade.migration.events import as_json as to_json  # noqa: PLC0415 - help needs no database driver

        if self._closed:
            return
        try:
            sys.stdout.write(json.dumps(to_json(event), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        except OSError as error:
            self._closed = True
            self._stop.event.set()
            # What is still in the buffer would be tried again at the exit, and fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo(f"crossfade: the output cannot be written ({error.strerror}): ending", err=True)


def _told(stop: Stop, unit: str, *, as_json: bool) -> AbstractContextManager[Callable[[Event], None]]:
    """Tells events: as lines of JSON, or to somebody who watches."""
    from crossfade.cli.backfill_view import View  # noqa: PLC0415 - help needs no database driver

    return nullcontext(_JsonLines(stop)) if as_json else View(unit)


def _answer(result: BackfillResult, options: BackfillOptions, what: str, *, as_json: bool) -> int:
    """Say how it ended, and what to do next."""
    total = result.counts
    if not as_json:
        if result.already:
            click.echo(f"complete already, says {options.checkpoint}; begin anew with --restart")
        by = "by earlier runs: " if result.already else ""
        click.echo(
            f"{by}{several(total.rows, what)}: {total.written:,} written, {total.present:,} present, "
            f"{total.expired:,} expired, {several(total.dead, 'dead letter')}"
        )
    if result.dead_letters is not None:
        click.echo(f"crossfade: {what}s that cannot be copied, with reasons: {result.dead_letters}", err=True)
    if result.status != "complete":
        why = "interrupted" if result.error is None else str(result.error)
        click.echo(f"crossfade: {why}", err=True)
        click.echo(f"crossfade: the same command goes on where this run ended ({options.checkpoint})", err=True)
        return INTERRUPTED if result.error is None else STOPPED
    return DEAD_LETTERS if result.counts.dead else COMPLETE
