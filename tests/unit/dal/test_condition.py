"""The meaning of conditions: two-valued, nulls compare as False."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.dal.condition import (
    AllOf,
    Comparison,
    Condition,
    F,
    IsNull,
    Negation,
    OneOf,
    fields,
    holds,
    leaves,
    map_values,
)

RECORD: dict[str, Any] = {
    "n": 5,
    "text": "Hello",
    "empty": "",
    "null": None,
    "tags": frozenset({"x", "y"}),
    "price": Decimal("10.50"),
    "flag": False,
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (F("n") == 5, True),
        (F("n") != 5, False),
        (F("n") < 5, False),
        (F("n") <= 5, True),
        (F("n") > 4, True),
        (F("n") >= 6, False),
        (F("price") == Decimal("10.5"), True),
        (F("flag") == False, True),  # noqa: E712 - builds a condition
        (F("null") == 5, False),
        (F("null") != 5, False),
        (F("null") < 5, False),
        (~(F("null") == 5), True),
        (~(F("null") != 5), True),
        (F("null").is_null(), True),
        (F("null").is_not_null(), False),
        (F("empty").is_null(), False),
        (F("text").starts_with("He"), True),
        (F("text").starts_with("he"), False),
        (F("text").starts_with(""), True),
        (F("null").starts_with(""), False),
        (F("text").contains("ell"), True),
        (F("text").contains("ELL"), False),
        (F("tags").contains("x"), True),
        (F("tags").contains("z"), False),
        (F("null").contains("x"), False),
        (F("n").one_of([4, 5]), True),
        (F("n").one_of(iter([4])), False),
        (F("null").one_of([4]), False),
        (F("n").between(5, 6), True),
        (F("n").between(6, 5), False),
        ((F("n") == 5) & (F("text") == "Hello"), True),
        ((F("n") == 5) & (F("text") == "hello"), False),
        ((F("n") == 4) | (F("text") == "Hello"), True),
        (~((F("n") == 4) | (F("text") == "Hello")), False),
        (F("text") < 5, False),
        (F("n") == "5", False),
    ],
)
def test_holds(condition: Condition, expected: bool) -> None:
    assert holds(condition, RECORD) is expected


@pytest.mark.parametrize("use", [bool, lambda c: c and c, lambda c: not c, lambda c: 1 if c else 2])
def test_python_s_own_logic_is_refused(use: Any) -> None:
    with pytest.raises(TypeError, match="combine conditions with"):
        use(F("n") == 5)


def test_a_chained_comparison_is_refused() -> None:
    with pytest.raises(TypeError, match="chained"):
        assert 1 < F("n") < 5


@pytest.mark.parametrize("build", [lambda: F("n") == None, lambda: F("n") != None, lambda: F("n") < None])  # noqa: E711 - what is refused
def test_null_is_not_compared_with(build: Any) -> None:
    with pytest.raises(TypeError, match="is_null"):
        build()


@pytest.mark.parametrize("values", [[], [1, None]])
def test_one_of_wants_values(values: list[Any]) -> None:
    with pytest.raises(TypeError, match="one value or more"):
        F("n").one_of(values)


def test_f_is_no_dictionary_key() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(F("n"))


def test_fields_and_leaves() -> None:
    condition = (
        ~((F("a") == 1) & F("b").is_null()) | F("c").starts_with("x") | F("d").contains("y") | F("a").one_of([2])
    )
    assert fields(condition) == {"a", "b", "c", "d"}
    assert [leaf.field for leaf in leaves(condition)] == ["a", "b", "c", "d", "a"]


@pytest.mark.parametrize("function", [fields, lambda c: holds(c, {})])
def test_other_things_are_no_conditions(function: Any) -> None:
    with pytest.raises(TypeError, match="not a condition"):
        function("n = 5")


def test_map_values_keeps_the_shape() -> None:
    condition = (
        ~((F("a") == 1) & F("b").is_null()) | F("c").starts_with("x") | F("d").contains(2) | F("a").one_of([3, 4])
    )
    seen: list[tuple[str, Any]] = []

    def convert(field: str, value: Any, leaf: Condition) -> Any:
        del leaf
        seen.append((field, value))
        return (value,)

    mapped = map_values(condition, convert)
    assert seen == [("a", 1), ("c", "x"), ("d", 2), ("a", 3), ("a", 4)]
    assert map_values(mapped, lambda field, value, leaf: value[0]) == condition


numbers = st.none() | st.integers(-3, 3)
conditions = st.recursive(
    st.builds(Comparison, st.sampled_from("ab"), st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.integers(-3, 3))
    | st.builds(IsNull, st.sampled_from("ab"))
    | st.builds(OneOf, st.sampled_from("ab"), st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(tuple)),
    lambda inner: (
        st.builds(lambda x, y: x & y, inner, inner)
        | st.builds(lambda x, y: x | y, inner, inner)
        | st.builds(lambda x: ~x, inner)
    ),
    max_leaves=8,
)


@given(conditions, conditions, st.fixed_dictionaries({"a": numbers, "b": numbers}))
def test_the_logic_is_classical(one: Condition, other: Condition, record: dict[str, Any]) -> None:
    p, q = holds(one, record), holds(other, record)
    assert holds(~one, record) is (not p)
    assert holds(one & other, record) is (p and q)
    assert holds(one | other, record) is (p or q)
    assert holds(~(one & other), record) is holds(~one | ~other, record)
    assert holds(AllOf(()), record)
    assert not holds(Negation(AllOf(())), record)
