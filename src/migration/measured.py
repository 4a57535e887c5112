"""How many rows there are in the source, and how large their items are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from crossfade.contract.errors import InvalidValue
from crossfade.dal.entity import Record
from crossfade.dal.errors import StoreError
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.limits import item_size
from crossfade.mysql.scan import Scan
from crossfade.mysql.store import MySQLStore

# As many places of the table as this are sampled: rows that were made together are alike.
_PLACES = 20
_TOKEN = "0" * 32


@dataclass(frozen=True, slots=True)
class Measured:
    """One entity's rows.

    Attributes:
        rows: how many there are.
        sampled: of how many the items were measured.
        item_bytes: the mean size of an item; None where there is none.
    """

    rows: int
    sampled: int
    item_bytes: int | None


def measure(store: MySQLStore, layout: Layout, sample: int = 1000) -> dict[str, Measured]:
    """Count the rows of every entity, and measure the items that a sample of them would be.

    Args:
        store: the source.
        layout: how its entities would be stored; nothing is asked of DynamoDB.
        sample: rows to read of each entity at most, from all over its table.

    Raises:
        StoreError: the database cannot be read, or a table's rows cannot be walked.
    """
    return {name: _measured(Scan(store, name), layout, name, sample) for name in layout.contract.entities}


def _measured(scan: Scan, layout: Layout, entity: str, sample: int) -> Measured:
    sizes = [size for record in _records(scan, sample) if (size := _size(layout, entity, record)) is not None]
    return Measured(scan.count(), len(sizes), ceil(sum(sizes) / len(sizes)) if sizes else None)


def _records(scan: Scan, sample: int) -> Iterator[Record]:
    for span in scan.spans(_PLACES):
        yield from scan.read(span, max(1, sample // _PLACES)).records


def _size(layout: Layout, entity: str, record: Record) -> int | None:
    """The size of a record's item, or None where DynamoDB could not hold it."""
    try:
        own, *_ = expected_items(layout, entity, record)
    except (InvalidValue, StoreError):
        return None
    return item_size(own.stamped(_TOKEN))
