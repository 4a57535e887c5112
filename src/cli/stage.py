"""`crossfade stage`: where the groups stand, and their moves."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from crossfade.cli.options import Number, StoreOptions, as_json, chosen_group, group_option, store_options
from crossfade.contract.plural import several

if TYPE_CHECKING:
    from crossfade.dynamodb.layout import Layout
    from crossfade.migration.cutover import Cutover, MovePlan
    from crossfade.mysql.outbox import Entry

DONE, REFUSED = 0, 2
_LONGEST = 1000  # characters of why that `history` shows


@click.group()
def stage() -> None:
    """Where the groups of entities stand, and how they move on and back."""


@stage.command()
@store_options
@as_json
def show(stores: StoreOptions, *, as_json: bool) -> int:
    """Print where each group stands, what its outbox holds, and what speaks against the next move."""
    with _opened(stores) as (cutover, groups):
        standings, found = {group: cutover.standing(group) for group in groups}, {}
        for group in groups:
            found[group] = {
                **_standing(standings[group]),
                "outbox": asdict(cutover.depth(group)),
                "against": _against(cutover, group),
            }
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return DONE
    for group, of in found.items():
        changes = several(of["outbox"]["rows"], "change")
        click.echo(f"{group}: {standings[group]} (epoch {of['epoch']}), {changes} to carry over")
        for reason in of["against"]:
            click.echo(f"  before the next stage: {reason}")
    return DONE


_OPTIONS = (
    group_option,
    click.option("--why", default="", help="For the history."),
    click.option("--dry-run", is_flag=True, help="Print the move and what speaks against it."),
    click.option("--force", is_flag=True, help="Move against the reasons; needs --why."),
    as_json,
)


def _moves(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options of a move to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@stage.command()
@store_options
@click.option(
    "--comparisons", type=click.IntRange(1), default=10_000, show_default=True, help="Reads to compare before live."
)
@click.option(
    "--mismatches", type=Number(0, 100), default=0.1, show_default=True,
    help="Percent of them that may differ, or fail on DynamoDB, with 95 % confidence.",
)  # fmt: skip
@click.option("--share", type=click.IntRange(1, 99), help="Percent of its keys; all of them without.")
@_moves
def advance(stores: StoreOptions, *, comparisons: int, mismatches: float, **move: Any) -> int:
    """Move a group, or a share of its keys, to its next stage, if the evidence for it is there."""
    return _move("advance", stores, {"comparisons": comparisons, "mismatches": mismatches / 100}, **move)


@stage.command()
@store_options
@click.option(
    "--quiet", type=Number(0.05, 8), default=2.0, show_default=True,
    help="From live: seconds for which the streams must bring nothing, while writes are held.",
)  # fmt: skip
@click.option("--share", type=click.IntRange(0, 98), help="Percent of its keys that stay ahead; none without.")
@_moves
def rollback(stores: StoreOptions, *, quiet: float, **move: Any) -> int:
    """Move a group back to the stage before; where a share of its keys is one stage ahead, that share alone.

    From live, MySQL gets its authority again: writes are held until every change is there. Where that takes too long,
    or something cannot be synced back, nothing has changed.
    """
    return _move("rollback", stores, {}, quiet=quiet, **move)


@stage.command()
@store_options
@group_option
def release(stores: StoreOptions, *, group: str | None) -> int:
    """End what a move left that died: nothing is held any more, and both stores say where the group stands.

    Safe at any time: a move that is under way finds out, and changes nothing.
    """
    with _opened(stores) as (cutover, groups):
        chosen = chosen_group(group, groups)
        standing = cutover.release(chosen)
    click.echo(f"{chosen} stands at {standing} (epoch {standing.epoch}), and nothing is held")
    return DONE


def _move(
    name: str,
    stores: StoreOptions,
    limits: Mapping[str, Any],
    *,
    quiet: float = 2.0,
    group: str | None,
    share: int | None,
    why: str,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> int:
    if force and not why:
        raise click.UsageError("--force needs a reason, which is recorded: --why TEXT")
    with _opened(stores, limits, quiet=quiet) as (cutover, groups):
        chosen = chosen_group(group, groups)
        plan: MovePlan = getattr(cutover, name)(chosen, share)
        _print(plan, as_json=as_json)
        if dry_run or (plan.reasons and not force):
            return REFUSED if plan.reasons else DONE
        standing = cutover.make(plan, who=getpass.getuser(), why=why, forced=force)
    if not as_json:
        click.echo(f"{chosen} stands at {standing} (epoch {standing.epoch})")
    return DONE


@stage.command()
@store_options
@group_option
@as_json
def history(stores: StoreOptions, *, group: str | None, as_json: bool) -> int:
    """Print every move, with who made it, why, and the evidence."""
    from crossfade.migration.shown import visible  # noqa: PLC0415 - help needs no database driver

    with _opened(stores) as (cutover, groups):
        moves = cutover.history(chosen_group(group, groups))
    if as_json:
        shown = [{"at": m.at.isoformat(), "from": m.origin, **_standing(m.standing), **m.detail} for m in moves]
        click.echo(json.dumps(shown, indent=2))
        return DONE
    for m in moves:
        forced = ", forced" if m.detail["forced"] else ""
        who, why = (visible(m.detail[name], _LONGEST) for name in ("who", "why"))
        told = f"{forced}: {why}" if why else forced
        click.echo(f"{m.at:%Y-%m-%d %H:%M:%S} UTC {m.origin} -> {m.standing} by {who}{told}")
    return DONE


@contextmanager
def _opened(
    stores: StoreOptions, limits: Mapping[str, Any] | None = None, *, quiet: float = 2.0
) -> Iterator[tuple[Cutover, list[str]]]:
    from crossfade.app import open_stores  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.cutover import Cutover  # noqa: PLC0415 - as above
    from crossfade.migration.dual_write import Groups  # noqa: PLC0415 - as above
    from crossfade.migration.gates import Limits  # noqa: PLC0415 - as above
    from crossfade.migration.way_back import BackLimits  # noqa: PLC0415 - as above

    def clock() -> datetime:
        return datetime.now(UTC)

    with open_stores(**stores) as opened:
        shared, back = Groups.open(opened, clock), BackLimits(quiet=quiet)
        late = partial(_tell_late, opened.dynamodb.layout)
        cutover = Cutover(shared, clock, Limits(**limits or {}), back=back, late=late, unlooked=_tell_unlooked)
        yield cutover, list(opened.contract.groups)


def _tell_late(layout: Layout, entries: list[Entry]) -> None:
    """The keys that changed after MySQL had its authority again: to be looked at by whoever is in doubt."""
    from crossfade.migration.entries import describe  # noqa: PLC0415 - help needs no database driver
    from crossfade.migration.shown import visible  # noqa: PLC0415 - as above

    for entry in entries:
        click.echo(f"  changed meanwhile, and is what MySQL says: {visible(describe(layout, entry))}", err=True)


def _tell_unlooked(says: str) -> None:
    click.echo(f"  {says}\n  run `crossfade verify`, and `crossfade repair` for what it names", err=True)


def _against(cutover: Cutover, group: str) -> list[str]:
    from crossfade.migration.cutover import MoveRefused  # noqa: PLC0415 - help needs no database driver

    try:
        return list(cutover.advance(group).reasons)
    except MoveRefused as refused:
        return list(refused.reasons)


def _standing(standing: Any) -> dict[str, Any]:
    return {"stage": standing.stage.value, "epoch": standing.epoch, "ahead": standing.ahead}


def _print(plan: MovePlan, *, as_json: bool) -> None:
    if as_json:
        answer = {
            "group": plan.group, "from": plan.standing.stage, "to": plan.to, "from_ahead": plan.standing.ahead,
            "ahead": plan.ahead, "reasons": plan.reasons,
        }  # fmt: skip
        click.echo(json.dumps(answer, indent=2))
        return
    click.echo(f"{plan.group}: {plan.standing} -> {plan.after}")
    for reason in plan.reasons:
        click.echo(f"  against it: {reason}")
