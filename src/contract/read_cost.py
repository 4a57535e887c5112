"""The units that reads take of DynamoDB, as the store makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crossfade.contract.model import Contract, Entity, Index
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.own_tables import LOOKUP
from crossfade.contract.parents import parents
from crossfade.contract.plan_key import KeyPlan, ResolveStep, ViaLookup, ViaParents, lookups, plan_key
from crossfade.contract.query_plan import QueryPlan
from crossfade.contract.sizes import entry_size, item_size
from crossfade.contract.units import read_units
from crossfade.contract.usage import Use


class ReadCounter:
    """Counts for one entity.

    Attributes:
        entity: the entity.
        unknown: what was asked for and is not known, once each; it was counted as the least there can be.
    """

    def __init__(self, contract: Contract, entity: Entity) -> None:
        self._contract = contract
        self.entity = entity
        self._table = contract.table_of(entity.name)
        self._plan = plan_key(contract, entity.name)
        self._lookups = lookups(contract, entity.name)
        self._parents = parents(contract, entity.name)
        self.unknown: dict[str, None] = {}

    # ----------------------------------------------------------------------------------------- sizes

    def _size(self, entity: Entity | None = None) -> float:
        of = entity or self.entity
        size = item_size(self._contract, of)
        if size is None:
            self.unknown[f"the size of {of.name}'s items"] = None
        return size or 1.0

    def _entry(self, index: Index, entity: Entity | None = None) -> float:
        of = entity or self.entity
        return entry_size(self._contract, of, index, self._size(of))

    # ----------------------------------------------------------------------------------------- reads

    def read(self, entity: Entity | None = None) -> Use:
        """Reading one item, of this entity or of another, strongly consistent."""
        of = entity or self.entity
        return Use(of.table, read=read_units(self._size(of)))

    def _located(self, plan: KeyPlan) -> Iterator[Use]:
        """What finding the item key takes."""
        if isinstance(plan, ViaLookup):
            yield Use(LOOKUP, read=1.0)
        elif isinstance(plan, ViaParents):
            yield from self._resolved(plan.resolution.steps)

    def _resolved(self, steps: Iterable[ResolveStep]) -> Iterator[Use]:
        for step in steps:
            yield from self._located(step.plan)
            if not step.from_key:
                yield self.read(self._contract.entities[step.entity])

    def get(self) -> Iterator[Use]:
        """A read by key."""
        yield from self._located(self._plan)
        yield self.read()

    def pattern(self, pattern: AccessPattern, plan: QueryPlan) -> Iterator[Use]:
        """A page of an access pattern."""
        yield from self._resolved(plan.resolve)
        match plan.access:
            case "get":
                yield self.read()
            case "unique":
                yield Use(LOOKUP, read=1.0)
                yield self.read()
            case "scan":
                yield Use(self._table.name, read=read_units(self._whole_table()))
            case "query":
                yield from self._queried(pattern, plan)

    def _queried(self, pattern: AccessPattern, plan: QueryPlan) -> Iterator[Use]:
        items = 1.0 if pattern.unique else pattern.items
        if items is None:
            self.unknown[f"how many items {self.entity.name}.{pattern.name} reads"] = None
            items = 1.0
        if plan.index is None:
            yield Use(self._table.name, read=read_units(items * self._size()))
            return
        entry = self._entry(self._table.index(plan.index))
        yield Use(self._table.name, plan.index, read=read_units(items * entry, consistent=False))
        if plan.fetch:
            yield Use(self._table.name, read=items * read_units(self._size()))

    def _whole_table(self) -> float:
        total = 0.0
        for name in self._table.entities:
            entity = self._contract.entities[name]
            if entity.estimate.items is None:
                self.unknown[f"how many {name} there are"] = None
            total += self._size(entity) * (entity.estimate.items or 0)
        return total
