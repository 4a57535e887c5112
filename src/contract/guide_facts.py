"""What the parts of a guide look at: every access pattern with its plan, every derived field with how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_rules import Reference
from crossfade.contract.plan import EntityPlan, QueryPlan, plan_contract


@dataclass(frozen=True)
class Facts:
    """A contract and its plans.

    Attributes:
        contract: the contract.
    """

    contract: Contract

    @cached_property
    def plans(self) -> dict[str, EntityPlan]:
        """The plans, by entity."""
        return plan_contract(self.contract)

    @property
    def entities(self) -> Iterator[Entity]:
        """Every entity."""
        yield from self.contract.entities.values()

    @property
    def queries(self) -> Iterator[QueryPlan]:
        """The plan of every access pattern that something serves."""
        for plans in self.plans.values():
            yield from (plan for plan in plans.patterns.values() if isinstance(plan, QueryPlan))

    @property
    def fields(self) -> Iterator[tuple[Entity, Attribute]]:
        """Every field."""
        for entity in self.entities:
            yield from ((entity, attribute) for attribute in entity.fields.values())

    @property
    def references(self) -> Iterator[tuple[Entity, Reference]]:
        """Every reference."""
        for entity in self.entities:
            yield from ((entity, reference) for reference in entity.references)

    def patterns_where(self, holds: Callable[[QueryPlan], object]) -> list[str]:
        """The access patterns of which something holds, such as `JOB.of_shop`."""
        return [f"{plan.entity}.{plan.pattern.name}" for plan in self.queries if holds(plan)]

    def fields_where(self, holds: Callable[[Attribute], object]) -> list[str]:
        """The fields of which something holds, such as `CART.product_name`."""
        return [f"{entity.name}.{attribute.field}" for entity, attribute in self.fields if holds(attribute)]
