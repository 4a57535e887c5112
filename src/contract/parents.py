"""The other entities that a write of an entity reads, checks or adds to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from crossfade.contract.aggregates import aggregate_effects
from crossfade.contract.derive import derived_fields, row_fields
from crossfade.contract.derived import DerivedField, From, Own, Source
from crossfade.contract.item_key import readable
from crossfade.contract.model import Contract
from crossfade.contract.plan_key import ViaLookup, plan_key


@dataclass(frozen=True, slots=True)
class Parent:
    """Another entity's record on which a new record of this entity depends. There may be several of an entity.

    Attributes:
        entity: its entity.
        by: what leads to it: fields, dotted in owned rows; or those of parents before it (`category_id>parent_id`).
        reads: its fields that are copied or calculated with.
        kept: some of `reads` are kept equal: the write demands that they are still so.
        refers: there is a reference to it: the write demands that it is there.
        adds: its counts and sums that grow.
        from_key: `reads` can be told from its item key, so that its lookup item is enough.
    """

    entity: str
    by: tuple[str, ...]
    reads: frozenset[str] = frozenset()
    kept: bool = False
    refers: bool = False
    adds: frozenset[str] = frozenset()
    from_key: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The entity's own fields that lead to it."""
        return frozenset(by.split(">")[0].split(".")[0] for by in self.by)

    @property
    def touched(self) -> bool:
        """Whether the write has an action for it, and so is a transaction."""
        return self.kept or self.refers or bool(self.adds)


def parents(contract: Contract, entity: str) -> tuple[Parent, ...]:
    """The parents of an entity. What owned rows refer to is counted once, however many rows there are."""
    found: dict[tuple[str, tuple[str, ...]], Parent] = {}
    for name, derived in _joined(contract, entity):
        ways: list[tuple[str, ...]] = []
        for hop in derived.hops:
            ways.append(tuple(_way(source, name, ways) for _, source in hop.key))
            _note(found, Parent(hop.entity, ways[-1], frozenset(hop.reads), kept=not derived.snapshot))
    for reference in contract.entities[entity].references:
        _note(found, Parent(reference.entity, reference.fields, refers=True))
    for effect in aggregate_effects(contract, entity):
        _note(found, Parent(effect.parent, effect.fields, adds=frozenset((effect.field,))))
    return tuple(_told(contract, parent, found.values()) for parent in found.values())


def _way(source: Source, rows: str, before: Sequence[tuple[str, ...]]) -> str:
    match source:
        case Own(field=field):
            return f"{rows}.{field}" if rows else field
        case From(hop=hop, field=field):
            return f"{'+'.join(before[hop])}>{field}"
        case _:
            return ""


def _joined(contract: Contract, entity: str) -> list[tuple[str, DerivedField]]:
    """The derived fields that have hops: of the entity itself (under no name), and of its owned rows."""
    found = []
    for name, derived in derived_fields(contract, entity).items():
        if derived.kind == "to_many":
            found += [(name, d) for d in row_fields(contract, entity, name).values()]
        else:
            found.append(("", derived))
    return found


def _note(found: dict[tuple[str, tuple[str, ...]], Parent], parent: Parent) -> None:
    place = (parent.entity, parent.by)
    had = found.get(place, Parent(*place))
    found[place] = Parent(
        *place,
        had.reads | parent.reads,
        kept=had.kept or parent.kept,
        refers=had.refers or parent.refers,
        adds=had.adds | parent.adds,
    )


def _told(contract: Contract, parent: Parent, every: Iterable[Parent]) -> Parent:
    """The parent, with what its item key says: the store reads all parents of one entity alike."""
    of, by_key = contract.entities[parent.entity], isinstance(plan_key(contract, parent.entity), ViaLookup)
    reads = frozenset(name for p in every if p.entity == parent.entity for name in p.reads)
    return replace(parent, from_key=by_key and reads <= readable(contract, of).union(of.key))
