"""Constructions and calculations: from checked JSON to `ToMany`, `OwnColumns`, `Aggregate`, `Computed`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crossfade.contract import sql
from crossfade.contract.expressions import parse_order_by
from crossfade.contract.infer import Lookup, aggregate_type, joined_text, type_of
from crossfade.contract.joins import Hop, Joins, Scope, declared_hop, join_condition
from crossfade.contract.model_derivation import (
    Aggregate,
    ChildColumn,
    Computed,
    Derivation,
    JoinStep,
    OwnColumns,
    ToMany,
    ToOne,
)
from crossfade.contract.shape import Problems, Raw, show, step, suggest
from crossfade.contract.source import SourceSchema
from crossfade.contract.types import ANY, ValueType, declared, parse_sql_type


@dataclass
class Derived:
    """Builds the derivations of one entity's attributes.

    Attributes:
        root: the entity's source table.
        schema: the source, where known, for types.
    """

    root: str
    joins: Joins
    problems: Problems
    schema: SourceSchema | None

    def build(self, raw: Raw) -> tuple[Derivation | None, ValueType | None]:
        """The derivation of an attribute with a join or a calculation, and its type where it can be told."""
        join, calculation = raw.get("join"), raw.get("calculation")
        if isinstance(join, Raw) and join.get("type") == "json-construction":
            return self._construction(raw, join)
        if isinstance(join, Raw):
            found = self.joins.to_one(raw["name"])
            return found, self._to_one_type(found) if found else None
        if isinstance(calculation, Raw) and calculation.get("type") == "aggregate":
            return self._aggregate(calculation)
        if isinstance(calculation, Raw):
            return self._computed(raw, calculation)
        return None, None

    def lookup(self, tables: dict[str, str]) -> Lookup:
        """The types of columns, by the aliases of `tables`; always None without a schema."""

        def find(column: sql.Column) -> ValueType | None:
            table = self.root if column.table is None else tables.get(column.table)
            found = self.schema.column(table, column.name) if self.schema and table else None
            return found.type if found else None

        return find

    def never_null(self, derivation: Derivation | None) -> bool:
        """Whether the schema shows that a joined value is never null: its column is not, and a row is always there."""
        if not isinstance(derivation, ToOne) or self.schema is None or len(derivation.selects) != 1:
            return False
        tables = {s.alias: s.table for s in derivation.steps}
        select = derivation.selects[0]
        if not isinstance(select, sql.Column):
            return False
        selected = self.schema.column(tables.get(select.table or "", self.root), select.name)
        if selected is None or selected.nullable:
            return False
        found = derivation.when is None and all(self._always_there(s, tables) for s in derivation.steps)
        return found or derivation.otherwise is not None

    def _always_there(self, hop: JoinStep, tables: dict[str, str]) -> bool:
        """Whether a foreign key of columns that are never null leads to the hop's row, and nothing else is asked."""
        parts = hop.condition.operands if isinstance(hop.condition, sql.And) else (hop.condition,)
        pairs = [_pair(part, hop.alias) for part in parts]
        owners = {pair[0].table for pair in pairs if pair is not None}
        if None in pairs or len(owners) != 1 or self.schema is None:
            return False
        owner = owners.pop()
        source = self.schema.tables.get(self.root if owner is None else tables.get(owner, ""))
        wanted = {(mine.name, other.name) for mine, other in filter(None, pairs)}
        return source is not None and any(
            key.table == hop.table
            and set(zip(key.columns, key.references, strict=True)) == wanted
            and not any(source.columns[c].nullable for c in key.columns)
            for key in source.foreign_keys
        )

    def _to_one_type(self, join: ToOne) -> ValueType | None:
        lookup = self.lookup({s.alias: s.table for s in join.steps})
        types = [type_of(select, lookup) for select in join.selects]
        return types[0] if join.separator is None else joined_text(types, join.separator)

    def _construction(self, raw: Raw, join: Raw) -> tuple[Derivation | None, ValueType | None]:
        construction = join.get("construction")
        hop = declared_hop(join, self.root)
        if hop is None or not isinstance(construction, Raw):
            return None, None
        scope = Scope(self.root, self.problems)
        shape = construction.get("type", "array")
        own = hop.table == self.root and hop.alias == self.root
        if not own:
            scope.add(hop.alias, hop.table, hop.path)
        condition = join_condition(scope, hop)
        if condition is None:
            return None, None
        if own:
            scope.add(hop.alias, hop.table, hop.path)
        joins = tuple(self._child_joins(construction, scope))
        selected = self._child_columns(construction, scope, hop.alias)
        columns = self._required(construction, selected, hop, owned=raw.get("owned", False))
        kind = ValueType(
            "rows" if shape == "array" else "row",
            columns={c.name: c.type for c in columns},
            required=frozenset(c.name for c in columns if c.required),
        )
        if own and shape == "object" and is_itself(condition):
            return OwnColumns(columns), kind
        if raw.get("owned", False) and construction.get("limit") is not None:
            self.problems.add(
                construction.at("limit"),
                "an owned list has none: a write replaces its rows, and would delete those that it leaves out",
                'leave "limit" out, or "owned"',
            )
        built = ToMany(
            hop.table,
            hop.alias,
            condition,
            shape,
            columns,
            self._order(construction, scope, hop.alias),
            construction.get("limit"),
            joins,
            bool(raw.get("owned", False)),
        )
        return built, kind

    def _child_joins(self, construction: Raw, scope: Scope) -> list[JoinStep]:
        steps = []
        for member in construction.get("joins", []):
            hop = declared_hop(member, self.root)
            if hop is None:
                continue
            scope.add(hop.alias, hop.table, hop.path)
            condition = join_condition(scope, hop)
            if condition is not None:
                steps.append(JoinStep(hop.table, hop.alias, condition))
        return steps

    def _child_columns(self, construction: Raw, scope: Scope, alias: str) -> tuple[ChildColumn, ...]:
        selected: Any = construction.get("select_columns", {})
        path = construction.at("select_columns")
        if isinstance(selected, list):
            selected = Raw(path, {name.rpartition(".")[2]: name for name in selected})
        types, formats = construction.get("source_types", {}), construction.get("formats", {})
        for key, given in (("source_types", types), ("formats", formats)):
            for name in given:
                if name not in selected:
                    self.problems.add(
                        step(construction.at(key), name), f"{show(name)} is not selected", suggest(name, selected)
                    )
        found = []
        for name, text in selected.items():
            expression = scope.parse(text, step(path, name), bare=alias)
            if expression is not None:
                type_ = self.source_type(types.get(name), step(construction.at("source_types"), name))
                type_ = type_ or type_of(expression, self.lookup(scope.tables)) or ANY
                if formats.get(name) == "json":
                    type_ = declared(type_, "S")
                found.append(ChildColumn(name, expression, type_, formats.get(name)))
        return tuple(found)

    def _required(
        self, construction: Raw, columns: tuple[ChildColumn, ...], hop: Hop, *, owned: bool
    ) -> tuple[ChildColumn, ...]:
        """The columns, with what each row must have a value of; a column whose type is locked as it is locked."""
        given, types = construction.get("required", ()), construction.get("source_types", {})
        of_row = {
            c.name: c.expression.name
            for c in columns
            if isinstance(c.expression, sql.Column) and c.expression.table == hop.alias
        }
        for number, name in enumerate(given):
            if name not in of_row:
                path = step(construction.at("required"), number)
                self.problems.add(path, f"{show(name)} is no selected column of {hop.table}", suggest(name, of_row))

        def required(name: str) -> bool:
            if self.schema is None or not owned or name in types or name in given or name not in of_row:
                return name in given
            source = self.schema.column(hop.table, of_row[name])
            return source is not None and source.required_of_owned

        return tuple(replace(c, required=required(c.name)) for c in columns)

    def _order(self, construction: Raw, scope: Scope, alias: str) -> tuple[tuple[sql.Expression, bool], ...]:
        if "order_by" not in construction:
            return ()
        path = construction.at("order_by")
        try:
            parsed = parse_order_by(construction["order_by"])
        except ValueError as error:
            self.problems.add(path, str(error))
            return ()
        return tuple((scope.resolve(expression, path, alias), descending) for expression, descending in parsed)

    def _aggregate(self, calculation: Raw) -> tuple[Derivation | None, ValueType | None]:
        hop = declared_hop(calculation, self.root)
        operation = calculation.get("operation")
        if hop is None or operation is None:
            return None, None
        scope = Scope(self.root, self.problems)
        scope.add(hop.alias, hop.table, hop.path)
        condition = join_condition(scope, hop)
        expression = None
        text, path = calculation.get("select_column"), calculation.at("select_column")
        if text is None and operation != "COUNT":
            self.problems.add(calculation.path, f'{operation} wants "select_column"')
        elif text is not None and not (operation == "COUNT" and text.strip().endswith("*")):
            expression = scope.parse(text, path, bare=hop.alias)
        if condition is None:
            return None, None
        type_ = aggregate_type(operation, expression, self.lookup(scope.tables))
        return Aggregate(operation, hop.table, hop.alias, condition, expression), type_

    def _computed(self, raw: Raw, calculation: Raw) -> tuple[Derivation | None, ValueType | None]:
        prefix: list[JoinStep] = []
        scope = self.joins.scope(raw["name"], prefix)
        builder = {"case": self._case, "concat": self._concat, "date-math": self._date_math}[calculation["type"]]
        expression = builder(raw, calculation, scope)
        if expression is None:
            return None, None
        return Computed(calculation["type"], expression), type_of(expression, self.lookup(scope.tables))

    def _case(self, raw: Raw, calculation: Raw, scope: Scope) -> sql.Expression | None:
        del raw
        branches = []
        for branch in calculation.get("cases", []):
            if not {"when", "then"} <= branch.keys():
                continue
            when = scope.parse(branch["when"], branch.at("when"), condition=True)
            then = _value(branch["then"], branch.at("then"), scope)
            if when is not None and then is not None:
                branches.append((when, then))
        otherwise = _value(calculation.get("else"), calculation.at("else"), scope)
        return sql.Case(tuple(branches), otherwise) if branches and otherwise is not None else None

    def _concat(self, raw: Raw, calculation: Raw, scope: Scope) -> sql.Expression | None:
        if "expression" in calculation:
            if "columns" in calculation:
                self.problems.add(calculation.path, 'wants "expression" or "columns", not both')
            return scope.parse(calculation["expression"], calculation.at("expression"))
        texts: list[str] = calculation.get("columns", [])
        path = calculation.at("columns")
        parts: list[sql.Expression | None] = [scope.parse(t, step(path, i)) for i, t in enumerate(texts)]
        if not texts:
            parts = [sql.Column(None, name) for name in raw.get("source_column", [])]
        if not parts:
            self.problems.add(calculation.path, 'wants "expression", "columns" or the attribute\'s "source_column"')
        kept = [p for p in parts if p is not None]
        if len(kept) < len(parts) or not kept:
            return None
        separator = calculation.get("separator")
        if separator is None:
            return sql.Call("CONCAT", tuple(kept))
        return sql.Call("CONCAT_WS", (sql.Literal(separator), *kept))

    def _date_math(self, raw: Raw, calculation: Raw, scope: Scope) -> sql.Expression | None:
        if "expression" in calculation:
            return scope.parse(calculation["expression"], calculation.at("expression"))
        columns = raw.get("source_column", [])
        if len(columns) != 1 or not {"operation", "amount", "unit"} <= calculation.keys():
            self.problems.add(
                calculation.path, 'wants "expression", or "operation", "amount" and "unit" on one source column'
            )
            return None
        name = f"DATE_{calculation['operation']}"
        arguments = (sql.Column(None, columns[0]), sql.Literal(calculation["amount"]), sql.Literal(calculation["unit"]))
        return sql.Call(name, arguments)

    def source_type(self, text: str | None, path: str) -> ValueType | None:
        """The type that a `source_type` names; None, with a problem, where MySQL has no such type."""
        if text is None:
            return None
        try:
            return parse_sql_type(text)
        except ValueError:
            self.problems.add(path, f"{show(text)} is not a MySQL column type", "such as decimal(10,2), varchar(50)")
            return None


def is_itself(condition: sql.Expression) -> bool:
    """Whether a condition compares a column with itself, which holds for every row."""
    return isinstance(condition, sql.Compare) and condition.operator == "=" and condition.left == condition.right


def _pair(part: sql.Expression, alias: str) -> tuple[sql.Column, sql.Column] | None:
    """The referring and the joined column of an equality, or None of anything else."""
    if not isinstance(part, sql.Compare) or part.operator != "=":
        return None
    left, right = part.left, part.right
    if not isinstance(left, sql.Column) or not isinstance(right, sql.Column):
        return None
    mine, other = (right, left) if left.table == alias else (left, right)
    return (mine, other) if other.table == alias != mine.table else None


def _value(given: Any, path: str, scope: Scope) -> sql.Expression | None:
    """A THEN or ELSE: text is SQL, any other JSON value is itself."""
    return scope.parse(given, path) if isinstance(given, str) else sql.Literal(given)
