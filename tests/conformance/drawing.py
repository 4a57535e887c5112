"""Draws the arguments of operations for any contract: entities, keys, changes, conditions, calls of patterns.

Everything comes from the contract's types, keys, references and plans; what exists already (in the memory
store) is drawn more often than what does not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.source import SourceSchema
from crossfade.contract.sql import Column
from crossfade.dal import Add, Append, Condition, Difference, F, Range, Remove, Union, between
from crossfade.dal.memory import MemoryStore
from crossfade.dal.memory_state import referred
from tests.conformance.backend import Backend
from tests.conformance.strategies import FOLDED, TEXTS, Strategy, amounts, members, rows, values

_ORDERED = frozenset({"int", "decimal", "float", "str", "enum", "date", "datetime", "time", "year", "bytes", "number"})
_COMPOUND = frozenset({"json", "rows", "row"})
_AUTOMATIC = frozenset({"auto_increment", "sequence"})
# By contract, entity and field, where nothing that exists matters: to check a strategy takes longer than a draw.
_KEPT: dict[tuple[str, str, str], Strategy] = {}


class Drawing:
    """Draws for one contract.

    Args:
        model: the memory backend, which knows what exists.
        schema: the contract's relational schema.
    """

    def __init__(self, model: Backend, schema: SourceSchema) -> None:
        assert isinstance(model.store, MemoryStore)
        self._store = model.store
        self._model = model
        self._schema = schema
        self._serial = 1000
        self.contract = model.contract

    # -------------------------------------------------------------------------------------- what exists

    def existing(self, entity: str) -> list[dict[str, Any]]:
        """The records of an entity that have not expired, in the order of their keys."""
        of = self.contract.entities[entity]
        return sorted(self._store.state.all(of), key=lambda r: [repr(r[f]) for f in of.key])

    def by_reference(self) -> list[str]:
        """The entities, those first that others refer to."""
        found: list[str] = []
        waiting = list(self.contract.entities)
        while waiting:
            ready = [n for n in waiting if self._targets(n) <= {n, *found}] or waiting
            found.append(ready[0])
            waiting.remove(ready[0])
        return found

    def is_tangled(self, entity: str, key: dict[str, Any]) -> bool:
        """Whether deleting this cascades to something that something else restricts which goes along.

        A seller who ordered their own product: MariaDB, SQLite, DynamoDB and memory delete all of it, MySQL 9
        refuses.
        """
        doomed = [(entity, tuple(key.values()))]
        tangled = False
        for name, wanted in doomed:
            for other, of in self.contract.entities.items():
                for reference in (r for r in of.references if r.entity == name):
                    for record in (r for r in self.existing(other) if wanted in referred(reference, r)):
                        tangled = tangled or (reference.on_delete == "restrict" and len(doomed) > 1)
                        place = (other, tuple(record[f] for f in of.key))
                        if reference.on_delete == "cascade" and place not in doomed:
                            doomed.append(place)
        return tangled

    def deletable(self, entity: str) -> Strategy:
        """A key whose deletion means the same on every server."""
        return self.key(entity).filter(lambda key: not self.is_tangled(entity, key))

    def _targets(self, entity: str) -> set[str]:
        return {reference.entity for reference in self.contract.entities[entity].references}

    def _existing_values(self, entity: str, field: str) -> Strategy:
        found = list({repr(r[field]): r[field] for r in self.existing(entity) if r[field] is not None}.values())
        return st.sampled_from(found) if found else st.nothing()

    # ---------------------------------------------------------------------------------------- entities

    def key(self, entity: str) -> Strategy:
        """A key: of something that exists, rarely of something that does not."""
        of = self.contract.entities[entity]
        existing = [{f: r[f] for f in of.key} for r in self.existing(entity)]
        fresh = st.fixed_dictionaries({f: self._identity(of, f) for f in of.key})
        return st.one_of(*[st.sampled_from(existing)] * 7, fresh) if existing else fresh

    def record(self, entity: str) -> Strategy:
        """A whole entity, as an application gives it; its key is new more often than not."""
        of = self.contract.entities[entity]
        required: dict[str, Strategy] = {}
        optional: dict[str, Strategy] = {}
        for name, attribute in of.fields.items():
            if name in of.key:
                required[name] = self._identity(of, name)
            elif of.id and of.id.field == name and of.id.strategy in _AUTOMATIC:
                required[name] = st.builds(self._next)
            elif name in of.writable and name not in {of.version_field, of.timestamps.updated}:
                chosen = optional if attribute.nullable or attribute.default is not None else required
                chosen[name] = self._value(of, name)
        if of.timestamps.created:
            required.pop(of.timestamps.created, None)
        return st.fixed_dictionaries(required, optional=optional)

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _identity(self, of: Entity, name: str) -> Strategy:
        referred = self._referred(of, name)
        if referred is not None:
            return referred
        type_ = of.fields[name].value_type
        few = st.integers(1, 8)
        return few if type_.kind in {"int", "number"} else few.map(lambda n: f"k{n}")

    def _referred(self, of: Entity, name: str) -> Strategy | None:
        """A key's part of an entity that a field refers to; rarely of one that does not exist."""
        for reference in of.references:
            for field, part in zip(reference.fields, self.contract.entities[reference.entity].key, strict=True):
                if field == name:
                    target = self.contract.entities[reference.entity]
                    found = self._existing_values(reference.entity, part)
                    absent = st.integers(90, 91) if target.fields[part].value_type.kind == "int" else st.just("k9")
                    return st.one_of(*([found] * 12), absent)
        return None

    def _value(self, of: Entity, name: str) -> Strategy:
        attribute = of.fields[name]
        found = self._referred(of, name)
        if found is None and of.ttl and of.ttl.field == name:
            found = self._end(of.ttl.unit)
        if found is None and isinstance(attribute.derivation, ToMany):
            found = self._rows(of, attribute)
        if found is not None:
            return _held(of, attribute, found)
        place = self.contract.fingerprint, of.name, name
        if place not in _KEPT:
            _KEPT[place] = _held(of, attribute, values(attribute.value_type))
        return _KEPT[place]

    def _end(self, unit: str) -> Strategy:
        moments = st.sampled_from([-1, 1, 30]).map(lambda h: self._model.clock() + timedelta(hours=h))
        if unit == "datetime":
            return moments.map(lambda m: m.replace(microsecond=0))
        return moments.map(lambda m: int(m.timestamp()) * (1000 if unit == "ms" else 1))

    def _rows(self, of: Entity, attribute: Attribute) -> Strategy:
        return rows(self._columns(of, attribute))

    def _columns(self, of: Entity, attribute: Attribute) -> dict[str, Strategy]:
        many = attribute.derivation
        assert isinstance(many, ToMany)
        found = {}
        for column in many.columns:
            if isinstance(column.expression, Column) and column.expression.table == many.alias:
                referred = self._referred(of, f"{attribute.field}.{column.name}")
                strategy = values(column.type) if referred is None else referred
                source = self._schema.column(many.table, column.expression.name)
                found[column.name] = st.none() | strategy if source is None or source.nullable else strategy
        return found

    # ------------------------------------------------------------------------------ changes, conditions

    def changes(self, entity: str) -> Strategy:
        """The changes of an update."""
        of = self.contract.entities[entity]
        fixed = {*of.key, of.version_field, of.timestamps.created, of.timestamps.updated}
        names = [n for n in of.fields if n in of.writable - fixed and not (of.id and n == of.id.field)]
        if not names:
            return st.just({})
        return st.lists(st.sampled_from(names), max_size=3, unique=True).flatmap(
            lambda chosen: st.fixed_dictionaries({n: self._change(of, n) for n in chosen})
        )

    def _change(self, of: Entity, name: str) -> Strategy:
        attribute = of.fields[name]
        type_ = attribute.value_type
        found = [self._value(of, name)]
        if type_.kind in {"int", "decimal", "float"} and self._referred(of, name) is None:
            found.append(amounts(type_).map(Add))
        if attribute.nullable:
            found.append(st.just(Remove()))
        if type_.kind == "set":
            some = st.frozensets(st.sampled_from(members(type_)))
            found += [some.map(lambda m: Union(*m)), some.map(lambda m: Difference(*m))]
        if type_.kind == "rows":
            found.append(self._rows(of, attribute).map(lambda r: Append(*r)))
        if type_.kind == "json" and not type_.variants:
            found.append(st.lists(values(type_), max_size=2).map(lambda v: Append(*v)))
        return st.one_of(found)

    def condition(self, entity: str) -> Strategy:
        """A condition on any fields, derived ones too."""
        of = self.contract.entities[entity]
        leaf = st.sampled_from(list(of.fields)).flatmap(lambda name: self._leaf(of, name))
        return st.recursive(
            leaf,
            lambda inner: (
                st.builds(lambda a, b: a & b, inner, inner)
                | st.builds(lambda a, b: a | b, inner, inner)
                | st.builds(lambda a: ~a, inner)
            ),
            max_leaves=3,
        )

    def _leaf(self, of: Entity, name: str) -> Strategy:
        kind = of.fields[name].value_type.kind
        tests: list[Strategy] = [st.sampled_from([F(name).is_null(), F(name).is_not_null()])]
        if kind in _COMPOUND:
            return tests[0]
        value = self._comparable(of, name)
        tests += [value.map(lambda v: F(name) == v), value.map(lambda v: F(name) != v)]
        if kind in _ORDERED:
            tests += [value.map(lambda v: F(name) < v), value.map(lambda v: F(name) >= v)]
            tests.append(st.lists(value, min_size=1, max_size=3).map(lambda v: F(name).one_of(v)))
        if kind in {"str", "enum"}:
            text = st.sampled_from(TEXTS)
            tests += [text.map(lambda v: F(name).starts_with(v[:1])), text.map(lambda v: F(name).contains(v))]
        if kind == "set":
            tests.append(st.sampled_from(members(of.fields[name].value_type)).map(lambda v: F(name).contains(v)))
        return st.one_of(tests)

    def _comparable(self, of: Entity, name: str) -> Strategy:
        """A value to compare a field with: of an entity that exists, or any."""
        type_ = of.fields[name].value_type
        return self._existing_values(of.name, name) | self._existing_values(of.name, name) | values(type_)

    # ---------------------------------------------------------------------------------------- patterns

    def call(self, entity: str, pattern: str) -> Strategy:
        """The arguments of a call of a pattern, without limit and cursor."""
        of = self.contract.entities[entity]
        plan = self._model.plan(entity, pattern)
        existing = self.existing(entity)
        # The equalities of one entity that is there, or any at all.
        by = st.fixed_dictionaries({f: self._comparable(of, f) for f in plan.pattern.by})
        if existing:
            found = st.sampled_from([{f: r[f] for f in plan.pattern.by} for r in existing])
            by = st.one_of(*[found] * 7, by)
        further = {f: self._filter(of, f) for f in plan.pattern.filter}
        if plan.pattern.range and plan.enumerated is None:
            further[plan.pattern.range] = self._range(of, plan.pattern.range)
        further["where"] = self.condition(entity)
        rarely = {f: st.one_of(*[st.just(None)] * 3, s) for f, s in further.items()}
        if plan.pattern.range and plan.enumerated is not None:
            rarely[plan.pattern.range] = self._years()
        order = st.sampled_from([None, "asc", "desc"])
        return st.builds(lambda b, r, o: {**b, **r, "order": o}, by, st.fixed_dictionaries(rarely), order)

    def _filter(self, of: Entity, name: str) -> Strategy:
        ordered = of.fields[name].value_type.kind in _ORDERED
        return self._comparable(of, name) | self._range(of, name) if ordered else self._comparable(of, name)

    def _range(self, of: Entity, name: str) -> Strategy:
        value = self._comparable(of, name)
        found = [
            value,
            st.builds(between, value, value),
            value.map(lambda v: Range(gt=v)),
            value.map(lambda v: Range(le=v)),
            st.builds(lambda a, b: Range(ge=a, lt=b), value, value),
        ]
        if of.fields[name].value_type.kind == "str":
            found.append(st.sampled_from(TEXTS).map(lambda t: Range(prefix=t)))
        return st.one_of(found)

    def _years(self) -> Strategy:
        def around(days: tuple[int, int]) -> Range:
            now: datetime = self._model.clock()
            return between(now - timedelta(days=days[0]), now + timedelta(days=days[1]))

        return st.tuples(st.sampled_from([-1, 0, 1, 400]), st.sampled_from([0, 1, 300, 700])).map(around)

    def where(self, entity: str) -> Strategy:
        """A condition before a write; mostly none."""
        conditions: st.SearchStrategy[Condition | None] = st.none() | st.none() | self.condition(entity)
        return conditions

    def version(self, entity: str) -> Strategy:
        """A version to expect; mostly none."""
        of = self.contract.entities[entity]
        return st.none() if of.version_field is None else st.none() | st.none() | st.integers(1, 3)


def _held(of: Entity, attribute: Attribute, found: Strategy) -> Strategy:
    """What a field can hold, of values of its type."""
    name = attribute.field
    if attribute.value_type.kind == "set" and attribute.nullable:
        found = found.filter(bool)
    if attribute.fold is not None:
        found = st.sampled_from(FOLDED)  # so few that some are equal
    if any(len(t.parts) == 1 and t.fields == (name,) for t in of.keys.values()):
        found = found.filter(lambda v: v not in {"", b""})
    return st.none() | found | found if attribute.nullable else found
