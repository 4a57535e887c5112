"""Finds, for every derived field of an entity, the entities that it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from crossfade.contract.derived import Constant, DerivedField, From, Hop, Kind, Own, Source
from crossfade.contract.expressions import columns, map_columns
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import Aggregate, Computed, JoinStep, OwnColumns, ToMany, ToOne
from crossfade.contract.sql import And, Column, Compare, Expression, Literal


class Unresolved(Exception):
    """Why a derived field cannot be followed through entities."""


def derived_fields(contract: Contract, entity: str) -> dict[str, DerivedField]:
    """Every derived field of an entity, by name, in the contract's order.

    Plumbing is among them where a key template takes it as a field.

    Args:
        contract: the contract.
        entity: the entity's name.
    """
    of = contract.entities[entity]
    in_keys = {f for template in of.keys.values() for f in template.fields}
    found = {}
    for attribute in of.attributes:
        wanted = not attribute.plumbing or attribute.field in in_keys
        if wanted and (attribute.derivation is not None or attribute.transformation is not None):
            found[attribute.field] = _derived(contract, of, attribute)
    return found


def plain_fields(entity: Entity) -> dict[str, str]:
    """The plain fields of an entity by their source column."""
    return {a.column: name for name, a in reversed(list(entity.fields.items())) if a.column is not None}


def conjuncts(condition: Expression) -> tuple[Expression, ...]:
    """The parts of a condition that must all hold."""
    if isinstance(condition, And):
        return tuple(part for operand in condition.operands for part in conjuncts(operand))
    return (condition,)


def both(parts: Sequence[Expression]) -> Expression | None:
    """One condition of several, or None of none."""
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _derived(contract: Contract, entity: Entity, attribute: Attribute) -> DerivedField:
    snapshot = attribute.maintain == "snapshot"
    try:
        return replace(_followed(contract, entity, attribute), snapshot=snapshot)
    except Unresolved as reason:
        kind = _KINDS.get(type(attribute.derivation), "transformation")
        return replace(_blank(entity, attribute, kind), snapshot=snapshot, reason=str(reason))


def _followed(contract: Contract, entity: Entity, attribute: Attribute) -> DerivedField:
    match attribute.derivation:
        case ToOne() as join:
            return _Path(contract, entity, join.steps).to_one(attribute, join)
        case Computed(expression=expression):
            return _Path(contract, entity, _steps_for(entity, expression)).computed(attribute, expression)
        case None:
            return _transformed(entity, attribute)
        case other:
            return _blank(entity, attribute, _KINDS[type(other)])


_KINDS: dict[type, Kind] = {
    ToOne: "to_one",
    Computed: "computed",
    OwnColumns: "own_columns",
    Aggregate: "aggregate",
    ToMany: "to_many",
}


def _blank(entity: Entity, attribute: Attribute, kind: Kind) -> DerivedField:
    return DerivedField(entity.name, attribute.field, kind, attribute.value_type)


def _transformed(entity: Entity, attribute: Attribute) -> DerivedField:
    transformation = attribute.transformation
    assert transformation is not None  # noqa: S101 - narrows the type; `derived_fields` has checked
    if transformation.template is not None:
        own = frozenset(transformation.template.fields)
    elif transformation.kind == "static":
        own = frozenset()
    else:
        own = frozenset({_field(entity, c) for c in attribute.columns[:1]})
    return replace(_blank(entity, attribute, "transformation"), own=own, transformation=transformation)


def _field(entity: Entity, column: str) -> str:
    name = plain_fields(entity).get(column)
    if name is None:
        raise Unresolved(f"{entity.name} has no field of column {entity.source_table}.{column}")
    return name


def _steps_for(entity: Entity, expression: Expression) -> tuple[JoinStep, ...]:
    """The joins of the entity's other attributes that an expression's aliases come from."""
    found: dict[str, JoinStep] = {}
    for alias in dict.fromkeys(c.table for c in columns(expression) if c.table is not None):
        chains = [a.derivation.steps for a in entity.attributes if isinstance(a.derivation, ToOne)]
        chain = next((steps for steps in chains if any(s.alias == alias for s in steps)), ())
        if not chain:
            raise Unresolved(f"no join calls its row {alias}")
        end = next(i for i, s in enumerate(chain) if s.alias == alias)
        found |= {s.alias: s for s in chain[: end + 1] if s.alias not in found}
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Equality:
    """`alias.column = source`, as one part of a join's condition."""

    column: str
    other: Column | Literal
    part: Expression


