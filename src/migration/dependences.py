"""What ties the keys of a group together. Pure.

While a share of a group's keys is `live` and the rest is not, two stores decide side by side. That is right only where
each key can be decided alone: where no write of one key depends on another one, or changes what is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crossfade.contract.model import Contract, Entity
from crossfade.contract.model_derivation import OwnColumns, ToOne
from crossfade.contract.plan_key import item_key_fields, lookups
from crossfade.contract.source import SourceSchema
from crossfade.mysql.ways import Way

Ways = Mapping[str, Sequence[Way]]


def dependences(contract: Contract, schema: SourceSchema, ways: Ways, group: str) -> tuple[str, ...]:
    """Why the keys of a group cannot be decided alone, each with what and where; none if they can.

    Args:
        contract: the contract.
        schema: MySQL's tables.
        ways: from the rows of each table to the records that are made of them.
        group: the group's name.
    """
    entities = contract.groups[group]
    found = (reason for name in entities for reason in _of(contract, schema, ways, contract.entities[name]))
    return tuple(dict.fromkeys(found))


def _of(contract: Contract, schema: SourceSchema, ways: Ways, entity: Entity) -> Iterator[str]:
    yield from (f"{entity.name}: {reason}" for reason in _keys(contract, entity))
    yield from (f"{entity.name}: {reason}" for reason in _joins(contract, ways, entity))
    yield from (f"{entity.name}: {reason}" for reason in _table(schema, entity))


def _keys(contract: Contract, entity: Entity) -> Iterator[str]:
    if entity.id is not None and entity.id.strategy != "given":
        yield f"{entity.id.field} is made when it is written ({entity.id.strategy}), and part of the key"
    for fields in entity.unique:
        if set(fields) != set(entity.key):
            yield f"{', '.join(fields)} must be unique among all of them"
    if set(item_key_fields(contract, entity)) != set(entity.key):
        yield "its item key is not made of its key alone: items would change hands"
    for lookup in lookups(contract, entity.name):
        yield f"a lookup item leads to it from {', '.join(lookup.fields)}"


def _joins(contract: Contract, ways: Ways, entity: Entity) -> Iterator[str]:
    for name, field in entity.fields.items():
        if field.derivation is not None and not isinstance(field.derivation, OwnColumns):
            yield f"{name} is joined or calculated"
    for reference in entity.references:
        yield f"{', '.join(reference.fields)} refers to {reference.entity}"
    for other in contract.entities.values():
        yield from (f"{other.name} refers to it" for reference in other.references if reference.entity == entity.name)
        for name, field in other.fields.items():
            if isinstance(field.derivation, ToOne) and entity.source_table in {s.table for s in field.derivation.steps}:
                yield f"{name} of {other.name} is joined from {entity.source_table}"
        if other.name != entity.name and other.source_table == entity.source_table:
            yield f"{other.name} is made of the same table {other.source_table}"
    for way in ways.get(entity.source_table, ()):
        yield f"{way.field} of {way.entity} is joined from {way.table}"


def _table(schema: SourceSchema, entity: Entity) -> Iterator[str]:
    table = schema.tables[entity.source_table]
    columns = {entity.fields[name].column for name in entity.key}
    for name in entity.key:
        column = schema.column(table.name, entity.fields[name].column or "")
        if column is not None and not _exact(column.collation, folded=entity.fields[name].fold is not None):
            yield f"{name} is compared by {column.collation}, which takes different texts for one key"
    for key in table.foreign_keys:
        yield f"the foreign key {key.name} of {table.name} leads to {key.table}"
    for other, key in schema.referring(table.name):
        yield f"the foreign key {key.name} of {other} leads to {table.name}"
    for name, unique in table.uniques.items():
        if set(unique) != columns:
            yield f"the unique index {name} of {table.name} compares all of them"
    yield from (f"the trigger {name} of {table.name} may do anything" for name in table.triggers)
    yield from (f"{c.name} is given by MySQL (AUTO_INCREMENT)" for c in table.columns.values() if c.auto_increment)


def _exact(collation: str | None, *, folded: bool) -> bool:
    """Whether no two texts are one to a collation that are two to the hash of a key.

    MySQL Reference Manual, "Unicode Character Sets": of the binary collations, those of UCA 9.0.0 mind trailing spaces.
    """
    if collation is None or collation == "binary":
        return True
    return collation.endswith("_bin") and (folded or "_0900_" in collation or "_nopad_" in collation)
