"""How the item key is got from the entity's own key, without an index that may lag.

An item key made of key fields needs nothing. One with joined parts is resolved through the joined entities
(a cart line lies under its user's email: user id -> user -> email). Any other has a lookup item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossfade.contract.derived import DerivedField, From, Rows, Source, source_value
from crossfade.contract.hops import derived_fields
from crossfade.contract.item_key import (
    item_key,
    item_key_fields,
    key_templates,
    key_value,
    read_item_key,
    readable,
    search_item_key,
)
from crossfade.contract.lookup import Lookup
from crossfade.contract.model import Contract, Entity
from crossfade.contract.template import Slot

__all__ = [
    "Direct",
    "KeyPlan",
    "Resolution",
    "ResolveStep",
    "ViaLookup",
    "ViaParents",
    "item_key",
    "item_key_fields",
    "key_value",
    "lookup_slots",
    "lookups",
    "plan_key",
    "read_item_key",
    "resolution",
    "search_item_key",
    "write_actions",
]


@dataclass(frozen=True, slots=True)
class ResolveStep:
    """Read one other entity, strongly consistent, to learn fields of it.

    Attributes:
        entity: the entity to read.
        key: each field of its key, in order, with where its value comes from: a field given (`Own`), an
            earlier step's record (`From`, by the step's number), or a constant.
        reads: the fields wanted of it.
        plan: how its item key is got.
        from_key: `reads` can be read back from its item key, so that the lookup item is enough.
        requests: how many requests the step takes.
    """

    entity: str
    key: tuple[tuple[str, Source], ...]
    reads: tuple[str, ...]
    plan: KeyPlan
    from_key: bool
    requests: int

    def key_values(self, values: Mapping[str, Any], rows: Rows) -> dict[str, Any] | None:
        """The key to read.

        Args:
            values: the fields given.
            rows: what the earlier steps found, None for nothing.

        Returns:
            None if a part of it is null or was not found: then there is nothing to read.
        """
        found = {name: source_value(source, values, rows) for name, source in self.key}
        return found if all(v is not None for v in found.values()) else None


@dataclass(frozen=True, slots=True)
class Resolution:
    """Fields that follow from given ones, and the steps to take for them.

    The records read may change between the steps. Where the result says that something is absent, believe it
    only once the steps have given the same values again.

    Attributes:
        steps: the reads, in order.
        fields: each derived field with the numbers of the steps that are its hops.
    """

    steps: tuple[ResolveStep, ...] = ()
    fields: tuple[tuple[DerivedField, tuple[int, ...]], ...] = ()

    @property
    def requests(self) -> int:
        """Requests that the steps take."""
        return sum(step.requests for step in self.steps)

    def values(self, given: Mapping[str, Any], rows: Rows = ()) -> dict[str, Any]:
        """The given fields and the derived ones.

        Args:
            given: the fields given.
            rows: what each step found (the fields in its `reads` are enough), None for nothing.
        """
        found = dict(given)
        for derived, numbers in self.fields:
            found[derived.field] = derived.value(found, [rows[n] for n in numbers])
        return found


@dataclass(frozen=True, slots=True)
class Direct:
    """The item key is made of the key's fields, and of what is calculated from them alone."""

    resolution: Resolution = field(default_factory=Resolution)
    requests: int = 0

    def describe(self) -> str:
        """The plan in words."""
        return "directly"


@dataclass(frozen=True, slots=True)
class ViaParents:
    """Joined parts of the item key are read from the joined entities first."""

    resolution: Resolution
    requests: int

    def describe(self) -> str:
        """The plan in words."""
        return f"through {', '.join(step.entity for step in self.resolution.steps)}"


@dataclass(frozen=True, slots=True)
class ViaLookup:
    """The entity's lookup item says the item key."""

    lookup: Lookup
    requests: int = 1

    def describe(self) -> str:
        """The plan in words."""
        return "through its lookup item"


KeyPlan = Direct | ViaParents | ViaLookup
"""How to get the item key from the entity's key; `requests` counts those before the item's own."""


def plan_key(contract: Contract, entity: str) -> KeyPlan:
    """How the item key of `entity` is got from its key.

    Args:
        contract: the contract.
        entity: the entity's name.
    """
    of = contract.entities[entity]
    if not _needs_itself(contract, entity):
        found = resolution(contract, entity, of.key, item_key_fields(contract, of))
        if isinstance(found, Resolution):
            return ViaParents(found, found.requests) if found.steps else Direct(found)
    return ViaLookup(Lookup("key", lookup_slots(of, of.key)))


