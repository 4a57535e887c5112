"""The calendars' table: `python -m examples.calendsync.deploy` makes it, `--destroy` deletes it.

Everything is done by `crossfade tables apply` and `destroy`, which show their plan first; here are the options and the
defaults of calendsync's own command.
"""

from __future__ import annotations

import os

import click

from crossfade.cli.main import main as crossfade
from examples.calendsync.environment import default_region
from examples.calendsync.service import CONTRACT


def arguments(*, destroy: bool, force: bool, dry_run: bool, table_name: str | None) -> list[str]:
    """The arguments of `crossfade` that do what the options of this command say."""
    contract = os.environ.get("CROSSFADE_CONTRACT") or str(CONTRACT)
    chosen = ["tables", "destroy" if destroy else "apply", "--contract", contract]
    chosen += ["--table-names", table_name] if table_name else []
    chosen += ["--force"] if destroy and force else []
    return [*chosen, "--dry-run"] if dry_run else chosen


@click.command()
@click.option("--table-name", help="Another name for the table; the application needs it as CROSSFADE_TABLE_NAMES.")
@click.option("--destroy", is_flag=True, help="Delete the table with all that is in it.")
@click.option("--force", is_flag=True, help="Do not ask. Making a table never asks: nothing is lost by it.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
def main(table_name: str | None, *, destroy: bool, force: bool, dry_run: bool) -> None:
    """Make the calendars' table as its contract has it, with every index, and wait until it is active.

    What is right already is left, so it can be repeated. The endpoint is AWS_ENDPOINT_URL's, the region AWS_REGION's or
    AWS_PROFILE's, else us-east-1; the keys are those of the environment, the profile or the role.
    """
    default_region()
    crossfade(arguments(destroy=destroy, force=force, dry_run=dry_run, table_name=table_name))


if __name__ == "__main__":
    main()
