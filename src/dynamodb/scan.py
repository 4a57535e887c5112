"""Reading a whole table in parallel segments, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.wire import Item


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One page of a segment.

    Attributes:
        items: its items.
        next: where the segment goes on; None at its end.
    """

    items: tuple[Item, ...]
    next: Item | None


def scan_segment(
    calls: Calls, table: str, segment: int, segments: int, *, start: Item | None = None, page: int | None = None
) -> Iterator[ScanPage]:
    """The pages of one segment of a strongly consistent parallel scan.

    Args:
        calls: what to read with.
        table: the table's full name.
        segment: which one, from 0.
        segments: how many there are; a scan that goes on must keep to its number.
        start: a page's `next`, to go on behind it.
        page: items in a page at most; None for as many as 1 MB holds.

    Raises:
        CapacityExceeded, StoreUnavailable, SchemaMismatch: see `Calls.read`.
    """
    request: dict[str, Any] = {
        "TableName": table,
        "Segment": segment,
        "TotalSegments": segments,
        "ConsistentRead": True,
    }
    if page is not None:
        request["Limit"] = page
    while True:
        response = calls.read("Scan", **request, **({"ExclusiveStartKey": start} if start else {}))
        start = response.get("LastEvaluatedKey")
        yield ScanPage(tuple(response["Items"]), start)
        if start is None:
            return
