"""From the tables that a contract needs and those that there are to the requests that lead there. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from crossfade.contract.model import Contract, Deployment
from crossfade.dynamodb.operations import every_table
from crossfade.dynamodb.table_action import Action, Permits, Refusal, Step, TablePlan
from crossfade.dynamodb.table_changes import Changes
from crossfade.dynamodb.table_state import TableState
from crossfade.dynamodb.tables import create_requests

_NOTHING_TAKEN = Permits()


def plan_tables(
    contract: Contract, prefix: str, states: Mapping[str, TableState], permits: Permits = _NOTHING_TAKEN
) -> TablePlan:
    """What makes the tables as the contract has them. Where nothing differs, the plan has no actions.

    Args:
        contract: the contract.
        prefix: before every table's name.
        states: the tables as they are, by full name.
        permits: what may be taken away.
    """
    deployments = [table.deployment for table in every_table(contract)]
    requests = create_requests(contract, prefix)
    created: list[Step] = []
    changed: list[Step] = []
    for wanted, deployment in zip(requests, deployments, strict=True):
        state = states[wanted["TableName"]]
        if state.description is None:
            created.append(Action("CreateTable", wanted["TableName"], _create_says(wanted), wanted))
        else:
            changed += Changes(wanted, state.description, permits).steps(deployment)
        changed += _beside(wanted["TableName"], deployment, state)
    return _plan(created + changed + list(_lacking(states.values())))


def _plan(steps: list[Step]) -> TablePlan:
    return TablePlan(
        tuple(s for s in steps if isinstance(s, Action)),
        tuple(s for s in steps if isinstance(s, Refusal)),
        tuple(s for s in steps if isinstance(s, str)),
    )


def _create_says(wanted: Mapping[str, Any]) -> str:
    indexes = [index["IndexName"] for index in wanted.get("GlobalSecondaryIndexes", ())]
    billing = "on demand" if wanted["BillingMode"] == "PAY_PER_REQUEST" else "provisioned"
    parts = [f"create it, {billing}", f"with {', '.join(indexes)}" if indexes else ""]
    return " ".join(part for part in parts if part)


def _beside(table: str, deployment: Deployment, state: TableState) -> Iterator[Step]:
    """What is no part of CreateTable and UpdateTable."""
    yield from _ttl(table, deployment.ttl_attribute, *state.ttl)
    if deployment.point_in_time_recovery and state.recovery is False:
        wanted = {"PointInTimeRecoveryEnabled": True}
        request = {"TableName": table, "PointInTimeRecoverySpecification": wanted}
        yield Action("UpdateContinuousBackups", table, "keep backups for point-in-time recovery", request)
    if state.description is None or state.tags == "lacking":
        return
    missing = {k: v for k, v in deployment.tags.items() if state.tags.get(k) != v}
    if missing:
        tags = [{"Key": key, "Value": value} for key, value in missing.items()]
        tagged = {"ResourceArn": state.description["TableArn"], "Tags": tags}
        yield Action("TagResource", table, f"tag it with {', '.join(missing)}", tagged)


def _lacking(states: Collection[TableState]) -> Iterator[str]:
    if any(state.recovery == "lacking" for state in states):
        yield "the endpoint has no point-in-time recovery: it is left out"
    if any(state.tags == "lacking" for state in states):
        yield "the endpoint has no tags: they are left out"


def _ttl(table: str, wanted: str | None, found: str | None, status: str) -> Iterator[Step]:
    on = status in {"ENABLED", "ENABLING"}
    if wanted is None:
        if on:
            yield f"{table}: items go by the time to live in {found}, of which the contract knows nothing"
    elif status == "DISABLED":
        specification = {"Enabled": True, "AttributeName": wanted}
        request = {"TableName": table, "TimeToLiveSpecification": specification}
        yield Action("UpdateTimeToLive", table, f"let items go by the time to live in {wanted}", request)
    elif not on or found != wanted:
        yield Refusal(
            table,
            f"its time to live stands in {found} ({status}), not in {wanted}: disable it, and apply again when that "
            "is done, which may take an hour",
        )
