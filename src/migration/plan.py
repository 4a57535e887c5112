"""What a backfill would do, take and cost, by a sample of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from crossfade.contract.errors import InvalidValue
from crossfade.contract.prices import Prices, load_prices
from crossfade.dal.errors import StoreError
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.limits import item_size
from crossfade.dynamodb.units import put_units
from crossfade.migration.checks import check, chosen
from crossfade.migration.chunk import DeadLetter
from crossfade.migration.copy import dead_letter, reason_told, unreadable_letters
from crossfade.migration.options import BackfillOptions
from crossfade.migration.stores import Stores
from crossfade.mysql.scan import Rows, Scan, Span

SPANS_PER_WORKER = 4
ROWS_WORTH_A_SPAN = 1000

_PLACES = 20
_SAMPLE = 1000
_TOLD = 3  # of the sampled rows that cannot be copied
_TOKEN = "0" * 32


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """What one entity takes.

    Attributes:
        entity: its name.
        rows: how many there are.
        spans: in how many parts its table is walked.
        sampled: how many rows were looked at.
        dead: how many of those cannot be copied.
        letters: the first of them, as the dead letters have them.
        item_bytes: the mean size of an item; None without a sample.
        write_units: of all its rows, lookup items and indexes included.
    """

    entity: str
    rows: int
    spans: int
    sampled: int
    dead: int
    item_bytes: int | None
    write_units: int
    letters: tuple[DeadLetter, ...]


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a backfill takes; prices are for capacity on demand.

    Attributes:
        entities: one by one.
        workers: chunks copied at a time.
        write_units: of all.
        cost, currency, region, as_of: what they cost, where, and by prices of which day.
        least_seconds: what they take under `max_write_units`.
    """

    entities: tuple[EntityPlan, ...]
    workers: int
    write_units: int
    cost: Decimal
    currency: str
    region: str
    as_of: str
    least_seconds: float | None


def parts(rows: int, workers: int) -> int:
    """In how many spans a table is walked: more than there are workers, for they end at different times."""
    return min(workers * SPANS_PER_WORKER, rows // ROWS_WORTH_A_SPAN + 1)


def plan_backfill(stores: Stores, options: BackfillOptions) -> BackfillPlan:
    """Plan a backfill; writes nothing.

    Raises:
        Refused, SchemaMismatch: it may not begin.
        StoreUnavailable: a store cannot be reached.
    """
    names = chosen(stores.contract, options)
    check(stores)
    entities = tuple(_entity(stores, name, options.parallel) for name in names)
    return _summed(entities, options, load_prices())


def _summed(entities: Sequence[EntityPlan], options: BackfillOptions, prices: Prices) -> BackfillPlan:
    units = sum(e.write_units for e in entities)
    least = None if options.max_write_units is None else units / options.max_write_units
    cost = prices.cost(units, "write_request_unit")
    return BackfillPlan(
        tuple(entities), options.parallel, units, cost, prices.currency, prices.region, prices.as_of, least
    )


def _entity(stores: Stores, name: str, workers: int) -> EntityPlan:
    scan = Scan(stores.mysql, name)
    rows = scan.count()
    layout, table = stores.dynamodb.layout, stores.contract.table_of(name)
    letters: list[DeadLetter] = []
    fine = size = units = 0
    for found in _sample(scan):
        letters += unreadable_letters(layout, name, scan, found)
        for record in found.records:
            try:
                items = expected_items(layout, name, record)
            except (InvalidValue, StoreError) as error:
                letters.append(dead_letter(layout, name, record, reason_told(error)))
                continue
            own, *lookups = (expected.stamped(_TOKEN) for expected in items)
            fine += 1
            size += item_size(own)
            units += put_units(table, own) + sum(put_units(None, lookup) for lookup in lookups)
    spans = len(scan.spans(parts(rows, workers)))
    mean = ceil(size / fine) if fine > 0 else None
    write_units = ceil(units * rows / fine) if fine > 0 else 0
    dead = len(letters)
    return EntityPlan(name, rows, spans, fine + dead, dead, mean, write_units, tuple(letters[:_TOLD]))


def _sample(scan: Scan) -> Iterator[Rows]:
    """Rows from all over the table."""
    spans: list[Span] = scan.spans(_PLACES)
    return (scan.read(span, _SAMPLE // len(spans)) for span in spans)
