"""What a contract costs on DynamoDB: request units, storage, and money for a month in every stage. Pure.

Whatever the contract does not say (rates, sizes, numbers of items) is listed, and counts as nothing or as the least
there can be: an estimate with `unknown` is a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from crossfade.contract.capacity import provisioned
from crossfade.contract.errors import CrossfadeError
from crossfade.contract.model import Contract, Table
from crossfade.contract.prices import Prices, load_prices
from crossfade.contract.shape import suggest
from crossfade.contract.storage_cost import OneOff, Storage, once, storage
from crossfade.contract.usage import Use, total
from crossfade.contract.workload import STAGES, Request, Stage, by_place, requests

HOURS_PER_MONTH = 730
"""As AWS's pricing pages count: 8,760 hours a year."""

SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600

ASSUMPTIONS = (
    "rates are peaks; a month is 730 hours of the peak, or of the part of it that --average says",
    "no free tier, no reserved capacity, table class Standard, one region",
    "an index counts as holding every entity that has its key attributes' templates, also where a part may be null",
    "entries of partial projections are counted by their attributes' types, lookup items as 300 bytes stored",
    "owned rows refer to one parent each; a delete meets nothing that refers to what it deletes",
    "provisioned: every table and index at the peak's capacity, of which the peak takes 70%, all month; crossfade's "
    "own tables on demand",
    "shadow: every read is compared; live and ramp_down: each written item is read once more to carry it back",
    "not counted: retries, the relay's reads of the streams, copies made anew after a change of what they copy, "
    "tombstones",
)
"""What every estimate takes for granted, in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of call with its units: of one call where DynamoDB answers, and of one while MySQL is the authority.

    Attributes:
        month: what it costs on demand in the last stage; None where its rate is not known.
    """

    request: Request
    read: float
    write: float
    synced_read: float
    synced_write: float
    month: Decimal | None


@dataclass(frozen=True, slots=True)
class StageCost:
    """A month in one stage, requests alone.

    Attributes:
        read, write: units a second at the peak.
        on_demand: every table on demand.
        provisioned: the contract's tables and indexes provisioned for the peak, all month; crossfade's own on demand.
    """

    stage: Stage
    read: float
    write: float
    on_demand: Decimal
    provisioned: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """A month in one stage, storage among it."""

    on_demand: Decimal
    provisioned: Decimal


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """Everything that can be said.

    Attributes:
        average: the mean load as a part of the peak, for what is paid by the request.
        unknown: what the contract would have to say, in words; it counts as nothing, or as the least.
    """

    prices: Prices
    average: float
    lines: tuple[Line, ...]
    stages: tuple[StageCost, ...]
    storage: tuple[Storage, ...]
    once: OneOff
    unknown: tuple[str, ...]

    @property
    def stored(self) -> Decimal:
        """A month of storage, point-in-time recovery among it; from the backfill on, in every stage."""
        return sum((s.storage + s.pitr for s in self.storage), Decimal(0))

    def month(self, stage: StageCost) -> Month:
        """A whole month in a stage; in the first there is nothing on DynamoDB yet."""
        stored = Decimal(0) if stage.stage == "mysql" else self.stored
        return Month(stage.on_demand + stored, stage.provisioned + stored)


def estimate(contract: Contract, prices: Prices | None = None, *, average: float = 1.0) -> CostEstimate:
    """The cost of a contract.

    Args:
        contract: the contract.
        prices: those that crossfade ships by default.
        average: the mean load as a part of the peak, from 0 to 1, for what is paid by the request.
    """
    known, every = prices or load_prices(), requests(contract)
    return CostEstimate(
        known,
        average,
        tuple(_line(request, known, average) for request in every),
        tuple(_stage(contract, every, stage, known, average) for stage in STAGES),
        tuple(storage(contract, known)),
        once(contract, known),
        tuple(_unknown(contract, every)),
    )


def with_rows(contract: Contract, rows: Mapping[str, int], sizes: Mapping[str, int] | None = None) -> Contract:
    """The contract with other numbers of items, and other mean sizes, than its estimates have.

    Args:
        contract: the contract.
        rows: how many items there are, by entity.
        sizes: their mean size in bytes, by entity.

    Raises:
        CrossfadeError: there is no such entity.
    """
    entities = dict(contract.entities)
    for name, items in rows.items():
        if name not in entities:
            raise CrossfadeError(f"there is no entity {name}; {suggest(name, entities, 'entities')}")
        entities[name] = replace(entities[name], estimate=replace(entities[name].estimate, items=items))
    for name, size in (sizes or {}).items():
        entities[name] = replace(entities[name], estimate=replace(entities[name].estimate, item_size_bytes=size))
    return replace(contract, entities=entities)


def _by_request(uses: Iterable[Use], prices: Prices) -> Decimal:
    """What these units cost on demand, each once."""
    read, write = total(uses)
    return prices.cost(read, "read_request_unit") + prices.cost(write, "write_request_unit")


def _line(request: Request, prices: Prices, average: float) -> Line:
    month = None
    if request.rps is not None:
        month = _by_request(request.uses, prices) * Decimal(repr(request.rps * average)) * SECONDS_PER_MONTH
    return Line(request, *total(request.uses), *total(request.synced), month)


def _stage(contract: Contract, every: Iterable[Request], stage: Stage, prices: Prices, average: float) -> StageCost:
    places = by_place(every, stage)
    share = Decimal(repr(average)) * SECONDS_PER_MONTH
    by_request = _by_request((u for u in places.values() if u.table not in contract.tables), prices) * share
    # A provisioned table costs its least capacity as soon as it is there; in the first stage it need not be.
    there = [] if stage == "mysql" else [(t.name, n) for t in contract.tables.values() for n in _names(t)]
    fixed = sum((_by_hour(places.get(p, Use(*p)), prices) for p in there), Decimal(0)) * HOURS_PER_MONTH
    read, write = total(places.values())
    return StageCost(stage, read, write, _by_request(places.values(), prices) * share, fixed + by_request)


def _names(table: Table) -> tuple[str | None, ...]:
    return (None, *(index.name for index in table.indexes))


def _by_hour(use: Use, prices: Prices) -> Decimal:
    capacity = provisioned(use.read, use.write)
    return prices.cost(capacity.read, "read_capacity_unit_hour") + prices.cost(
        capacity.write, "write_capacity_unit_hour"
    )


def _unknown(contract: Contract, every: Iterable[Request]) -> Iterator[str]:
    """What the contract would have to say, each once."""
    found: dict[str, None] = {}
    for request in every:
        if request.rps != 0:
            found |= dict.fromkeys(request.unknown)
    yield from found
    for entity in contract.entities.values():
        of_entity = [r for r in every if r.entity == entity.name and r.rps is None]
        if of_entity:
            yield f"how often {entity.name} is asked for: {', '.join(r.name for r in of_entity)}"
        if entity.estimate.items is None and f"how many {entity.name} there are" not in found:
            yield f"how many {entity.name} there are"
