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
from crossfade.dynamodb.tombstones import Tombstones


class Layout:
    """How every entity of a contract is stored.

    Args:
        contract: the contract.
        prefix: before every table's name.
        clock: gives the current time as an aware datetime.
        tombstones: whether deletes leave tombstones.

    Attributes:
        contract: the contract.
        prefix: what stands before every table's name.
        lookup_table, control_table: the full names of crossfade's own tables.

    Raises:
        ConfigurationError: an attribute cannot store its field's type.
    """

    def __init__(self, contract: Contract, prefix: str, clock: Clock, *, tombstones: bool = False) -> None:
        self._clock, self._leaves = clock, tombstones
        self.contract = contract
        self.prefix = prefix
        self.lookup_table = table_name(prefix, LOOKUP)
        self.control_table = table_name(prefix, CONTROL)
        self._shelves = {name: Shelf(contract, e, prefix, clock) for name, e in contract.entities.items()}

    def of(self, entity: str) -> Shelf:
        """How `entity` is stored."""
        return self._shelves[entity]

    def tombstones(self, token: str) -> Tombstones | None:
        """What makes the tombstones of a write made now with `token` as its `_rev`; None where deletes leave none."""
        return Tombstones(token, self._clock()) if self._leaves else None

    @cached_property
    def plan(self) -> Callable[[str, str], QueryPlan]:
        """The plan of an entity's access pattern, by entity and pattern."""
        return cache(lambda entity, pattern: plan_pattern(self.contract, entity, pattern))

    @cached_property
    def dependants(self) -> Callable[[str, frozenset[str] | None], tuple[Dependant, ...]]:
        """Who copies which fields of an entity, by entity and changed fields (None for all)."""
        return cache(lambda entity, changed: dependants(self.contract, entity, changed))
