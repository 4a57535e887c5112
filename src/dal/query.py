"""What `find` asks a store: a bound query, checked once and the same for every store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from crossfade.contract.model import Entity
from crossfade.dal.condition import AllOf, Comparison, Condition, IsNull, Negation, StartsWith

if TYPE_CHECKING:
    from crossfade.contract.plan import QueryPlan

DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A range of values: bounds included (`ge`, `le`) or excluded (`gt`, `lt`), or a prefix of text.

    A missing bound is open. `Range(ge=a, le=b)` is `between(a, b)`.
    """

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    prefix: str | None = None

    def __post_init__(self) -> None:
        given = [f.name for f in fields(self) if getattr(self, f.name) is not None]
        clash = {"ge", "gt"} <= set(given) or {"le", "lt"} <= set(given) or ("prefix" in given and len(given) > 1)
        if clash:
            raise ValueError(f"a range takes one lower and one upper bound, or a prefix; not {', '.join(given)}")

    def map(self, convert: Callable[[Any], Any]) -> Range:
        """The same range with every bound converted; the prefix is left as it is."""
        bounds = {n: convert(v) for n in ("ge", "gt", "le", "lt") if (v := getattr(self, n)) is not None}
        return replace(self, **bounds)

    def condition(self, field: str) -> Condition:
        """The range as a condition on `field`. An open range only asks that it is not null."""
        if self.prefix is not None:
            return StartsWith(field, self.prefix)
        parts: list[Condition] = []
        if self.ge is not None:
            parts.append(Comparison(field, ">=", self.ge))
        if self.gt is not None:
            parts.append(Comparison(field, ">", self.gt))
        if self.le is not None:
            parts.append(Comparison(field, "<=", self.le))
        if self.lt is not None:
            parts.append(Comparison(field, "<", self.lt))
        return AllOf(tuple(parts)) if parts else Negation(IsNull(field))


def between(low: Any, high: Any) -> Range:
    """From `low` to `high`, both included."""
    return Range(ge=low, le=high)


def at_least(low: Any) -> Range:
    """From `low` on."""
    return Range(ge=low)


def at_most(high: Any) -> Range:
    """Up to `high`, included."""
    return Range(le=high)


def prefix(text: str) -> Range:
    """Texts that start with `text`."""
    return Range(prefix=text)


@dataclass(frozen=True, slots=True)
class Query:
    """A pattern with its arguments, canonical and complete.

    Attributes:
        entity: the entity asked for.
        plan: how the pattern is answered on DynamoDB; also says which entities it can see at all.
        by: the equalities.
        range: the range of the range field, or None for all of it.
        where: filters and the caller's condition, or None.
        descending: the direction of sort and key.
        limit: entities wanted; a store returns up to one more, which tells that there are more.
        after: the sort fields' values of the last entity already seen (`plan.sort_fields`), or None.
    """

    entity: Entity
    plan: QueryPlan
    by: Mapping[str, Any]
    range: Range | None
    where: Condition | None
    descending: bool
    limit: int
    after: tuple[Any, ...] | None = None

    @property
    def condition(self) -> Condition:
        """Everything an answer fulfils, but for what lies after the cursor: the meaning of the query."""
        parts: list[Condition] = [IsNull(f) if v is None else Comparison(f, "=", v) for f, v in self.by.items()]
        parts += [Negation(IsNull(f)) for f in self.plan.present if f not in self.by]
        parts += [Comparison(f, "=", True) for f in self.plan.truthy]
        if self.range is not None and self.plan.pattern.range is not None:
            parts.append(self.range.condition(self.plan.pattern.range))
        if self.where is not None:
            parts.append(self.where)
        return AllOf(tuple(parts))
