"""Lint rules against the live source: what its tables have that the contract does not say, or says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crossfade.contract.expressions import columns
from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import Aggregate, ToMany, ToOne
from crossfade.contract.model_rules import Reference
from crossfade.contract.shape import show, suggest
from crossfade.contract.source import ForeignKey, SourceColumn, SourceTable
from crossfade.contract.sql import Column
from crossfade.contract.types import ValueType, declared

SOURCE = Registry("schema")


def _aliases(entity: Entity, attribute: Attribute) -> dict[str, str]:
    """The tables that an attribute joins, by alias; for a calculation, those of the entity's other attributes too."""
    match attribute.derivation:
        case ToOne(steps=steps):
            return {s.alias: s.table for s in steps}
        case ToMany(alias=alias, table=table, joins=joins):
            return {alias: table, **{s.alias: s.table for s in joins}}
        case Aggregate(alias=alias, table=table):
            return {alias: table}
        case None:
            return {}
        case _:
            joined = (a.derivation for a in entity.attributes if isinstance(a.derivation, ToOne))
            return {s.alias: s.table for join in joined for s in join.steps}


@SOURCE.rule("CF501", "error", "a table that MySQL does not have", "correct the name, or run the schema's migrations")
def unknown_table(facts: Facts) -> Found:
    """Of an entity, or joined."""
    tables = facts.schema.tables if facts.schema else {}
    for entity in facts.entities:
        if entity.source_table not in tables:
            yield entity.path, f"there is no table {_named(entity.source_table, tables)}"
        for attribute in entity.attributes:
            for table in dict.fromkeys(_aliases(entity, attribute).values()):
                if table not in tables:
                    yield attribute.path, f"{attribute.name} joins {_named(table, tables)}, which is no table"


@SOURCE.rule("CF502", "error", "a column that MySQL does not have", "correct the name, or run the schema's migrations")
def unknown_column(facts: Facts) -> Found:
    """Of an attribute, or in a condition or an expression."""
    for entity, attribute in facts.attributes:
        for table, name in dict.fromkeys(_columns(entity, attribute)):
            source = facts.schema.tables.get(table) if facts.schema else None
            if source is not None and name not in source.columns:
                yield attribute.path, f"{attribute.name}: there is no column {table}.{_named(name, source.columns)}"


def _columns(entity: Entity, attribute: Attribute) -> Iterator[tuple[str, str]]:
    own = attribute.derivation is None or isinstance(attribute.derivation, ToOne)
    table = entity.source_table if own else attribute.source_table or entity.source_table
    yield from ((table, name) for name in attribute.columns)
    aliases = _aliases(entity, attribute)
    for column in _used(attribute):
        found = aliases.get(column.table) if column.table else entity.source_table
        if found is not None:
            yield found, column.name


def _used(attribute: Attribute) -> tuple[Column, ...]:
    return columns(attribute.derivation) if attribute.derivation is not None else ()


def _named(name: str, known: object) -> str:
    names = list(known) if isinstance(known, dict) else []
    hint = suggest(name, names)
    return f"{show(name)} ({hint})" if hint.startswith("did") else show(name)


@SOURCE.rule(
    "CF503", "warning", "a locked type that is not the column's any more", "lock again: crossfade contract lock"
)
def stale_lock(facts: Facts) -> Found:
    """The contract's source_type, or nullability (also of owned rows' columns), is not what MySQL says now."""
    for entity, attribute in facts.attributes:
        column = facts.column(entity, attribute)
        if column is None or not attribute.value_type.source:
            continue
        if _bare(attribute.value_type) != _bare(declared(column.type, attribute.type)):
            message = f"{attribute.name} is locked as {attribute.value_type.source}, and is {column.type.source}"
            yield attribute.path, message
        elif column.nullable and not attribute.nullable and attribute.field not in entity.key:
            yield attribute.path, f"{attribute.name} is locked as never null, and can be null"
    for entity in facts.entities:
        for table, attribute in facts.owned(entity):
            yield from _stale_rows(table, attribute)


def _stale_rows(table: SourceTable, attribute: Attribute) -> Found:
    many = attribute.derivation
    if not isinstance(many, ToMany):
        return
    for child in many.columns:
        own = child.expression
        column = table.columns.get(own.name) if isinstance(own, Column) and own.table == many.alias else None
        if column is None or not child.type.source:
            continue
        if child.required and not column.required_of_owned:
            yield attribute.path, f"{attribute.name}.{child.name} is locked as required, and need not be given"
        elif column.required_of_owned and not child.required:
            yield attribute.path, f"{attribute.name}.{child.name} is not locked as required, and must be given"


def _bare(type_: ValueType) -> ValueType:
    return replace(type_, collation=None, source="", tag="", variants={})


