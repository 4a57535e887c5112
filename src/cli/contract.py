"""`crossfade contract`: check, schema, docs, lock, generate."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from crossfade.contract import Finding, SourceSchema, lint, load, lock
from crossfade.contract.docs import data_model
from crossfade.contract.errors import ContractError, CrossfadeError
from crossfade.contract.generate import generate_module

CLEAN, FINDINGS = 0, 1

contract_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
mysql_url = click.option("--mysql-url", envvar="CROSSFADE_MYSQL_URL", help="The live MySQL database.")
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
output = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of to the terminal."
)


@click.group()
def contract() -> None:
    """Check a migration contract, and make things from it."""


@contract.command()
@contract_file
@mysql_url
@as_json
def check(file: Path, mysql_url: str | None, as_json: bool) -> int:
    """Find what is wrong in the contract FILE.

    With --mysql-url also what does not fit the live database. Findings are errors and warnings; what is only
    worth knowing (info) is told and does not count. Exit code: 0 clean, 1 findings, 2 cannot read.
    """
    try:
        loaded = load(file)
        schema, statistics = _live(mysql_url, loaded) if mysql_url else (None, None)
        findings = lint(loaded, schema, statistics)
    except CrossfadeError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"file": str(file), "error": str(error), "problems": _problems(error)}, indent=2))
        return 2
    counted = [f for f in findings if f.severity != "info"]
    click.echo(_as_json(file, findings) if as_json else _as_text(file, findings))
    return FINDINGS if counted else CLEAN


@contract.command()
def schema() -> None:
    """Print the JSON Schema of contracts, for editors."""
    click.echo(files("crossfade.contract").joinpath("schema.json").read_text(encoding="utf-8"), nl=False)


@contract.command()
@contract_file
@output
def docs(file: Path, output: Path | None) -> None:
    """Print the data model of the contract FILE as a Markdown page.

    Tables, keys, access patterns with the index that serves each, sizes, and an entity diagram in Mermaid.
    """
    _write(data_model(load(file)), output)


@contract.command(name="lock")
@contract_file
@click.option("--mysql-url", envvar="CROSSFADE_MYSQL_URL", required=True, help="The live MySQL database.")
@output
@click.option("--dry-run", is_flag=True, help="Print the locked contract, change nothing.")
def lock_(file: Path, mysql_url: str, output: Path | None, dry_run: bool) -> None:
    """Write the column types of the live MySQL into the contract FILE, so that reading it needs no MySQL."""
    load(file)  # a contract with problems is told as such, before a server is asked
    locked = lock(json.loads(file.read_text(encoding="utf-8")), _reflect(mysql_url))
    text = json.dumps(locked, indent=2, ensure_ascii=False) + "\n"
    _write(text, None if dry_run else output or file)


@contract.command()
@contract_file
@output
def generate(file: Path, output: Path | None) -> None:
    """Print typed dataclasses and repositories for the contract FILE as a Python module."""
    _write(generate_module(load(file)), output)


def _reflect(url: str) -> SourceSchema:
    from crossfade.mysql import reflect_url  # noqa: PLC0415 - only commands that ask a server load its driver

    return reflect_url(url)


def _live(url: str, loaded: Any) -> tuple[SourceSchema, Any]:
    from crossfade.mysql import measure_url  # noqa: PLC0415 - as above

    return measure_url(url, loaded)


def _problems(error: CrossfadeError) -> list[dict[str, str]]:
    return [asdict(p) for p in error.problems] if isinstance(error, ContractError) else []


def _as_json(file: Path, findings: tuple[Finding, ...]) -> str:
    return json.dumps({"file": str(file), "findings": [asdict(f) for f in findings]}, indent=2, ensure_ascii=False)


def _as_text(file: Path, findings: tuple[Finding, ...]) -> str:
    lines = [
        f"{f.code} {f.severity:7} {f.path}: {f.message}" + (f"\n      {f.hint}" if f.hint else "") for f in findings
    ]
    counts = {s: sum(f.severity == s for f in findings) for s in ("error", "warning", "info")}
    told = ", ".join(f"{n} {s}{'s' * (n != 1 and s != 'info')}" for s, n in counts.items() if n)
    if not counts["error"] and not counts["warning"]:
        told = f"clean ({told})" if told else "clean"
    return "\n".join([*lines, f"{file}: {told}"])


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    # Written aside and moved, so that an interrupted write leaves the old file whole.
    part = output.with_name(output.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(output)
    click.echo(f"wrote {output}", err=True)
