"""Lint rules about values: what an attribute can store, and who makes ids."""

from __future__ import annotations

from collections.abc import Mapping

from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.model import WHOLE_ANSWER, Attribute
from crossfade.contract.types import MAX_DIGITS, ValueType

VALUES = Registry()

_EPOCHS = ("epoch-s", "epoch-ms")

STORABLE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bool": {"BOOL": (), "N": (), "S": ()},
    "int": {"N": _EPOCHS, "S": ()},
    "year": {"N": (), "S": ()},
    "decimal": {"N": (), "S": ()},
    "number": {"N": _EPOCHS, "S": ()},
    "float": {"N": (), "S": ()},
    "str": {"S": ()},
    "enum": {"S": ()},
    "set": {"SS": (), "NS": (), "BS": ()},
    "date": {"S": ("iso8601",), "N": _EPOCHS},
    "datetime": {"S": ("iso8601",), "N": _EPOCHS},
    "time": {"S": (), "N": ()},
    "bytes": {"B": (), "S": ("hex", "base64")},
    "json": {"M": (), "L": (), "S": ("json",)},
    "rows": {"L": (), "S": ("json",)},
    "row": {"M": (), "S": ("json",)},
}
"""The attribute types that can hold a kind of value, each with the formats it can have there."""


@VALUES.rule("CF401", "error", "a decimal of more than 38 digits", "narrow the column: DynamoDB keeps 38 digits")
def too_many_digits(facts: Facts) -> Found:
    """Amazon DynamoDB Developer Guide, "Data types": numbers have up to 38 digits of precision."""
    for entity, attribute in facts.attributes:
        for name, type_ in _types(attribute, facts.type_of(entity, attribute)):
            if type_.kind == "decimal" and (type_.precision or 0) > MAX_DIGITS:
                yield attribute.path, f"{name} is {type_.source}: {type_.precision} digits"


@VALUES.rule("CF402", "error", "a type that cannot hold its source", "change the attribute's type, or its format")
def cannot_hold(facts: Facts) -> Found:
    """By the value table: which attribute types and formats store a kind of value."""
    for entity, attribute in facts.attributes:
        type_ = facts.type_of(entity, attribute)
        types = STORABLE.get(type_.kind)
        if types is None or attribute.plumbing or attribute.transformation is not None:
            continue
        what = f"{attribute.name} is {type_.source or type_.kind}"
        if attribute.type not in types:
            yield attribute.path, f"{what}, which {attribute.type} cannot hold; {' or '.join(types)} can"
        elif attribute.format is not None and attribute.format not in types[attribute.type]:
            yield attribute.path, f"{what}, which has no format {attribute.format} in {attribute.type}"


def _types(attribute: Attribute, type_: ValueType) -> list[tuple[str, ValueType]]:
    return [(attribute.name, type_), *((f"{attribute.name}.{n}", t) for n, t in type_.columns.items())]


@VALUES.rule("CF403", "error", "an id from a sequence", 'use "auto_increment": it is MySQL\'s sequence')
def sequence_unsupported(facts: Facts) -> Found:
    """MySQL has no sequences; on DynamoDB auto_increment uses a counter item."""
    for entity in facts.entities:
        if entity.id and entity.id.strategy == "sequence":
            yield f"{entity.path}.id.strategy", f"{entity.name}.{entity.id.field} comes from a sequence"


# Characters of an identifier: a ULID has 26, a UUID 36 with its hyphens; as bytes both have 16.
_LENGTHS = {"ulid": 26, "uuid7": 36}


@VALUES.rule("CF404", "error", "an id that its column cannot hold", "auto_increment wants an integer, the others text")
def id_does_not_fit(facts: Facts) -> Found:
    """auto_increment makes integers, ulid texts of 26 characters, uuid7 of 36."""
    for entity in facts.entities:
        if entity.id is None or entity.id.strategy == "given":
            continue
        type_ = facts.type_of(entity, entity.fields[entity.id.field])
        if not _fits(entity.id.strategy, type_):
            message = f"{entity.id.strategy} does not fit {type_.source or type_.kind}"
            yield f"{entity.path}.id.strategy", f"{entity.name}.{entity.id.field}: {message}"


def _fits(strategy: str, type_: ValueType) -> bool:
    if strategy in {"auto_increment", "sequence"}:
        return type_.kind in {"int", "number", "any"} or not type_.source
    if type_.kind == "bytes":
        return (type_.length or 16) >= 16
    return type_.kind in {"str", "any"} and (type_.length is None or type_.length >= _LENGTHS[strategy])


@VALUES.rule("CF405", "error", "two fields of one column", "leave one of them out, or make it plumbing")
def doubled_column(facts: Facts) -> Found:
    """A write would have to choose between two values."""
    for entity in facts.entities:
        seen: dict[str, str] = {}
        for name, attribute in entity.fields.items():
            if attribute.column is None:
                continue
            first = seen.setdefault(attribute.column, name)
            if first != name:
                yield attribute.path, f"{name} and {first} are both the column {attribute.column}"


@VALUES.rule(
    "CF406",
    "info",
    "a contract without column types",
    "write them in: crossfade contract lock; it settles what other findings guess",
)
def unlocked(facts: Facts) -> Found:
    """Values are then checked by DynamoDB's types only, unless the live MySQL is asked for the columns'."""
    entities = (facts.written or facts.contract).entities.values()
    plain = [a for entity in entities for a in entity.attributes if a.column is not None]
    known = [a for a in plain if a.value_type.source]
    if plain and len(known) < len(plain):
        yield "$", f"{len(plain) - len(known)} of {len(plain)} columns have no source_type"


@VALUES.rule(
    "CF407", "warning", "an item that is estimated to pass 400 KB", "move lists and texts to items of their own"
)
def estimated_too_large(facts: Facts) -> Found:
    """Amazon DynamoDB Developer Guide, "Quotas": an item has up to 400 KB."""
    for table in facts.contract.tables.values():
        size = table.estimated_item_size_bytes or 0
        if size > MAX_ITEM:
            yield f"{table.path}.estimated_item_size_bytes", f"{table.name}: {size:,} bytes, {MAX_ITEM:,} fit"


@VALUES.rule(
    "CF408", "warning", "a tolerance that hides lost records", "tolerate the fields that differ, not the whole answer"
)
def answer_tolerated(facts: Facts) -> Found:
    """Shadow reads then take an answer that lacks a record for as good as the other one."""
    for entity in facts.entities:
        for name in WHOLE_ANSWER:
            if name in entity.tolerate:
                yield f"{entity.path}.tolerate", f"{entity.name} tolerates {name}: {entity.tolerate[name]}"


MAX_ITEM = 400 * 1024
