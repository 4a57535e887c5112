"""Whether a database has what a contract needs."""

from __future__ import annotations

from collections.abc import Iterator

from crossfade.contract.expressions import columns
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import Aggregate, Computed, OwnColumns, ToMany, ToOne
from crossfade.contract.source import SourceSchema
from crossfade.contract.sql import Expression
from crossfade.contract.types import ValueType, declared
from crossfade.dal.errors import SchemaMismatch


def check_schema(contract: Contract, schema: SourceSchema) -> None:
    """Raise SchemaMismatch, listing everything, if a table, a column or a unique index is missing or differs."""
    found = list(dict.fromkeys(p for entity in contract.entities.values() for p in _problems(entity, schema)))
    if found:
        lines = "\n".join(f"  {problem}" for problem in found)
        raise SchemaMismatch(f"the database does not fit {contract.source}:\n{lines}", store="mysql")


def _problems(entity: Entity, schema: SourceSchema) -> Iterator[str]:
    if entity.source_table not in schema.tables:
        yield f"table {entity.source_table} is missing ({entity.name})"
        return
    for attribute in entity.attributes:
        for table, column in _used(entity, attribute):
            where = f"({entity.name}.{attribute.field})"
            if table not in schema.tables:
                yield f"table {table} is missing {where}"
            elif schema.column(table, column) is None:
                yield f"column {table}.{column} is missing {where}"
        if attribute.column is not None:
            yield from _differs(entity, attribute, schema)
    yield from _unique_problems(entity, schema)


def _differs(entity: Entity, attribute: Attribute, schema: SourceSchema) -> Iterator[str]:
    """A column of another kind than the contract has locked."""
    column = schema.column(entity.source_table, attribute.columns[0])
    if column is None:
        return
    wanted, found = attribute.value_type, declared(column.type, attribute.type)
    if wanted.source and _form(wanted) != _form(found):
        name = f"{entity.source_table}.{column.name}"
        yield f"column {name} is {found.source}, not {wanted.source} ({entity.name}.{attribute.field})"
    if found.kind == "any" and not wanted.source:
        yield f"column {entity.source_table}.{column.name} is of a type that is not supported: {found.source}"


def _form(type_: ValueType) -> tuple[object, ...]:
    """What makes the difference between values of two types; lengths and limits may have grown."""
    return type_.kind, type_.scale, type_.fixed, type_.single, type_.fsp


def _unique_problems(entity: Entity, schema: SourceSchema) -> Iterator[str]:
    table = schema.tables[entity.source_table]
    unique = [frozenset(columns) for columns in (table.primary_key, *table.uniques.values())]
    for fields in (entity.key, *entity.unique):
        wanted = [entity.fields[f].column for f in fields]
        if None not in wanted and frozenset(wanted) not in unique:
            yield f"table {table.name} has no unique index on {', '.join(map(str, wanted))} ({entity.name})"


def _used(entity: Entity, attribute: Attribute) -> Iterator[tuple[str, str]]:
    """The tables and columns that an attribute is made of."""
    tables: dict[str | None, str] = {None: entity.source_table}
    expressions: list[Expression] = []
    match attribute.derivation:
        case ToOne() as join:
            tables.update({step.alias: step.table for step in join.steps})
            expressions += [
                *(step.condition for step in join.steps),
                *join.selects,
                *([join.when] if join.when else []),
            ]
        case ToMany() as many:
            tables.update({many.alias: many.table} | {step.alias: step.table for step in many.joins})
            expressions += [many.condition, *(step.condition for step in many.joins), *(e for e, _ in many.order_by)]
            expressions += [c.expression for c in many.columns]
        case OwnColumns(columns=own):
            expressions += [c.expression for c in own]
        case Aggregate() as aggregate:
            tables.update({aggregate.alias: aggregate.table})
            expressions += [aggregate.condition, *([aggregate.expression] if aggregate.expression else [])]
        case Computed(expression=expression):
            expressions.append(expression)
        case None:
            template = attribute.transformation is not None and attribute.transformation.template is not None
            yield from () if template else ((entity.source_table, column) for column in attribute.columns)
    for named in dict.fromkeys(c for e in expressions for c in columns(e)):
        if named.table in tables:
            yield tables[named.table], named.name
