"""The shop's migration, rehearsed on MySQL and DynamoDB Local in containers: `python -m examples.shop.rehearse`.

What is run is the `crossfade` command, as a team runs it on its own servers before production.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from examples.chinook.walk import servers
from examples.shop.shop import CONTRACT
from tests.images.engine import SetupError
from tests.integration.servers import load_schema

REPORT = Path("rehearsal.html")
LOAD = ("--writers", "8", "--processes", "2", "--pace", "1.5", "--rows", "20", "--comparisons", "5")
COURSE = ("--seconds", "180", "--moves", "30", "--top", "live", "--quiet", "0.1")
"""DynamoDB Local's streams bring a change as soon as it is made."""
FAULTS = ("--kill-every", "5", "--stall", "20", "--stall-every", "60")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), default=REPORT, show_default=True)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(report: Path, options: tuple[str, ...]) -> None:
    """Rehearse in containers. OPTIONS are those of `crossfade rehearse`. The exit code is its own."""
    try:
        with servers(keep=False) as (mysql, dynamodb), mysql.database() as url:
            load_schema(url, CONTRACT.with_name("schema.sql"))
            given = ("--contract", str(CONTRACT), "--report", str(report), *LOAD, *COURSE, *FAULTS, *options)
            command = [str(Path(sys.executable).with_name("crossfade")), "rehearse", *given]
            settings = {"CROSSFADE_MYSQL_URL": url, **dynamodb.environment()}
            code = subprocess.run(command, env=os.environ | settings, check=False).returncode  # noqa: S603 - our own
    except SetupError as error:
        click.echo(f"rehearse: {error}", err=True)
        code = 2
    sys.exit(code)


if __name__ == "__main__":
    main()