class _Path:
    """The hops of one derived field, built one after the other."""

    def __init__(self, contract: Contract, entity: Entity, steps: Sequence[JoinStep]) -> None:
        self._contract = contract
        self._entity = entity
        self._steps = steps
        self._parents: dict[str, Entity] = {}
        self._read: list[Column] = []

    def to_one(self, attribute: Attribute, join: ToOne) -> DerivedField:
        """The derived field of a join."""
        expressions = [*join.selects, *([join.when] if join.when is not None else [])]
        hops = self._hops(expressions)
        return replace(
            self._made(attribute, "to_one", join.selects, hops),
            separator=join.separator,
            when=self._fields(join.when) if join.when is not None else None,
            otherwise=join.otherwise,
        )

    def computed(self, attribute: Attribute, expression: Expression) -> DerivedField:
        """The derived field of a calculation."""
        return self._made(attribute, "computed", (expression,), self._hops([expression]))

    def _made(
        self, attribute: Attribute, kind: Kind, selects: Sequence[Expression], hops: Sequence[Hop]
    ) -> DerivedField:
        read = dict.fromkeys(self._read)
        reads = {h.alias: tuple(dict.fromkeys(c.name for c in read if c.table == h.alias)) for h in hops}
        return replace(
            _blank(self._entity, attribute, kind),
            hops=tuple(replace(hop, reads=reads[hop.alias]) for hop in hops),
            selects=tuple(map(self._fields, selects)),
            own=frozenset(c.name for c in read if c.table is None),
            types={c: self._of(c).fields[c.name].value_type for c in read},
        )

    def _hops(self, expressions: Iterable[Expression]) -> list[Hop]:
        wanted = [c for e in (*expressions, *(s.condition for s in self._steps)) for c in columns(e)]
        hops: list[Hop] = []
        for step in self._steps:
            needed = {c.name for c in wanted if c.table == step.alias}
            hops.append(self._hop(step, needed, [h.alias for h in hops]))
        for expression in expressions:
            self._fields(expression)
        return hops

    def _hop(self, step: JoinStep, needed: set[str], earlier: Sequence[str]) -> Hop:
        parts = conjuncts(step.condition)
        equalities = [e for p in parts if (e := _equality(p, step.alias, earlier)) is not None]
        reasons = []
        for parent in (e for e in self._contract.entities.values() if e.source_table == step.table):
            by = {plain_fields(parent).get(e.column): e for e in reversed(equalities)}
            if missing := sorted(c for c in needed if c not in plain_fields(parent)):
                reasons.append(f"{parent.name} has no field of column {step.table}.{', '.join(missing)}")
            elif any(name not in by for name in parent.key):
                reasons.append(f"the join is not by the key of {parent.name} ({', '.join(parent.key)})")
            else:
                self._parents[step.alias] = parent
                key = tuple((name, self._source(by[name].other, earlier)) for name in parent.key)
                rest = [p for p in parts if not any(p is by[name].part for name in parent.key)]
                condition = both([self._fields(p) for p in rest])
                return Hop(parent.name, step.alias, key, condition)
        raise Unresolved("; ".join(reasons) or f"table {step.table} belongs to no entity")

    def _source(self, other: Column | Literal, earlier: Sequence[str]) -> Source:
        if isinstance(other, Literal):
            return Constant(other.value)
        column = self._column(other)
        return Own(column.name) if column.table is None else From(earlier.index(column.table), column.name)

    def _fields(self, expression: Expression) -> Expression:
        """The expression over fields, noting what it reads."""
        return map_columns(expression, self._column)

    def _column(self, column: Column) -> Column:
        found = Column(column.table, _field(self._of(column), column.name))
        self._read.append(found)
        return found

    def _of(self, column: Column) -> Entity:
        if column.table is None:
            return self._entity
        if column.table not in self._parents:
            raise Unresolved(f"no join calls its row {column.table}")
        return self._parents[column.table]


def _equality(part: Expression, alias: str, earlier: Sequence[str]) -> _Equality | None:
    if not isinstance(part, Compare) or part.operator != "=":
        return None
    for mine, other in ((part.left, part.right), (part.right, part.left)):
        if not isinstance(mine, Column) or mine.table != alias:
            continue
        if isinstance(other, Literal) or (isinstance(other, Column) and other.table in {None, *earlier}):
            return _Equality(mine.name, other, part)
    return None
