"""`crossfade relay`: carry over what writers could not, and back what DynamoDB alone has."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from crossfade.cli.options import Number, StoreOptions, as_json, store_options
from crossfade.cli.signals import ending

if TYPE_CHECKING:
    from crossfade.migration.dual_write import Groups
    from crossfade.migration.relaying import Turn
    from crossfade.mysql.outbox import Entry, Failing
    from crossfade.mysql.parked import Parked

DONE, FAILING = 0, 1


@click.command()
@store_options
@click.option("--group", "groups", multiple=True, help="Only this group; may be repeated.")
@click.option(
    "--once", is_flag=True,
    help="End when nothing is due any more, instead of waiting for more; what is left to its writer is waited for.",
)  # fmt: skip
@click.option("--interval", type=Number(0.01), default=0.5, show_default=True, help="Seconds between looks.")
@click.option("--batch", type=click.IntRange(1, 1000), default=100, show_default=True, help="Rows taken at a time.")
@click.option(
    "--anew", is_flag=True,
    help="Forget how far the streams were read: after changes were lost, and `crossfade backfill --reverse`.",
)  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="Print what could not be carried over, and why, and end.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="With --list: rows of a group.")
@as_json
def relay(
    stores: StoreOptions,
    *,
    groups: tuple[str, ...],
    once: bool,
    interval: float,
    batch: int,
    anew: bool,
    listed: bool,
    limit: int,
    as_json: bool,
) -> int:
    """Carry the outbox over to DynamoDB, and from live on DynamoDB's changes back to MySQL, until it is interrupted.

    Any number may run at once; one that dies leaves its rows to the others. What cannot be carried over is tried again
    later and later, and told. Exit code: 0 ended or interrupted; with --once or --list, 1 where something could not be
    carried over; 2 cannot run.
    """
    from crossfade.app import open_stores  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.dual_write import Groups  # noqa: PLC0415 - as above
    from crossfade.mysql.transaction import read  # noqa: PLC0415 - as above

    with open_stores(**stores) as opened:
        shared = Groups.open(opened, _now)
        for name in groups:
            if name not in shared.outboxes:
                raise click.UsageError(f"no group {name!r}; there are {', '.join(shared.outboxes)}")
        read(opened.mysql.engine, shared.rows.look)  # says what to do where crossfade is not installed
        chosen = list(groups or shared.outboxes)
        if listed:
            return _list(shared, chosen, limit, as_json=as_json)
        failed = _run(shared, chosen, once=once, interval=interval, batch=batch, anew=anew, as_json=as_json)
    return FAILING if once and failed else DONE


def _run(
    shared: Groups, groups: list[str], *, once: bool, interval: float, batch: int, anew: bool, as_json: bool
) -> bool:
    """Relay until nothing is due or somebody interrupts; whether something could not be carried over."""
    from crossfade.dal.instruments import Watching  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.relaying import Relaying, Turn  # noqa: PLC0415 - as above
    from crossfade.migration.stop import Stop  # noqa: PLC0415 - as above
    from crossfade.migration.watched import WatchedGroups  # noqa: PLC0415 - as above
    from crossfade.mysql.outbox import GRACE  # noqa: PLC0415 - as above
    from crossfade.mysql.transaction import read  # noqa: PLC0415 - as above

    stop, last, failed, waited = Stop(threading.Event()), Turn(), False, False
    watched = WatchedGroups(shared, lambda: read(shared.stores.mysql.engine, shared.rows.look))
    with ending(stop), Watching(watched), Relaying(shared, groups, _now, batch=batch, anew=anew) as relaying:
        while not stop.event.is_set():
            turn = relaying.turn()
            failed = failed or bool(turn.every_error)
            _tell(turn, last, as_json=as_json)
            last = turn
            if turn.moved:
                continue
            if once and (waited or not relaying.fresh()):
                break
            stop.event.wait(GRACE.total_seconds() if once else interval)
            waited = True
    return failed


def _list(shared: Groups, groups: list[str], limit: int, *, as_json: bool) -> int:
    from crossfade.migration.shown import visible  # noqa: PLC0415 - help needs no database driver
    from crossfade.mysql.parked import Parking  # noqa: PLC0415 - as above

    found = [_failing(shared, group, row) for group in groups for row in shared.outboxes[group].failing(limit)]
    engine = shared.stores.mysql.engine
    found += [_parked(shared, group, of) for group in groups for of in Parking(engine, group, _now).all(limit)]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    for of in () if as_json else found:
        tries = f"{of['attempts']} tries since {of['since']}, again at {of['again']}"
        click.echo(f"{of['group']} {of['id']}: {of['kind']} {visible(of['what'])}: {tries}\n  {visible(of['error'])}")
    return FAILING if found else DONE


def _failing(shared: Groups, group: str, failing: Failing) -> dict[str, Any]:
    """A row of the outbox that could not be carried over."""
    entry = failing.row.entry
    return {
        "group": group, "id": str(failing.row.id), "kind": entry.kind, **_what(shared, entry),
        "attempts": failing.row.attempts, "since": failing.created_at.isoformat(),
        "again": failing.due_at.isoformat(), "error": failing.error,
    }  # fmt: skip


def _parked(shared: Groups, group: str, parked: Parked) -> dict[str, Any]:
    """An entity that could not be synced back."""
    from crossfade.mysql.outbox import Entry  # noqa: PLC0415 - help needs no database driver

    entry = Entry("entity", {"entity": parked.entity, "owner": parked.detail["key"]})
    return {
        "group": group, "id": parked.place[:12], "kind": "back", **_what(shared, entry),
        "attempts": parked.attempts, "since": parked.first_at.isoformat(),
        "again": parked.due_at.isoformat(), "error": parked.detail["reason"],
    }  # fmt: skip


def _what(shared: Groups, entry: Entry) -> dict[str, str]:
    from crossfade.migration.entries import describe  # noqa: PLC0415 - help needs no database driver

    return {"what": describe(shared.stores.dynamodb.layout, entry)}


def _tell(turn: Turn, last: Turn, *, as_json: bool) -> None:
    there, back = turn.there, turn.back
    same = turn.every_error == last.every_error  # what is tried over and over is told once
    if not there.taken and not back.taken and same:
        return
    if as_json:
        click.echo(json.dumps(asdict(turn)))
        return
    if there.taken:
        click.echo(f"{there.carried} carried over" + (f", {there.failed} not" if there.failed else ""), err=True)
    if back.taken:
        done = back.written + back.deleted + back.same
        click.echo(f"{done} synced back" + (f", {back.parked} not" if back.parked else ""), err=True)
    for error in () if same else turn.every_error:
        click.echo(f"  {error}", err=True)


def _now() -> datetime:
    return datetime.now(UTC)
