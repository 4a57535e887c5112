"""The `crossfade` command."""

from __future__ import annotations

import io
import sys
import traceback
from importlib.metadata import version

import click

from crossfade.cli.backfill import backfill
from crossfade.cli.contract import contract
from crossfade.cli.cost import cost
from crossfade.cli.install import install, uninstall
from crossfade.cli.rehearse import rehearse
from crossfade.cli.relay import relay
from crossfade.cli.repair import repair_
from crossfade.cli.seed import seed
from crossfade.cli.shadow import shadow
from crossfade.cli.stage import stage
from crossfade.cli.tables import tables
from crossfade.cli.verify import verify
from crossfade.contract.errors import CrossfadeError

CANNOT_RUN = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("crossfade"), prog_name="crossfade")
@click.option("--log-json", is_flag=True, help="Log to standard error what happens, one JSON object a line.")
@click.pass_context
def cli(context: click.Context, *, log_json: bool) -> None:
    """Run one application on MySQL and on DynamoDB, and move it from one to the other."""
    if log_json:
        from crossfade.logs import json_logs  # noqa: PLC0415 - only where asked for

        context.with_resource(json_logs(sys.stderr))


cli.add_command(contract)
cli.add_command(cost)
cli.add_command(tables)
cli.add_command(seed)
cli.add_command(backfill)
cli.add_command(verify)
cli.add_command(repair_)
cli.add_command(install)
cli.add_command(stage)
cli.add_command(relay)
cli.add_command(shadow)
cli.add_command(rehearse)
cli.add_command(uninstall)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; an error is one message on standard error and exit code 2, a bug a traceback and exit code 2.

    Python's own exit code for a traceback is 1, which says of several commands that they ran, and found something.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding has no character for is written as its escape, rather than not at all.
            stream.reconfigure(errors="backslashreplace")
    try:
        outcome = cli.main(arguments, prog_name="crossfade", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(CANNOT_RUN)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except (CrossfadeError, OSError) as error:
        click.echo(f"crossfade: {error}", err=True)
        sys.exit(CANNOT_RUN)
    except Exception:  # noqa: BLE001 - whatever it is, it is told whole
        traceback.print_exc()
        click.echo("crossfade: this is an error in crossfade itself", err=True)
        sys.exit(CANNOT_RUN)
    sys.exit(outcome if isinstance(outcome, int) else 0)
