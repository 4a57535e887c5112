"""How every entity of a contract is stored, and the tables of crossfade's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property

from crossfade.contract.derive import Dependant, dependants
from crossfade.contract.model import Contract
from crossfade.contract.plan import plan_pattern
from crossfade.contract.query_plan import QueryPlan
from crossfade.dal.prepare import Clock
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.tables import CONTROL, LOOKUP, table_name


class Layout:
    """How every entity of a contract is stored.

    Attributes:
        contract: the contract.
        prefix: what stands before every table's name.
        lookup_table, control_table: the full names of crossfade's own tables.
    """

    def __init__(self, contract: Contract, prefix: str, clock: Clock) -> None:
        """Raises ConfigurationError where an attribute cannot store its field's type."""
        self.contract = contract
        self.prefix = prefix
        self.lookup_table = table_name(prefix, LOOKUP)
        self.control_table = table_name(prefix, CONTROL)
        self._shelves = {name: Shelf(contract, e, prefix, clock) for name, e in contract.entities.items()}

    def of(self, entity: str) -> Shelf:
        """How `entity` is stored."""
        return self._shelves[entity]

    @cached_property
    def plan(self) -> Callable[[str, str], QueryPlan]:
        """The plan of an entity's access pattern, by entity and pattern."""
        return cache(lambda entity, pattern: plan_pattern(self.contract, entity, pattern))

    @cached_property
    def dependants(self) -> Callable[[str, frozenset[str] | None], tuple[Dependant, ...]]:
        """Who copies which fields of an entity, by entity and changed fields (None for all)."""
        return cache(lambda entity, changed: dependants(self.contract, entity, changed))
