"""The projection: one entity's records from MySQL, compiled from the contract.

The root row and its to-one rows are one SELECT of plain columns; what is calculated from them is calculated in
Python, by the same code as on every store. Aggregates are correlated subqueries, and every to-many construction
is one more SELECT for all records together (`to_many`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from crossfade.contract.coerce import to_type
from crossfade.contract.derived import DerivedField, Hop
from crossfade.contract.errors import InvalidValue
from crossfade.contract.evaluate import evaluate
from crossfade.contract.expressions import columns
from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import Aggregate, Computed, JoinStep, OwnColumns, ToMany, ToOne
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import ValueType
from crossfade.dal.entity import Record
from crossfade.mysql.aggregates import compile_aggregate
from crossfade.mysql.compiled import decoder
from crossfade.mysql.expressions import Sql
from crossfade.mysql.operands import Operand, column_operand, computed_operand, joined_operand
from crossfade.mysql.tables import Joined, JoinTree, Scope, Tables
from crossfade.mysql.to_many import ChildRows

Row = Sequence[Any]
Reader = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Chain:
    """Texts of joined rows, one behind the other; by their places in a row.

    Attributes:
        present: columns that are null where a joined row is not there.
        texts: the texts, which are left out where they are null.
        separator: between them.
        otherwise: the value where no row is there.
    """

    present: tuple[int, ...]
    texts: tuple[int, ...]
    separator: str
    otherwise: Any

    def of(self, row: Row) -> Any:
        """The texts of a row as one."""
        if all(row[place] is None for place in self.present):
            return self.otherwise
        return self.separator.join(text for place in self.texts if (text := row[place]) is not None)


class Projection:
    """How one entity's records are read.

    Attributes:
        select: the root row with its to-one rows; add WHERE, ORDER BY and LIMIT.
        types: of its columns.
        are_columns: of each of them, whether it is a table's and not calculated.
        root: the root table.
        identity: the columns that tell root rows apart.
        to_many: the constructions, by field.
        places: where in a row the fields lie that are columns of the root, and nothing else.
        joined: the same of the fields that are columns of a joined row, and nothing else.
        chains: the fields that are texts of joined rows, one behind the other.
        readers: makes each field of a row that is neither made of further rows nor of other fields.
        templates: the fields that are made of others.
    """

    def __init__(self, tables: Tables, entity: Entity) -> None:
        self.tables = tables
        self.entity = entity
        self.root = tables.table(entity.source_table)
        base = Scope(tables, {None: Joined(entity.source_table, self.root)})
        self.tree = JoinTree(base, self.root)
        self._selected: list[Sql] = []
        self._positions: dict[Any, int] = {}
        self._operands: dict[str, Operand | None] = {}
        self.identity = tuple(self.root.c[name] for name in tables.identity(entity.source_table))
        self._parent = [self._want(column) for column in self.identity]
        self.to_many: dict[str, ChildRows] = {}
        self.places: dict[str, int] = {}
        self.joined: dict[str, int] = {}
        self.chains: dict[str, Chain] = {}
        self.readers: dict[str, Reader] = {}
        self.templates: list[str] = []
        for attribute in entity.fields.values():
            self._add(attribute)
        # Labelled by place: two joined rows may have columns of one name.
        labelled = [column.label(f"c{i}") for i, column in enumerate(self._selected)]
        self.select = sa.select(*labelled).select_from(self.tree.source)
        self.types: Sequence[Any] = [column.type for column in self._selected]
        self.are_columns = [isinstance(column, sa.Column) for column in self._selected]

    # ---------------------------------------------------------------- reading

    def records(self, rows: Sequence[Row], children: Mapping[str, Mapping[Any, Any]]) -> list[Record]:
        """The records of rows that `select` gave.

        Args:
            rows: the rows.
            children: by construction, the rows of each parent: what `ChildRows.read` returned.

        Raises:
            InvalidValue: a stored value does not fit its field.
        """
        return [self._record(row, children) for row in rows]

    @cached_property
    def decode(self) -> Callable[[Row, Mapping[str, Any]], Record]:
        """Makes the record of a row as the driver gives it, and of the fields that are made of further rows.

        Raises InvalidValue where a stored value does not fit its field.
        """
        return decoder(self).function()

    def value(self, field: str, row: Row, record: Mapping[str, Any]) -> Any:
        """One field of a row, if it is not made of further rows; `record` has the fields that it is made of.

        Raises:
            InvalidValue: a stored value does not fit the field.
        """
        if (read := self.readers.get(field)) is not None:
            return read(row)
        transformation = self.entity.fields[field].transformation
        return transformation.template.build(record) if transformation and transformation.template else None

    def parents(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """The identities of rows, by which their children are read."""
        return [self._identity_of(row) for row in rows]

    def _identity_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[i] for i in self._parent)

    def _record(self, row: Row, children: Mapping[str, Mapping[Any, Any]]) -> Record:
        record: Record = dict.fromkeys(self.entity.fields)
        for field, read in self.readers.items():
            record[field] = read(row)
        for field, construction in self.to_many.items():
            record[field] = construction.value(children[field].get(self._identity_of(row), []))
        for name in self.templates:
            record[name] = self.value(name, row, record)
        return record

    def _want(self, column: Sql) -> int:
        """The place of a column in the rows."""
        if column not in self._positions:
            self._positions[column] = len(self._selected)
            self._selected.append(column)
        return self._positions[column]

    def _add(self, attribute: Attribute) -> None:
        match attribute.derivation:
            case ToMany() as construction:
                self.to_many[attribute.field] = ChildRows(self.tables, self.tree.base, construction)
            case ToOne() as join:
                self.readers[attribute.field] = self._to_one(attribute, join)
            case Computed(expression=expression):
                self.readers[attribute.field] = self._computed(attribute, expression)
            case OwnColumns(columns=own):
                made = {c.name: self._evaluated(c.expression, c.type) for c in own}
                self.readers[attribute.field] = lambda row: {name: read(row) for name, read in made.items()}
            case Aggregate() as aggregate:
                self.readers[attribute.field] = self._aggregate(attribute, aggregate)
            case None if attribute.transformation is None:
                self.readers[attribute.field] = self._plain(attribute)
            case None if attribute.transformation.template is not None:
                self.templates.append(attribute.field)
            case None:
                self.readers[attribute.field] = self._transformed(attribute)

    def _plain(self, attribute: Attribute) -> Reader:
        column = Column(None, attribute.columns[0])
        place = self._want(self.tree.base.column(column))
        stored, type_, name = self.tree.base.type(column), attribute.value_type, attribute.field
        self._operands[name] = column_operand(self.tree.base, column, type_)
        if type_.kind == "set" and attribute.nullable:
            return lambda row: _members(row[place], name)
        if stored is not None and stored.kind == type_.kind and (type_.kind != "json" or type_.text):
            self.places[name] = place
            return lambda row: row[place]
        return lambda row: to_type(row[place], type_, name)

    def _transformed(self, attribute: Attribute) -> Reader:
        names = attribute.columns[:1]
        parses = attribute.transformation is not None and attribute.transformation.kind == "json-parse"
        if parses and (stored := self.tree.base.type(Column(None, names[0]))) and stored.kind == "json":
            return self._plain(attribute)  # the column's type has parsed it
        places = {name: self._want(self.tree.base.column(Column(None, name))) for name in names}
        made = self._derived(attribute, own=frozenset(names))
        return lambda row: made.value({name: row[place] for name, place in places.items()})

    def _to_one(self, attribute: Attribute, join: ToOne) -> Reader:
        scope = self.tree.scope(join.steps)
        self._operands[attribute.field] = joined_operand(join, scope, attribute.value_type)
        return self._columns_alone(attribute, join, scope) or self._over_rows(attribute, join, scope)

    def _over_rows(self, attribute: Attribute, join: ToOne, scope: Scope) -> Reader:
        used = [c for e in (*join.selects, *([join.when] if join.when else [])) for c in columns(e)]
        made = self._derived(
            attribute,
            steps=join.steps,
            selects=join.selects,
            separator=join.separator,
            when=join.when,
            otherwise=join.otherwise,
            types={c: t for c in used if (t := scope.type(c)) is not None},
        )
        return self._over(made, used, scope, join.steps)

    def _columns_alone(self, attribute: Attribute, join: ToOne, scope: Scope) -> Reader | None:
        """Reads a field that is no more than columns of joined rows; None if it is more."""
        type_, selects = attribute.value_type, [s for s in join.selects if isinstance(s, Column) and s.table]
        if len(selects) < len(join.selects) or join.when is not None or attribute.transformation is not None:
            return None
        stored = [of for column in selects if (of := scope.type(column)) is not None]
        if join.separator is None:
            (of,) = stored
            if join.otherwise is not None or (of.kind, of.source) != (type_.kind, type_.source):
                return None
            place = self.joined[attribute.field] = self._want(scope.column(selects[0]))
            return lambda row: row[place]
        if type_.kind != "str" or any(of.kind != "str" for of in stored):
            return None
        chain = self.chains[attribute.field] = Chain(
            tuple(self._present(column, scope) for column in selects),
            tuple(self._want(scope.column(column)) for column in selects),
            join.separator,
            to_type(join.otherwise, type_, attribute.field),
        )
        return lambda row: to_type(chain.of(row), type_, attribute.field)

    def _present(self, column: Column, scope: Scope) -> int:
        """The place of a column that is null only where the row of this one is not there; it itself, if it can be."""
        row = scope.rows[column.table]
        plain = not self.tables.source(row.table).columns[column.name].nullable
        return self._want(row.rows.c[column.name if plain else self.tables.identity(row.table)[0]])

    def _computed(self, attribute: Attribute, expression: Expression) -> Reader:
        steps = self.steps(expression)
        scope = self.tree.scope(steps)
        used = columns(expression)
        types = {c: t for c in used if (t := scope.type(c)) is not None}
        made = self._derived(attribute, steps=steps, selects=(expression,), types=types, kind="computed")
        self._operands[attribute.field] = computed_operand(expression, scope, attribute.value_type)
        return self._over(made, used, scope, steps)

    def _derived(self, attribute: Attribute, *, steps: Sequence[JoinStep] = (), **parts: Any) -> DerivedField:
        """The field's derivation in terms of columns instead of fields: the arithmetic is the same."""
        return DerivedField(
            entity=self.entity.name,
            field=attribute.field,
            kind=parts.pop("kind", "to_one" if attribute.derivation else "transformation"),
            type=attribute.value_type,
            hops=tuple(Hop("", step.alias, ()) for step in steps),
            transformation=attribute.transformation,
            **parts,
        )

    def _over(self, made: DerivedField, used: Sequence[Column], scope: Scope, steps: Sequence[JoinStep]) -> Reader:
        """Gives a derivation its rows: the root's columns, and those of each joined row that is there."""
        own = {c.name: self._want(scope.column(c)) for c in used if c.table is None}
        joined = []
        for step in steps:
            row = scope.rows[step.alias]
            present = self._want(row.rows.c[self.tables.identity(step.table)[0]])
            joined.append((present, {c.name: self._want(scope.column(c)) for c in used if c.table == step.alias}))

        def read(row: Row) -> Any:
            values = {name: row[place] for name, place in own.items()}
            rows = [None if row[there] is None else {n: row[p] for n, p in places.items()} for there, places in joined]
            return made.value(values, rows)

        return read

    def _evaluated(self, expression: Expression, type_: ValueType) -> Reader:
        used = columns(expression)
        places = {c: self._want(self.tree.base.column(c)) for c in used}
        types = {c: t for c in used if (t := self.tree.base.type(c)) is not None}

        def read(row: Row) -> Any:
            value = evaluate(expression, lambda c: row[places[c]], types.get)
            return to_type(value, type_, "column")

        return read

    def _aggregate(self, attribute: Attribute, aggregate: Aggregate) -> Reader:
        type_, name = attribute.value_type, attribute.field
        found, stored = compile_aggregate(aggregate, name, self.tree.base, type_)
        place = self._want(found)
        if stored.kind == type_.kind:
            self._operands[name] = Operand(found, type_)
        return lambda row: to_type(row[place], type_, name)

    # ---------------------------------------------------------------- in SQL

    def steps(self, expression: Expression) -> tuple[JoinStep, ...]:
        """The hops, declared by other attributes, that an expression's aliases name."""
        found: dict[str, tuple[JoinStep, ...]] = {}
        for attribute in self.entity.attributes:
            if isinstance(attribute.derivation, ToOne):
                steps = attribute.derivation.steps
                for i, step in enumerate(steps):
                    found.setdefault(step.alias, steps[: i + 1])
        used = dict.fromkeys(c.table for c in columns(expression) if c.table is not None)
        return tuple(dict.fromkeys(step for alias in used for step in found[alias]))

    def operand(self, field: str) -> Operand | None:
        """A field in SQL, or None where only its record tells its value (lists, JSON, formatted text)."""
        return self._operands.get(field)


def _members(value: frozenset[Any] | None, name: str) -> frozenset[Any] | None:
    """A set that may be null, where absent means null: DynamoDB has no empty set."""
    if value is not None and not value:
        raise InvalidValue(
            name, "holds the empty set, which cannot be told from NULL: make it NULL, or the column NOT NULL"
        )
    return value
