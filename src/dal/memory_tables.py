"""The relational view of records in memory: the tables and rows that joins and aggregates read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossfade.contract.evaluate import evaluate, holds
from crossfade.contract.expressions import columns
from crossfade.contract.hops import conjuncts, plain_fields
from crossfade.contract.model import Contract, Entity
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.sql import Column, Compare, Expression
from crossfade.contract.types import ValueType
from crossfade.dal.entity import Record

Row = Mapping[str, Any]


class Tables:
    """The rows of the source's tables, made of records when they are first asked for.

    A table or column that no field of the contract holds is empty.

    Args:
        contract: the contract.
        records: gives the stored records of an entity.
    """

    def __init__(self, contract: Contract, records: Callable[[str], Iterable[Record]]) -> None:
        self._contract = contract
        self._records = records
        self._rows: dict[str, list[Row]] = {}
        self._types: dict[str, dict[str, ValueType]] = {}
        self._indexes: dict[tuple[str, str], dict[Any, list[Row]]] = {}

    def rows(self, table: str) -> Sequence[Row]:
        """The rows of a table: those of its entities, by key, and those that entities own."""
        if table not in self._rows:
            found: list[Row] = []
            for entity in self._contract.entities.values():
                if entity.source_table == table:
                    key = _key_of(entity)
                    found += (row_of(entity, record) for record in sorted(self._records(entity.name), key=key))
                for name, many in _owned(entity, table):
                    for record in self._records(entity.name):
                        found += child_rows(many, row_of(entity, record), record[name])
            self._rows[table] = found
        return self._rows[table]

    def types(self, table: str) -> Mapping[str, ValueType]:
        """The types of a table's columns."""
        if table not in self._types:
            found: dict[str, ValueType] = {}
            for entity in self._contract.entities.values():
                if entity.source_table == table:
                    found |= {c: entity.fields[name].value_type for c, name in plain_fields(entity).items()}
                for _, many in _owned(entity, table):
                    found |= {c.expression.name: c.type for c in many.columns if isinstance(c.expression, Column)}
            self._types[table] = found
        return self._types[table]

    def index(self, table: str, column: str) -> Mapping[Any, Sequence[Row]]:
        """The rows of a table by the values of a numeric column."""
        if (table, column) not in self._indexes:
            found: dict[Any, list[Row]] = {}
            for row in self.rows(table):
                value = row.get(column)
                if isinstance(value, (int, Decimal)):
                    found.setdefault(value, []).append(row)
            self._indexes[table, column] = found
        return self._indexes[table, column]


class Scope:
    """The rows that an expression sees, by alias; None stands for the root row.

    Args:
        tables: all rows.
        names: the table behind each alias.
        rows: the row behind each alias, None where a join found none.
    """

    def __init__(self, tables: Tables, names: Mapping[str | None, str], rows: Mapping[str | None, Row | None]) -> None:
        self.rows = rows
        self._tables = tables
        self._names = names

    def also(self, alias: str, table: str, row: Row | None) -> Scope:
        """The scope with one more row."""
        return Scope(self._tables, {**self._names, alias: table}, {**self.rows, alias: row})

    def value(self, expression: Expression) -> Any:
        """The value of an expression."""
        return evaluate(expression, self._column, self.type)

    def holds(self, condition: Expression) -> bool:
        """Whether a condition is true."""
        return holds(condition, self._column, self.type)

    def joined(self, table: str, alias: str, condition: Expression) -> Iterator[Scope]:
        """The scope with each row of `table` for which `condition` holds."""
        for row in self._candidates(table, alias, condition):
            found = self.also(alias, table, row)
            if found.holds(condition):
                yield found

    def type(self, column: Column) -> ValueType | None:
        """The type of a column."""
        return self._tables.types(self._names[column.table]).get(column.name)

    def _column(self, column: Column) -> Any:
        row = self.rows[column.table]
        return None if row is None else row.get(column.name)

    def _candidates(self, table: str, alias: str, condition: Expression) -> Sequence[Row]:
        """The rows that may match: by an equality of numbers, if the condition has one."""
        for part in conjuncts(condition):
            for mine, other in sides(part):
                known = all(c.table in self.rows and c.table != alias for c in columns(other))
                value = self.value(other) if mine.table == alias and known else None
                type_ = self._tables.types(table).get(mine.name)
                if isinstance(value, (int, Decimal)) and type_ is not None and type_.kind in {"int", "decimal"}:
                    return self._tables.index(table, mine.name).get(value, ())
        return self._tables.rows(table)


def row_of(entity: Entity, record: Record) -> Row:
    """A record as a row of its source table, by column."""
    return {column: record[name] for column, name in plain_fields(entity).items()}


def child_rows(many: ToMany, root: Row, rows: Any) -> list[Row]:
    """Owned rows as rows of their own table, with the columns that link them to the root row."""
    links = {
        mine.name: root.get(other.name)
        for part in conjuncts(many.condition)
        for mine, other in sides(part)
        if mine.table == many.alias and isinstance(other, Column) and other.table is None
    }
    own = {
        c.expression.name: c.name
        for c in many.columns
        if isinstance(c.expression, Column) and c.expression.table == many.alias
    }
    given = [rows] if isinstance(rows, dict) else rows or []
    return [{**links, **{column: row.get(name) for column, name in own.items()}} for row in given]


def sides(part: Expression) -> list[tuple[Column, Expression]]:
    """The columns of an equality, each with what it equals; none for any other condition."""
    if not isinstance(part, Compare) or part.operator != "=":
        return []
    both = ((part.left, part.right), (part.right, part.left))
    return [(mine, other) for mine, other in both if isinstance(mine, Column)]


def _key_of(entity: Entity) -> Callable[[Record], list[Any]]:
    return lambda record: [record[field] for field in entity.key]


def _owned(entity: Entity, table: str) -> list[tuple[str, ToMany]]:
    found = [(name, a.derivation) for name, a in entity.fields.items()]
    return [(name, d) for name, d in found if isinstance(d, ToMany) and d.owned and d.table == table]
