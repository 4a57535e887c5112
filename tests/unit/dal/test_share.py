"""Shares of keys: each key's slot, which no release may change, and what is done with the key."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crossfade.contract.model import Entity
from crossfade.dal.share import route_of, slot
from crossfade.dal.stage import ROUTES, Stage, Standing
from tests.conformance.backend import load_contract

SPECIMEN = load_contract("library").entities["SPECIMEN"]
NUMBERED = load_contract("shop").entities["CATEGORY"]


@pytest.mark.parametrize(
    ("key", "found"), [({"id": 1}, 95), ({"id": 2}, 64), ({"id": 3}, 13), ({"id": 7_331}, 50), ({"id": 2**40}, 97)]
)
def test_a_key_has_its_slot_for_ever(key: dict[str, int], found: int) -> None:
    """Processes of two releases run side by side: were these to change, both stores would decide for one key."""
    assert slot(NUMBERED, key) == found


def test_keys_are_spread_over_all_slots() -> None:
    found = Counter(slot(NUMBERED, {"id": number}) for number in range(10_000))
    assert set(found) == set(range(100))
    assert max(found.values()) < 160
    assert abs(sum(found[number] for number in range(30)) - 3_000) < 150


def _of_type(folded: str | None) -> Entity:
    field = replace(SPECIMEN.fields["code"], fold=folded)  # type: ignore[arg-type]  # one of the two that there are
    return replace(SPECIMEN, attributes=tuple(field if a.field == "code" else a for a in SPECIMEN.attributes))


def test_what_mysql_takes_for_one_key_has_one_slot() -> None:
    assert slot(_of_type("casefold"), {"code": "ab"}) == slot(_of_type("casefold"), {"code": "AB"})
    assert slot(_of_type(None), {"code": "ab"}) != slot(_of_type(None), {"code": "AB"})


def test_a_greater_share_only_adds_keys() -> None:
    ahead: set[int] = set()
    for share in range(100):
        standing = Standing(Stage.SHADOW, 1, share)
        now = {n for n in range(200) if route_of(standing, NUMBERED, {"id": n}) is ROUTES[Stage.LIVE]}
        assert ahead <= now
        ahead = now
    assert len(ahead) > 190


def test_without_a_share_every_key_stands_where_its_group_does() -> None:
    key = {"id": datetime(2026, 1, 1, tzinfo=UTC)}  # which is not looked at
    assert route_of(Standing(Stage.DYNAMODB, 1), NUMBERED, key) is ROUTES[Stage.DYNAMODB]