def resolution(contract: Contract, entity: str, given: Iterable[str], needed: Iterable[str]) -> Resolution | str:
    """How the fields `needed` of an entity follow from the fields `given`.

    Returns:
        The resolution, or the reason why there is none.
    """
    derivations = _followed(contract, entity, frozenset(given), needed)
    if isinstance(derivations, str):
        return derivations
    steps: list[ResolveStep] = []
    fields = tuple((derived, _add_steps(contract, derived, steps)) for derived in derivations)
    return Resolution(tuple(steps), fields)


def _followed(
    contract: Contract, entity: str, given: frozenset[str], needed: Iterable[str]
) -> tuple[DerivedField, ...] | str:
    """The derived fields among `needed`, if all of them follow from `given`; else the reason."""
    derivations = derived_fields(contract, entity)
    found = []
    for name in needed:
        if name in given:
            continue
        derived = derivations.get(name)
        if derived is None or derived.kind in {"to_many", "aggregate"}:
            return f"{name} is not given"
        if derived.reason is not None:
            return f"{name} cannot be resolved: {derived.reason}"
        if derived.snapshot and derived.hops:
            return f"{name} is a snapshot: the joined value may have changed since"
        if lacking := sorted(derived.own - given):
            return f"{name} needs {', '.join(lacking)}"
        found.append(derived)
    return tuple(found)


def _needs_itself(contract: Contract, entity: str) -> bool:
    """Whether resolving this entity's item key through its joins would come back to it."""
    seen: set[str] = set()
    waiting = [entity]
    while waiting:
        of = contract.entities[waiting.pop()]
        derivations = _followed(contract, of.name, frozenset(of.key), item_key_fields(contract, of))
        if isinstance(derivations, str):
            continue
        parents = {hop.entity for derived in derivations for hop in derived.hops} - seen
        seen |= parents
        waiting += parents
    return entity in seen


def _add_steps(contract: Contract, derived: DerivedField, steps: list[ResolveStep]) -> tuple[int, ...]:
    """Add the derived field's hops to the steps, sharing equal ones; the steps' numbers."""
    numbers: list[int] = []
    for hop in derived.hops:
        key = tuple((name, _renumbered(source, numbers)) for name, source in hop.key)
        number = next((i for i, s in enumerate(steps) if (s.entity, s.key) == (hop.entity, key)), len(steps))
        reads = (*(steps[number].reads if number < len(steps) else ()), *hop.reads)
        steps[number : number + 1] = [_step(contract, hop.entity, key, tuple(dict.fromkeys(reads)))]
        numbers.append(number)
    return tuple(numbers)


def _step(contract: Contract, entity: str, key: tuple[tuple[str, Source], ...], reads: tuple[str, ...]) -> ResolveStep:
    plan = plan_key(contract, entity)
    from_key = isinstance(plan, ViaLookup) and set(reads) <= readable(contract, contract.entities[entity])
    return ResolveStep(entity, key, reads, plan, from_key, plan.requests + (0 if from_key else 1))


def _renumbered(source: Source, numbers: Sequence[int]) -> Source:
    return From(numbers[source.hop], source.field) if isinstance(source, From) else source


def lookup_slots(entity: Entity, fields: Iterable[str]) -> tuple[Slot, ...]:
    """The parts of a lookup item's key over these fields."""
    attributes = [entity.fields[name] for name in fields]
    return tuple(Slot(a.field, type=a.value_type, fold=a.fold, escaped="%|") for a in attributes)


def lookups(contract: Contract, entity: str) -> tuple[Lookup, ...]:
    """The lookup items that an entity has: one for its key where needed, one for each unique list.

    A unique list that the item key itself enforces has none: one of exactly the fields that the item key is
    made of. Nor has one of exactly the fields of the entity's key, of which there is one anyway.
    """
    of = contract.entities[entity]
    plan = plan_key(contract, entity)
    found = [plan.lookup] if isinstance(plan, ViaLookup) else []
    enforced = [frozenset(of.key)]
    if _distinct(contract, of):
        enforced.append(frozenset(item_key_fields(contract, of)))
    for fields in of.unique:
        if frozenset(fields) not in enforced:
            enforced.append(frozenset(fields))
            found.append(Lookup("unique", lookup_slots(of, fields)))
    return tuple(found)


def write_actions(contract: Contract, entity: str) -> int:
    """How many write actions of a transaction writing one entity takes: its item, and its lookup items."""
    return 1 + len(lookups(contract, entity))


def _distinct(contract: Contract, entity: Entity) -> bool:
    """Whether different values of the item key's fields give different item keys, collation aside."""
    templates = key_templates(contract.table_of(entity.name), entity).values()
    return all(_tells_apart(slot, last=slot is t.parts[-1]) for t in templates for slot in t.slots)


def _tells_apart(slot: Slot, *, last: bool) -> bool:
    if slot.default is not None or not (slot.exact or (slot.fold and not slot.spec)):
        return False
    return last or slot.width is not None or bool(slot.escaped)
