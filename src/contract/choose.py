"""Chooses the key or index for one access pattern: get, then a unique value, then a query, then a scan.

A query of the table is preferred to one of an index, because it is strongly consistent; but where the
pattern has a range, an index in whose order the items arrive is preferred to a table that is read whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crossfade.contract.item_key import item_key_fields
from crossfade.contract.model import Contract, Entity, Index, KeyType, Table
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan_key import Resolution, lookups, resolution
from crossfade.contract.query_plan import PlanError, QueryPlan
from crossfade.contract.slots import enumerable, strict
from crossfade.contract.template import Slot, Template


@dataclass(frozen=True, slots=True)
class _Lacking:
    """Why one index does not serve a pattern."""

    index: str
    lacks: tuple[str, ...]


class Planner:
    """Chooses among the keys and indexes of one table for one pattern."""

    def __init__(self, contract: Contract, entity: Entity, pattern: AccessPattern) -> None:
        self._contract = contract
        self._entity = entity
        self._pattern = pattern
        self._table: Table = contract.table_of(entity.name)
        self._by = frozenset(pattern.by)
        first = (pattern.range,) if pattern.range else ()
        self._sort_fields = (*first, *(f for f in entity.key if f not in first))

    def plan(self) -> QueryPlan:
        """The plan, or raise PlanError."""
        named = self._pattern.index
        if named is not None and named != self._table.name:
            return self._of_index(named)
        found = self._get() or self._unique()
        if found is not None:
            return found
        of_table = self._query(None)
        of_indexes = [] if named else [self._query(index) for index in self._table.indexes]
        served = [p for p in (of_table, *of_indexes) if isinstance(p, QueryPlan)]
        if served:
            return min(served, key=self._rank)
        if self._pattern.scan:
            return self._made(access="scan")
        raise self._error([c for c in (of_table, *of_indexes) if isinstance(c, _Lacking)])

    def _of_index(self, name: str) -> QueryPlan:
        if all(index.name != name for index in self._table.indexes):
            known = ", ".join(i.name for i in self._table.indexes) or "none"
            raise PlanError(self._entity.name, self._pattern.name, f"there is no index {name}; there is {known}")
        found = self._query(self._table.index(name))
        if isinstance(found, _Lacking):
            raise self._error([found])
        return found

    def _error(self, candidates: list[_Lacking]) -> PlanError:
        nearest = min(candidates, key=lambda c: len(c.lacks))
        reason = "no key or index serves it" if self._pattern.index is None else "its index does not serve it"
        return PlanError(self._entity.name, self._pattern.name, reason, index=nearest.index, lacks=nearest.lacks)

    def _rank(self, plan: QueryPlan) -> tuple[bool, bool, bool]:
        sorts = self._pattern.range is not None
        return (not plan.ordered if sorts else False, plan.index is not None, plan.fetch or not plan.ordered)

    # -------------------------------------------------------------------------------- get and unique

    def _get(self) -> QueryPlan | None:
        found = resolution(self._contract, self._entity.name, self._by, item_key_fields(self._contract, self._entity))
        if not isinstance(found, Resolution):
            return None
        requests = found.requests + 1
        return replace(self._keyed(None), access="get", resolution=found, total=True, ordered=True, requests=requests)

    def _unique(self) -> QueryPlan | None:
        for lookup in lookups(self._contract, self._entity.name):
            if set(lookup.fields) <= self._by:
                return self._made(access="unique", lookup=lookup, ordered=True, total=True, requests=2)
        return None

    # ----------------------------------------------------------------------------------------- query

    def _query(self, index: Index | None) -> QueryPlan | _Lacking:
        name = index.name if index else self._table.name
        if lacking := self._absent(index):
            return _Lacking(name, lacking)
        keyed = self._keyed(index)
        assert keyed.partition is not None  # noqa: S101 - narrows the type; `_absent` has checked
        enumerated = self._enumerated(keyed.partition)
        given = self._by | self._flags(keyed) | ({enumerated.field} if enumerated else set())
        found = resolution(self._contract, self._entity.name, given, keyed.partition.fields)
        if isinstance(found, str):
            return _Lacking(name, (f"its partition key: {found}",))
        fixed = given | {derived.field for derived, _ in found.fields}
        used = {*keyed.partition.fields, *self._leading(keyed.sort, fixed), *self._resolving(found)}
        unused = [f for f in self._pattern.by if f not in used]
        if unused and not self._single(frozenset(used)):
            return _Lacking(name, tuple(f"{f} is in no leading part of its keys" for f in unused))
        plan = replace(keyed, access="query", enumerated=enumerated, resolution=found)
        return self._completed(plan, index, fixed - ({enumerated.field} if enumerated else set()))

    def _absent(self, index: Index | None) -> tuple[str, ...]:
        keys = (index.pk, index.sk) if index else (self._table.pk, self._table.sk)
        return tuple(f"{self._entity.name} has no {k}" for k in keys if k is not None and k not in self._entity.keys)

    def _enumerated(self, partition: Template) -> Slot | None:
        made_of_range = [s for s in partition.slots if s.field == self._pattern.range and s.field not in self._by]
        one = made_of_range[0] if len(made_of_range) == 1 else None
        return one if one is not None and enumerable(one) else None

    def _flags(self, keyed: QueryPlan) -> set[str]:
        """The flags in the keys: an item that has these keys has them set."""
        templates = [t for t in (keyed.partition, keyed.sort) if t is not None]
        return {s.field for t in templates for s in t.slots if s.spec == "flag" and s.default is None}

    def _leading(self, sort: Template | None, fixed: frozenset[str] | set[str]) -> list[str]:
        """The fixed fields that lead the sort key."""
        found = []
        for slot in sort.slots if sort is not None else ():
            if slot.field not in fixed:
                break
            found.append(slot.field)
        return found

    def _resolving(self, found: Resolution) -> set[str]:
        return {f for derived, _ in found.fields for f in derived.own}

    def _completed(self, plan: QueryPlan, index: Index | None, fixed: frozenset[str]) -> QueryPlan:
        open_ = [] if self._single(fixed) else [f for f in self._sort_fields if f not in fixed]
        arriving = self._arriving(plan, open_, fixed)
        total = arriving == tuple(open_) or self._single(fixed | set(arriving))
        fetch = index is not None and not self._projects_all(index)
        return replace(
            plan,
            arriving=arriving,
            ordered=total or (self._pattern.range is not None and bool(arriving)),
            total=total,
            fetch=fetch,
            consistent=index is None,
            present=self._present(plan, index),
            truthy=tuple(sorted(self._flags(plan))),
            requests=plan.resolution.requests + (2 if fetch else 1),
        )

    def _single(self, fixed: frozenset[str]) -> bool:
        """Whether at most one entity has given values of these fields."""
        of = self._entity
        unique = [of.key, *(u for u in of.unique if not any(of.fields[f].nullable for f in u))]
        return any(fixed.issuperset(fields) for fields in unique)

    def _arriving(self, plan: QueryPlan, open_: list[str], fixed: frozenset[str]) -> tuple[str, ...]:
        """The leading open sort fields in whose order the sort key keeps a partition."""
        if plan.sort is None:
            return ()
        if plan.sort_type != "S" and plan.sort.bare is not None:
            return tuple(open_[:1]) if open_ and plan.sort.bare.field == open_[0] else ()
        found: list[str] = []
        slots = [s for s in plan.sort.slots if s.field not in fixed]
        for slot, name in zip(slots, open_, strict=False):
            if slot.field != name or not strict(slot, last=slot is plan.sort.parts[-1]):
                break
            found.append(name)
        return tuple(found)

    def _projects_all(self, index: Index) -> bool:
        if index.projection == "ALL":
            return True
        if self._holds_tombstones(index):
            return False
        keys = {self._table.pk, self._table.sk, index.pk, index.sk}
        held = {*keys, *(index.attributes if index.projection == "INCLUDE" else ())}
        stored = {a.name for a in self._entity.attributes if not a.plumbing}
        if self._entity.envelope is not None:
            stored = {self._entity.envelope}
        return stored | {self._table.type_attribute} <= held

    def _holds_tombstones(self, index: Index) -> bool:
        """Whether a deleted item's marker has the index's keys: it keeps the item key and the entity's own key."""
        kept = {a.name for a in self._entity.attributes if a.field in self._entity.key and not a.plumbing}
        names = {n for n in (index.pk, index.sk) if n is not None}
        return names <= kept | {self._table.pk, self._table.sk}

    def _present(self, plan: QueryPlan, index: Index | None) -> tuple[str, ...]:
        templates = [t for t in (plan.partition, plan.sort) if t is not None] if index is not None else []
        slots = [s for t in templates for s in t.slots if s.default is None and s.spec != "flag"]
        wanted = [*(s.field for s in slots), *self._sort_fields[:1]]
        return tuple(dict.fromkeys(f for f in wanted if f not in self._by and self._nullable(f)))

    def _nullable(self, name: str) -> bool:
        attribute = self._entity.fields.get(name)
        return name not in self._entity.key and attribute is not None and attribute.nullable

    # ---------------------------------------------------------------------------------------- making

    def _keyed(self, index: Index | None) -> QueryPlan:
        """A plan over the keys of an index, or of the table."""
        pk, sk = (index.pk, index.sk) if index else (self._table.pk, self._table.sk)
        return replace(
            self._made(access="query"),
            index=index.name if index else None,
            partition=self._entity.keys[pk],
            sort=self._entity.keys[sk] if sk is not None else None,
            partition_type=self._type(pk),
            sort_type=self._type(sk),
        )

    def _made(self, **details: Any) -> QueryPlan:
        ranged = self._sort_fields[:1] if self._pattern.range else ()
        present = tuple(f for f in ranged if f not in self._by and self._nullable(f))
        return QueryPlan(self._entity.name, self._pattern, sort_fields=self._sort_fields, present=present, **details)

    def _type(self, attribute: str | None) -> KeyType:
        return self._table.key_types.get(attribute or "", "S")
