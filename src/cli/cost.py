"""`crossfade cost`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from crossfade.cli.cost_text import as_text, as_value
from crossfade.cli.options import Number, as_json
from crossfade.cli.settled import config_option, contract_option, settled
from crossfade.contract.cost import estimate, with_rows
from crossfade.contract.model import Contract
from crossfade.contract.prices import load_prices
from crossfade.contract.workload import STAGES
from crossfade.settings import Settings

_DIGITS = 15


def _rows(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    """`ENTITY=N`, each, as numbers by entity."""
    found = {}
    for value in values:
        entity, _, number = value.rpartition("=")
        if not entity or not number.isdecimal() or len(number) > _DIGITS:
            raise click.BadParameter(f"{value!r} is not ENTITY=N, such as USER=50000", context, option)
        found[entity] = int(number)
    return found


@click.command()
@contract_option
@config_option
@click.option("--mysql-url", help="Count the rows there and measure a sample of their items.")
@click.option("--rows", callback=_rows, multiple=True, help="ENTITY=N: how many there are, whatever the contract says.")
@click.option("--stage", type=click.Choice(STAGES), help="Only this stage.")
@click.option("--months", type=click.IntRange(1), default=1, show_default=True, help="Months to add up.")
@click.option(
    "--average",
    type=Number(0, 1),
    default=1.0,
    show_default=True,
    help="The mean load, a part of the peak.",
)
@click.option("--prices", type=click.Path(exists=True, dir_okay=False), help="Other prices, in the form of ours.")
@as_json
def cost(
    contract: str | None,
    config: str | None,
    mysql_url: str | None,
    rows: dict[str, int],
    stage: str | None,
    months: int,
    average: float,
    prices: str | None,
    as_json: bool,
) -> None:
    """What the contract costs on DynamoDB: units of every call, and money for a month of each stage.

    Rates, numbers and sizes are those that the contract expects (`rps`, `items`, `estimate`); what it does not say is
    listed, and makes the sums a lower bound. With --mysql-url rows are counted and items measured.
    """
    loaded, settings = settled(config, contract=contract, mysql_url=mysql_url)
    if mysql_url is not None:
        loaded = _measured(loaded, settings)
    found = estimate(with_rows(loaded, rows), load_prices(prices), average=average)
    stages = [s for s in found.stages if stage in {None, s.stage}]
    if as_json:
        click.echo(json.dumps(as_value(found, stages, months), indent=2, ensure_ascii=False))
    else:
        as_text(found, stages, months)


def _measured(contract: Contract, settings: Settings) -> Contract:
    """The contract, with the numbers and sizes that the live database has."""
    # Only a command that asks a server loads its driver.
    from crossfade.dynamodb.layout import Layout  # noqa: PLC0415 - as said
    from crossfade.migration.measured import measure  # noqa: PLC0415 - as said
    from crossfade.mysql import open_store  # noqa: PLC0415 - as said

    assert settings.mysql_url is not None  # noqa: S101 - narrows the type; the only caller has checked
    store = open_store(contract, settings.mysql_url, password=settings.mysql_password, clock=_now)
    try:
        measured = measure(store, Layout(store.contract, settings.table_prefix, _now))
    finally:
        store.close()
    sizes = {name: m.item_bytes for name, m in measured.items() if m.item_bytes is not None}
    return with_rows(store.contract, {name: m.rows for name, m in measured.items()}, sizes)


def _now() -> datetime:
    return datetime.now(UTC)
