"""What `find` and `count` ask the database: one statement a page, its order total, its start a key.

Where SQL cannot check a condition, or cannot sort as Python does, the records decide: more rows are read then,
and the answer is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from crossfade.contract.model import Entity
from crossfade.dal.condition import AllOf, AnyOf, Comparison, Condition, IsNull, holds
from crossfade.dal.entity import Record
from crossfade.dal.prepare import Preparer
from crossfade.dal.query import Query, Range
from crossfade.mysql.conditions import Compiled, compile_where, ordered
from crossfade.mysql.expressions import Sql
from crossfade.mysql.operands import Named, Operand, parameter
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.projection import Projection

# Rows that are read at once where the records decide.
CHUNK = 500

Statement = Prepared | sa.Select[Any]
Read = Callable[[Statement, Mapping[str, Any]], list[Record]]

_NOTHING: Mapping[str, Any] = {}
_Shape = tuple[str, tuple[str, ...], bool, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query in SQL, as far as SQL goes.

    Attributes:
        where: what the rows fulfil.
        rest: what the records must fulfil too; None for nothing.
        order: the sort fields in SQL; None where the records must be sorted.
    """

    where: Sql
    rest: Condition | None
    order: tuple[Operand, ...] | None


class Queries:
    """Compiles the queries of one entity."""

    def __init__(self, projection: Projection, prepare: Preparer) -> None:
        self._projection = projection
        self._dialect = projection.tables.dialect
        self._prepare = prepare
        self._prepared: dict[_Shape, Prepared | None] = {}

    def alive(self) -> Condition | None:
        """That the entity has not expired; None if it never does."""
        return alive(self._projection.entity, self._prepare)

    def compiled(self, condition: Condition) -> Compiled:
        """A condition in SQL."""
        return compile_where(condition, self._projection.operand, self._dialect)

    def asked(self, query: Query) -> Asked:
        """The query in SQL, but for the cursor."""
        plain = [self._equality(field, value) for field, value in query.by.items()]
        known = [e for e in plain if e is not None]
        others = {field: value for (field, value), e in zip(query.by.items(), plain, strict=True) if e is None}
        wanted = replace(query, by=others).condition
        ttl = self.alive()
        rest = self.compiled(wanted if ttl is None else AllOf((wanted, ttl)))
        if rest.where is not None:
            known.append(rest.where)
        order = [self._projection.operand(field) for field in query.plan.sort_fields]
        complete = tuple(o for o in order if o is not None)
        return Asked(sa.and_(sa.true(), *known), rest.rest, complete if len(complete) == len(order) else None)

    def find(self, query: Query, read: Read) -> list[Record]:
        """The first `query.limit + 1` records.

        Args:
            query: the query.
            read: runs a SELECT of the projection with values, and gives its records, in order.
        """
        if (prepared := self.prepared(query)) is not None:
            return read(prepared, _values(query))
        asked = self.asked(query)
        wanted = query.limit + 1
        if asked.order is None:
            return self._sorted(query, read(self._projection.select.where(asked.where), _NOTHING), asked.rest)[:wanted]
        found: list[Record] = []
        after, chunk = query.after, wanted if asked.rest is None else max(wanted, CHUNK)
        while len(found) < wanted:
            rows = read(self.page(asked.where, asked.order, query.descending, after, chunk), _NOTHING)
            found += rows if asked.rest is None else [r for r in rows if holds(asked.rest, r)]
            if len(rows) < chunk:
                break
            after = tuple(rows[-1][field] for field in query.plan.sort_fields)
        return found[:wanted]

    def prepared(self, query: Query) -> Prepared | None:
        """The statement of queries of this shape, compiled once; None where the records decide, or the values do."""
        shape = self._shape(query)
        if shape is None:
            return None
        if shape not in self._prepared:
            named = _named(query)
            asked = self.asked(named)
            plain = asked.order is not None and asked.rest is None
            limit = sa.bindparam("limit", type_=sa.Integer())
            self._prepared[shape] = (
                Prepared(self.page(asked.where, asked.order or (), query.descending, named.after, limit))
                if plain
                else None
            )
        return self._prepared[shape]

    def _shape(self, query: Query) -> _Shape | None:
        given, bounds = (*query.by.values(), *(query.after or ())), _bounds(query.range)
        if query.where is not None or self._projection.entity.ttl is not None or "prefix" in bounds:
            return None
        if any(value is None for value in given):
            return None
        return query.plan.pattern.name, tuple(bounds), query.descending, query.after is not None

    def page(
        self, where: Sql, order: Sequence[Operand], descending: bool, after: Sequence[Any] | None, limit: int | Sql
    ) -> sa.Select[Any]:
        """The SELECT of one page.

        Args:
            where: what the rows fulfil.
            order: the sort fields.
            descending: the direction of all of them.
            after: the sort fields' values of the last record before the page.
            limit: rows at most.
        """
        sorts = [ordered(operand, self._dialect) for operand in order]
        selected = self._projection.select.where(where)
        if after is not None:
            values = [parameter(value, o.type, self._dialect) for value, o in zip(after, order, strict=True)]
            selected = selected.where(behind(sorts, values, ">" if not descending else "<"))
        return selected.order_by(*(s.desc() if descending else s.asc() for s in sorts)).limit(limit)

    def count(self, query: Query) -> sa.Select[Any] | None:
        """The SELECT that counts; None where the records must be read for it."""
        asked = self.asked(query)
        if asked.rest is not None:
            return None
        source = self._projection.tree.needed(asked.where)
        return sa.select(sa.func.count()).select_from(source).where(asked.where)

    def matching(self, query: Query) -> tuple[sa.Select[Any], Condition | None]:
        """The SELECT of everything that a query may find, and what its records must fulfil."""
        asked = self.asked(query)
        return self._projection.select.where(asked.where), asked.rest

    def _equality(self, field: str, value: Any) -> Sql | None:
        """An equality of the pattern: as the column itself compares, like any key."""
        operand = self._projection.operand(field)
        if operand is None or value is None:
            return None
        return operand.expression.op("=", is_comparison=True)(parameter(value, operand.type, self._dialect))

    def _sorted(self, query: Query, records: list[Record], rest: Condition | None) -> list[Record]:
        def place(record: Record) -> tuple[Any, ...]:
            return tuple(record[field] for field in query.plan.sort_fields)

        kept = sorted((r for r in records if rest is None or holds(rest, r)), key=place, reverse=query.descending)
        if query.after is None:
            return kept
        after = query.after
        return [r for r in kept if (place(r) < after if query.descending else place(r) > after)]


