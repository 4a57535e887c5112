"""One Query or Scan, from the plan and the arguments to its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crossfade.contract.bounds import SortBounds
from crossfade.contract.query_plan import QueryPlan
from crossfade.dal.condition import AllOf, Comparison, Condition, IsNull
from crossfade.dal.query import Query
from crossfade.dynamodb import expressions
from crossfade.dynamodb.calls import Calls, ReadOperation
from crossfade.dynamodb.codec import DELETED
from crossfade.dynamodb.expressions import Filter, Names
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.transport import PageReader
from crossfade.dynamodb.wire import AttributeValue, Item

# A page is evaluated until 1 MB at most in any case: Amazon DynamoDB Developer Guide, "Paginating table query results".
_LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Source:
    """What one plan reads: the table, or one of its indexes.

    Attributes:
        pk, sk: its key attributes.
        held: the attributes that its items have, or None for all.
    """

    pk: str
    sk: str | None
    held: frozenset[str] | None


def source(shelf: Shelf, plan: QueryPlan) -> Source:
    """What a query or scan plan reads."""
    table = shelf.codec.keys.table
    if plan.index is None:
        return Source(table.pk, table.sk, None)
    index = table.index(plan.index)
    keys = {n for n in (table.pk, table.sk, index.pk, index.sk) if n is not None}
    held = None if index.projection == "ALL" else frozenset(keys.union(index.attributes))
    return Source(index.pk, index.sk, held)


def lively(shelf: Shelf) -> Condition | None:
    """The condition that an entity has not expired; None where none ever does."""
    ttl = shelf.entity.ttl
    if ttl is None:
        return None
    return IsNull(ttl.field) | Comparison(ttl.field, ">", shelf.now(ttl.field))


@dataclass(frozen=True, slots=True)
class Reading:
    """A bound query over one source.

    Attributes:
        request: the request, but for partition, sort bounds, paging and selection.
        names: its aliases.
        filter: what DynamoDB decides, and what it does not.
        exact: nothing but what the query asks for passes key condition and filter.
    """

    shelf: Shelf
    source: Source
    plan: QueryPlan
    request: Mapping[str, Any]
    names: Names
    filter: Filter
    exact: bool

    def partition(self, value: Any, bounds: SortBounds, *, descending: bool) -> dict[str, Any] | None:
        """The Query of one partition; None where it can hold nothing."""
        keys = self.shelf.codec.keys
        partition = keys.wire(self.source.pk, value)
        if bounds.empty or partition is None or self.filter.never:
            return None
        names = self.names.copy()
        sort = None
        if self.source.sk is not None:
            low, high = (self._bound(self.source.sk, bound, typed=bounds.typed) for bound in (bounds.low, bounds.high))
            sort = expressions.between(self.source.sk, low, high)
        text = expressions.key_condition(names, (self.source.pk, partition), sort)
        found = {**self.request, "KeyConditionExpression": text, "ScanIndexForward": not descending}
        return found | names.request()

    def scan(self) -> dict[str, Any] | None:
        """The Scan of the whole table; None where it can hold nothing."""
        return None if self.filter.never else {**self.request, **self.names.request()}

    def _bound(self, attribute: str, bound: Any, *, typed: bool) -> AttributeValue | None:
        return self.shelf.codec.keys.wire(attribute, bound) if typed or bound is None else {"S": bound}


def reading(shelf: Shelf, query: Query) -> Reading:
    """How a query reads its source."""
    plan, codec = query.plan, shelf.codec
    read = source(shelf, plan)
    names = Names()
    own = _own(shelf, read, names)
    wanted = _wanted(shelf, query)
    filter_ = expressions.filter_(names, codec, wanted, without=_closed(shelf, read, plan))
    text = expressions.all_of(own, filter_.text)
    request: dict[str, Any] = {"TableName": shelf.table}
    if plan.index is not None:
        request["IndexName"] = plan.index
    else:
        request["ConsistentRead"] = True
    if text is not None:
        request["FilterExpression"] = text
    typed = own is not None or shelf.alone
    folded = any(codec.entity.fields[f].fold for f in query.by)
    exact = typed and not folded and not plan.fetch and _covered(shelf, read, plan, filter_.residual)
    return Reading(shelf, read, plan, request, names, filter_, exact)


def _own(shelf: Shelf, read: Source, names: Names) -> str | None:
    """The text that keeps other entities and tombstones out, as far as the source can tell."""
    codec = shelf.codec
    deleted = None
    if read.held is None:
        deleted = f"attribute_not_exists({names.name(DELETED)})"
    if shelf.alone or (read.held is not None and codec.type_attribute not in read.held):
        return deleted
    return expressions.all_of(f"{names.name(codec.type_attribute)} = {names.value(codec.type_value)}", deleted)


def _wanted(shelf: Shelf, query: Query) -> Condition:
    """What DynamoDB is asked to filter by: all that is not folded, and what has not expired."""
    folded = {f for f in query.by if shelf.entity.fields[f].fold}
    plain = replace(query, by={f: v for f, v in query.by.items() if f not in folded}).condition
    alive = lively(shelf)
    return plain if alive is None else AllOf((plain, alive))


def _closed(shelf: Shelf, read: Source, plan: QueryPlan) -> frozenset[str]:
    """The attributes that a filter must not name."""
    keys = frozenset(n for n in (read.pk, read.sk) if n is not None) if plan.access == "query" else frozenset()
    if read.held is None:
        return keys
    return keys | (shelf.known_attributes - read.held)


def _covered(shelf: Shelf, read: Source, plan: QueryPlan, residual: Condition | None) -> bool:
    """Whether what the filter could not take is what the partition says anyway."""
    if residual is None:
        return True
    if plan.partition is None or plan.partition.bare is None:
        return False
    parts = residual.parts if isinstance(residual, AllOf) else (residual,)
    return all(
        isinstance(p, Comparison) and p.operator == "=" and shelf.codec.path(p.field) == (read.pk,) for p in parts
    )


def pages(
    calls: Calls,
    operation: ReadOperation,
    request: Mapping[str, Any],
    size: int | None,
    reader: PageReader | None = None,
) -> Iterator[dict[str, Any]]:
    """The responses of a Query or Scan, to the end.

    Args:
        size: items evaluated in the first page; later ones are twice as large each. None for as many as fit.
        reader: reads their JSON, where that is at hand.
    """
    start: Item | None = None
    while True:
        more = {"ExclusiveStartKey": start} if start is not None else {}
        limit = {"Limit": min(size, _LARGEST_PAGE)} if size is not None else {}
        response = calls.read(operation, reader, **request, **more, **limit)
        yield response
        start = response.get("LastEvaluatedKey")
        if not start:
            return
        size = None if size is None else size * 2
