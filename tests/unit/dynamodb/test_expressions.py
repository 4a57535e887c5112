"""Names, key conditions and projections."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dynamodb.expressions import (
    Names,
    SortCondition,
    absent,
    all_of,
    between,
    key_condition,
    present,
    projection,
)
from tests.unit.dynamodb.samples import FLAT


def test_names_and_values_have_one_alias_each() -> None:
    names = Names()
    assert names.name("a") == "#n0"
    assert names.name("b", "a") == "#n1.#n0"
    assert names.value({"N": "1"}) == ":v0"
    assert names.value({"S": "1"}) == ":v1"
    assert names.value({"N": "1"}) == ":v0"
    assert names.request() == {
        "ExpressionAttributeNames": {"#n0": "a", "#n1": "b"},
        "ExpressionAttributeValues": {":v0": {"N": "1"}, ":v1": {"S": "1"}},
    }


def test_nothing_aliased_is_nothing_sent() -> None:
    names = Names()
    assert names.request() == {}
    names.name("a")
    assert names.request() == {"ExpressionAttributeNames": {"#n0": "a"}}


LOW, HIGH = {"S": "a"}, {"S": "b"}


@pytest.mark.parametrize(
    ("sort", "text", "values"),
    [
        (None, "#n0 = :v0", []),
        (SortCondition("SK", "=", (LOW,)), "#n0 = :v0 AND #n1 = :v1", [LOW]),
        (SortCondition("SK", "<", (LOW,)), "#n0 = :v0 AND #n1 < :v1", [LOW]),
        (SortCondition("SK", "begins_with", (LOW,)), "#n0 = :v0 AND begins_with(#n1, :v1)", [LOW]),
        (between("SK", LOW, HIGH), "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", [LOW, HIGH]),
        (between("SK", LOW, None), "#n0 = :v0 AND #n1 >= :v1", [LOW]),
        (between("SK", None, HIGH), "#n0 = :v0 AND #n1 <= :v1", [HIGH]),
        (between("SK", LOW, LOW), "#n0 = :v0 AND #n1 = :v1", [LOW]),
        (between("SK", None, None), "#n0 = :v0", []),
    ],
)
def test_a_key_condition(sort: Any, text: str, values: list[Any]) -> None:
    names = Names()
    assert key_condition(names, ("PK", {"S": "x"}), sort) == text
    assert list(names.request()["ExpressionAttributeValues"].values()) == [{"S": "x"}, *values]


def test_a_projection() -> None:
    names = Names()
    assert projection(names, [("a",), ("Data", "b"), ("Data", "c")]) == "#n0, #n1.#n2, #n1.#n3"


def test_whether_there_is_an_item() -> None:
    names = Names()
    assert absent(names, FLAT) == "attribute_not_exists(#n0)"
    assert present(names, FLAT) == "attribute_exists(#n0)"
    assert names.request() == {"ExpressionAttributeNames": {"#n0": "PK"}}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), None),
        ((None, None), None),
        ((None, "a = b OR c = d"), "a = b OR c = d"),
        (("a = b", None, "c = d"), "a = b AND c = d"),
        (("a = b OR c = d", "e = f", "g AND h"), "(a = b OR c = d) AND e = f AND (g AND h)"),
    ],
)
def test_texts_are_joined(texts: Any, expected: str | None) -> None:
    assert all_of(*texts) == expected
