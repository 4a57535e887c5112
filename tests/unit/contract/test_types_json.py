"""Documents, and values without a declared type: one canonical value on both stores."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract.errors import InvalidValue
from crossfade.contract.types import (
    ANY,
    JSON,
    NUMBER,
    canonical,
    declared,
    parse_sql_type,
)
from tests.unit.contract.test_types import made


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.0, None, True, {"b": "x"}]}, {"a": [1, 2, None, True, {"b": "x"}]}),
        ((1, 2), [1, 2]),
        (Decimal("0.5"), 0.5),
        (1e16, 10**16),
        (1e300, None),
        (-0.0, 0),
        (2**64 - 1, 2**64 - 1),
        ("", ""),
        ([], []),
        ({}, {}),
    ],
)
def test_json(value: Any, expected: Any) -> None:
    if expected is None:
        with pytest.raises(InvalidValue):
            made(value, JSON)
        return
    got = made(value, JSON)
    assert got == expected
    assert type(got) is type(expected)


def test_json_numbers_of_both_stores_are_the_same_type() -> None:
    """An integral float comes back from DynamoDB as an integer, so it is one from the start."""
    assert type(made([1.0], JSON)[0]) is int
    assert type(made([1e100], JSON)[0]) is float


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({1: "a"}, "wants str"),
        ("\ud800", "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        (float("nan"), "NaN"),
        (2**64, "64 bits"),
        (Decimal("0.12345678901234567890123"), "exactly"),
        ({"a": {1, 2}}, "wants a JSON value, not set"),
        (b"x", "wants a JSON value"),
        ({"a": {"": 1}}, "has an empty key, which DynamoDB's maps do not take"),
    ],
)
def test_json_refuses(value: Any, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        made(value, JSON)


def test_json_is_as_deep_as_dynamodb_allows() -> None:
    value: Any = 1
    for _ in range(31):
        value = [value]
    assert made(value, JSON) == value
    with pytest.raises(InvalidValue, match="levels deep"):
        made([value], JSON)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e100, 1e100) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_json_is_its_own_canonical_form(value: Any) -> None:
    try:
        once = made(value, JSON)
    except InvalidValue:
        return
    assert made(once, JSON) == once


def test_numbers_without_a_source_type_keep_every_digit() -> None:
    assert made(Decimal("1." + "1" * 36), NUMBER) == Decimal("1." + "1" * 36)
    assert made(Decimal("5.00"), NUMBER) == 5
    assert type(made(Decimal("5.00"), NUMBER)) is int
    with pytest.raises(InvalidValue, match="39 significant digits"):
        made(Decimal("1." + "1" * 38), NUMBER)


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"a": [None, 1, b"x", {"y"}]}, {"a": [None, 1, b"x", {"y"}]}), (bytearray(b"x"), b"x"), (True, True)],
)
def test_any(value: Any, expected: Any) -> None:
    assert made(value, ANY) == expected


@pytest.mark.parametrize("value", [1.5, {"a", 1}, {"a": 1.5}, object()])
def test_any_refuses_what_dynamodb_cannot_hold(value: Any) -> None:
    with pytest.raises(InvalidValue):
        made(value, ANY)


def test_json_as_text_keeps_what_dynamodb_does_not() -> None:
    text = declared(JSON, "S")
    kept = {"": [1.0, 1, -0.0, 5e-324, 1.7976931348623157e308], "deep": deep(98)}
    assert repr(canonical(kept, text, "doc")) == repr(kept)
    for value, reason in [(2**64, "64 bits"), (math.nan, "NaN"), (deep(100), "over 99 levels"), ({1: 1}, "wants str")]:
        with pytest.raises(InvalidValue, match=reason):
            canonical(value, text, "doc")
    for value in (kept[""][3], {"": 1}, deep(33)):
        with pytest.raises(InvalidValue):
            canonical(value, JSON, "doc")


@pytest.mark.parametrize(
    ("wire", "given", "kept", "refused"),
    [
        ("SS", ["b", "", "b"], frozenset({"", "b"}), [[1], ["a", None], "ab", [["a"]]]),
        ("NS", [2**64 - 1, 5, 5], frozenset({5, 2**64 - 1}), [["5"], [True], [0.5], [2**64], [None]]),
    ],
)
def test_json_as_a_set_has_members_of_one_kind(wire: str, given: Any, kept: Any, refused: list[Any]) -> None:
    found = declared(parse_sql_type("json"), wire)
    assert (found.kind, found.members, found.source) == ("set", wire[0], "json")
    assert canonical(given, found, "tags") == kept
    for value in refused:
        with pytest.raises(InvalidValue):
            canonical(value, found, "tags")


def test_a_float_as_text_keeps_what_dynamodb_does_not() -> None:
    text = declared(parse_sql_type("double"), "S")
    assert [repr(canonical(v, text, "x")) for v in (-0.0, 5e-324, -1.7976931348623157e308)] == [
        "-0.0",
        "5e-324",
        "-1.7976931348623157e+308",
    ]
    with pytest.raises(InvalidValue, match="NaN"):
        canonical(math.inf, text, "x")


def deep(levels: int) -> list[Any]:
    """Lists inside each other."""
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found
