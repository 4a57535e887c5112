"""Lint rules about joined and calculated values, and about references between entities."""

from __future__ import annotations

from crossfade.contract.aggregates import aggregate_effects
from crossfade.contract.derivations import is_itself
from crossfade.contract.derive import dependants
from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import Aggregate, ToMany, ToOne
from crossfade.contract.model_rules import Reference
from crossfade.contract.shape import show
from crossfade.contract.template import Slot

JOINS = Registry()

_TEXTS = {"str", "any", "enum"}


@JOINS.rule("CF301", "error", "a self-join without an alias", 'give the joined row a name: "join_alias" or "alias"')
def self_join_without_alias(facts: Facts) -> Found:
    """Its condition compares a table with itself: every row matches, or none but the row itself."""
    for entity, attribute in facts.attributes:
        match attribute.derivation:
            case ToOne(steps=steps):
                joined = any(s.alias == entity.source_table for s in steps)
            case ToMany(alias=alias, joins=joins):
                joined = entity.source_table in {alias, *(s.alias for s in joins)}
            case Aggregate(alias=alias):
                joined = alias == entity.source_table
            case _:
                joined = False
        if joined:
            yield attribute.path, f"{attribute.name} joins {entity.source_table} to itself under the same name"


@JOINS.rule("CF302", "info", "an object of the row's own columns", "nothing to do, if that is what is meant")
def own_columns(facts: Facts) -> Found:
    """A json-construction on its own table whose condition compares a column with itself is read so."""
    return facts.noted("own-columns")


@JOINS.rule("CF303", "error", "a value kept equal across groups", "put both entities into one group, or use snapshot")
def propagated_across_groups(facts: Facts) -> Found:
    """Groups change stage apart: there would be times at which neither store can keep the value equal."""
    for entity, attribute in facts.attributes:
        derived = facts.derived[entity.name].get(attribute.field)
        if derived is None or attribute.maintain == "snapshot":
            continue
        for other in dict.fromkeys(hop.entity for hop in derived.hops):
            if facts.group_of.get(other) != facts.group_of.get(entity.name):
                message = f"{attribute.name} comes from {other} of group {show(facts.group_of.get(other))}"
                yield attribute.path, message


@JOINS.rule(
    "CF304",
    "warning",
    "a propagated value without a way back",
    "give the entity an access pattern by the joining fields",
)
def propagated_without_pattern(facts: Facts) -> Found:
    """On DynamoDB, those who hold the value are found by an access pattern. The stage `live` wants one."""
    for entity, attribute in facts.attributes:
        derived = facts.derived[entity.name].get(attribute.field)
        if attribute.maintain == "propagate" and derived and derived.reason:
            yield attribute.path, f"{attribute.name} cannot be followed: {derived.reason}"
    for of in facts.entities:
        for dependant in dependants(facts.contract, of.name):
            holder = facts.contract.entities[dependant.entity]
            for name in dependant.fields if dependant.reason else ():
                kept = holder.fields.get(name.partition(".")[0])
                if kept is not None and kept.maintain == "propagate":
                    yield kept.path, f"{name} changes with {of.name}: {dependant.reason}"


@JOINS.rule(
    "CF305",
    "error",
    "a propagated value that cannot be kept",
    'use "snapshot", COUNT or SUM, or own the rows ("owned")',
)
def unmaintainable(facts: Facts) -> Found:
    """MIN, MAX, AVG and lists of rows of others cannot be kept equal by adding what each write changes."""
    for entity, attribute in facts.attributes:
        if attribute.maintain != "propagate":
            continue
        if isinstance(attribute.derivation, Aggregate):
            counted = next(f for f in facts.aggregates[entity.name] if f.field == attribute.field)
            embedded = counted.effect is not None and counted.effect.embedded
            if counted.effect is None:
                yield attribute.path, f"{attribute.name} cannot be kept equal: {counted.reason}"
            elif counted.operation not in {"COUNT", "SUM"} and not embedded:
                yield attribute.path, f"{attribute.name}: {counted.operation} is not kept equal on DynamoDB"
        elif isinstance(attribute.derivation, ToMany) and not attribute.derivation.owned:
            yield attribute.path, f"{attribute.name} lists rows of {attribute.derivation.table}, which others write"


@JOINS.rule(
    "CF306", "warning", "a joined value that does not say how it is kept", '"maintain": "propagate" or "snapshot"'
)
def unsaid_maintenance(facts: Facts) -> Found:
    """Version 2 can say it, and what is not said surprises when the other row changes."""
    for _, attribute in facts.attributes if facts.contract.version == 2 else ():
        owned = isinstance(attribute.derivation, ToMany) and attribute.derivation.owned
        if isinstance(attribute.derivation, (ToOne, ToMany, Aggregate)) and not owned and attribute.maintain is None:
            yield attribute.path, f"{attribute.name} is joined, and does not say how it is kept"


@JOINS.rule("CF307", "warning", "a list without a limit", 'give the construction a "limit"')
def unlimited_list(facts: Facts) -> Found:
    """A list of other entities' rows grows until the item passes 400 KB."""
    for _, attribute in facts.attributes:
        many = attribute.derivation
        if isinstance(many, ToMany) and many.shape == "array" and many.limit is None and not many.owned:
            yield attribute.path, f"{attribute.name} takes every row of {many.table}"


