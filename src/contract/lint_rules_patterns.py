"""Lint rules about indexes and access patterns."""

from __future__ import annotations

from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.model import Entity
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan import PlanError, QueryPlan
from crossfade.contract.shape import show
from crossfade.contract.template import Slot

PATTERNS = Registry()

# Amazon DynamoDB Developer Guide, "Quotas": 20 global secondary indexes per table by default.
MAX_INDEXES = 20
_NUMBERS = {"int", "decimal", "number", "float"}


@PATTERNS.rule("CF201", "warning", "an index that nothing uses", "remove it: every write pays for it")
def unused_index(facts: Facts) -> Found:
    """Told where access patterns are declared at all."""
    used = {(e.table, plan.index) for e, _, plan in facts.patterns if isinstance(plan, QueryPlan)}
    wanted = {(e.table, pattern.index) for e, pattern, _ in facts.patterns}
    for table in facts.contract.tables.values():
        declared = any(facts.contract.entities[name].access_patterns for name in table.entities)
        for index in table.indexes:
            if declared and (table.name, index.name) not in used | wanted:
                yield index.path, f"no access pattern uses {index.name}"


@PATTERNS.rule("CF202", "error", "an access pattern that no index serves", "see what the nearest index lacks")
def unserved_pattern(facts: Facts) -> Found:
    """With the nearest index, and what it lacks."""
    for _, pattern, plan in facts.patterns:
        if isinstance(plan, PlanError):
            yield pattern.path, str(plan)


@PATTERNS.rule("CF203", "error", "more than 20 indexes on a table", "share indexes between entities")
def too_many_indexes(facts: Facts) -> Found:
    """DynamoDB allows 20 global secondary indexes per table."""
    for table in facts.contract.tables.values():
        if len(table.indexes) > MAX_INDEXES:
            yield f"{table.path}.gsis", f"{table.name} has {len(table.indexes)} indexes, {MAX_INDEXES} are allowed"


@PATTERNS.rule(
    "CF204",
    "warning",
    "a sort key that does not sort as declared",
    "pad a number ({n:012d}), write a time from the year on, put a text last",
)
def unsorted(facts: Facts) -> Found:
    """The sort key holds the pattern's range field, but its texts do not sort as its values do."""
    for entity, pattern, plan in facts.patterns:
        slot = _range_slot(pattern, plan)
        if slot is not None:
            assert isinstance(plan, QueryPlan)  # noqa: S101 - narrows the type; there is a slot
            assert plan.sort  # noqa: S101 - as above
            why = f"{_why(slot, last=plan.sort.parts[-1] is slot)} in {show(plan.sort.source)}"
            yield pattern.path, f"{entity.name} by {pattern.range} is not in order: {why}"


def _range_slot(pattern: AccessPattern, plan: QueryPlan | PlanError) -> Slot | None:
    if isinstance(plan, PlanError) or plan.access != "query" or plan.ordered or plan.sort is None:
        return None
    return next((s for s in plan.sort.slots if s.field == pattern.range and not _folds(s)), None)


def _folds(slot: Slot) -> bool:
    """Whether its text is the column's fold: no place in a key puts it in order, so that there is nothing to do."""
    return slot.fold is not None and not slot.spec


def _why(slot: Slot, *, last: bool) -> str:
    if slot.spec in {"upper", "lower"}:
        return f"{slot.field} is changed to another case"
    if slot.type.kind in _NUMBERS:
        signed = slot.type.minimum is None or slot.type.minimum < 0
        return f"{slot.field} can be negative" if slot.width and signed else f"{slot.field} is not padded"
    if "%" in slot.spec:
        return f"{slot.spec} does not go from the year to the smallest unit"
    if not slot.type.source and slot.type.kind in {"str", "any"}:
        return f"the type of {slot.field} is not known (crossfade contract lock)"
    if not last and slot.width is None:
        return f"{slot.field} has no fixed width, and something follows it"
    return f"something precedes {slot.field}"


@PATTERNS.rule("CF205", "info", "a number in a sort key that is not padded", "pad it: {n:012d} sorts as the numbers do")
def unpadded_number(facts: Facts) -> Found:
    """As texts, 10 sorts before 9. It matters where a range or an order is asked for."""
    for entity in facts.entities:
        table = facts.table(entity)
        for name in dict.fromkeys((table.sk, *(i.sk for i in table.indexes))):
            template = entity.keys.get(name or "")
            if template is None or (template.bare and table.key_types.get(name or "") != "S"):
                continue
            for slot in template.slots:
                if slot.type.kind in _NUMBERS and slot.width is None and not slot.spec:
                    yield facts.key_path(entity, name or ""), f"{slot.field} is not padded in {show(template.source)}"


@PATTERNS.rule("CF206", "warning", "an access pattern that is unique by nothing", 'declare the fields "unique", or not')
def unenforced_unique(facts: Facts) -> Found:
    """The pattern promises one entity at most, but no key and no unique list keeps a second one out."""
    for entity, pattern, _ in facts.patterns:
        if pattern.unique and not _enforced(entity, pattern):
            yield pattern.path, f"several {entity.name} can have the same {', '.join(pattern.by) or 'nothing'}"


def _enforced(entity: Entity, pattern: AccessPattern) -> bool:
    return any(set(fields) <= set(pattern.by) for fields in (entity.key, *entity.unique) if fields)


@PATTERNS.rule("CF207", "info", "an access pattern that reads the whole table", "give it an index if it is asked often")
def scans(facts: Facts) -> Found:
    """Allowed by `scan: true`; every call pays for every item."""
    for entity, pattern, plan in facts.patterns:
        if isinstance(plan, QueryPlan) and plan.access == "scan":
            yield pattern.path, f"{entity.name}.{pattern.name} scans {entity.table}"


@PATTERNS.rule(
    "CF208",
    "info",
    "a range that is sorted in memory",
    'put the range field into the sort key; a field with a "fold" no key sorts',
)
def sorted_in_memory(facts: Facts) -> Found:
    """The sort key does not hold the pattern's range field, or holds its fold: a page reads the whole partition.

    Nothing is told where a pattern has no range field: the order of the key is then one that nobody asked for.
    """
    for entity, pattern, plan in facts.patterns:
        reads = isinstance(plan, QueryPlan) and plan.access == "query" and pattern.range and not plan.ordered
        if reads and _range_slot(pattern, plan) is None:
            yield pattern.path, f"{entity.name}.{pattern.name} reads whole partitions to sort by {pattern.range}"
