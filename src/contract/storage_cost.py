"""What the data costs: a month of storage, the backfill that writes it once, and a verification that reads it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from crossfade.contract.model import Contract, Table
from crossfade.contract.own_tables import LOOKUP
from crossfade.contract.plan_key import lookups
from crossfade.contract.prices import Prices
from crossfade.contract.sizes import LOOKUP_BYTES, entry_size, item_size
from crossfade.contract.units import read_units, stored_bytes
from crossfade.contract.workload import backfill_units

# AWS's own calculator (aws/agent-toolkit-for-aws) counts decimal gigabytes; others binary ones, which are 7% larger.
BYTES_PER_GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Storage:
    """A month of one table's data, its indexes' entries among it.

    Attributes:
        table_bytes, index_bytes: the table alone, and its indexes.
        storage: what both cost.
        pitr: what point-in-time recovery costs; 0 where the contract does not want it.
    """

    table: str
    table_bytes: float
    index_bytes: float
    storage: Decimal
    pitr: Decimal


@dataclass(frozen=True, slots=True)
class OneOff:
    """What is paid once: the backfill's writes, and one full verification's reads. On demand."""

    backfill_write: float
    verify_read: float
    backfill: Decimal
    verify: Decimal


def storage(contract: Contract, prices: Prices) -> Iterator[Storage]:
    """The storage of every table that holds data, the lookup table the last."""
    for table in contract.tables.values():
        yield _table(contract, table, prices)
    counts = {n: (e.estimate.items or 0) * len(lookups(contract, n)) for n, e in contract.entities.items()}
    yield _stored(LOOKUP, stored_bytes(LOOKUP_BYTES, sum(counts.values())), 0.0, prices, recoverable=False)


def _table(contract: Contract, table: Table, prices: Prices) -> Storage:
    of_table, of_indexes = 0.0, 0.0
    for name in table.entities:
        entity = contract.entities[name]
        items, size = entity.estimate.items or 0, item_size(contract, entity) or 0.0
        of_table += stored_bytes(size, items)
        for index in table.indexes:
            if all(n in entity.keys for n in (index.pk, index.sk) if n is not None):
                of_indexes += stored_bytes(entry_size(contract, entity, index, size), items)
    return _stored(table.name, of_table, of_indexes, prices, recoverable=table.deployment.point_in_time_recovery)


def _stored(name: str, of_table: float, of_indexes: float, prices: Prices, *, recoverable: bool) -> Storage:
    kept = prices.cost((of_table + of_indexes) / BYTES_PER_GB, "storage_gb_month")
    # Amazon DynamoDB pricing, "Continuous backups": by the table's size and its local indexes', not the global ones'.
    recovery = prices.cost(of_table / BYTES_PER_GB, "pitr_gb_month") if recoverable else Decimal(0)
    return Storage(name, of_table, of_indexes, kept, recovery)


def once(contract: Contract, prices: Prices) -> OneOff:
    """The backfill and one full verification of the rows that the contract expects."""
    write = read = 0.0
    for name, entity in contract.entities.items():
        items, size = entity.estimate.items or 0, item_size(contract, entity) or 0.0
        write += backfill_units(contract, name) * items
        # Every item and lookup item is asked for by key, strongly consistent, and met once more by the scan for what
        # no row explains.
        held = len(lookups(contract, name)) * items
        read += read_units(size) * items + held
        if items:
            read += read_units(size * items, consistent=False) + read_units(LOOKUP_BYTES * held, consistent=False)
    return OneOff(write, read, prices.cost(write, "write_request_unit"), prices.cost(read, "read_request_unit"))
