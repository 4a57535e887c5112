"""Which table or index answers an access pattern, and with what keys.

A plan is pure and is made once; the store fills it with the arguments of a call. What no index serves says
why, with the nearest index and what that lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from crossfade.contract.bounds import MAX_PARTITION_BYTES, RangeLike, SortBounds, Span, interval, successor
from crossfade.contract.errors import CrossfadeError
from crossfade.contract.lookup import Lookup
from crossfade.contract.model import KeyType
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.periods import moments
from crossfade.contract.plan_key import Resolution, ResolveStep, key_value
from crossfade.contract.slots import fitting, monotone, prefix_text
from crossfade.contract.template import Slot, Template

Access = Literal["get", "unique", "query", "scan"]


class PlanError(CrossfadeError, ValueError):
    """No key or index serves an access pattern.

    Attributes:
        entity, pattern: which one.
        reason: what is wrong.
        index: the nearest index, or the table's name where that is its own key; None where there is none.
        lacks: what the nearest index lacks for this pattern.
    """

    def __init__(
        self, entity: str, pattern: str, reason: str, *, index: str | None = None, lacks: Sequence[str] = ()
    ) -> None:
        self.entity = entity
        self.pattern = pattern
        self.reason = reason
        self.index = index
        self.lacks = tuple(lacks)
        nearest = f"; nearest is {index}: {'; '.join(self.lacks)}" if index and self.lacks else ""
        super().__init__(f"{entity}.{pattern}: {reason}{nearest}")


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """How an access pattern is answered on DynamoDB.

    Attributes:
        pattern: the pattern as declared.
        access: "get" fills the whole item key; "unique" goes through `lookup`; "query" reads partitions of
            the table or of `index`; "scan" reads the whole table. Except for "get" and "unique", whatever is
            read must still be checked: the type, the equalities, the range.
        index: None for the table itself.
        partition, sort: the key's templates; `sort` is None without a sort key, both for a scan.
        partition_type, sort_type: the types of these key attributes.
        lookup: for "unique": the lookup item to ask, of a unique list or of the entity's key.
        resolution: fields of the key that must be read from other entities first, or calculated.
        sort_fields: the total order of the answer: the range field if there is one, then the key.
        arriving: the leading fields, of those that this query leaves open, in whose order items arrive.
        ordered: items of a partition arrive in the order of the range field (without one: of the key), so
            that a page need not read more; equal values may arrive in any order unless `total`. Otherwise
            read the whole partition and sort in memory.
        total: items arrive in the order of all `sort_fields`.
        enumerated: the partition is made of the range field too, by this slot: both ends of the range must
            be given, and the partitions are visited in order.
        fetch: the index does not hold every stored field: read the items by their item keys.
        consistent: answered from current data; False for an index.
        present: fields that must not be null for an entity to be in the answer, on every store.
        truthy: fields that must be true for that.
        requests: requests for a page, where one partition and one request of it suffice.
    """

    entity: str
    pattern: AccessPattern
    access: Access
    index: str | None = None
    partition: Template | None = None
    sort: Template | None = None
    partition_type: KeyType = "S"
    sort_type: KeyType = "S"
    lookup: Lookup | None = None
    resolution: Resolution = field(default_factory=Resolution)
    sort_fields: tuple[str, ...] = ()
    arriving: tuple[str, ...] = ()
    ordered: bool = False
    total: bool = False
    enumerated: Slot | None = None
    fetch: bool = False
    consistent: bool = True
    present: tuple[str, ...] = ()
    truthy: tuple[str, ...] = ()
    requests: int = 1

    @property
    def resolve(self) -> tuple[ResolveStep, ...]:
        """The reads of other entities to take first."""
        return self.resolution.steps

    def check_arguments(self, by: Mapping[str, Any]) -> None:
        """Refuse equalities that can have no key: a null where the template has no text for it.

        Raises:
            ValueError: says which argument.
        """
        templates = (t for t in (self.partition, self.sort) if t is not None)
        for slot in (slot for template in templates for slot in template.slots):
            if slot.field in by and slot.text(by[slot.field]) is None:
                wanted = "true" if slot.spec == "flag" else "given, and not null"
                raise ValueError(f"{slot.field} must be {wanted}: there is no key without it")
        needed = list(self.lookup.fields) if self.lookup else []
        for derived, _ in self.resolution.fields:
            if derived.otherwise is None and self._has_no_default(derived.field):
                needed += derived.own
        for name in needed:
            if name in by and by[name] is None:
                raise ValueError(f"{name} must not be null: there is no key without it")

    def partitions(
        self,
        values: Mapping[str, Any],
        asked: RangeLike | None = None,
        after: Sequence[Any] | None = None,
        *,
        descending: bool = False,
    ) -> tuple[Any, ...]:
        """The partitions to read, in the order of visiting.

        Args:
            values: the equalities, and what `resolution` added to them.
            asked: the range of the range field; both ends are needed where `enumerated`.
            after: the sort fields' values of the last entity seen, in the order of `sort_fields`.
            descending: the direction of the page.

        Returns:
            Texts, or values where the key's type is not S. Empty where nothing can be found: a part is null
            or empty, or the key would be too long.

        Raises:
            ValueError: the range lacks an end, or spans too many partitions.
        """
        if self.partition is None:
            return ()
        given = self._fixed(values)
        if self.enumerated is None:
            return _storable((key_value(self.partition, self.partition_type, given),))
        span = Span.of(asked)
        if span.low is None or span.high is None:
            raise ValueError(f"{self.enumerated.field} needs both ends: the partitions are made of them")
        low, high = self._narrowed(span, after, descending)
        found_in = list(moments(low, high, self.enumerated)) if low <= high else []
        found = dict.fromkeys(self.partition.build({**given, self.enumerated.field: m}) for m in found_in)
        return _storable(tuple(reversed(found)) if descending else tuple(found))

    def sort_bounds(
        self,
        values: Mapping[str, Any],
        asked: RangeLike | None = None,
        after: Sequence[Any] | None = None,
        *,
        descending: bool = False,
    ) -> SortBounds:
        """The part of a partition that holds every entity asked for.

        It may hold others: entities of other types, excluded bounds, ties of the cursor's last entity.

        Args:
            values, asked, after, descending: as for `partitions`.
        """
        if self.sort is None:
            return SortBounds()
        given, span = self._fixed(values), Span.of(asked)
        if self.sort_type != "S" and self.sort.bare is not None:
            return self._typed_bounds(self.sort.bare, given, span, after, descending)
        if span.single and self.pattern.range is not None:
            given = {**given, self.pattern.range: span.low}
        base = self.sort.prefix(given)
        if base is None:
            return SortBounds(empty=True)
        if all(f in given for f in self.sort.fields):
            return interval(base, base) if base else SortBounds(empty=True)
        low, high = self._range_bounds(given, base, span)
        if after is not None and self.arriving:
            seen = self.sort.prefix({**given, **self._arrived(after)})
            if seen is not None and descending:
                whole = all(f in given or f in self.arriving for f in self.sort.fields)
                high = _lower(high, seen if whole else successor(seen))
            elif seen is not None:
                low = max(low, seen)
        return interval(low, high)

    def _has_no_default(self, name: str) -> bool:
        templates = (t for t in (self.partition, self.sort) if t is not None)
        return any(slot.default is None for t in templates for slot in t.slots if slot.field == name)

    def _fixed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that fix key parts: a flag that is not asked for can only be set."""
        return {**dict.fromkeys(self.truthy, True), **values}

    def _range_bounds(self, given: Mapping[str, Any], base: str, span: Span) -> tuple[str, str | None]:
        """The bounds behind the fixed text `base`: `span` pushed down as far as texts sort as values do."""
        assert self.sort is not None  # noqa: S101 - narrows the type; the only caller has checked
        low, high = base, successor(base)
        slot = next(slot for slot in self.sort.slots if slot.field not in given)
        if slot.field != self.pattern.range:
            return low, high
        last = slot is self.sort.parts[-1]
        if span.prefix is not None:
            start = base + prefix_text(slot, span.prefix)
            return start, successor(start)
        if not monotone(slot, last=last):
            return low, high
        if (text := fitting(slot, span.low)) is not None:
            low = base + text
        if (text := fitting(slot, span.high)) is not None:
            high = base + text if last else successor(base + text)
        return low, high

    def _typed_bounds(
        self, slot: Slot, given: Mapping[str, Any], span: Span, after: Sequence[Any] | None, descending: bool
    ) -> SortBounds:
        if slot.field in given:
            return SortBounds(given[slot.field], given[slot.field], typed=True)
        low, high = (span.low, span.high) if slot.field == self.pattern.range else (None, None)
        if after is not None and slot.field in self.arriving:
            seen = self._arrived(after)[slot.field]
            if descending:
                high = seen if high is None else min(high, seen)
            else:
                low = seen if low is None else max(low, seen)
        return SortBounds(low, high, typed=True, empty=low is not None and high is not None and bool(low > high))

    def _arrived(self, after: Sequence[Any]) -> dict[str, Any]:
        seen = dict(zip(self.sort_fields, after, strict=True))
        return {name: seen[name] for name in self.arriving}

    def _narrowed(self, span: Span, after: Sequence[Any] | None, descending: bool) -> tuple[Any, Any]:
        """The ends of an enumerated range, less what lies before the cursor."""
        seen = after[0] if after is not None else None
        if seen is None:
            return span.low, span.high
        return (span.low, min(span.high, seen)) if descending else (max(span.low, seen), span.high)


def _lower(one: str | None, other: str | None) -> str | None:
    return min((t for t in (one, other) if t is not None), default=None)


def _storable(found: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(v for v in found if v is not None and _fits(v))


def _fits(value: Any) -> bool:
    raw = value.encode() if isinstance(value, str) else value
    return not isinstance(raw, bytes) or 0 < len(raw) <= MAX_PARTITION_BYTES
