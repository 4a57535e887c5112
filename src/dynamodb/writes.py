"""From what happens to entities to the actions that make it happen. Pure: every read was made before.

An entity's item goes with its lookup items, with what its parents count, and with the demands that its parents are
there and still say what was copied from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crossfade.contract.plan_key import Direct
from crossfade.dal.change import Add, Change, apply
from crossfade.dal.condition import AllOf, Comparison, Condition, IsNull
from crossfade.dal.entity import Record
from crossfade.dal.key import Key
from crossfade.dynamodb.actions import (
    Action,
    Astray,
    Changed,
    CheckItem,
    DeleteItem,
    Demand,
    Held,
    Missing,
    Occupied,
    PutItem,
    Stale,
    UpdateItem,
)
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.guards import Either, Guard, Is, Lacks, Where, living, unchanged
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.merge import merge
from crossfade.dynamodb.pending import Pending, mark
from crossfade.dynamodb.shelf import OWNER, TARGET, Shelf, Stored
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import AttributeValue, Item, key_id


@dataclass(frozen=True, slots=True)
class Use:
    """What a step needs of another entity, its parent.

    Attributes:
        entity, key: the parent.
        at: its item key.
        references: the referring entity and its fields, for each reference that demands the parent's existence.
        expects: values that were copied from it, by its fields.
        adds: what its counts and sums grow by, by field.
        stored: the parent as read, where what it counts is part of an index key: it is then written whole.
    """

    entity: str
    key: Key
    at: Item
    references: tuple[tuple[str, tuple[str, ...]], ...] = ()
    expects: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, Any] = field(default_factory=dict)
    stored: Stored | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one entity.

    Attributes:
        entity: its name.
        gone: the items that it replaces or removes: its own, and leftovers that stand in its way.
        new: the record that it leaves, complete; None for a delete.
        uses: what it needs of its parents.
        vacant: lookup items that stand in its way and lead nowhere, with their tokens.
        astray: lookup items of `gone` that belong to somebody else by now.
        pending: what follows from it, to be noted until it is done.
    """

    entity: str
    gone: tuple[Stored, ...] = ()
    new: Record | None = None
    uses: tuple[Use, ...] = ()
    vacant: Mapping[str, str | None] = field(default_factory=dict)
    astray: frozenset[str] = frozenset()
    pending: Pending | None = None


def plan(layout: Layout, steps: Sequence[Step], token: str, *others: Action) -> tuple[Action, ...]:
    """The actions for some steps, one for each item.

    Args:
        layout: where entities lie.
        steps: what happens, each entity once.
        token: the fresh `_rev` of every item that is written.
        others: what else belongs to the same write.

    Raises:
        Refused: the steps contradict each other.
        InvalidKey, InvalidValue: a record cannot be stored.
    """
    actions: list[Action] = []
    left: dict[tuple[str, Any], Item] = {}
    for step in steps:
        shelf = layout.of(step.entity)
        if step.new is not None:
            left[step.entity, shelf.ident(step.new)] = shelf.item_key(step.new)
        actions += _main(layout, shelf, step, token)
        actions += _lookups(layout, shelf, step, token)
        if step.pending is not None:
            actions.append(mark(layout, step.pending, token))
    for use in _combined(use for step in steps for use in step.uses):
        # What this very write moves counts where it goes: where it was, the count would go with the old item.
        at = left.get((use.entity, layout.of(use.entity).ident(use.key)))
        actions += _use(layout, use if at is None else replace(use, at=at, stored=None), token)
    return merge(layout, [*actions, *others])


# --------------------------------------------------------------------------------------- the item itself


def _main(layout: Layout, shelf: Shelf, step: Step, token: str) -> Iterator[Action]:
    key = None if step.new is None else shelf.item_key(step.new)
    at = None if key is None else key_id(key)
    tombstones = layout.tombstones(token)
    for gone in step.gone:
        # A tombstone that is not in the way stays what it is.
        if gone.id != at and gone.state != "deleted":
            moved = key if step.new is not None and shelf.ident(step.new) == shelf.ident(gone.record) else None
            left = tombstones and tombstones.item(shelf, gone.key, gone.record, moved=moved)
            yield DeleteItem(shelf.table, gone.key, (_same(gone),), left)
    if step.new is None or key is None:
        return
    replaced = next((g for g in step.gone if g.id == at), None)
    demand = _same(replaced) if replaced else Demand(_empty(key), Occupied(step.entity, shelf.key_of(step.new)))
    item = {**_foreign(shelf, step), **shelf.codec.encode(step.new), REV: {"S": token}}
    yield PutItem(shelf.table, key, item, (demand,))


def _same(stored: Stored) -> Demand:
    return Demand(unchanged(stored.rev, next(iter(stored.key))), Changed(stored.entity, stored.key))


def _empty(key: Item) -> Guard:
    return (Lacks(next(iter(key))),)


def _foreign(shelf: Shelf, step: Step) -> Item:
    """The attributes of the entity's item that the contract does not know, which a whole put would drop."""
    assert step.new is not None  # noqa: S101 - narrows the type; only puts ask
    key = shelf.key_of(step.new)
    own = next((g for g in step.gone if g.state == "live" and shelf.key_of(g.record) == key), None)
    return {n: v for n, v in own.item.items() if n not in shelf.known_attributes} if own else {}


