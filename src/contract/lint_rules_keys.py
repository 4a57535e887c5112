"""Lint rules about keys: what identifies an item, and whether two things can end up under one key."""

from __future__ import annotations

from itertools import combinations

from crossfade.contract.derived import Own
from crossfade.contract.lint_facts import Facts, Found, Registry, exact
from crossfade.contract.model import Entity, Index
from crossfade.contract.overlap import overlap
from crossfade.contract.shape import show
from crossfade.contract.sql import Column
from crossfade.contract.template import Slot

KEYS = Registry()


@KEYS.rule("CF101", "error", "a key attribute that is no attribute", "add the attribute, with its source column")
def key_attribute_missing(facts: Facts) -> Found:
    """The workshop's tools would write items without their key."""
    return facts.noted("implied-key")


@KEYS.rule(
    "CF102", "error", "an item key with a part that may be null", "give the placeholder a text for null: {x|NONE}"
)
def null_in_item_key(facts: Facts) -> Found:
    """An entity whose item key cannot be built cannot be stored, and is unreachable by its own key."""
    for entity in facts.entities:
        for name, template in facts.item_key(entity):
            for slot in template.slots:
                if slot.default is None and (slot.spec == "flag" or _null(facts, entity, slot)):
                    yield facts.key_path(entity, name), f"{entity.name} has no {name} where {slot.field} is null"


def _null(facts: Facts, entity: Entity, slot: Slot) -> bool:
    return slot.field not in entity.key and facts.may_be_null(entity, slot.field)


@KEYS.rule(
    "CF103", "error", "several entities under one item key", "add the fields of the entity's key to the sort key"
)
def item_key_not_unique(facts: Facts) -> Found:
    """The item key must lead back to one row: else one entity overwrites another, and a sync cannot project it."""
    for entity in facts.entities:
        known = _determined(facts, entity)
        if not any(known.issuperset(fields) for fields in (entity.key, *entity.unique)):
            shown = " and ".join(show(t.source) for _, t in facts.item_key(entity))
            lacking = ", ".join(f for f in entity.key if f not in known)
            yield entity.path, f"{entity.name}: {shown} do not tell entities apart: {lacking} cannot be read back"


def _determined(facts: Facts, entity: Entity) -> set[str]:
    """The fields that an item key fixes: those that can be read back, and those a unique joined value leads to."""
    known = {s.field for _, template in facts.item_key(entity) for s in template.slots if exact(s)}
    for name, derived in facts.derived[entity.name].items():
        hop = derived.hops[0] if len(derived.hops) == 1 and derived.kind == "to_one" else None
        if name not in known or hop is None or len(derived.selects) != 1:
            continue
        select, other = derived.selects[0], facts.contract.entities[hop.entity]
        if isinstance(select, Column) and (select.name,) in {other.key, *other.unique}:
            known |= {source.field for _, source in hop.key if isinstance(source, Own)}
    return known


@KEYS.rule("CF104", "error", "two entities of a table with overlapping keys", "begin each sort key with its own word")
def overlapping_keys(facts: Facts) -> Found:
    """Two kinds of entities that can have the same item key overwrite each other."""
    for one, other in _meeting(facts):
        if not _same_literal(facts, one, other):
            shown = " and ".join(show(t.source) for _, t in facts.item_key(one))
            yield other.path, f"{other.name} can have the same item key as {one.name}: {shown}"


@KEYS.rule("CF105", "error", "two entities of a table with the same literal sort key", "give each its own word")
def colliding_literals(facts: Facts) -> Found:
    """As overlapping keys, where the sort key is one word."""
    for one, other in _meeting(facts):
        if _same_literal(facts, one, other):
            sort = other.keys[facts.table(other).sk or ""].source
            yield other.path, f"{other.name} and {one.name} share the sort key {show(sort)} under the same partitions"


def _meeting(facts: Facts) -> list[tuple[Entity, Entity]]:
    found = []
    for table in facts.contract.tables.values():
        entities = [facts.contract.entities[name] for name in table.entities]
        for one, other in combinations(entities, 2):
            pairs = [(one.keys.get(n), other.keys.get(n)) for n in (table.pk, table.sk) if n is not None]
            if all(a is not None and b is not None and overlap(a, b) for a, b in pairs):
                found.append((one, other))
    return found


def _same_literal(facts: Facts, one: Entity, other: Entity) -> bool:
    sk = facts.table(one).sk
    return sk is not None and one.keys[sk].constant is not None and one.keys[sk].constant == other.keys[sk].constant


