"""`crossfade tables export`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from crossfade.cli.options import names_option
from crossfade.cli.output import output, write
from crossfade.cli.settled import config_option, contract_option, settled
from crossfade.contract.model import Contract

FORMATS = ("cloudformation", "terraform", "iam")
ROLES = ("application", "migration", "reading", "deployment")


@click.command()
@contract_option
@config_option
@click.option("--table-prefix", help="Before every DynamoDB table's name (CROSSFADE_TABLE_PREFIX).")
@names_option
@click.option("--format", "format_", type=click.Choice(FORMATS), required=True, help="Which tool's.")
@click.option(
    "--removal",
    type=click.Choice(["retain", "destroy"]),
    help="What becomes of the tables with their stack, whatever the contract says: retained in production, say, and "
    "destroyed in development.",
)
@click.option("--role", type=click.Choice(ROLES), help="iam: only this role's policy document.")
@click.option("--partition", help="iam: such as aws or aws-cn; else CloudFormation's pseudo parameter, for Fn::Sub.")
@click.option("--region", help="iam: as above.")
@click.option("--account", help="iam: as above.")
@output
def export(
    contract: str | None,
    config: str | None,
    table_prefix: str | None,
    table_names: str | None,
    format_: str,
    removal: Literal["retain", "destroy"] | None,
    role: str | None,
    output: Path | None,
    **place: str | None,
) -> None:
    """Print the contract's tables for another tool, crossfade's own tables with them.

    cloudformation and terraform (save it as something.tf.json): keys, indexes, billing, retention, encryption,
    point-in-time recovery, TTL, streams, and alarms for throttling, latency and errors. CloudFormation takes templates
    over 51,200 bytes from S3 alone, and one new index of a table at a time.

    iam: what an application, a migration, a reader (verify) and a deployment may do, one policy document each, and no
    more than they need.
    """
    given = {name: value for name, value in place.items() if value is not None}
    if format_ != "iam" and (role or given):
        raise click.UsageError("--role, --partition, --region and --account go with --format iam")
    if format_ == "iam" and removal is not None:
        raise click.UsageError("--removal goes with --format cloudformation and terraform")
    loaded, settings = settled(config, contract=contract, table_prefix=table_prefix, table_names=table_names)
    if removal is not None:
        loaded = _removed(loaded, removal)
    made = _FORMATS[format_](loaded, settings.table_prefix, given)
    text = json.dumps(made if role is None else made[role], indent=2, ensure_ascii=False) + "\n"
    write(text, output)


def _removed(contract: Contract, removal: Literal["retain", "destroy"]) -> Contract:
    """The contract with another removal of every table."""
    tables = {n: replace(t, deployment=replace(t.deployment, removal=removal)) for n, t in contract.tables.items()}
    return replace(contract, tables=tables)


# Each loads its module only when it is asked for: they load boto3, which the other verbs do without.


def _cloudformation(contract: Contract, prefix: str, place: Mapping[str, str]) -> dict[str, Any]:
    from crossfade.dynamodb.export_cloudformation import cloudformation  # noqa: PLC0415 - as said above

    return cloudformation(contract, prefix)


def _terraform(contract: Contract, prefix: str, place: Mapping[str, str]) -> dict[str, Any]:
    from crossfade.dynamodb.export_terraform import terraform  # noqa: PLC0415 - as said above

    return terraform(contract, prefix)


def _iam(contract: Contract, prefix: str, place: Mapping[str, str]) -> dict[str, Any]:
    from crossfade.dynamodb.export_iam import Place, policies  # noqa: PLC0415 - as said above

    return policies(contract, prefix, Place(**place))


_FORMATS: Mapping[str, Callable[[Contract, str, Mapping[str, str]], dict[str, Any]]] = {
    "cloudformation": _cloudformation,
    "terraform": _terraform,
    "iam": _iam,
}
