"""What each part of crossfade asks of which table: what alarms watch, and what permissions are for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crossfade.contract.model import Contract, Deployment, Table
from crossfade.contract.own_tables import CONTROL, LOOKUP, OWN_KEY
from crossfade.contract.plan import QueryPlan, plan_contract

TOMBSTONE_TTL = "_ttl"
"""The lookup table's time to live: its tombstones go by themselves."""

_ITEMS = frozenset(
    {"GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
)
_LOOKUP = frozenset({"GetItem", "BatchGetItem", "PutItem", "DeleteItem", "TransactWriteItems"})
_CONTROL = frozenset({"GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


@dataclass(frozen=True, slots=True)
class Used:
    """What an application on DynamoDB asks of one table.

    Attributes:
        calls: the API's operations.
        queried: the indexes that are queried by name; None is the table itself.
    """

    calls: frozenset[str]
    queried: tuple[str | None, ...] = ()


def used(contract: Contract) -> Mapping[str, Used]:
    """What an application asks of each table, by its name without a prefix: the contract's, lookup and control."""
    found = {name: Used(_ITEMS) for name in contract.tables}
    for name, plans in plan_contract(contract).items():
        table = contract.entities[name].table
        for plan in plans.patterns.values():
            if isinstance(plan, QueryPlan):
                found[table] = _and(found[table], plan)
    return found | {LOOKUP: Used(_LOOKUP), CONTROL: Used(_CONTROL)}


def _and(use: Used, plan: QueryPlan) -> Used:
    match plan.access:
        case "query":
            queried = tuple(sorted({*use.queried, plan.index}, key=lambda name: name or ""))
            return Used(use.calls | {"Query"}, queried)
        case "scan":
            return replace(use, calls=use.calls | {"Scan"})
        case _:
            return use


def every_table(contract: Contract) -> tuple[Table, ...]:
    """The contract's tables, the lookup table and the control table.

    Crossfade's own are on demand, and as well kept as the best kept of the contract's: without them the data cannot
    be found.
    """
    deployments = [table.deployment for table in contract.tables.values()]
    own = Deployment(
        point_in_time_recovery=any(d.point_in_time_recovery for d in deployments),
        deletion_protection=any(d.deletion_protection for d in deployments),
        removal="retain" if any(d.removal == "retain" for d in deployments) else "destroy",
        tags={k: v for k, v in deployments[0].tags.items() if all(d.tags.get(k) == v for d in deployments)},
    )
    lookup = Table(LOOKUP, OWN_KEY, None, {OWN_KEY: "S"}, deployment=replace(own, ttl_attribute=TOMBSTONE_TTL))
    return (*contract.tables.values(), lookup, Table(CONTROL, OWN_KEY, None, {OWN_KEY: "S"}, deployment=own))