@KEYS.rule(
    "CF106", "warning", "a head item that sorts after its collection", "give it a word that sorts first, such as #HEAD"
)
def head_sorts_last(facts: Facts) -> Found:
    """Where one item per partition leads a collection, its word must sort before the collection's.

    `MASTER` does not sort before `INSTANCE#...`: "I" comes before "M". Only indexes are looked at: there a
    common partition is made on purpose, to be read in order.
    """
    for table in facts.contract.tables.values():
        entities = [facts.contract.entities[name] for name in table.entities]
        for index in table.indexes:
            for head in entities:
                for member in entities:
                    if _after(index, head, member):
                        word, prefix = head.keys[index.sk or ""].source, member.keys[index.sk or ""].source
                        message = (
                            f"{head.name} ({show(word)}) sorts after {member.name} ({show(prefix)}) in {index.name}"
                        )
                        yield facts.key_path(head, index.sk or ""), message


def _after(index: Index, head: Entity, member: Entity) -> bool:
    names = [index.pk, index.sk]
    if head is member or any(n is None or n not in e.keys for n in names for e in (head, member)):
        return False
    word, template = head.keys[index.sk or ""].constant, member.keys[index.sk or ""]
    prefix = template.parts[0] if template.slots and isinstance(template.parts[0], str) else None
    same = head.keys[index.pk].slots and overlap(head.keys[index.pk], member.keys[index.pk])
    return bool(same and word is not None and prefix is not None and word > prefix)


@KEYS.rule(
    "CF107",
    "warning",
    "a delimiter that can occur inside a part",
    "use another delimiter, or version 2, which escapes it",
)
def delimiter_in_part(facts: Facts) -> Found:
    """`a#b` + `c` and `a` + `b#c` make the same key where the delimiter is not escaped."""
    for entity in facts.entities:
        for name, template in entity.keys.items():
            for slot, following in zip(template.parts, template.parts[1:], strict=False):
                if isinstance(slot, Slot) and isinstance(following, str) and _can_hold(slot, following[0]):
                    message = f"{slot.field} can hold {show(following[0])}, which ends it in {show(template.source)}"
                    yield facts.key_path(entity, name), message


def _can_hold(slot: Slot, character: str) -> bool:
    if slot.escaped or slot.width is not None or slot.spec == "flag":
        return False
    match slot.type.kind:
        case "str" | "any" | "json":
            return not slot.spec or slot.spec in {"upper", "lower"}
        case "enum":
            return any(character in value for value in slot.type.values)
        case "number" | "float":
            return character in "-.e+"
        case "decimal" | "int" | "year":
            signed = slot.type.minimum is None or slot.type.minimum < 0
            return (character == "." and slot.type.kind == "decimal") or (character == "-" and signed)
        case _:
            return False


@KEYS.rule("CF108", "error", "a part whose end cannot be told", "put a delimiter between the parts, or pad the first")
def ambiguous_parts(facts: Facts) -> Found:
    """Two parts without a text between them, the first of varying width, make equal keys of different values."""
    for entity in facts.entities:
        for name, template in entity.keys.items():
            for slot, following in zip(template.parts, template.parts[1:], strict=False):
                if isinstance(slot, Slot) and isinstance(following, Slot) and slot.width is None:
                    message = f"where {slot.field} ends in {show(template.source)} cannot be told"
                    yield facts.key_path(entity, name), message


@KEYS.rule("CF109", "warning", "half of an index key", "add the other key attribute, or leave both out")
def half_an_index_key(facts: Facts) -> Found:
    """An entity with only one of an index's two key attributes is not in the index."""
    for entity in facts.entities:
        for index in facts.table(entity).indexes:
            names = [n for n in (index.pk, index.sk) if n is not None]
            held = [n for n in names if n in entity.keys]
            if held and len(held) < len(names):
                lacking = next(n for n in names if n not in held)
                yield facts.key_path(entity, held[0]), f"{entity.name} is not in {index.name}: it has no {lacking}"


@KEYS.rule(
    "CF110", "info", "a partition that holds everything", "fine for little data; else add a part that divides it"
)
def constant_partition(facts: Facts) -> Found:
    """One partition takes 1,000 write and 3,000 read units a second (Developer Guide, "Partition key design")."""
    for entity in facts.entities:
        table = facts.table(entity)
        for name in (table.pk, *(i.pk for i in table.indexes)):
            template = entity.keys.get(name)
            if template is not None and not [s for s in template.slots if s.spec != "flag"]:
                yield (
                    facts.key_path(entity, name),
                    f"every {entity.name} lies in one partition: {show(template.source)}",
                )
