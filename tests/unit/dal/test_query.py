"""Ranges, and the condition that a query stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan import QueryPlan
from crossfade.dal.condition import AllOf, Condition, F, StartsWith, holds
from crossfade.dal.query import Query, Range, at_least, at_most, between, prefix
from tests.unit.dal.samples import thing


@pytest.mark.parametrize(
    ("asked", "inside"),
    [
        (Range(), {1, 2, 3, 4}),
        (between(2, 3), {2, 3}),
        (Range(gt=2, lt=4), {3}),
        (Range(gt=2, le=4), {3, 4}),
        (at_least(3), {3, 4}),
        (at_most(1), {1}),
        (Range(ge=3, le=2), set()),
    ],
)
def test_a_range_as_a_condition(asked: Range, inside: set[int]) -> None:
    condition = asked.condition("n")
    assert {n for n in (1, 2, 3, 4) if holds(condition, {"n": n})} == inside
    assert not holds(condition, {"n": None})


def test_a_prefix_as_a_condition() -> None:
    assert prefix("ab").condition("text") == StartsWith("text", "ab")
    assert prefix("").condition("text") == StartsWith("text", "")


@pytest.mark.parametrize(
    "bounds",
    [{"ge": 1, "gt": 1}, {"le": 1, "lt": 1}, {"prefix": "a", "ge": "a"}, {"prefix": "", "lt": "b"}],
)
def test_a_range_has_one_bound_a_side(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one lower and one upper bound, or a prefix"):
        Range(**bounds)


def test_map_converts_the_bounds_that_are_given() -> None:
    assert Range(gt=1, le=0).map(lambda v: v + 1) == Range(gt=2, le=1)
    assert prefix("a").map(lambda v: v * 2) == prefix("a")


def test_the_condition_of_a_query() -> None:
    pattern = AccessPattern("by_name", ("name", "kind"), range="seen")
    plan = QueryPlan(
        "THING", pattern, "query", sort_fields=("seen", "id"), present=("name", "born"), truthy=("active",)
    )
    query = Query(
        entity=thing(),
        plan=plan,
        by={"name": "Ann", "kind": None},
        range=Range(ge=1),
        where=F("stock") > 0,
        descending=False,
        limit=1,
    )
    expected: tuple[Condition, ...] = (
        F("name") == "Ann",
        F("kind").is_null(),
        F("born").is_not_null(),
        F("active") == True,  # noqa: E712 - builds a condition
        AllOf((F("seen") >= 1,)),
        F("stock") > 0,
    )
    assert query.condition == AllOf(expected)
    assert replace(query, range=None, where=None).condition == AllOf(expected[:4])