@SOURCE.rule(
    "CF504",
    "warning",
    "a key that MySQL compares without regard to case or accents",
    '"fold": "ai-ci" for utf8mb4_0900_ai_ci, "casefold" for _as_ci; else give the column one of these collations',
)
def insensitive_collation(facts: Facts) -> Found:
    """MySQL takes `Bob`, `bob` and `bób` for one value, DynamoDB for three: in keys and look-ups the stores differ."""
    for entity, attribute, collation in _collated_keys(facts):
        if collation.endswith(("_bin", "_as_cs")) or collation == "binary":
            continue
        accents = not collation.endswith("_as_ci")
        fitting = {"utf8mb4_0900_ai_ci": "ai-ci"}.get(collation) if accents else "casefold"
        if attribute.fold is None or attribute.fold != fitting:
            apart = ", and casefold keeps accents apart" if accents and attribute.fold == "casefold" else ""
            yield attribute.path, f"{attribute.name} of {entity.name} has the collation {collation}{apart}"


@SOURCE.rule("CF505", "info", "a key that MySQL compares without its trailing spaces", '"fold": "pad-space"')
def padding_collation(facts: Facts) -> Found:
    """Collations before MySQL 8.0 pad: `bob` and `bob ` are one value there."""
    for entity, attribute, collation in _collated_keys(facts):
        pads = "_0900_" not in collation and collation != "binary"
        if attribute.fold is None and pads and collation.endswith(("_bin", "_as_cs")):
            yield attribute.path, f"{attribute.name} of {entity.name} has the collation {collation}"


def _collated_keys(facts: Facts) -> Iterator[tuple[Entity, Attribute, str]]:
    """Text fields that are part of a key or of a unique list, with their collation."""
    for entity in facts.entities:
        in_keys = {field for template in entity.keys.values() for field in template.fields}
        wanted = in_keys | set(entity.key) | {field for fields in entity.unique for field in fields}
        for attribute in entity.attributes:
            collation = _collation(facts, entity, attribute)
            if attribute.field in wanted and collation:
                yield entity, attribute, collation


def _collation(facts: Facts, entity: Entity, attribute: Attribute) -> str | None:
    column = facts.column(entity, attribute)
    join = attribute.derivation
    if isinstance(join, ToOne) and len(join.selects) == 1 and isinstance(join.selects[0], Column) and facts.schema:
        select = join.selects[0]
        table = _aliases(entity, attribute).get(select.table or "", entity.source_table)
        column = facts.schema.column(table, select.name)
    return column.collation if column and column.type.kind == "str" else None


@SOURCE.rule("CF506", "warning", "a unique index that is not declared", 'declare the fields in "unique"')
def undeclared_unique(facts: Facts) -> Found:
    """MySQL refuses the second value, DynamoDB would take it."""
    for entity in facts.entities:
        source = facts.source(entity)
        by_column = {a.column: name for name, a in entity.fields.items() if a.column}
        declared = [frozenset(entity.key), *(frozenset(fields) for fields in entity.unique)]
        for name, parts in source.uniques.items() if source else ():
            fields = [by_column.get(part) for part in parts]
            if None in fields:
                lacking = next(part for part, field in zip(parts, fields, strict=True) if field is None)
                yield entity.path, f"{entity.name}: the unique index {name} has {lacking}, which is no field"
            elif frozenset(fields) not in declared:
                yield entity.path, f"{entity.name}: the unique index {name} of {', '.join(parts)} is not declared"


@SOURCE.rule("CF507", "error", "a foreign key that changes other entities", 'declare it in "references"')
def undeclared_cascade(facts: Facts) -> Found:
    """ON DELETE CASCADE and SET NULL change rows that no statement names; DynamoDB has to be told."""
    for entity in facts.entities:
        for key, prefix, path in _foreign_keys(facts, entity):
            other = _entity_of(facts, key.table)
            if key.on_delete == "restrict" or other is None or (prefix and other is entity):
                continue
            declared = _declared(entity, other, key, prefix)
            if declared is None or declared.on_delete != key.on_delete:
                said = f"declared as {declared.on_delete}" if declared else "not declared"
                action = key.on_delete.replace("_", " ").upper()
                yield path, f"{entity.name}: a delete of {other.name} does {action} by {key.name}, {said}"


@SOURCE.rule("CF508", "warning", "a reference without a foreign key", "add the foreign key to MySQL, or leave it out")
def reference_without_key(facts: Facts) -> Found:
    """MySQL enforces references by its foreign keys alone: here the stores would differ."""
    for entity in facts.entities:
        keys = list(_foreign_keys(facts, entity))
        for i, reference in enumerate(entity.references):
            other = facts.contract.entities[reference.entity]
            matching = [k for k, prefix, _ in keys if _is(entity, other, k, prefix, reference)]
            if not matching and facts.source(entity) is not None:
                message = f"no foreign key leads from {', '.join(reference.fields)} to {other.source_table}"
                yield f"{entity.path}.references[{i}]", f"{entity.name}: {message}"


