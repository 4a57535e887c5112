"""Snapshots: values copied from other rows when a record is written, which stay as they were then. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crossfade.contract.model import Attribute
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.sql import Column


def lasting(attribute: Attribute) -> Callable[[Any], Any]:
    """What of a field's value both stores have to agree in: of a snapshot, only what is not copied from other rows.

    A copy stays as it was when its item was written; MySQL tells what the other rows say now.
    """
    if attribute.maintain != "snapshot":
        return lambda value: value
    of = attribute.derivation
    if not isinstance(of, ToMany):
        return lambda value: value is None
    own = [c.name for c in of.columns if isinstance(c.expression, Column) and c.expression.table == of.alias]

    def rows(value: Any) -> Any:
        every = value if isinstance(value, (list, tuple)) else [value] if value is not None else []
        return [{name: row.get(name) for name in own} for row in every]

    return rows
