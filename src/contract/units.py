"""Request units: what DynamoDB counts for reads, for writes and for stored bytes. Pure arithmetic."""

from __future__ import annotations

from math import ceil

# Amazon DynamoDB Developer Guide, "DynamoDB read and write operations": reads in steps of 4 KB, writes of 1 KB; an
# eventually consistent read is half of a strongly consistent one; transactional requests take twice the units.
READ_STEP, WRITE_STEP = 4096, 1024
TRANSACTIONAL = 2

# The same, "DynamoDB item sizes and formats": an item has "100 bytes of overhead for indexing purposes" where storage
# is billed; the guide says the same of each entry of a secondary index.
STORED_OVERHEAD = 100


def read_units(size: float, *, consistent: bool = True) -> float:
    """The units of reading `size` bytes: one item's, or all that a page of a Query reads."""
    units = max(1, ceil(size / READ_STEP))
    return float(units) if consistent else units / 2


def write_units(size: float) -> int:
    """The units of writing one item of `size` bytes; an update counts the larger of before and after."""
    return max(1, ceil(size / WRITE_STEP))


def stored_bytes(size: float, items: float) -> float:
    """What `items` items of `size` bytes are billed as."""
    return items * (size + STORED_OVERHEAD)
