"""The projection: one entity's records from MySQL, compiled from the contract.

The root row and its to-one rows are one SELECT of plain columns; what is calculated from them is calculated in
Python, by the same code as on every store. Aggregates are correlated subqueries, and every to-many construction
is one more SELECT for all records together (`to_many`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crossfade.contract.coerce import to_type
from crossfade.contract.derived import DerivedField, Hop
from crossfade.contract.evaluate import evaluate
from crossfade.contract.expressions import columns
from crossfade.contract.model import Aggregate, Attribute, Computed, Entity, JoinStep, OwnColumns, ToMany, ToOne
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import ValueType
from crossfade.dal.entity import Record
from crossfade.mysql.aggregates import compile_aggregate
from crossfade.mysql.expressions import Sql
from crossfade.mysql.operands import Operand, column_operand, computed_operand, joined_operand
from crossfade.mysql.tables import Joined, JoinTree, Scope, Tables
from crossfade.mysql.to_many import ChildRows

Row = Sequence[Any]
Reader = Callable[[Row], Any]


class Projection:
    """How one entity's records are read.

    Attributes:
        select: the root row with its to-one rows; add WHERE, ORDER BY and LIMIT.
        root: the root table.
        identity: the columns that tell root rows apart.
        to_many: the constructions, by field.
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
        self._readers: dict[str, Reader] = {}
        self._templates: list[Attribute] = []
        for attribute in entity.fields.values():
            self._add(attribute)
        # Labelled by place: two joined rows may have columns of one name.
        labelled = [column.label(f"c{i}") for i, column in enumerate(self._selected)]
        self.select = sa.select(*labelled).select_from(self.tree.source)

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

    def parents(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """The identities of rows, by which their children are read."""
        return [self._identity_of(row) for row in rows]

    def _identity_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[i] for i in self._parent)

    def _record(self, row: Row, children: Mapping[str, Mapping[Any, Any]]) -> Record:
        record: Record = dict.fromkeys(self.entity.fields)
        for field, read in self._readers.items():
            record[field] = read(row)
        for field, construction in self.to_many.items():
            record[field] = construction.value(children[field].get(self._identity_of(row), []))
        for attribute in self._templates:
            template = attribute.transformation.template if attribute.transformation else None
            record[attribute.field] = template.build(record) if template else None
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
                self._readers[attribute.field] = self._to_one(attribute, join)
            case Computed(expression=expression):
                self._readers[attribute.field] = self._computed(attribute, expression)
            case OwnColumns(columns=own):
                made = {c.name: self._evaluated(c.expression, c.type) for c in own}
                self._readers[attribute.field] = lambda row: {name: read(row) for name, read in made.items()}
            case Aggregate() as aggregate:
                self._readers[attribute.field] = self._aggregate(attribute, aggregate)
            case None if attribute.transformation is None:
                self._readers[attribute.field] = self._plain(attribute)
            case None if attribute.transformation.template is not None:
                self._templates.append(attribute)
            case None:
                self._readers[attribute.field] = self._transformed(attribute)

    def _plain(self, attribute: Attribute) -> Reader:
        column = Column(None, attribute.columns[0])
        place = self._want(self.tree.base.column(column))
        stored, type_, name = self.tree.base.type(column), attribute.value_type, attribute.field
        self._operands[name] = column_operand(self.tree.base, column, type_)
        if type_.kind == "set" and attribute.nullable:
            # DynamoDB has no empty set: there it is absent, which is null where the field may be null.
            return lambda row: row[place] or None
        if stored is not None and stored.kind == type_.kind:
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
        self._operands[attribute.field] = joined_operand(join, scope, attribute.value_type)
        return self._over(made, used, scope, join.steps)

    def _computed(self, attribute: Attribute, expression: Expression) -> Reader:
        steps = self._steps(expression)
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

    def _steps(self, expression: Expression) -> tuple[JoinStep, ...]:
        """The hops, declared by other attributes, that an expression's aliases name."""
        found: dict[str, tuple[JoinStep, ...]] = {}
        for attribute in self.entity.attributes:
            if isinstance(attribute.derivation, ToOne):
                steps = attribute.derivation.steps
                for i, step in enumerate(steps):
                    found.setdefault(step.alias, steps[: i + 1])
        used = dict.fromkeys(c.table for c in columns(expression) if c.table is not None)
        return tuple(dict.fromkeys(step for alias in used for step in found[alias]))

    def _aggregate(self, attribute: Attribute, aggregate: Aggregate) -> Reader:
        type_, name = attribute.value_type, attribute.field
        found, stored = compile_aggregate(aggregate, name, self.tree.base, type_)
        place = self._want(found)
        if stored.kind == type_.kind:
            self._operands[name] = Operand(found, type_)
        return lambda row: to_type(row[place], type_, name)

    # ---------------------------------------------------------------- operands

    def operand(self, field: str) -> Operand | None:
        """A field in SQL, or None where only its record tells its value (lists, JSON, formatted text)."""
        return self._operands.get(field)
