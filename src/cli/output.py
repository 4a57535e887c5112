"""Where a command writes what it makes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from crossfade.migration.private import write_whole


def output_to(says: str) -> Callable[[Any], Any]:
    """The option that says where to write, with its help."""
    return click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=says)


output = output_to("Write here instead of to the terminal.")


def write(text: str, output: Path | None) -> None:
    """Write `text` to the terminal, or to a file; see `write_whole`."""
    if output is None:
        click.echo(text, nl=False)
        return
    write_whole(text, output)
    click.echo(f"wrote {output}", err=True)


def confirm(sentence: str, unasked: str) -> None:
    """Have a sentence typed before something is deleted.

    Args:
        sentence: what is to be typed.
        unasked: the option that deletes without asking.

    Raises:
        ClickException: there is no terminal, or the answer is another one.
    """
    if not sys.stdin.isatty():
        raise click.ClickException(f"there is no terminal to ask at: {unasked} deletes without asking")
    if click.prompt(f"Type {sentence!r} to go on", err=True, default="", show_default=False) != sentence:
        raise click.ClickException("nothing is deleted")
