"""`crossfade contract`: check, schema, docs, lock, generate."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from crossfade.cli.output import output, output_to, write
from crossfade.contract import Contract, Finding, SourceSchema, lint, load, lock
from crossfade.contract.docs import data_model
from crossfade.contract.errors import ContractError, CrossfadeError
from crossfade.contract.generate import generate_module
from crossfade.contract.guide import guide
from crossfade.contract.plural import several

CLEAN, FINDINGS = 0, 1

contract_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_MYSQL = "The live MySQL database, mysql://user@host:3306/name (or CROSSFADE_MYSQL_URL)."
mysql_url = click.option("--mysql-url", envvar="CROSSFADE_MYSQL_URL", help=_MYSQL)
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@click.group()
def contract() -> None:
    """Check a migration contract, and make things from it."""


@contract.command()
@contract_file
@mysql_url
@as_json
def check(file: Path, mysql_url: str | None, as_json: bool) -> int:
    """Find what is wrong in the contract FILE.

    With --mysql-url, or where CROSSFADE_MYSQL_URL is set, also what does not fit the live database. Findings are
    errors and warnings; what is only worth knowing (info) is told and does not count. Exit code: 0 clean, 1 findings,
    2 cannot read.
    """
    try:
        loaded = _load(file, mysql_url)
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
@click.option("--page", type=click.Choice(["model", "guide"]), default="model", show_default=True, help="Which one.")
@output
def docs(file: Path, page: str, output: Path | None) -> None:
    """Print a Markdown page about the contract FILE.

    model: tables, keys, access patterns with the index that serves each, sizes, and an entity diagram in Mermaid.

    guide: what DynamoDB does otherwise, what it costs, what calls take and where many of them meet, troubleshooting.
    """
    made = load(file)
    write(guide(made) if page == "guide" else data_model(made), output)


@contract.command(name="lock")
@contract_file
@click.option("--mysql-url", envvar="CROSSFADE_MYSQL_URL", required=True, help=_MYSQL)
@output_to("Write here instead of into FILE.")
@click.option("--dry-run", is_flag=True, help="Print the locked contract, change nothing.")
def lock_(file: Path, mysql_url: str, output: Path | None, dry_run: bool) -> None:
    """Write the column types of the live MySQL into the contract FILE, so that reading it needs no MySQL.

    The whole FILE is written anew, two spaces a level: it keeps no other layout.
    """
    _load(file, mysql_url)
    locked = lock(json.loads(file.read_text(encoding="utf-8")), _reflect(mysql_url))
    text = json.dumps(locked, indent=2, ensure_ascii=False) + "\n"
    write(text, None if dry_run else output or file)


@contract.command()
@contract_file
@output
def generate(file: Path, output: Path | None) -> None:
    """Print typed dataclasses and repositories for the contract FILE as a Python module."""
    write(generate_module(load(file)), output)


@contract.command()
@contract_file
@click.argument("entity")
@output
def codec(file: Path, entity: str, output: Path | None) -> None:
    """Print what is compiled for ENTITY of the contract FILE: from DynamoDB's item to the record, and back."""
    from crossfade.dynamodb.codec import Codec  # noqa: PLC0415 - the other verbs load no boto3
    from crossfade.dynamodb.compiled import decoder, encoder  # noqa: PLC0415 - as above

    loaded = load(file)
    if entity not in loaded.entities:
        raise click.UsageError(f"there is no entity {entity}; there are {', '.join(loaded.entities)}")
    made = Codec(loaded, loaded.entities[entity])
    write(f"# From an item.\n{decoder(made).text}\n\n# To an item, but for its keys.\n{encoder(made).text}", output)


def _load(file: Path, url: str | None) -> Contract:
    """The contract. Its problems are told before a server is asked, unless the server's types resolve them."""
    try:
        return load(file)
    except ContractError as error:
        if url is None:
            raise
        try:
            schema = _reflect(url)
        except CrossfadeError:
            raise error from None
        return load(file, schema=schema)


def _reflect(url: str) -> SourceSchema:
    from crossfade.mysql import reflect_url  # noqa: PLC0415 - only commands that ask a server load its driver

    return reflect_url(url, password=_password())


def _live(url: str, loaded: Any) -> tuple[SourceSchema, Any]:
    from crossfade.mysql import measure_url  # noqa: PLC0415 - as above

    return measure_url(url, loaded, password=_password())


def _password() -> str | None:
    """The password, where it does not stand in the URL; these verbs read no configuration file."""
    return os.environ.get("CROSSFADE_MYSQL_PASSWORD")


def _problems(error: CrossfadeError) -> list[dict[str, str]]:
    return [asdict(p) for p in error.problems] if isinstance(error, ContractError) else []


def _as_json(file: Path, findings: tuple[Finding, ...]) -> str:
    return json.dumps({"file": str(file), "findings": [asdict(f) for f in findings]}, indent=2, ensure_ascii=False)


def _as_text(file: Path, findings: tuple[Finding, ...]) -> str:
    lines = [
        f"{f.code} {f.severity:7} {f.path}: {f.message}" + (f"\n      {f.hint}" if f.hint else "") for f in findings
    ]
    counts = {s: sum(f.severity == s for f in findings) for s in ("error", "warning", "info")}
    told = ", ".join(several(n, s, s if s == "info" else "") for s, n in counts.items() if n)
    if not counts["error"] and not counts["warning"]:
        told = f"clean ({told})" if told else "clean"
    return "\n".join([*lines, f"{file}: {told}"])
