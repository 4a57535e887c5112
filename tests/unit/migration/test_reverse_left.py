"""What is left of a run of the way back: what its checkpoint kept, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crossfade.migration.chunk import Counts
from crossfade.migration.report_json import ReportError
from crossfade.migration.reverse_left import Left

TABLES, ENTITIES = ("a", "b"), ("A", "B")
LEFT = Left({("a", 0): None, ("b", 3): {"PK": {"B": b"\xff"}, "SK": {"N": "1"}}}, (1, 20, 3), True, {"A": Counts(1)})
STATE: dict[str, Any] = json.loads(json.dumps(LEFT.state()))


def test_what_was_kept_comes_back() -> None:
    assert Left.of(STATE, TABLES, ENTITIES) == LEFT
    assert len(Left.all(TABLES).segments) == 8


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({}, "$.state wants exactly counts, last_try, left, waiting"),
        ([], "$.state wants an object"),
        (STATE | {"left": {}}, "$.state.left wants a list"),
        (STATE | {"left": [["a", 0]]}, "$.state.left[0] wants a table, a segment and an item key"),
        (STATE | {"left": [["a", 4, None]]}, "$.state.left[0] is no segment of a table that is copied"),
        (STATE | {"left": [["c", 0, None]]}, "$.state.left[0] is no segment"),
        (STATE | {"left": [["a", 0, {"PK": "x"}]]}, "$.state.left[0][2].PK wants a text of type S, N or B"),
        (STATE | {"waiting": [0, 0]}, "$.state.waiting wants three numbers"),
        (STATE | {"waiting": [0, 0, -1]}, "$.state.waiting[2] wants a number, not -1"),
        (STATE | {"last_try": "no"}, "$.state.last_try wants true or false"),
        (STATE | {"counts": {"C": STATE["counts"]["A"]}}, "$.state.counts.C is of no entity that is made"),
    ],
)
def test_what_was_damaged_is_refused_and_says_where(state: Any, says: str) -> None:
    with pytest.raises(ReportError) as caught:
        Left.of(state, TABLES, ENTITIES)
    assert says in str(caught.value)
