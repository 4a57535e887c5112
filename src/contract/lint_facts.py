"""What the lint rules ask: the contract with its plans, and the source behind it where known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from crossfade.contract.aggregates import AggregateField, aggregate_fields
from crossfade.contract.derived import DerivedField
from crossfade.contract.hops import derived_fields
from crossfade.contract.measured import Statistics
from crossfade.contract.model import Attribute, Contract, Entity, Table
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan import EntityPlan, PlanError, QueryPlan, plan_contract
from crossfade.contract.source import SourceColumn, SourceSchema, SourceTable
from crossfade.contract.template import Slot, Template
from crossfade.contract.types import ValueType, declared

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Facts:
    """A contract under lint.

    Attributes:
        schema: the source's tables; None where only the contract is checked.
        statistics: what was measured; None where nothing was.
        written: the contract as it stands in its file, where `contract` has what the source adds.
    """

    contract: Contract
    schema: SourceSchema | None = None
    statistics: Statistics | None = None
    written: Contract | None = None

    @cached_property
    def plans(self) -> dict[str, EntityPlan]:
        """The plans of every entity."""
        return plan_contract(self.contract)

    @cached_property
    def derived(self) -> dict[str, dict[str, DerivedField]]:
        """The derived fields of every entity."""
        return {name: derived_fields(self.contract, name) for name in self.contract.entities}

    @cached_property
    def aggregates(self) -> dict[str, tuple[AggregateField, ...]]:
        """The counts and sums of every entity, with what adds to them."""
        return {name: aggregate_fields(self.contract, name) for name in self.contract.entities}

    @cached_property
    def group_of(self) -> dict[str, str]:
        """The group of every entity."""
        return {entity: group for group, members in self.contract.groups.items() for entity in members}

    @property
    def entities(self) -> Iterator[Entity]:
        """The entities, in the contract's order."""
        yield from self.contract.entities.values()

    @property
    def attributes(self) -> Iterator[tuple[Entity, Attribute]]:
        """Every attribute with its entity."""
        for entity in self.entities:
            for attribute in entity.attributes:
                yield entity, attribute

    @property
    def patterns(self) -> Iterator[tuple[Entity, AccessPattern, QueryPlan | PlanError]]:
        """Every access pattern with its entity and its plan."""
        for entity in self.entities:
            for name, plan in self.plans[entity.name].patterns.items():
                yield entity, entity.access_patterns[name], plan

    def noted(self, kind: str) -> Found:
        """What loading noted of one kind, each with its path."""
        return ((note.path, note.message) for note in self.contract.notes if note.kind == kind)

    def table(self, entity: Entity) -> Table:
        """The table that holds an entity."""
        return self.contract.tables[entity.table]

    def item_key(self, entity: Entity) -> Iterator[tuple[str, Template]]:
        """The templates of an entity's item key, by attribute."""
        table = self.table(entity)
        for name in (table.pk, table.sk):
            if name is not None and name in entity.keys:
                yield name, entity.keys[name]

    def key_path(self, entity: Entity, name: str) -> str:
        """Where the key attribute `name` of an entity is defined."""
        attribute = next((a for a in entity.attributes if a.name == name), None)
        table = self.table(entity)
        if attribute is not None and not (attribute.plumbing and name in {table.pk, table.sk}):
            return attribute.path
        if name in {table.pk, table.sk}:
            return f"{entity.path}.{'pk' if name == table.pk else 'sk'}_template"
        return attribute.path if attribute is not None else entity.path

    def source(self, entity: Entity) -> SourceTable | None:
        """The table of an entity's rows, where known."""
        return self.schema.tables.get(entity.source_table) if self.schema else None

    def owned(self, entity: Entity) -> Iterator[tuple[SourceTable, Attribute]]:
        """The tables of an entity's owned rows, where known, with the attributes that list them."""
        for attribute in entity.attributes:
            if isinstance(attribute.derivation, ToMany) and attribute.derivation.owned and self.schema:
                table = self.schema.tables.get(attribute.derivation.table)
                if table is not None:
                    yield table, attribute

    def column(self, entity: Entity, attribute: Attribute) -> SourceColumn | None:
        """The column of a plain attribute, where known."""
        source = self.source(entity)
        return source.columns.get(attribute.column) if source and attribute.column else None

    def type_of(self, entity: Entity, attribute: Attribute) -> ValueType:
        """The type of an attribute: the source's, where known, else the contract's."""
        column = self.column(entity, attribute)
        return declared(column.type, attribute.type) if column else attribute.value_type

    def may_be_null(self, entity: Entity, field_: str) -> bool:
        """Whether a field may be null, as far as is known: an attribute without a source type is not known to."""
        attribute = next((a for a in entity.attributes if a.field == field_), None)
        if attribute is None or attribute.transformation is not None:
            return False
        column = self.column(entity, attribute)
        if column is not None:
            return column.nullable
        return attribute.nullable and bool(attribute.value_type.source)


Found = Iterator[tuple[str, str]]
"""What a rule finds: JSON paths, each with what is wrong there."""

Check = Callable[[Facts], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """A lint rule.

    Attributes:
        code: stable; examples are called by it.
        title: what it finds, in one line.
        hint: what to do.
        needs: what it works on besides the contract.
    """

    code: str
    severity: Severity
    title: str
    hint: str
    check: Check
    needs: Literal["contract", "schema", "statistics"] = "contract"


@dataclass
class Registry:
    """The rules of one module, in the order of their definition."""

    needs: Literal["contract", "schema", "statistics"] = "contract"
    rules: list[Rule] = field(default_factory=list)

    def rule(self, code: str, severity: Severity, title: str, hint: str) -> Callable[[Check], Check]:
        """Register the decorated function as a rule."""

        def add(check: Check) -> Check:
            self.rules.append(Rule(code, severity, title, hint, check, self.needs))
            return check

        return add


def exact(slot: Slot) -> bool:
    """Whether different values of a slot give different texts, collation aside."""
    return slot.exact or (slot.fold is not None and not slot.spec)
