"""A scan's segments: every page, consistent, and going on where one stopped."""

from __future__ import annotations

from typing import Any

from crossfade.dynamodb.scan import ScanPage, scan_segment
from tests.unit.dynamodb.fakes import fake

PLACE = {"PK": {"S": "b"}}


def request(**more: Any) -> dict[str, Any]:
    return {"TableName": "T", "Segment": 1, "TotalSegments": 4, "ConsistentRead": True, **more}


def item(key: str) -> dict[str, dict[str, str]]:
    return {"PK": {"S": key}}


def test_a_segment_is_read_to_its_end() -> None:
    with fake() as made:
        made.reads.add_response("scan", {"Items": [item("a"), item("b")], "LastEvaluatedKey": PLACE}, request())
        made.reads.add_response("scan", {"Items": []}, request(ExclusiveStartKey=PLACE))
        pages = list(scan_segment(made.calls, "T", 1, 4))
    assert pages == [ScanPage((item("a"), item("b")), PLACE), ScanPage((), None)]


def test_a_segment_goes_on_behind_a_page() -> None:
    with fake() as made:
        made.reads.add_response("scan", {"Items": [item("c")]}, request(ExclusiveStartKey=PLACE, Limit=10))
        assert list(scan_segment(made.calls, "T", 1, 4, start=PLACE, page=10)) == [ScanPage((item("c"),), None)]
