"""Which tables a contract needs, and how their rows refer to each other.

By foreign keys, and by what the contract joins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crossfade.contract.hops import conjuncts
from crossfade.contract.model import Contract, Entity
from crossfade.contract.model_derivation import Aggregate, JoinStep, ToMany, ToOne
from crossfade.contract.shape import suggest
from crossfade.contract.source import ForeignKey, SourceSchema, SourceTable
from crossfade.contract.sql import Column, Compare, Expression
from crossfade.seed.errors import SeedError

BY_NAME = "by name"
"""The name of a reference that is guessed from its column's."""


@dataclass(frozen=True, slots=True)
class Owned:
    """Child rows that belong to an entity: their table, and the entity's."""

    table: str
    parent: str


def tables_of(contract: Contract, schema: SourceSchema) -> tuple[str, ...]:
    """Every table that the contract reads, and those that they need by foreign keys, by name.

    Raises:
        SeedError: the database lacks one.
    """
    wanted: dict[str, str] = {}
    for entity in contract.entities.values():
        for table in _tables(entity):
            wanted.setdefault(table, entity.name)
    for name, entity_name in wanted.items():
        if name not in schema.tables:
            hint = suggest(name, schema.tables, "tables")
            raise SeedError(f"{entity_name} reads the table {name}, which the database does not have ({hint})")
    open_ = list(wanted)
    while open_:
        more = [k.table for k in schema.tables[open_.pop()].foreign_keys if k.table not in wanted]
        known = [name for name in more if name in schema.tables]
        wanted.update(dict.fromkeys(known, ""))
        open_ += known
    return tuple(sorted(wanted))


def _tables(entity: Entity) -> Iterator[str]:
    yield entity.source_table
    for attribute in entity.attributes:
        match attribute.derivation:
            case ToOne(steps=steps):
                yield from (s.table for s in steps)
            case ToMany(table=table, joins=joins):
                yield table
                yield from (s.table for s in joins)
            case Aggregate(table=table):
                yield table


def owned_tables(contract: Contract) -> dict[str, Owned]:
    """The tables of owned child rows, by name."""
    return {
        a.derivation.table: Owned(a.derivation.table, entity.source_table)
        for entity in contract.entities.values()
        for a in entity.attributes
        if isinstance(a.derivation, ToMany) and a.derivation.owned
    }


def references_of(contract: Contract, schema: SourceSchema, names: Iterable[str]) -> dict[str, tuple[ForeignKey, ...]]:
    """The references of each table in `names`: its foreign keys, then what only the contract knows of.

    A join of the contract counts where it leads to a key of the other table, and the referring columns are in
    no foreign key. What is left is told by its name: `member_id` refers to `members`, where their types agree.
    """
    wanted = frozenset(names)
    found = {n: [k for k in schema.tables[n].foreign_keys if k.table in wanted] for n in wanted}
    for key_of, key in _declared(contract, schema):
        if key_of not in wanted or key.table not in wanted:
            continue
        taken = {c for k in found[key_of] for c in k.columns}
        known = [*(schema.tables[key_of].columns), *(schema.tables[key.table].columns)]
        if not taken.intersection(key.columns) and {*key.columns, *key.references} <= set(known):
            found[key_of].append(key)
    for name in wanted:
        found[name] += _by_name(schema, wanted, name, {c for k in found[name] for c in k.columns})
    # A server tells its foreign keys in another order than a script has them.
    places = {n: list(schema.tables[n].columns) for n in found}
    return {n: tuple(sorted(found[n], key=lambda k: [places[n].index(c) for c in k.columns])) for n in names}


def settled(
    source: SourceTable, references: Iterable[ForeignKey], schema: SourceSchema
) -> tuple[tuple[ForeignKey, ...], frozenset[str]]:
    """The references that a table's rows choose, where several share a column.

    One that another already fulfils is left out: of `(tenant) -> tenants` and `(tenant, project) -> projects`,
    whose own tenant refers to `tenants`, the first. Else the columns that are not shared stay null.

    Returns:
        The references, and the columns that stay null.

    Raises:
        SeedError: references share a column, and none of them may be null.
    """
    kept: list[ForeignKey] = []
    nulls: set[str] = set()
    for key in sorted(references, key=lambda k: -len(k.columns)):
        taken = {c for k in kept for c in k.columns}
        if not taken.intersection(key.columns):
            kept.append(key)
        elif not any(_fulfils(k, key, schema) for k in kept):
            loose = [c for c in key.columns if c not in taken and source.columns[c].nullable]
            if not loose:
                other = next(k for k in kept if set(k.columns) & set(key.columns))
                raise SeedError(
                    f"{source.name} refers to {other.table} and to {key.table} by columns that they share "
                    f"({', '.join(c for c in key.columns if c in taken)}): rows that fit both cannot be made"
                )
            nulls.update(loose)
    places = list(source.columns)
    return tuple(sorted(kept, key=lambda k: [places.index(c) for c in k.columns])), frozenset(nulls)


def _fulfils(wide: ForeignKey, narrow: ForeignKey, schema: SourceSchema) -> bool:
    """Whether a row that `wide` refers to refers itself to what `narrow` does, by the same columns."""
    pairs = dict(zip(wide.columns, wide.references, strict=True))
    if not set(narrow.columns) <= pairs.keys():
        return False
    there = tuple(pairs[c] for c in narrow.columns)
    if (wide.table, there) == (narrow.table, narrow.references):
        return True
    return any(
        k.columns == there and (k.table, k.references) == (narrow.table, narrow.references)
        for k in schema.tables[wide.table].foreign_keys
    )


def _declared(contract: Contract, schema: SourceSchema) -> Iterator[tuple[str, ForeignKey]]:
    for entity in contract.entities.values():
        for reference in entity.references:
            other = contract.entities[reference.entity]
            own = [entity.fields[f].column for f in reference.fields if f in entity.fields]
            targets = [other.fields[f].column for f in other.key]
            columns, keys = [c for c in own if c], [c for c in targets if c]
            if len(columns) == len(keys) == len(reference.fields):
                yield entity.source_table, ForeignKey("", tuple(columns), other.source_table, tuple(keys))
        for attribute in entity.attributes:
            yield from _joined(entity.source_table, attribute.derivation, schema)


def _joined(root: str, derivation: object, schema: SourceSchema) -> Iterator[tuple[str, ForeignKey]]:
    aliases: dict[str | None, str] = {None: root}
    conditions: list[Expression] = []
    steps: tuple[JoinStep, ...] = ()
    match derivation:
        case ToOne():
            steps = derivation.steps
        case ToMany():
            aliases[derivation.alias] = derivation.table
            conditions, steps = [derivation.condition], derivation.joins
        case Aggregate():
            aliases[derivation.alias] = derivation.table
            conditions = [derivation.condition]
        case _:
            return
    aliases |= {s.alias: s.table for s in steps}
    for condition in [*conditions, *(s.condition for s in steps)]:
        yield from _keys(condition, aliases, schema)


def _keys(
    condition: Expression, aliases: Mapping[str | None, str], schema: SourceSchema
) -> Iterator[tuple[str, ForeignKey]]:
    pairs: dict[tuple[str | None, str | None], list[tuple[str, str]]] = {}
    for part in conjuncts(condition):
        if isinstance(part, Compare) and part.operator == "=":
            left, right = part.left, part.right
            if isinstance(left, Column) and isinstance(right, Column) and left.table != right.table:
                pairs.setdefault((left.table, right.table), []).append((left.name, right.name))
                pairs.setdefault((right.table, left.table), []).append((right.name, left.name))
    for (one, other), columns in pairs.items():
        table, target = aliases.get(one, ""), aliases.get(other, "")
        own, keys = tuple(c for c, _ in columns), tuple(c for _, c in columns)
        source, found = schema.tables.get(table), schema.tables.get(target)
        if source and found and _is_key(found, keys) and not _is_key(source, own):
            yield table, ForeignKey("", own, target, keys)


def _by_name(schema: SourceSchema, wanted: frozenset[str], table: str, taken: set[str]) -> Iterator[ForeignKey]:
    by_stem = {stem: n for n in sorted(wanted) for stem in _stems(n)}
    source = schema.tables[table]
    for column in source.columns.values():
        target = by_stem.get(re.sub(r"_?(id|code|uuid)$", "", column.name.lower()))
        if target is None or target == table or column.name in taken or (column.name,) == source.primary_key:
            continue
        key = schema.tables[target].primary_key
        if len(key) == 1 and re.search(r"(id|code|uuid)$", column.name.lower()):
            other = schema.tables[target].columns[key[0]].type
            if (column.type.kind, column.type.length) == (other.kind, other.length):
                yield ForeignKey(BY_NAME, (column.name,), target, key)


def _stems(table: str) -> Iterator[str]:
    """The singular forms that a table's name may stand for."""
    name = table.lower()
    yield name
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if name.endswith(ending):
            yield name.removesuffix(ending) + singular


def _is_key(table: SourceTable, columns: tuple[str, ...]) -> bool:
    return any(set(columns) == set(key) for key in (table.primary_key, *table.uniques.values()) if key)


def in_order(names: Iterable[str], references: Mapping[str, tuple[ForeignKey, ...]], schema: SourceSchema) -> Order:
    """The tables, each behind those that its rows refer to.

    Raises:
        SeedError: tables refer to each other in a circle, and no reference of it may be null.
    """
    left = {n: [k for k in references[n] if k.table != n] for n in names}
    placed: list[str] = []
    empty: list[tuple[str, ForeignKey]] = []
    dropped: list[tuple[str, ForeignKey]] = []
    while left:
        ready = [n for n, keys in left.items() if all(k.table not in left for k in keys)]
        if not ready and (
            guessed := next(((n, k) for n, keys in left.items() for k in keys if k.name == BY_NAME), None)
        ):
            left[guessed[0]].remove(guessed[1])
            dropped.append(guessed)
            continue
        if not ready:
            name, key = _weakest(left, schema)
            left[name].remove(key)
            empty.append((name, key))
            continue
        placed += ready
        for name in ready:
            del left[name]
    return Order(tuple(placed), tuple(empty), tuple(dropped))


@dataclass(frozen=True, slots=True)
class Order:
    """Tables in an order in which they can be filled.

    Attributes:
        tables: by name.
        empty: references that stay null for the order's sake, each with its table.
        dropped: references guessed from a name, and given up for it.
    """

    tables: tuple[str, ...]
    empty: tuple[tuple[str, ForeignKey], ...]
    dropped: tuple[tuple[str, ForeignKey], ...]


def _weakest(left: Mapping[str, list[ForeignKey]], schema: SourceSchema) -> tuple[str, ForeignKey]:
    for name, keys in left.items():
        for key in keys:
            nullable = any(schema.tables[name].columns[c].nullable for c in key.columns)
            if nullable and key.table in left and name in _reached(key.table, left):
                return name, key
    circle = ", ".join(n for n in left if any(n in _reached(k.table, left) for k in left[n]))
    raise SeedError(f"the tables {circle} refer to each other in a circle, and none of the references may be null")


def _reached(start: str, left: Mapping[str, list[ForeignKey]]) -> set[str]:
    found, open_ = {start}, [start]
    while open_:
        more = {k.table for k in left.get(open_.pop(), ())} - found
        found |= more
        open_ += more
    return found
