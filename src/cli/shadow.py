"""`crossfade shadow`: what compared reads saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from crossfade.cli.options import StoreOptions, as_json, chosen_group, group_option, store_options

if TYPE_CHECKING:
    from crossfade.mysql import MySQLStore

DONE, DIFFERENT = 0, 1


@click.group()
def shadow() -> None:
    """What the other store answered where the stage compares reads."""


def _since(name: str, says: str) -> Callable[..., Any]:
    formats = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
    return click.option(name, type=click.DateTime(formats), help=says, metavar="TIME")


@shadow.command()
@store_options
@group_option
@_since("--since", "Only what was seen from then on, UTC; default: since the group's last move.")
@click.option("--examples", type=click.IntRange(0), default=20, show_default=True, help="Mismatches to show.")
@as_json
def report(stores: StoreOptions, *, group: str | None, since: datetime | None, examples: int, as_json: bool) -> int:
    """Print how many reads were compared, how they ended, and the last that differed.

    Sensitive values are left out. Exit code: 0 none differed, 1 some did, 2 cannot run.
    """
    from crossfade.migration.seen import see, seen_json  # noqa: PLC0415 - help needs no database driver

    with _opened(stores) as store:
        chosen = chosen_group(group, list(store.contract.groups))
        seen = see(store, chosen, None if since is None else since.replace(tzinfo=UTC), examples)
    if as_json:
        click.echo(seen_json(seen))
    else:
        from crossfade.cli.shadow_text import print_seen  # noqa: PLC0415 - as above

        print_seen(seen, Console())
    return DIFFERENT if seen.total.mismatch else DONE


@shadow.command()
@store_options
@group_option
@_since("--before", "Only what was seen before then, UTC.")
def forget(stores: StoreOptions, *, group: str | None, before: datetime | None) -> int:
    """Delete what was seen, as after a repair: the next move is decided by what is seen from now on."""
    from crossfade.mysql.observations import MySQLObservations  # noqa: PLC0415 - help needs no database driver

    with _opened(stores) as store:
        chosen = chosen_group(group, list(store.contract.groups))
        observations = MySQLObservations(store.engine)
        observations.forget(chosen, None if before is None else before.replace(tzinfo=UTC))
    click.echo(f"{chosen}: forgotten")
    return DONE


@contextmanager
def _opened(stores: StoreOptions) -> Iterator[MySQLStore]:
    from crossfade.app import open_mysql  # noqa: PLC0415 - help needs no database driver

    store = open_mysql(**stores)
    try:
        yield store
    finally:
        store.close()