@JOINS.rule("CF308", "warning", "a text for null that a value can equal", "use a text that no value has, such as #NONE")
def ambiguous_default(facts: Facts) -> Found:
    """A value that equals the text lies under the same key as null, and is read back as null."""
    for entity in facts.entities:
        for name, template in entity.keys.items():
            for slot in template.slots:
                if slot.default is not None and _can_equal(slot, slot.default):
                    yield facts.key_path(entity, name), f"{slot.field} can be {show(slot.default)} itself"


def _can_equal(slot: Slot, text: str) -> bool:
    if slot.type.kind == "enum":
        return text in slot.type.values
    return slot.type.kind in _TEXTS and not (set(slot.escaped) & set(text))


@JOINS.rule("CF309", "info", "a value for no row that a value can equal", "take a value that no row has")
def ambiguous_null_value(facts: Facts) -> Found:
    """Of a joined text in a key: rows without a joined row lie beside those whose joined text is the same."""
    for entity, attribute in facts.attributes:
        join = attribute.derivation
        if not isinstance(join, ToOne) or not isinstance(join.otherwise, str):
            continue
        in_key = any(attribute.field in t.fields for t in entity.keys.values())
        if in_key and attribute.value_type.kind in _TEXTS:
            yield attribute.path, f"{attribute.name} can be {show(join.otherwise)} with and without a joined row"


@JOINS.rule("CF310", "error", "a reference that DynamoDB cannot follow", 'give it a "pattern" by these fields')
def unfollowable_reference(facts: Facts) -> Found:
    """Cascade and set_null find those who refer by an access pattern; restrict by that, or by a counter."""
    for entity in facts.entities:
        for i, reference in enumerate(entity.references):
            if reason := _unfollowable(entity, reference):
                yield f"{entity.path}.references[{i}]", f"{entity.name} -> {reference.entity}: {reason}"


def _unfollowable(entity: Entity, reference: Reference) -> str | None:
    if reference.pattern is None:
        counted = reference.on_delete == "restrict" and reference.counted_by
        return None if counted else f"on_delete {reference.on_delete} has no pattern"
    by = entity.access_patterns[reference.pattern].by
    if set(by) != set(reference.fields):
        return (
            f"the pattern {reference.pattern} is by {', '.join(by) or 'nothing'}, not by {', '.join(reference.fields)}"
        )
    return None


@JOINS.rule("CF311", "error", "set_null on a field that is never null", "use cascade or restrict")
def set_null_on_required(facts: Facts) -> Found:
    """The field cannot become null."""
    for entity in facts.entities:
        for i, reference in enumerate(entity.references):
            for name in reference.fields if reference.on_delete == "set_null" else ():
                attribute = entity.fields[name.partition(".")[0]]
                if "." not in name and _required(facts, entity, attribute):
                    yield f"{entity.path}.references[{i}]", f"{entity.name}.{name} cannot be null"


def _required(facts: Facts, entity: Entity, attribute: Attribute) -> bool:
    column = facts.column(entity, attribute)
    return not (column.nullable if column else attribute.nullable)


@JOINS.rule(
    "CF312",
    "info",
    "a transaction that can pass 100 items",
    "keep the lists short: longer ones are refused; a delete goes in pieces outside of a unit of work",
)
def long_transaction(facts: Facts) -> Found:
    """DynamoDB takes 100 actions in a transaction (Developer Guide, "Quotas"); MySQL has no such limit."""
    for entity in facts.entities:
        for effect in aggregate_effects(facts.contract, entity.name):
            attribute = entity.fields.get(effect.rows or "")
            many = attribute.derivation if attribute else None
            if attribute and isinstance(many, ToMany) and (many.limit is None or many.limit >= _MOST_ACTIONS):
                message = (
                    f"a write of {entity.name} also counts each of its {effect.rows} in {effect.parent}.{effect.field}"
                )
                yield attribute.path, message
        for i, reference in enumerate(entity.references):
            if reference.on_delete != "restrict":
                what = "deletes" if reference.on_delete == "cascade" else "changes"
                message = f"a delete of {reference.entity} also {what} every {entity.name} that refers to it"
                yield f"{entity.path}.references[{i}]", message


_MOST_ACTIONS = 99


@JOINS.rule("CF313", "error", "a condition that always holds", "compare the joined row with the entity's own row")
def condition_always_holds(facts: Facts) -> Found:
    """A column compared with itself selects every row."""
    for entity, attribute in facts.attributes:
        derivation = attribute.derivation
        conditions = [s.condition for s in derivation.steps] if isinstance(derivation, ToOne) else []
        if isinstance(derivation, (ToMany, Aggregate)):
            conditions = [derivation.condition]
        own = isinstance(derivation, (ToMany, Aggregate)) and derivation.alias == entity.source_table
        if any(map(is_itself, conditions)) and not own:
            yield attribute.path, f"{attribute.name} joins every row"
