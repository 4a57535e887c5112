"""What follows from derived fields where no database joins: who must be told when a record changes.

Values themselves are made by `deriver`, counts and sums kept by `aggregates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crossfade.contract.aggregates import (
    AggregateField,
    Delta,
    aggregate_effects,
    aggregate_fields,
    deltas,
)
from crossfade.contract.counted import AggregateEffect
from crossfade.contract.derived import Constant, DerivedField, From, Hop, Own, Source
from crossfade.contract.deriver import Deriver, ParentKey, row_fields
from crossfade.contract.evaluate import evaluate, holds
from crossfade.contract.hops import derived_fields
from crossfade.contract.model import Contract
from crossfade.contract.model_rules import Reference
from crossfade.contract.plan import PlanError, plan_pattern

__all__ = [
    "AggregateEffect",
    "AggregateField",
    "BackStep",
    "Constant",
    "Delta",
    "Dependant",
    "DerivedField",
    "Deriver",
    "From",
    "Hop",
    "Own",
    "ParentKey",
    "Source",
    "aggregate_effects",
    "aggregate_fields",
    "deltas",
    "dependants",
    "derived_fields",
    "evaluate",
    "holds",
    "joined_fields",
    "references_to",
    "row_fields",
]


@dataclass(frozen=True, slots=True)
class BackStep:
    """From records already known to those that join them.

    Attributes:
        entity: the entity to look for.
        pattern: its access pattern; None where `arguments` are its key.
        arguments: the pattern's arguments (or the key's fields), each with the known record's field that gives it.
    """

    entity: str
    pattern: str | None
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dependant:
    """Derived fields of another entity that are made of a changed one.

    Attributes:
        entity: the entity that holds them.
        fields: which; dotted for a column of owned rows (`items.product_name`).
        chain: from the changed record to the entities' records: each step starts from all that the one before
            found. Records may be found whose value stays the same. Take the steps before the change is written:
            a pattern may find its partition through the changed record itself (a cart under the user's email).
        reason: why they cannot be found; `chain` is then empty.
    """

    entity: str
    fields: tuple[str, ...]
    chain: tuple[BackStep, ...]
    reason: str | None = None


def joined_fields(contract: Contract, entity: str) -> tuple[DerivedField, ...]:
    """The fields that are joined from other entities, or calculated from joined values, of an entity.

    Those that cannot be followed are among them, with their reason.
    """
    found = derived_fields(contract, entity).values()
    return tuple(d for d in found if d.kind == "to_one" or d.hops)


def references_to(contract: Contract, entity: str) -> tuple[tuple[str, Reference], ...]:
    """The references of all entities to this one: the referring entity's name, and the reference."""
    every = ((name, reference) for name, of in contract.entities.items() for reference in of.references)
    return tuple((name, reference) for name, reference in every if reference.entity == entity)


def dependants(contract: Contract, entity: str, changed: Iterable[str] | None = None) -> tuple[Dependant, ...]:
    """The derived fields, kept equal, that are made of fields of this entity.

    Args:
        contract: the contract.
        entity: the entity that changes.
        changed: the fields that change; None for all.

    Returns:
        One per dependent entity and way to it; a field that several ways lead to is in each of them.
    """
    of_interest = None if changed is None else frozenset(changed)
    found: dict[tuple[str, tuple[BackStep, ...], str | None], dict[str, None]] = {}
    for name, derived in _propagated(contract):
        for number, hop in enumerate(derived.hops):
            if hop.entity == entity and (of_interest is None or of_interest.intersection(hop.reads)):
                chain, reason = _way_back(contract, derived, number, rows=name != derived.field)
                found.setdefault((derived.entity, chain, reason), {})[name] = None
    return tuple(Dependant(of, tuple(fields), chain, reason) for (of, chain, reason), fields in found.items())


def _propagated(contract: Contract) -> Iterator[tuple[str, DerivedField]]:
    """Every derived field that is kept equal, by its name, dotted in owned rows."""
    for entity in contract.entities:
        for name, derived in derived_fields(contract, entity).items():
            if derived.snapshot:
                continue
            yield name, derived
            if derived.kind == "to_many":
                columns = row_fields(contract, entity, name).items()
                yield from ((f"{name}.{column}", of_row) for column, of_row in columns)


def _way_back(
    contract: Contract, derived: DerivedField, number: int, *, rows: bool
) -> tuple[tuple[BackStep, ...], str | None]:
    """The steps from a record that hop `number` reads to those that hold the field, or why there are none."""
    chain: list[BackStep] = []
    while number >= 0:
        hop = derived.hops[number]
        origins = {_origin(source) for _, source in hop.key if not isinstance(source, Constant)}
        if len(origins) != 1:
            return (), f"what leads to {hop.entity} is not in one record"
        number = origins.pop()
        arguments = [(source.field, name) for name, source in hop.key if not isinstance(source, Constant)]
        entity = derived.entity if number < 0 else derived.hops[number].entity
        fields = [field for field, _ in arguments]
        if number < 0 and rows:
            return (), f"no access pattern of {entity} can be by a column of its owned rows ({', '.join(fields)})"
        by = _found_by(contract, entity, fields)
        if isinstance(by, str):
            return (), by
        chain.append(BackStep(entity, by[0], tuple(arguments)))
    return tuple(chain), None


def _origin(source: Source) -> int:
    return source.hop if isinstance(source, From) else -1


def _found_by(contract: Contract, entity: str, fields: Sequence[str]) -> tuple[str | None] | str:
    """The access pattern (None for the key) that finds every record with given values of `fields`, or why none."""
    of = contract.entities[entity]
    if set(of.key) == set(fields):
        return (None,)
    served: list[tuple[bool, str]] = []
    reasons: list[str] = []
    for name, pattern in of.access_patterns.items():
        if set(pattern.by) != set(fields):
            continue
        try:
            plan = plan_pattern(contract, entity, name)
        except PlanError as error:
            reasons.append(str(error))
            continue
        hidden = [*plan.present, *plan.truthy]
        if plan.enumerated is not None:
            reasons.append(f"{entity}.{name} needs a range of {pattern.range}")
        elif hidden:
            reasons.append(f"{entity}.{name} does not see every record: {', '.join(hidden)} may be null")
        else:
            served.append((not plan.consistent, name))
    if served:
        return (min(served, key=lambda s: s[0])[1],)
    return "; ".join(reasons) or f"no access pattern of {entity} is by {', '.join(fields)} alone"
