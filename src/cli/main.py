"""The `crossfade` command."""

from __future__ import annotations

import sys
from importlib.metadata import version

import click

from crossfade.cli.contract import contract
from crossfade.contract.errors import CrossfadeError

CANNOT_RUN = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("crossfade"), prog_name="crossfade")
def cli() -> None:
    """Run one application on MySQL and on DynamoDB, and move it from one to the other."""


cli.add_command(contract)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; an error is one message on standard error and exit code 2, never a traceback."""
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
    sys.exit(outcome if isinstance(outcome, int) else 0)
