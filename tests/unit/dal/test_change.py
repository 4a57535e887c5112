"""What each change makes of a value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union, apply


@pytest.mark.parametrize(
    ("old", "change", "expected"),
    [
        (1, Set(2), 2),
        (1, Add(2), 3),
        (None, Add(-2), -2),
        (0, Add(0), 0),
        (Decimal("1.50"), Add(Decimal("0.25")), Decimal("1.75")),
        (None, Add(Decimal("0.25")), Decimal("0.25")),
        (
            Decimal("1234567890123456789012345678.0123456789"),
            Add(Decimal("0.0000000001")),
            Decimal("1234567890123456789012345678.0123456790"),
        ),
        (0.5, Add(1), 1.5),
        (1, Remove(), None),
        ([1], Append(2, 3), [1, 2, 3]),
        (None, Append(2), [2]),
        ([], Append(), []),
        (frozenset("a"), Union("a", "b"), frozenset("ab")),
        (None, Union("a"), frozenset("a")),
        (frozenset("ab"), Difference("b", "c"), frozenset("a")),
        (None, Difference("b"), frozenset()),
    ],
)
def test_apply(old: Any, change: Change, expected: Any) -> None:
    record = {"x": old, "y": 5}
    assert apply({"x": change}, record) == {"x": expected, "y": 5}
    assert record == {"x": old, "y": 5}


def test_what_is_no_change_is_refused() -> None:
    with pytest.raises(TypeError, match="not a change"):
        apply({"x": Change()}, {"x": 1})


def test_changes_compare_by_content() -> None:
    assert Append(1, 2) == Append(1, 2)
    assert Append(1) != Append(2)
    assert hash(Append(1)) == hash(Append(2))
    assert repr(Append(1, 2)) == "Append(1, 2)"
    assert Union("a", "b") == Union("b", "a")
    changes: list[Change] = [Union("a"), Difference("a")]
    assert changes[0] != changes[1]
    assert Add(1) == Add(1)
