"""`crossfade install` and `crossfade uninstall`: crossfade's own tables in MySQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from crossfade.cli.options import StoreOptions, as_json, store_options
from crossfade.cli.output import confirm
from crossfade.contract.plural import several

DONE, REFUSED = 0, 2

_FIRST = (
    "first roll back to mysql (`crossfade stage rollback`), or finish at dynamodb (`crossfade stage advance`) and open "
    'the applications anew with stage="dynamodb"; --force removes the tables all the same'
)

_dry_run = click.option("--dry-run", is_flag=True, help="Print the statements alone.")


@click.command()
@store_options
@_dry_run
@as_json
def install(stores: StoreOptions, *, dry_run: bool, as_json: bool) -> int:
    """Make crossfade's own tables in MySQL: where each group stands, the outbox, the history.

    Says the statements first. What is there already is left. From then on an application that is opened with the stage
    `installed` follows `crossfade stage`. Exit code: 0 done, 2 refused.
    """
    from crossfade.app import open_mysql  # noqa: PLC0415 - help needs no database driver
    from crossfade.mysql.install import create_ddl, install, missing  # noqa: PLC0415 - as above

    store = open_mysql(**stores)
    try:
        statements = create_ddl(store.engine, missing(store.engine))
        _say(statements, as_json=as_json)
        if not dry_run:
            install(store.engine, list(store.contract.groups), datetime.now(UTC))
    finally:
        store.close()
    if not as_json and not dry_run:
        click.echo("done" if statements else "nothing to do")
    return DONE


@click.command()
@store_options
@_dry_run
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Although a group is in the middle of a move, or changes wait.")
@as_json
def uninstall(stores: StoreOptions, *, dry_run: bool, yes: bool, force: bool, as_json: bool) -> int:
    """Remove crossfade's own tables from MySQL, at the end of a move, or where it has not begun.

    Applications that are opened with stage="installed" have to be opened anew before: with stage="dynamodb" at the end
    of a move, with stage="mysql" where it has not begun. Asks for a sentence to be typed, unless --yes is given.

    Refused while a group is between the first stage and the last, or changes still wait to be carried over.
    Exit code: 0 done, 2 refused.
    """
    from crossfade.app import open_mysql  # noqa: PLC0415 - help needs no database driver
    from crossfade.mysql.install import drop_ddl, obstacles, present, uninstall  # noqa: PLC0415 - as above

    store = open_mysql(**stores)
    try:
        tables = present(store.engine)
        against = obstacles(store.engine, list(store.contract.groups))
        if against and not force:
            raise click.ClickException(f"{'; '.join(against)}: {_FIRST}")
        _say(drop_ddl(store.engine, tables), as_json=as_json)
        if not dry_run and tables:
            if not yes:
                confirm(f"delete {several(len(tables), 'table')}", "--yes")
            uninstall(store.engine)
    finally:
        store.close()
    if not as_json and not dry_run:
        click.echo("done" if tables else "nothing to do")
    return DONE


def _say(statements: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"statements": statements}, indent=2))
    elif statements:
        click.echo("\n".join(statements))
