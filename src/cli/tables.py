"""`crossfade tables`: the DynamoDB tables of a contract."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from crossfade.cli.export import export
from crossfade.cli.options import Number, as_json, names_option
from crossfade.cli.output import confirm
from crossfade.cli.settled import config_option, contract_option, settled
from crossfade.contract.plural import several

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from crossfade.contract.model import Contract
    from crossfade.dynamodb.table_action import TablePlan
    from crossfade.dynamodb.table_state import TableState

DONE, PENDING, REFUSED, INTERRUPTED = 0, 1, 2, 130

_prefix = click.option("--table-prefix", help="Before every DynamoDB table's name (CROSSFADE_TABLE_PREFIX).")
_dry_run = click.option("--dry-run", is_flag=True, help="Print the plan alone.")
_timeout = click.option(
    "--timeout", type=Number(0, min_open=True), default=86_400.0, show_default=True,
    help="Seconds to wait for one action; a new index of a large table takes hours.",
)  # fmt: skip


def _permits(command: Any) -> Any:
    for name, says in (
        ("--unprotect", "Take away a deletion protection that the contract does not ask for."),
        ("--remove-indexes", "Delete indexes that the contract does not have."),
        ("--replace-indexes", "Delete an index that differs, and make it anew; its queries fail meanwhile."),
    ):
        command = click.option(name, is_flag=True, help=says)(command)
    return command


@click.group()
def tables() -> None:
    """The DynamoDB tables of a contract, crossfade's own among them."""