def _foreign_keys(facts: Facts, entity: Entity) -> Iterator[tuple[ForeignKey, str, str]]:
    """The foreign keys of an entity's rows, and of its owned rows: with their field's name, and a path."""
    source = facts.source(entity)
    for key in source.foreign_keys if source else ():
        yield key, "", entity.path
    for table, attribute in facts.owned(entity):
        for key in table.foreign_keys:
            yield key, attribute.field, attribute.path


def _entity_of(facts: Facts, table: str) -> Entity | None:
    return next((e for e in facts.entities if e.source_table == table), None)


def _declared(entity: Entity, other: Entity, key: ForeignKey, prefix: str) -> Reference | None:
    return next((r for r in entity.references if r.entity == other.name and _is(entity, other, key, prefix, r)), None)


def _is(entity: Entity, other: Entity, key: ForeignKey, prefix: str, reference: Reference) -> bool:
    """Whether a reference is the foreign key `key` of the entity's rows (or of those in the field `prefix`)."""
    return key.table == other.source_table and set(_fields(entity, key, prefix)) == set(reference.fields)


def _fields(entity: Entity, key: ForeignKey, prefix: str) -> list[str]:
    if not prefix:
        by_column = {a.column: name for name, a in entity.fields.items() if a.column}
        return [by_column.get(name, name) for name in key.columns]
    many = entity.fields[prefix].derivation
    selected = many.columns if isinstance(many, ToMany) else ()
    names = {c.expression.name: c.name for c in selected if isinstance(c.expression, Column)}
    return [f"{prefix}.{names.get(name, name)}" for name in key.columns]


@SOURCE.rule("CF509", "warning", "a trigger", "do its work in the application, or live with it until the last stage")
def trigger(facts: Facts) -> Found:
    """What a trigger writes is in no statement: DynamoDB does not see it, and has none."""
    for entity in facts.entities:
        source = facts.source(entity)
        tables = [*([source] if source else []), *(table for table, _ in facts.owned(entity))]
        for table in tables:
            for name in table.triggers:
                yield entity.path, f"{entity.name}: {table.name} has the trigger {name}"


@SOURCE.rule("CF510", "warning", "a generated column", "make it a calculation of the contract")
def generated_column(facts: Facts) -> Found:
    """MySQL computes it and takes no value; DynamoDB would have to be given one."""
    for entity, attribute in facts.attributes:
        column = facts.column(entity, attribute)
        if column is not None and column.generated:
            yield attribute.path, f"{entity.source_table}.{column.name} is computed by MySQL"


@SOURCE.rule("CF511", "warning", "an ON UPDATE default", 'declare it: "timestamps": {"updated": ...}')
def on_update_default(facts: Facts) -> Found:
    """MySQL sets the time at every change; only a declared one is set on DynamoDB too."""
    for entity, attribute in facts.attributes:
        column = facts.column(entity, attribute)
        if column is not None and column.on_update and attribute.field != entity.timestamps.updated:
            yield attribute.path, f"{entity.source_table}.{column.name} changes at every update"


@SOURCE.rule("CF512", "error", "a part of the identity that may be null", "make the column NOT NULL")
def nullable_key(facts: Facts) -> Found:
    """Two rows without the value would be one entity."""
    for entity in facts.entities:
        for name in entity.key:
            column = facts.column(entity, entity.fields[name])
            if column is not None and column.nullable:
                yield entity.fields[name].path, f"{entity.source_table}.{column.name} can be null"


@SOURCE.rule("CF513", "warning", "a required column that no attribute has", "add an attribute, or give it a default")
def unmapped_required(facts: Facts) -> Found:
    """A row cannot be inserted without it: creating fails on MySQL, also on the way back from DynamoDB."""
    for entity in facts.entities:
        for name, column in _unmapped(facts, entity):
            if column.required:
                yield entity.path, f"{entity.name}: {entity.source_table}.{name} must be given, and is no field"
        for table, attribute in facts.owned(entity):
            given = {c.name for c in _used(attribute) if c.table is not None}
            for name, column in table.columns.items():
                if column.required and name not in given:
                    yield attribute.path, f"{attribute.name}: {table.name}.{name} must be given, and is not selected"


@SOURCE.rule("CF514", "info", "a column that is left behind", "add an attribute if DynamoDB should have it")
def left_behind(facts: Facts) -> Found:
    """After the last stage its content is only in MySQL."""
    for entity in facts.entities:
        for name, column in _unmapped(facts, entity):
            if (column.nullable or column.default is not None) and not column.generated:
                yield entity.path, f"{entity.name}: {entity.source_table}.{name} is not carried over"


def _unmapped(facts: Facts, entity: Entity) -> Iterator[tuple[str, SourceColumn]]:
    source = facts.source(entity)
    used = {name for a in entity.attributes for name in a.columns if a.derivation is None}
    for attribute in entity.attributes:
        used |= {c.name for c in _used(attribute) if c.table is None}
    for name, column in source.columns.items() if source else ():
        if name not in used:
            yield name, column
