"""The plans of a contract: how each entity is found by its key, and by each of its access patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crossfade.contract.choose import Planner
from crossfade.contract.lookup import Lookup
from crossfade.contract.model import Contract, Entity
from crossfade.contract.plan_key import (
    Direct,
    KeyPlan,
    Resolution,
    ResolveStep,
    ViaLookup,
    ViaParents,
    item_key,
    key_value,
    lookups,
    plan_key,
    read_item_key,
    resolution,
    write_actions,
)
from crossfade.contract.query_plan import Access, PlanError, QueryPlan

__all__ = [
    "Access",
    "Direct",
    "EntityPlan",
    "KeyPlan",
    "Lookup",
    "PlanError",
    "QueryPlan",
    "Resolution",
    "ResolveStep",
    "ViaLookup",
    "ViaParents",
    "item_key",
    "key_value",
    "lookups",
    "plan_contract",
    "plan_key",
    "plan_pattern",
    "read_item_key",
    "resolution",
    "write_actions",
]


@dataclass(frozen=True, slots=True)
class EntityPlan(Mapping[str, QueryPlan]):
    """The plans of one entity; as a mapping, of its access patterns by name.

    A pattern that nothing serves raises its PlanError when it is asked for.

    Attributes:
        key: how the item key is got from the key.
        lookups: its lookup items.
        patterns: the plan of each pattern, or why there is none.
    """

    key: KeyPlan
    lookups: tuple[Lookup, ...]
    patterns: Mapping[str, QueryPlan | PlanError]

    def __getitem__(self, pattern: str) -> QueryPlan:
        found = self.patterns[pattern]
        if isinstance(found, PlanError):
            raise found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)

    @property
    def errors(self) -> dict[str, PlanError]:
        """The patterns that nothing serves."""
        return {name: found for name, found in self.patterns.items() if isinstance(found, PlanError)}


def plan_contract(contract: Contract) -> dict[str, EntityPlan]:
    """The plans of every entity, by name."""
    return {name: _plan_entity(contract, entity) for name, entity in contract.entities.items()}


def _plan_entity(contract: Contract, entity: Entity) -> EntityPlan:
    patterns: dict[str, QueryPlan | PlanError] = {}
    for name in entity.access_patterns:
        try:
            patterns[name] = plan_pattern(contract, entity.name, name)
        except PlanError as error:
            patterns[name] = error
    return EntityPlan(plan_key(contract, entity.name), lookups(contract, entity.name), patterns)


def plan_pattern(contract: Contract, entity_name: str, pattern_name: str) -> QueryPlan:
    """How an access pattern is answered.

    Raises:
        PlanError: nothing serves it.
        KeyError: there is no such entity or pattern.
    """
    entity = contract.entities[entity_name]
    return Planner(contract, entity, entity.access_patterns[pattern_name]).plan()
