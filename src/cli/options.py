"""The options of every verb that works on both stores, and how they become the stores."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import isfinite
from typing import Any, TypedDict, TypeVar

import click

R = TypeVar("R")


class StoreOptions(TypedDict):
    """What `store_options` collected: the arguments of `crossfade.app.open_stores`; None where not given."""

    contract: str | None
    config: str | None
    mysql_url: str | None
    table_prefix: str | None
    table_names: str | None
    embedded: bool | None


names_option = click.option(
    "--table-names", metavar="TABLE=NAME,...", help="Other names for the contract's tables (CROSSFADE_TABLE_NAMES)."
)
_OPTIONS = (
    click.option("--contract", type=click.Path(dir_okay=False), help="The migration contract (CROSSFADE_CONTRACT)."),
    click.option("--config", type=click.Path(dir_okay=False), help="The configuration file; default crossfade.toml."),
    click.option("--mysql-url", help="The MySQL database, mysql://user@host:3306/name (CROSSFADE_MYSQL_URL)."),
    click.option("--table-prefix", help="Before every DynamoDB table's name (CROSSFADE_TABLE_PREFIX)."),
    names_option,
    click.option("--embedded", is_flag=True, default=None, help="SQLite and a DynamoDB imitation, to try things."),
)

group_option = click.option("--group", help="Which group of the contract; needed where there are several.")


def chosen_group(group: str | None, groups: list[str]) -> str:
    """The group that was named; the only one where there is one. Raises UsageError."""
    if group is None and len(groups) == 1:
        return groups[0]
    if group not in groups:
        raise click.UsageError(f"--group wants one of {', '.join(groups)}")
    return group


class Number(click.FloatRange):
    """A finite number within bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; nan is in every range, and inf above all."""
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value!r} is no finite number", param, ctx)
        return found


as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def store_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options to a command, which gets them as its first argument, a `StoreOptions`."""

    @wraps(command)
    def collected(**arguments: Any) -> R:
        chosen = {name: arguments.pop(name) for name in StoreOptions.__annotations__}
        return command(chosen, **arguments)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected
