"""Makes the derived fields of a record, where no database joins: on DynamoDB and in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from crossfade.contract.aggregates import AggregateField, aggregate_fields, embedded_value, initial
from crossfade.contract.coerce import to_type
from crossfade.contract.derived import DerivedField
from crossfade.contract.evaluate import evaluate
from crossfade.contract.expressions import columns, map_columns
from crossfade.contract.hops import derived_fields, plain_fields
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import Aggregate, ChildColumn, Computed, JoinStep, OwnColumns, ToMany, ToOne
from crossfade.contract.sql import Column, Expression

Record = Mapping[str, Any]


class ParentKey(NamedTuple):
    """A record of another entity: its entity's name, and its key's values in order."""

    entity: str
    values: tuple[Any, ...]


Parents = Mapping[ParentKey, Record | None]


class Deriver:
    """The derived fields of one entity.

    To derive a record: ask `missing` for the other records it needs, read them (strongly consistent, in one
    batch), and ask again with what was found (None for nothing) until it needs no more; then `computed`.

    Args:
        contract: the contract.
        entity: the entity's name.
    """

    def __init__(self, contract: Contract, entity: str) -> None:
        self._contract = contract
        self._entity = contract.entities[entity]
        self._fields = derived_fields(contract, entity)
        self._rows = {n: row_fields(contract, entity, n) for n, d in self._fields.items() if d.kind == "to_many"}
        self._aggregates = {a.field: a for a in aggregate_fields(contract, entity)}
        self._order = sorted(self._fields.values(), key=lambda d: bool(d.own & set(self._fields)))

    def affected(self, changed: Iterable[str]) -> frozenset[str]:
        """The derived fields that change with these own ones; those of a new record are all of them."""
        found = set(changed)
        for derived in self._order:
            if self._own(derived) & found:
                found.add(derived.field)
        return frozenset(found & set(self._fields))

    def missing(self, record: Record, parents: Parents, only: Iterable[str] | None = None) -> tuple[ParentKey, ...]:
        """The records of other entities that are needed next.

        Args:
            record: the record's plain fields (and owned rows).
            parents: what was read so far, None for what does not exist.
            only: the derived fields wanted; None for all.

        Returns:
            Each once. Empty when nothing more is needed.
        """
        wanted: dict[ParentKey, None] = {}
        for derived, own in self._followed(record, only):
            _, needed = _walk(derived, own, parents)
            if needed is not None:
                wanted[needed] = None
        return tuple(wanted)

    def computed(self, record: Record, parents: Parents, only: Iterable[str] | None = None) -> dict[str, Any]:
        """The derived fields' values, canonical, by field.

        A value that nothing gives (an aggregate over other entities, a join that cannot be followed) stays what
        it is in `record`; in a new record a count or sum is 0, a list empty, anything else None. Plumbing that a
        key is made of is among the fields.

        Args:
            record: the record's plain fields, and the derived ones as far as they are known.
            parents: everything that `missing` asked for.
            only: the derived fields wanted; None for all.

        Raises:
            InvalidValue: a value does not fit its field.
        """
        wanted = set(self._fields) if only is None else set(only)
        known = dict(record)
        for derived in self._order:
            if derived.field in wanted:
                known[derived.field] = self._value(derived, known, parents)
        return {name: known[name] for name in self._fields if name in wanted}

    def _value(self, derived: DerivedField, record: Record, parents: Parents) -> Any:
        attribute = self._attribute(derived.field)
        if derived.reason is not None:
            return record.get(derived.field)
        match attribute.derivation:
            case ToMany() as many:
                return self._many(derived.field, many, record, parents)
            case OwnColumns(own):
                return to_type(self._own_columns(derived.field, own, record), derived.type, derived.field)
            case Aggregate():
                return self._aggregate(self._aggregates[derived.field], derived, record)
            case _:
                rows, _ = _walk(derived, record, parents)
                return derived.value(record, rows)

    def _many(self, name: str, many: ToMany, record: Record, parents: Parents) -> Any:
        held = record.get(name)
        if not self._rows[name] or held is None:
            return [] if held is None and many.shape == "array" else held
        made = [self._row(name, row, parents) for row in _as_rows(held)]
        return made if many.shape == "array" else made[0]

    def _row(self, name: str, row: Record, parents: Parents) -> dict[str, Any]:
        found = dict(row)
        for column, derived in self._rows[name].items():
            if derived.reason is None:
                found[column] = derived.value(row, _walk(derived, row, parents)[0])
        return found

    def _own_columns(self, name: str, own: tuple[ChildColumn, ...], record: Record) -> dict[str, Any]:
        held = record.get(name) or {}
        return {c.name: _own_value(self._entity, c.expression, record, held.get(c.name)) for c in own}

    def _aggregate(self, aggregate: AggregateField, derived: DerivedField, record: Record) -> Any:
        if aggregate.effect is not None and aggregate.effect.embedded:
            return embedded_value(aggregate.effect, record, derived.type)
        held = record.get(derived.field)
        return initial(aggregate.operation, derived.type, derived.field) if held is None else held

    def _followed(self, record: Record, only: Iterable[str] | None) -> Iterator[tuple[DerivedField, Record]]:
        """The derived fields with hops, each with the record (or owned row) whose own fields it is made of."""
        wanted = set(self._fields) if only is None else set(only)
        for derived in self._order:
            if derived.field not in wanted:
                continue
            yield derived, record
            for of_row in self._rows.get(derived.field, {}).values():
                yield from ((of_row, row) for row in _as_rows(record.get(derived.field)))

    def _own(self, derived: DerivedField) -> frozenset[str]:
        if derived.kind == "to_many":
            return frozenset({derived.field})
        if derived.kind == "own_columns":
            return frozenset(self._entity.fields)
        effect = self._aggregates[derived.field].effect if derived.kind == "aggregate" else None
        if effect is not None and effect.embedded:
            return frozenset({effect.rows or "", *(c.name for c in effect.types if c.table is None)})
        return derived.own

    def _attribute(self, name: str) -> Attribute:
        return self._entity.fields.get(name) or next(a for a in self._entity.attributes if a.field == name)


def row_fields(contract: Contract, entity: str, name: str) -> dict[str, DerivedField]:
    """The columns of an entity's constructed rows that are joined or calculated, by name, made of the row's others.

    Args:
        contract: the contract.
        entity: the entity's name.
        name: the field that holds the rows.
    """
    attribute = contract.entities[entity].fields[name]
    many = attribute.derivation
    if not isinstance(many, ToMany) or not many.owned:
        return {}
    attributes = tuple(_row_attribute(many, column, attribute.maintain) for column in many.columns)
    row = Entity(f"{entity}.{name}", "", many.table, attributes, {}, ())
    # The row is no entity of the contract, but its columns are followed as an entity's fields are.
    within = replace(contract, entities={**contract.entities, row.name: row})
    return {f: replace(d, entity=entity) for f, d in derived_fields(within, row.name).items()}


def _row_attribute(many: ToMany, column: ChildColumn, maintain: Any) -> Attribute:
    """A column of a row, as an attribute of the row taken as a record."""
    own = column.expression
    if isinstance(own, Column) and own.table == many.alias:
        return Attribute(column.name, "S", column.name, column.type, columns=(own.name,))
    steps = tuple(replace(s, condition=_of_row(many, s.condition)) for s in many.joins)
    used = {c.table for c in columns(own)} - {many.alias, None}
    derivation: ToOne | Computed
    if isinstance(own, Column) and own.table in used:
        derivation = ToOne("construction", _leading(steps, own.table), (_of_row(many, own),))
    else:
        derivation = Computed("case", _of_row(many, own))
    return Attribute(column.name, "S", column.name, column.type, derivation=derivation, maintain=maintain)


def _leading(steps: tuple[JoinStep, ...], alias: str | None) -> tuple[JoinStep, ...]:
    """The hops up to the one that is called `alias`."""
    end = next((i for i, s in enumerate(steps) if s.alias == alias), len(steps) - 1)
    return steps[: end + 1]


def _of_row(many: ToMany, expression: Expression) -> Expression:
    def renamed(column: Column) -> Column:
        # The root row is no part of a row: named like no alias, it is refused as a row that nothing joins.
        return Column(None if column.table == many.alias else column.table or "(root)", column.name)

    return map_columns(expression, renamed)


def _own_value(entity: Entity, expression: Expression, record: Record, held: Any) -> Any:
    plain = plain_fields(entity)
    if any(c.name not in plain for c in columns(expression)):
        return held
    return evaluate(expression, lambda c: record[plain[c.name]], lambda c: entity.fields[plain[c.name]].value_type)


def _walk(derived: DerivedField, own: Record, parents: Parents) -> tuple[list[Record | None], ParentKey | None]:
    """What each hop found, and the first record that is not among `parents` yet."""
    rows: list[Record | None] = []
    for number, hop in enumerate(derived.hops):
        values = derived.key(number, own, rows)
        if values is None:
            rows.append(None)
            continue
        key = ParentKey(hop.entity, values)
        if key not in parents:
            return rows, key
        rows.append(parents[key])
    return rows, None


def _as_rows(held: Any) -> list[Any]:
    return [held] if isinstance(held, Mapping) else list(held or ())
