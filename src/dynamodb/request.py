"""What a request and its answer say of themselves: the tables, and the units. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def tables_of(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The tables that a request for data concerns, by their full names, each once."""
    if "TableName" in request:
        return (request["TableName"],)
    if "RequestItems" in request:
        return tuple(request["RequestItems"])
    if "Statements" in request:
        return tuple(dict.fromkeys(s["Statement"].split('"')[1] for s in request["Statements"]))
    actions = (action for item in request["TransactItems"] for action in item.values())
    return tuple(dict.fromkeys(action["TableName"] for action in actions))


def units_of(response: Mapping[str, Any]) -> float | None:
    """The capacity units that a request consumed, where it says so."""
    consumed = response.get("ConsumedCapacity")
    if consumed is None:
        return None
    of_tables = [consumed] if isinstance(consumed, Mapping) else consumed
    try:
        return float(sum(of_table["CapacityUnits"] for of_table in of_tables))
    except (KeyError, TypeError):
        return None
