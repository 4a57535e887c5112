"""The contract and the settings of a verb that needs no open store."""

from __future__ import annotations

from typing import Any

import click

from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.contract.own_tables import CONTROL, LOOKUP
from crossfade.dal.errors import ConfigurationError
from crossfade.settings import Settings, check_table_prefix, named_tables, read_settings

contract_option = click.option(
    "--contract", type=click.Path(dir_okay=False), help="The migration contract (CROSSFADE_CONTRACT)."
)
config_option = click.option(
    "--config", type=click.Path(dir_okay=False), help="The configuration file; default crossfade.toml."
)


def settled(config: str | None, **given: Any) -> tuple[Contract, Settings]:
    """The contract, and the settings in force: what is given over the environment over the file.

    Raises:
        ConfigurationError: no contract is named, or a setting makes no sense.
        ContractError: the contract cannot be used; lists every problem.
    """
    settings = read_settings(given, config=config)
    if not settings.contract:
        raise ConfigurationError("no contract: pass --contract, or set CROSSFADE_CONTRACT, or crossfade.toml")
    loaded = named_tables(load(settings.contract), settings)
    check_table_prefix(settings.table_prefix, (*loaded.tables, LOOKUP, CONTROL))
    return loaded, settings
