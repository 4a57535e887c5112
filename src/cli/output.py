"""Where a command writes what it makes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def output_to(says: str) -> Callable[[Any], Any]:
    """The option that says where to write, with its help."""
    return click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=says)


output = output_to("Write here instead of to the terminal.")


def write(text: str, output: Path | None) -> None:
    """Write `text` to the terminal, or whole to a file: an interrupted write leaves the old file as it was."""
    if output is None:
        click.echo(text, nl=False)
        return
    part = output.with_name(output.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(output)
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
