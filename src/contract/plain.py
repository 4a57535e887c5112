"""Which entities stand for themselves: nothing hangs on their items, nor on what was there before."""

from __future__ import annotations

from crossfade.contract.derive import aggregate_effects, derived_fields, references_to
from crossfade.contract.model import Contract
from crossfade.contract.plan_key import Direct, lookups, plan_key


def watched(contract: Contract, entity: str) -> frozenset[str]:
    """The fields that other records copy, or are found by, and that must follow a change."""
    found: set[str] = set()
    for other in contract.entities:
        for derived in derived_fields(contract, other).values():
            hops = () if derived.snapshot else derived.hops
            found.update(name for hop in hops if hop.entity == entity for name in hop.reads)
    return frozenset(found)


def is_single(contract: Contract, entity: str) -> bool:
    """Whether nothing hangs on an item's being there: it can be removed by itself."""
    hanging = lookups(contract, entity) or aggregate_effects(contract, entity) or references_to(contract, entity)
    return not (hanging or watched(contract, entity))


def is_plain(contract: Contract, entity: str) -> bool:
    """Whether nothing hangs on an item, nor on what was there before: it can be written over without a look."""
    of, derived = contract.entities[entity], derived_fields(contract, entity).values()
    kept = of.version_field or of.timestamps.created or any(d.kind == "aggregate" or d.reason for d in derived)
    direct = isinstance(plan_key(contract, entity), Direct) and is_single(contract, entity)
    return direct and not (kept or of.references or any(d.hops for d in derived))


def is_put_unseen(contract: Contract, entity: str) -> bool:
    """Whether a put needs not see what is there: a plain entity, whose id, where a put does not say it, is not kept."""
    rule = contract.entities[entity].id
    return is_plain(contract, entity) and (rule is None or rule.field in contract.entities[entity].key)
