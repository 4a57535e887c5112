"""The order of owned rows: what the source sorts when it reads, is sorted here when it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossfade.contract.derive import evaluate
from crossfade.contract.expressions import columns
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.sql import Column, Expression


def ordering(many: ToMany) -> tuple[tuple[Expression, bool], ...]:
    """The leading sort expressions that the rows' own values decide, each with True where it is descending.

    Behind them, and where the source sorts by what the rows do not hold (their id), rows keep the order in which
    they were added.
    """
    held = {c.expression for c in many.columns}
    found: list[tuple[Expression, bool]] = []
    for expression, descending in many.order_by:
        if not held.issuperset(columns(expression)):
            break
        found.append((expression, descending))
    return tuple(found)


def in_order(many: ToMany, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Rows as the source would give them."""
    names: dict[Column, str] = {c.expression: c.name for c in many.columns if isinstance(c.expression, Column)}
    found = list(rows)
    for expression, descending in reversed(ordering(many)):
        found.sort(key=lambda row, e=expression: _place(e, row, names), reverse=descending)  # type: ignore[misc]  # the default binds the loop's expression
    return found


def _place(expression: Expression, row: Mapping[str, Any], names: Mapping[Column, str]) -> tuple[bool, Any]:
    """Null first, as MySQL sorts."""
    value = evaluate(expression, lambda column: row.get(names[column]))
    return (value is not None, 0 if value is None else value)
