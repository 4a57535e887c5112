"""What a verification keeps of its findings, to go on with them."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.migration.looked import Looked
from crossfade.migration.report import Counts, Difference
from crossfade.migration.report_json import ReportError
from crossfade.migration.tally import Tally

MISSING = Difference("missing", "USER", "Users", {"PK": {"S": "1"}, "SK": {"B": b"\xff"}}, {"id": "1"})


def tally() -> Tally:
    """One row, whose item is missing."""
    found = Tally(20, 100)
    looked = Looked(differences=[MISSING])
    looked.counts["USER"] = Counts(rows=1, missing=1)
    found.add(looked, 7)
    return found


def test_what_was_kept_comes_back() -> None:
    again = Tally(20, 100, tally().state())
    assert (again.items, again.rows, again.different, again.differences) == (7, 1, 1, [MISSING])
    assert again.state() == tally().state()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"items": "7"}, "tally.items wants a number, not '7'"),
        ({"truncated": 1}, "tally.truncated wants true or false, not 1"),
        ({"counts": None}, "tally.counts wants an object, not None"),
        ({"counts": {"USER": {"rows": 1}}}, "tally.counts.USER wants exactly"),
        ({"differences": {}}, "tally.differences wants a list"),
        ({"differences": [1]}, "tally.differences[0] wants exactly"),
        ({"more": 1}, "tally wants exactly counts, differences, items, truncated"),
    ],
)
def test_what_was_damaged_is_refused_and_says_where(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ReportError) as caught:
        Tally(20, 100, tally().state() | changed)
    assert f"$.state.{says}" in str(caught.value)
