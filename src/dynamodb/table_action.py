"""What a plan of tables consists of: the values that are printed and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Call = Literal[
    "CreateTable", "DeleteTable", "TagResource", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"
]


@dataclass(frozen=True, slots=True)
class Action:
    """One request, as it is printed and as it is sent.

    Attributes:
        call: the API's operation.
        table: the full name of its table.
        says: what it does, in words.
        request: the request.
    """

    call: Call
    table: str
    says: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What cannot be done to a table, and the way out."""

    table: str
    says: str


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What is to be done, in this order.

    Attributes:
        actions: the requests; those of one table wait for each other.
        refusals: what cannot be done: with any of them, nothing is.
        notes: what differs and is left as it is.
    """

    actions: tuple[Action, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permits:
    """What is done only where it is asked for, since it takes something away.

    Attributes:
        replace_indexes: delete an index whose key or projection is another, and make it anew: until that is done,
            its queries fail.
        remove_indexes: delete indexes that the contract does not have.
        unprotect: take away a deletion protection that the contract does not ask for.
    """

    replace_indexes: bool = False
    remove_indexes: bool = False
    unprotect: bool = False


Step = Action | Refusal | str
"""A part of a plan; a text is a note."""
