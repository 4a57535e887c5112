"""The shop moves from MySQL to DynamoDB while it is used: `python -m examples.shop.demo`, in about a minute.

No server is needed: SQLite stands in for MySQL, and a process of its own for DynamoDB. What is done to them is
`crossfade rehearse`, as it would be to real ones.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from crossfade.cli.main import main as crossfade
from crossfade.contract import load
from crossfade.embedded import embedded_sqlite, shared_dynamodb
from crossfade.settings import Settings
from examples.shop.shop import CONTRACT

REPORT = Path("demo.html")
LOAD = ("--writers", "4", "--processes", "2", "--pace", "3", "--rows", "10")
COURSE = ("--seconds", "36", "--moves", "7", "--finish", "--comparisons", "5")
FAULTS = ("--kill-every", "20", "--stall", "4", "--stall-every", "18")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), default=REPORT, show_default=True)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(report: Path, options: tuple[str, ...]) -> None:
    """Move the shop, under load. OPTIONS are those of `crossfade rehearse`. The exit code is its own."""
    with tempfile.TemporaryDirectory(prefix="crossfade-") as folder, shared_dynamodb() as way:
        url = embedded_sqlite(load(CONTRACT), Settings(embedded_path=folder))
        os.environ |= way
        stores = ("--contract", str(CONTRACT), "--mysql-url", url)
        crossfade(["rehearse", *stores, *LOAD, *COURSE, *FAULTS, "--report", str(report), *options])


if __name__ == "__main__":
    main()