tables.add_command(export)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What every verb here works on."""

    contract: Contract
    prefix: str
    client: DynamoDBClient

    @property
    def where(self) -> str:
        """The endpoint and the region, so that nobody works on another than they think."""
        meta = self.client.meta
        return f"{meta.endpoint_url} ({meta.region_name})"

    def states(self) -> dict[str, TableState]:
        """The tables as they are now."""
        from crossfade.dynamodb.table_state import read_states  # noqa: PLC0415 - help loads no boto3

        return read_states(self.client, self.contract, self.prefix)

    def plan(self, permits: dict[str, bool]) -> TablePlan:
        """What makes them as the contract has them."""
        from crossfade.dynamodb.table_action import Permits  # noqa: PLC0415 - as above
        from crossfade.dynamodb.table_plan import plan_tables  # noqa: PLC0415 - as above

        return plan_tables(self.contract, self.prefix, self.states(), Permits(**permits))

    def apply(self, plan: TablePlan, timeout: float, *, quiet: bool) -> bool:
        """Do it; False where it was interrupted."""
        from crossfade.dynamodb.retry import Pacer, Retry  # noqa: PLC0415 - as above
        from crossfade.dynamodb.table_apply import apply_tables  # noqa: PLC0415 - as above

        pacer = Pacer(Retry(base=0.2, cap=5.0, deadline=timeout, attempts=1_000_000))
        try:
            apply_tables(
                self.client, plan, pacer=pacer, on_event=lambda says: None if quiet else click.echo(says, err=True)
            )
        except KeyboardInterrupt:
            click.echo("interrupted: what was begun goes on at DynamoDB; the same again does what is left", err=True)
            return False
        return True


def _open(config: str | None, **given: str | None) -> _Opened:
    from crossfade.dynamodb import create_client  # noqa: PLC0415 - help loads no boto3

    contract, settings = settled(config, **given)
    if settings.embedded:
        raise click.UsageError("the embedded DynamoDB makes its tables by itself: leave CROSSFADE_EMBEDDED unset here")
    return _Opened(contract, settings.table_prefix, create_client())


@tables.command()
@contract_option
@config_option
@_prefix
@names_option
@_permits
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 1 where there is something to do.")
@as_json
def plan(
    contract: str | None,
    config: str | None,
    table_prefix: str | None,
    table_names: str | None,
    *,
    detailed_exitcode: bool,
    as_json: bool,
    **permits: bool,
) -> int:
    """Print what `tables apply` would do, and change nothing.

    Exit code: 0, or with --detailed-exitcode 1 where there is something to do; 2 where something cannot be done.
    """
    opened = _open(config, contract=contract, table_prefix=table_prefix, table_names=table_names)
    made = opened.plan(permits)
    _print(opened, made, as_json=as_json)
    if made.refusals:
        return REFUSED
    return PENDING if detailed_exitcode and made.actions else DONE


@tables.command()
@contract_option
@config_option
@_prefix
@names_option
@_permits
@_dry_run
@_timeout
@as_json
def apply(
    contract: str | None,
    config: str | None,
    table_prefix: str | None,
    table_names: str | None,
    *,
    dry_run: bool,
    timeout: float,
    as_json: bool,
    **permits: bool,
) -> int:
    """Make the tables as the contract has them, and wait until they are.

    No items are lost by it: a table whose key is another is refused, an index only replaced where that is asked for.
    What is right already is left. Exit code: 0 done, 2 something cannot be done, and nothing is; 130 interrupted.
    """
    opened = _open(config, contract=contract, table_prefix=table_prefix, table_names=table_names)
    made = opened.plan(permits)
    _print(opened, made, as_json=as_json)
    if made.refusals:
        return REFUSED
    if dry_run or not made.actions:
        return DONE
    if not opened.apply(made, timeout, quiet=as_json):
        return INTERRUPTED
    left = opened.plan(permits)
    if left.actions or left.refusals:
        _print(opened, left, as_json=False, err=True)
        click.echo("this is left: somebody else changed the tables meanwhile; apply again", err=True)
        return REFUSED
    if not as_json:
        click.echo("done: the tables are as the contract has them")
    return DONE


@tables.command()
@contract_option
@config_option
@_prefix
@names_option
@click.option("--table", "only", multiple=True, metavar="NAME", help="Only this one, named as in the contract.")
@click.option("--removal", type=click.Choice(["destroy"]), help="Delete those, too, that the contract wants retained.")
@click.option("--force", is_flag=True, help="Do not ask.")
@_dry_run
@_timeout
@as_json
def destroy(
    contract: str | None,
    config: str | None,
    table_prefix: str | None,
    table_names: str | None,
    *,
    only: tuple[str, ...],
    removal: str | None,
    force: bool,
    dry_run: bool,
    timeout: float,
    as_json: bool,
) -> int:
    """Delete the contract's tables and crossfade's own, with all their items.

    Asks for a sentence to be typed, unless --force is given. Exit code: 0 done, 2 something is refused, and nothing
    is deleted; 130 interrupted.
    """
    from crossfade.dynamodb.operations import every_table  # noqa: PLC0415 - help loads no boto3
    from crossfade.dynamodb.table_destroy import plan_destroy  # noqa: PLC0415 - as above

    opened = _open(config, contract=contract, table_prefix=table_prefix, table_names=table_names)
    names = [table.name for table in every_table(opened.contract)]
    for name in only:
        if name not in names:
            raise click.UsageError(f"no table {name!r}; there are {', '.join(names)}")
    made = plan_destroy(opened.contract, opened.prefix, opened.states(), only=only, retained=removal is not None)
    _print(opened, made, as_json=as_json)
    if made.refusals:
        return REFUSED
    if dry_run or not made.actions:
        return DONE
    if not force:
        confirm(f"delete {several(len(made.actions), 'table')}", "--force")
    if not opened.apply(made, timeout, quiet=as_json):
        return INTERRUPTED
    if not as_json:
        click.echo("done: the tables are gone")
    return DONE


def _print(opened: _Opened, plan: TablePlan, *, as_json: bool, err: bool = False) -> None:
    if as_json:
        meta = opened.client.meta
        answer = {"endpoint": meta.endpoint_url, "region": meta.region_name, **asdict(plan)}
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False), err=err)
        return
    lines = [f"{opened.where}:"]
    lines += [f"  {action.table}: {action.says}" for action in plan.actions]
    lines += [f"  note: {note}" for note in plan.notes]
    lines += [f"  CANNOT: {refusal.table}: {refusal.says}" for refusal in plan.refusals]
    if not plan.actions and not plan.refusals:
        lines.append("  nothing to do")
    click.echo("\n".join(lines), err=err)
