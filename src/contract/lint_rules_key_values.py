"""Lint rules about what keys are made of: values that are too long, not exact, or have no text."""

from __future__ import annotations

from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.model import Entity
from crossfade.contract.shape import show
from crossfade.contract.template import Template

KEY_VALUES = Registry()

# Amazon DynamoDB Developer Guide, "Quotas": partition keys up to 2,048 bytes, sort keys up to 1,024.
MAX_PARTITION_KEY, MAX_SORT_KEY = 2048, 1024
_MOST_BYTES = 4
_TEXTLESS = {"set", "json", "rows", "row"}


@KEY_VALUES.rule(
    "CF111", "warning", "a key that can be too long", "shorten the column, or leave the part out of the key"
)
def key_too_long(facts: Facts) -> Found:
    """A partition key holds 2,048 bytes, a sort key 1,024: a longer value is refused."""
    for entity in facts.entities:
        table = facts.table(entity)
        partitions = {table.pk, *(i.pk for i in table.indexes)}
        for name, template in entity.keys.items():
            limit = MAX_PARTITION_KEY if name in partitions else MAX_SORT_KEY
            longest = _longest(template)
            if longest is not None and longest > limit:
                yield facts.key_path(entity, name), f"{show(template.source)} can have {longest:,} bytes, {limit:,} fit"


def _longest(template: Template) -> int | None:
    """The most bytes of a key, or None where that is not known."""
    total = 0
    for part in template.parts:
        if isinstance(part, str):
            total += len(part.encode())
            continue
        if part.type.kind not in {"str", "bytes"}:
            total += part.width or 40
        elif part.type.length is None:
            return None
        else:
            per = 2 if part.type.kind == "bytes" else 1 if part.type.byte_length else _MOST_BYTES
            total += part.type.length * per
    return total


@KEY_VALUES.rule("CF112", "info", "an identity that was read off the item key", 'say it: "key": [...] (version 2)')
def inferred_key(facts: Facts) -> Found:
    """Nothing said what identifies the entity."""
    return facts.noted("inferred-key")


@KEY_VALUES.rule("CF113", "info", "a field that a template implies", "add the attribute, so that items carry the value")
def implied_field(facts: Facts) -> Found:
    """A template names a column that no attribute has; it became a field."""
    return facts.noted("implied-field")


@KEY_VALUES.rule("CF114", "warning", "a floating-point number in a key", "use DECIMAL, or an integer")
def float_in_key(facts: Facts) -> Found:
    """Equal numbers need not have equal digits; a key is compared by its text."""
    for entity in facts.entities:
        types = {a.field: facts.type_of(entity, a) for a in entity.attributes}
        for name, template in entity.keys.items():
            for slot in template.slots:
                if types[slot.field].kind == "float":
                    yield facts.key_path(entity, name), f"{slot.field} is {types[slot.field].source or 'a float'}"


@KEY_VALUES.rule("CF115", "error", "a set or a document in a key", "leave it out of the key; tell rows apart by an id")
def textless_in_key(facts: Facts) -> Found:
    """A key is a text, a number or bytes; and how far a walk through the rows has come is noted by their key's text."""
    for entity in facts.entities:
        types = {a.field: facts.type_of(entity, a) for a in entity.attributes}
        found = {n: entity.path for n in entity.key if n in types and types[n].kind in _TEXTLESS}
        for name, template in entity.keys.items():
            slots = [s for s in template.slots if s.spec != "flag" and types[s.field].kind in _TEXTLESS]
            found |= {slot.field: facts.key_path(entity, name) for slot in slots}
        for field, path in found.items():
            yield path, f"{field} is {types[field].source or types[field].kind}"
        yield from _textless_columns(facts, entity)


def _textless_columns(facts: Facts, entity: Entity) -> Found:
    source = facts.source(entity)
    known = {column for n in entity.key if n in entity.fields for column in entity.fields[n].columns}
    for name in source.primary_key if source else ():
        if source and name not in known and source.columns[name].type.kind in _TEXTLESS:
            yield entity.path, f"{source.name}.{name}, of the primary key, is {source.columns[name].type.source}"
