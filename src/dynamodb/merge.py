"""Several actions on one item become one: DynamoDB takes an item once in a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from crossfade.dal.change import Add, Change, apply
from crossfade.dynamodb.actions import (
    Action,
    CheckItem,
    DeleteItem,
    Demand,
    Held,
    Occupied,
    PutItem,
    Refused,
    Stale,
    UpdateItem,
    target,
)
from crossfade.dynamodb.guards import passes
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.wire import Item, KeyId


def merge(layout: Layout, actions: Iterable[Action]) -> tuple[Action, ...]:
    """The same actions with one for each item, in the order in which the items first occur.

    Raises:
        Refused: the actions contradict each other (two creations of one item, a reference to what is deleted).
    """
    found: dict[tuple[str, KeyId], Action] = {}
    for action in actions:
        key = target(action)
        found[key] = _merged(layout, found[key], action) if key in found else action
    return tuple(found.values())


def _merged(layout: Layout, one: Action, other: Action) -> Action:
    for first, second in ((one, other), (other, one)):
        match first:
            case PutItem():
                return _onto_put(layout, first, second)
            case DeleteItem() if not isinstance(second, PutItem):
                return _onto_delete(layout, first, second)
            case UpdateItem() if isinstance(second, (UpdateItem, CheckItem)):
                return _onto_update(first, second)
            case CheckItem() if isinstance(second, CheckItem):
                return replace(first, demands=first.demands + second.demands)
    raise AssertionError  # pragma: no cover - one of the four always matches


def _onto_put(layout: Layout, put: PutItem, other: Action) -> Action:
    match other:
        case PutItem():
            raise Refused((_first(put, other), put.item), final=True)
        case DeleteItem():
            # What another part of the write removes is no obstacle.
            kept = tuple(d for d in put.demands if not isinstance(d.otherwise, (Occupied, Held)))
            return replace(put, demands=kept + other.demands)
        case UpdateItem():
            return _with(layout, replace(put, item=_updated(layout, put.item, other)), other.demands)
        case CheckItem():
            return _with(layout, put, other.demands)


def _with(layout: Layout, put: PutItem, demands: tuple[Demand, ...]) -> PutItem:
    """The put with another action's demands: those of its result are decided here."""
    for demand in demands:
        if demand.after and not passes(layout, demand.guard, put.item):
            raise Refused((demand.otherwise, put.item), final=True)
    return replace(put, demands=put.demands + tuple(d for d in demands if not d.after))


def _onto_delete(layout: Layout, delete: DeleteItem, other: Action) -> Action:
    for demand in other.demands:
        # What a deleted record counts, or what was copied from it, is of no more account.
        if demand.after and not isinstance(demand.otherwise, Stale) and not passes(layout, demand.guard, None):
            raise Refused((demand.otherwise, None), final=True)
    return replace(delete, demands=delete.demands + tuple(d for d in other.demands if not d.after))


def _onto_update(update: UpdateItem, other: UpdateItem | CheckItem) -> Action:
    merged = replace(update, demands=update.demands + other.demands)
    if isinstance(other, CheckItem):
        return merged
    changes = {**other.changes, **{f: _both(c, other.changes.get(f)) for f, c in update.changes.items()}}
    return replace(merged, changes=changes, attributes={**update.attributes, **other.attributes})


def _both(one: Change, other: Change | None) -> Change:
    if other is None:
        return one
    if isinstance(one, Add) and isinstance(other, Add):
        total: Any = one.amount + other.amount  # type: ignore[operator]  # amounts of one field are of one kind
        return Add(total)
    raise AssertionError(f"{one!r} and {other!r} change one field")  # pragma: no cover - a unit folds its own writes


def _updated(layout: Layout, item: Item, update: UpdateItem) -> Item:
    """The item of a put after the changes of an update: sums of other records, kept in this one."""
    codec = layout.of(update.entity).codec
    record: Mapping[str, Any] = codec.decode(item)
    after = apply(update.changes, record)
    return {**item, **codec.encode(after)}


def _first(put: PutItem, other: PutItem) -> Any:
    demands = [d.otherwise for d in (*other.demands, *put.demands)]
    return next((r for r in demands if isinstance(r, (Occupied, Held))), demands[0])