# ----------------------------------------------------------------------------------------- lookup items


def _lookups(layout: Layout, shelf: Shelf, step: Step, token: str) -> Iterator[Action]:
    freed = _freed(shelf, step)
    kept: set[str] = set()
    if step.new is not None:
        own, key = shelf.key_of(step.new), shelf.item_key(step.new)
        for lookup in shelf.lookups:
            item = shelf.lookup_item(lookup, step.new, key, token)
            if item is None:
                continue
            text = item[OWN_KEY]["S"]
            kept.add(text)
            before = freed.get(text)
            if before is not None and (before[OWNER], key_id(before[TARGET]["M"])) == (item[OWNER], key_id(key)):
                continue
            guard = _free(text, before[OWNER] if before else None, step)
            demand = Demand(guard, Held(step.entity, own, lookup, text))
            yield PutItem(layout.lookup_table, {OWN_KEY: item[OWN_KEY]}, item, (demand,))
    tombstones = layout.tombstones(token)
    for text, before in freed.items():
        if text not in kept and text not in step.astray:
            at, guard = {OWN_KEY: {"S": text}}, (Either((Is(OWNER, before[OWNER]), Lacks(OWN_KEY))),)
            # Uniqueness rests on lookup items: a late copy of one must not come back either.
            left = tombstones and tombstones.lookup(at, step.entity, before)
            yield DeleteItem(layout.lookup_table, at, (Demand(guard, Astray(text)),), left)


def _freed(shelf: Shelf, step: Step) -> dict[str, Item]:
    """The lookup items of the items that go, by their text: their owner, and where they lead."""
    found: dict[str, Item] = {}
    for gone in step.gone:
        if gone.state == "deleted":
            continue
        leads = {OWNER: shelf.owner(gone.record), TARGET: {"M": gone.key}}
        texts = (lookup.text(step.entity, gone.record) for lookup in shelf.lookups)
        found |= {text: leads for text in texts if text is not None}
    return found


def _free(text: str, owner: AttributeValue | None, step: Step) -> Guard:
    """The demand that a lookup item may be written: nobody else holds it."""
    if text in step.vacant:
        return unchanged(step.vacant[text], OWN_KEY)
    if owner is not None and text not in step.astray:
        return (Either((Is(OWNER, owner), Lacks(OWN_KEY))),)
    return (Lacks(OWN_KEY),)


# ---------------------------------------------------------------------------------------------- parents


def _combined(uses: Iterable[Use]) -> Iterator[Use]:
    """One use for each parent: what is added to it is summed."""
    found: dict[tuple[str, Key], Use] = {}
    for use in uses:
        place = (use.entity, use.key)
        other = found.get(place)
        found[place] = use if other is None else _both(other, use)
    return iter(found.values())


def _both(one: Use, other: Use) -> Use:
    adds = {f: one.adds.get(f, 0) + other.adds.get(f, 0) for f in (*one.adds, *other.adds)}
    return Use(
        one.entity,
        one.key,
        one.at,
        references=tuple(dict.fromkeys(one.references + other.references)),
        expects={**one.expects, **other.expects},
        adds=adds,
        stored=one.stored or other.stored,
    )


def _use(layout: Layout, use: Use, token: str) -> Iterator[Action]:
    shelf = layout.of(use.entity)
    demands = tuple(_demands(shelf, use))
    adds: Mapping[str, Change] = {f: Add(amount) for f, amount in use.adds.items() if amount}
    if not adds:
        if demands:
            yield CheckItem(shelf.table, use.at, demands)
        return
    if use.stored is not None:
        item = {**use.stored.item, **shelf.codec.encode(apply(adds, use.stored.record)), REV: {"S": token}}
        yield PutItem(shelf.table, use.at, item, (_same(use.stored), *demands))
        return
    # A parent that has gone in between must not come back as an item of counts alone.
    there = Demand(identity(shelf, use.key), Stale(use.entity, use.key), after=True)
    yield UpdateItem(shelf.table, use.at, use.entity, adds, {REV: {"S": token}}, (*demands, there))


def _demands(shelf: Shelf, use: Use) -> Iterator[Demand]:
    there = identity(shelf, use.key)
    for entity, fields in use.references:
        yield Demand(there, Missing(entity, fields, use.entity, use.key), after=True)
    if use.expects:
        copied = Where(use.entity, AllOf(tuple(_equal(f, v) for f, v in use.expects.items())))
        yield Demand((*there, copied), Stale(use.entity, use.key), after=True)


def identity(shelf: Shelf, key: Mapping[str, Any]) -> Guard:
    """The guard that an item is there and is this entity's: where its item key is not made of the key alone,
    another entity's item may lie at the same place by now."""
    there = living(shelf.codec.keys.names[0])
    if isinstance(shelf.plan, Direct):
        return there
    # What compares folded may be written otherwise in the item.
    exact = [f for f in shelf.entity.key if shelf.entity.fields[f].fold is None]
    return (*there, Where(shelf.entity.name, AllOf(tuple(_equal(f, key[f]) for f in exact))))


def _equal(name: str, value: Any) -> Condition:
    return IsNull(name) if value is None else Comparison(name, "=", value)