def _bounds(range_: Range | None) -> dict[str, Any]:
    """The ends of a range that are given; none of an open one, which is another than no range."""
    if range_ is None:
        return {}
    return {of.name: value for of in fields(range_) if (value := getattr(range_, of.name)) is not None} or {
        "open": None
    }


def _named(query: Query) -> Query:
    """The query with the names of its values in their place."""
    bounds: dict[str, Any] = {name: Named(f"range_{name}") for name in _bounds(query.range)}
    bounds.pop("open", None)
    after = None if query.after is None else tuple(Named(f"after_{i}") for i in range(len(query.after)))
    by = {field: Named(f"by_{field}") for field in query.by}
    return replace(query, by=by, range=query.range and replace(query.range, **bounds), after=after)


def _values(query: Query) -> dict[str, Any]:
    """The values of a query by the names that `_named` gives them."""
    return (
        {f"by_{field}": value for field, value in query.by.items()}
        | {f"range_{name}": value for name, value in _bounds(query.range).items()}
        | {f"after_{i}": value for i, value in enumerate(query.after or ())}
        | {"limit": query.limit + 1}
    )


def alive(entity: Entity, prepare: Preparer) -> Condition | None:
    """That an entity has not expired, by the store's clock; None if it never does."""
    ttl = entity.ttl
    if ttl is None:
        return None
    now: Any = prepare.now()
    if ttl.unit != "datetime":
        # Times to live are whole numbers: one that is greater than the time is greater than its whole part.
        now = math.floor(Decimal(now.timestamp()) * (1000 if ttl.unit == "ms" else 1))
        type_ = entity.fields[ttl.field].value_type
        now = prepare.argument(ttl.field, now) if type_.kind not in {"str", "any"} else now
    return AnyOf((IsNull(ttl.field), Comparison(ttl.field, ">", now)))


def behind(sorts: Sequence[Sql], values: Sequence[Sql], operator: str, *, inclusive: bool = False) -> Sql:
    """The rows behind a place in the order: `a >= x AND (a > x OR (a = x AND b > y))`.

    The first part says nothing new, but it is what the servers take for a range of an index.

    Args:
        sorts: what the rows are ordered by.
        values: the place.
        operator: `>` or `<`.
        inclusive: whether the row at the place itself is one of them.
    """
    first, value = sorts[0], values[0]
    if len(sorts) == 1:
        return first.op(operator + "=" * inclusive, is_comparison=True)(value)
    tie = first.op("=", is_comparison=True)(value)
    rest = behind(sorts[1:], values[1:], operator, inclusive=inclusive)
    beyond = sa.or_(first.op(operator, is_comparison=True)(value), sa.and_(tie, rest))
    return sa.and_(first.op(operator + "=", is_comparison=True)(value), beyond)
