"""What `tables destroy` deletes, and what it does not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossfade.contract.model import Contract
from crossfade.dynamodb.operations import every_table
from crossfade.dynamodb.schema import key_difference
from crossfade.dynamodb.table_action import Action, Refusal, TablePlan
from crossfade.dynamodb.table_apply import delete_action
from crossfade.dynamodb.table_state import TableState
from crossfade.dynamodb.tables import create_requests


def plan_destroy(
    contract: Contract,
    prefix: str,
    states: Mapping[str, TableState],
    *,
    only: Sequence[str] = (),
    retained: bool = False,
) -> TablePlan:
    """The deletion of a contract's tables and of crossfade's own, as far as they are there.

    Args:
        contract: the contract.
        prefix: before every table's name.
        states: the tables as they are, by full name.
        only: the tables to delete, by their names without a prefix; all of them where empty.
        retained: delete those, too, that the contract wants retained.
    """
    actions: list[Action] = []
    refusals: list[Refusal] = []
    for table, wanted in zip(every_table(contract), create_requests(contract, prefix), strict=True):
        name, state = wanted["TableName"], states[wanted["TableName"]]
        if state.description is None or (only and table.name not in only):
            continue
        other = key_difference("its key", wanted, state.description, wanted, state.description)
        if other is not None:
            refusals.append(Refusal(name, f"{other}: it is no table of this contract"))
        elif table.deployment.removal == "retain" and not retained:
            refusals.append(Refusal(name, "the contract wants it retained: --removal destroy deletes it all the same"))
        elif state.description.get("DeletionProtectionEnabled"):
            refusals.append(
                Refusal(
                    name,
                    "it is protected against deletion: say `deletion_protection: false` in the contract, and take the "
                    "protection away by `crossfade tables apply --unprotect`",
                )
            )
        else:
            actions.append(delete_action(name, f"delete it with its items, some {state.items:,}"))
    return TablePlan(tuple(actions), tuple(refusals))
