"""Sends what a plan of tables holds, and waits until it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crossfade.contract.model import Contract
from crossfade.dal.errors import StoreError, StoreUnavailable
from crossfade.dynamodb import errors
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.table_action import Action, TablePlan
from crossfade.dynamodb.table_plan import plan_tables
from crossfade.dynamodb.table_state import GONE, ask, describe, read_states

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WAIT = Pacer(Retry(base=0.2, cap=5.0, deadline=600.0, attempts=1_000_000))
"""The pace at which a table's state is asked for; a table with indexes takes minutes at AWS."""

_METHODS: Mapping[str, str] = {
    "CreateTable": "create_table",
    "DeleteTable": "delete_table",
    "TagResource": "tag_resource",
    "UpdateContinuousBackups": "update_continuous_backups",
    "UpdateTable": "update_table",
    "UpdateTimeToLive": "update_time_to_live",
}


def _nobody(says: str) -> None:
    """Tells nobody."""


def apply_tables(
    client: DynamoDBClient, plan: TablePlan, *, pacer: Pacer = WAIT, on_event: Callable[[str], None] = _nobody
) -> None:
    """Do what a plan says, in its order, and wait until every table is active, or gone.

    A table's action waits until the one before it is done; those of different tables do not wait for each other.
    Interrupted, nothing is lost: the next plan has what is left.

    Args:
        client: one that retries by itself.
        plan: the plan; without refusals.
        pacer: how often a table's state is asked for, and how long one action may take.
        on_event: told what happens, a line each.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or an action did not come to its end in time.
        StoreError: DynamoDB refuses an action.
        ValueError: the plan has refusals.
    """
    if plan.refusals:
        raise ValueError("a plan with refusals is not applied")
    for action in plan.actions:
        if action.call not in {"CreateTable", "DeleteTable"}:
            _settle(client, action.table, pacer, on_event)
        on_event(f"{action.table}: {action.says}")
        _send(client, action, pacer, on_event)
    for name in dict.fromkeys(action.table for action in plan.actions):
        _settle(client, name, pacer, on_event)


def create_tables(client: DynamoDBClient, contract: Contract, prefix: str, *, pacer: Pacer = WAIT) -> list[str]:
    """Create the tables that are missing, with all that belongs to them, and wait until all are active.

    Tables that exist are left as they are.

    Returns:
        The full names of the tables that were created.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or a table was not active in time.
        CapacityExceeded: too many tables are being made at once.
    """
    states = read_states(client, contract, prefix)
    missing = [name for name, state in states.items() if state.description is None]
    plan = plan_tables(contract, prefix, states)
    actions = tuple(action for action in plan.actions if action.table in missing)
    apply_tables(client, replace(plan, actions=actions, refusals=()), pacer=pacer)
    return missing


def delete_tables(client: DynamoDBClient, names: Sequence[str], *, pacer: Pacer = WAIT) -> None:
    """Delete the tables with these full names, missing ones left out, and wait until they are gone.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or a table was not gone in time.
        Rejected: a table is protected against deletion.
    """
    apply_tables(client, TablePlan(tuple(delete_action(name) for name in names)), pacer=pacer)


def delete_action(name: str, says: str = "delete it") -> Action:
    """The action that deletes a table by its full name."""
    return Action("DeleteTable", name, says, {"TableName": name})


def _send(client: DynamoDBClient, action: Action, pacer: Pacer, on_event: Callable[[str], None]) -> None:
    """Send it, again while the table is busy with something else or too much is under way."""
    instead: dict[str, Any] = dict.fromkeys(GONE) if action.call == "DeleteTable" else {}
    error: StoreError | None = None
    for _ in pacer.tries():
        try:
            ask(getattr(client, _METHODS[action.call]), action.request, instead)
            return
        except StoreError as caught:
            if not caught.retryable or isinstance(caught, StoreUnavailable):
                raise
            error = caught
        # Busy: an earlier try of this request may have made the table, or somebody else did, or deletes it.
        found = _settle(client, action.table, pacer, on_event)
        if action.call == "CreateTable" and found is not None:
            return
    assert error is not None  # noqa: S101 - narrows the type; there is always a first try
    raise error


def _settle(
    client: DynamoDBClient, name: str, pacer: Pacer, on_event: Callable[[str], None]
) -> Mapping[str, Any] | None:
    """The description of a table once it is active with all its indexes; None once it is gone."""
    doing = ""
    for _ in pacer.tries():
        found = describe(client, name)
        before, doing = doing, "" if found is None else _doing(found)
        if not doing:
            return found
        if doing != before:
            on_event(f"{name}: {doing}")
    raise StoreUnavailable(f"the table {name} was not ready in time: {doing}", store=errors.STORE)


def _doing(found: Mapping[str, Any]) -> str:
    """What a table is busy with; "" for nothing."""
    indexes = [i for i in found.get("GlobalSecondaryIndexes", ()) if i.get("IndexStatus", "ACTIVE") != "ACTIVE"]
    parts = [
        f"index {i['IndexName']} is {i['IndexStatus']}{', being filled' if i.get('Backfilling') else ''}"
        for i in indexes
    ]
    if found["TableStatus"] != "ACTIVE":
        parts.insert(0, f"is {found['TableStatus']}")
    return "; ".join(parts)
