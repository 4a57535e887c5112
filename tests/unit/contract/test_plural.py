"""Numbers of things in messages: one is one."""

from __future__ import annotations

import pytest

from crossfade.contract.plural import several


@pytest.mark.parametrize(("count", "told"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1304, "1,304 rows")])
def test_one_is_told_as_one(count: int, told: str) -> None:
    assert several(count, "row") == told


def test_what_takes_no_s_is_named() -> None:
    assert (several(1, "entity", "entities"), several(3, "entity", "entities")) == ("1 entity", "3 entities")
