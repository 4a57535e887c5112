"""What each call of an application asks of DynamoDB: its access patterns and its reads and writes by key.

Counted as the DynamoDB store makes the requests: keys resolved first, lookup items beside the item, transactions
where more than one item is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Literal

from crossfade.contract.model import Contract, Entity
from crossfade.contract.plan import PlanError, plan_pattern
from crossfade.contract.usage import Use, Uses, summed, total
from crossfade.contract.write_cost import WriteCounter

Stage = Literal["mysql", "dual_write", "shadow", "live", "ramp_down", "dynamodb"]
STAGES: tuple[Stage, ...] = ("mysql", "dual_write", "shadow", "live", "ramp_down", "dynamodb")

_Count = Callable[[WriteCounter], Iterable[Use]]


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of call.

    Attributes:
        entity: the entity's name.
        name: the access pattern's, or `get`, `create`, `put`, `update`, `delete`.
        kind: whether it reads or writes.
        rps: peak calls a second; None where the contract does not say.
        uses: what it takes where DynamoDB answers.
        synced: of a write, what it takes where MySQL is the authority: each item is read and written alone.
        carried: of a write, what carrying it back to MySQL takes beside.
        unknown: what the contract does not say; the units are then the least that it can be.
    """

    entity: str
    name: str
    kind: Literal["read", "write"]
    rps: float | None
    uses: Uses
    synced: Uses = ()
    carried: Uses = ()
    unknown: tuple[str, ...] = ()

    def at(self, stage: Stage) -> Uses:
        """What it takes of DynamoDB in a stage, every shadow read made."""
        match stage, self.kind:
            case "mysql", _:
                return ()
            case "dual_write", "read":
                return ()
            case "dual_write" | "shadow", "write":
                return self.synced
            case "live" | "ramp_down", "write":
                return (*self.uses, *self.carried)
            case _:
                return self.uses


def requests(contract: Contract) -> tuple[Request, ...]:
    """Every kind of call, by entity: the operations by key, then the access patterns that an index serves."""
    return tuple(r for entity in contract.entities.values() for r in _of_entity(contract, entity))


def backfill_units(contract: Contract, entity: str, item_bytes: float | None = None) -> float:
    """The write units of copying one entity that is not there yet: its item, its index entries, its lookup items.

    Args:
        contract: the contract.
        entity: the entity's name.
        item_bytes: the item's size; the mean that the contract expects where it is left out.
    """
    of = contract.entities[entity]
    if item_bytes is not None:
        of = replace(of, estimate=replace(of.estimate, item_size_bytes=ceil(item_bytes)))
    return total(WriteCounter(contract, of).copied())[1]


def _of_entity(contract: Contract, entity: Entity) -> Iterator[Request]:
    rates = entity.estimate
    of = partial(WriteCounter, contract, entity)
    yield _reading(of(), "get", rates.get_rps, lambda c: c.get())
    yield _writing(of(), "create", rates.create_rps, lambda c: c.create(), lambda c: c.synced_create())
    yield _writing(of(), "put", rates.put_rps, lambda c: c.put(), lambda c: c.synced_change())
    yield _writing(of(), "update", rates.update_rps, lambda c: c.update(), lambda c: c.synced_change())
    yield _writing(of(), "delete", rates.delete_rps, lambda c: c.delete(), lambda c: c.synced_delete())
    for pattern in entity.access_patterns.values():
        try:
            plan = plan_pattern(contract, entity.name, pattern.name)
        except PlanError:
            continue
        yield _reading(of(), pattern.name, pattern.rps, lambda c, p=pattern, q=plan: c.pattern(p, q))  # type: ignore[misc]  # the defaults bind the loop's names


def _reading(counter: WriteCounter, name: str, rps: float | None, count: _Count) -> Request:
    uses = summed(count(counter))
    return Request(counter.entity.name, name, "read", rps, uses, unknown=tuple(counter.unknown))


def _writing(counter: WriteCounter, name: str, rps: float | None, count: _Count, synced: _Count) -> Request:
    uses, alone, back = summed(count(counter)), summed(synced(counter)), summed([counter.read()])
    return Request(counter.entity.name, name, "write", rps, uses, alone, back, tuple(counter.unknown))


def by_place(contract_requests: Iterable[Request], stage: Stage) -> Mapping[tuple[str, str | None], Use]:
    """The units a second at the peak of each table and index in a stage, as far as rates are known."""
    scaled = (
        Use(use.table, use.index, use.read * request.rps, use.write * request.rps)
        for request in contract_requests
        if request.rps
        for use in request.at(stage)
    )
    return {(use.table, use.index): use for use in summed(scaled)}
