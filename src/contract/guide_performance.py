"""The part of a guide that says what calls take, and where many of them meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from crossfade.contract.guide_facts import Facts
from crossfade.contract.markdown import code, codes, table_lines
from crossfade.contract.model import Entity, Table
from crossfade.contract.parents import parents
from crossfade.contract.plan import QueryPlan
from crossfade.contract.template import Slot
from crossfade.contract.usage import Use
from crossfade.contract.workload import Request, by_place, requests

# Amazon DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively in DynamoDB".
READ_LIMIT, WRITE_LIMIT = 3000, 1000
"""Units a second that one partition delivers."""
_FEW = 10
"""So many partitions, or fewer, are told: a busy one among them does not spread."""


def performance(facts: Facts) -> Iterator[str]:
    """The lines of the part."""
    every = requests(facts.contract)
    yield from ["## Performance", "", "One call on DynamoDB, keys resolved and lookup items included:", ""]
    yield from table_lines(("call", "read units", "write units", "answered by"), _calls(facts, every))
    met = list(_met(facts))
    if met:
        yield from ["", "Where writers meet, each of them in a transaction that the others may delay:", ""]
        yield from (f"- {text}" for text in met)
    busy = [_told(partition) for partition in _partitions(facts, every)]
    if busy:
        yield from [
            "",
            f"One partition delivers {READ_LIMIT:,} read and {WRITE_LIMIT:,} write units a second. These are",
        ]
        yield from ["few, so that this is what the busiest can have to take, in the last stage at the peak:", ""]
        yield from table_lines(("place", "partitions", "entity", "read units/s", "write units/s", ""), busy)


# ----------------------------------------------------------------------------------------------- calls


def _calls(facts: Facts, every: tuple[Request, ...]) -> Iterator[tuple[str, ...]]:
    for request in every:
        if request.rps == 0:
            continue
        read, write = sum(u.read for u in request.uses), sum(u.write for u in request.uses)
        least = "at least " if request.unknown else ""
        units = (f"{least}{units:g}" if units else "–" for units in (read, write))
        yield (code(f"{request.entity}.{request.name}"), *units, _answered(facts, request))


def _answered(facts: Facts, request: Request) -> str:
    plan = facts.plans[request.entity].patterns.get(request.name)
    if not isinstance(plan, QueryPlan):
        return facts.plans[request.entity].key.describe() if request.name == "get" else ""
    said = [f"{plan.access} on {plan.index or 'the table'}"]
    said += ["may lag"] if not plan.consistent else []
    said += [f"{', '.join(step.entity for step in plan.resolve)} read first"] if plan.resolve else []
    said += ["each item read again"] if plan.fetch else []
    said += ["partitions one after the other"] if plan.enumerated else []
    said += ["sorted in memory"] if not plan.ordered and plan.access == "query" and not plan.pattern.unique else []
    return ", ".join(said)


def _met(facts: Facts) -> Iterator[str]:
    for entity in facts.entities:
        for parent in parents(facts.contract, entity.name):
            by = ", ".join(parent.by)
            if parent.adds:
                counts = codes(sorted(parent.adds))
                yield f"a create or delete of {entity.name} adds to {counts} of {parent.entity}, by {by}"
            elif parent.touched:
                yield f"a create of {entity.name} checks {parent.entity}, by {by}"


# ------------------------------------------------------------------------------------------ partitions


@dataclass(frozen=True, slots=True)
class _Partition:
    """A place with few partitions for an entity, and what they take together at the peak."""

    place: str
    entity: str
    count: int
    use: Use


def _partitions(facts: Facts, every: tuple[Request, ...]) -> Iterator[_Partition]:
    for entity in facts.entities:
        used = by_place((r for r in every if r.entity == entity.name), "dynamodb")
        of = facts.contract.table_of(entity.name)
        for index, attribute in _places(of):
            count = _count(entity, attribute)
            if count is not None and count <= _FEW:
                use = used.get((of.name, index), Use(of.name, index))
                yield _Partition(f"{of.name}.{index}" if index else of.name, entity.name, count, use)


def _places(of: Table) -> Iterator[tuple[str | None, str]]:
    yield None, of.pk
    yield from ((index.name, index.pk) for index in of.indexes)


def _count(entity: Entity, attribute: str) -> int | None:
    """How many partitions the values of a key attribute make; None where nothing bounds them."""
    if attribute not in entity.keys:
        return None
    counts = [_values(slot) for slot in entity.keys[attribute].slots]
    return prod(c for c in counts if c is not None) if None not in counts else None


def _values(slot: Slot) -> int | None:
    if slot.spec == "flag":
        return 1
    known = {"bool": 2, "enum": len(slot.type.values)}.get(slot.type.kind)
    return known + (slot.default is not None) if known is not None else None


def _told(partition: _Partition) -> tuple[str, ...]:
    use = partition.use
    over = [*(["reads"] if use.read > READ_LIMIT else []), *(["writes"] if use.write > WRITE_LIMIT else [])]
    told = f"{' and '.join(over)} for one partition" if over else "no"
    return partition.place, str(partition.count), partition.entity, f"{use.read:,.1f}", f"{use.write:,.1f}", told
