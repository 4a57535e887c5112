"""Conditions as DynamoDB expressions, compared literally. What they mean is tested against a server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal.condition import AllOf, AnyOf, Condition, F
from crossfade.dynamodb.expressions import Filter, Names, NotExpressible, condition, filter_
from tests.unit.dynamodb.samples import ENVELOPE, FLAT

MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)


def compiled(wanted: Condition, codec: Any = FLAT) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The text, the names and the values."""
    names = Names()
    text = condition(names, codec, wanted)
    request = names.request()
    return text, request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})


@pytest.mark.parametrize(
    ("wanted", "text", "name", "values"),
    [
        (F("small") == 1, "#n0 = :v0", "small", [{"N": "1"}]),
        (F("small") != 1, "attribute_exists(#n0) AND #n0 <> :v0", "small", [{"N": "1"}]),
        (F("small") >= 1, "#n0 >= :v0", "small", [{"N": "1"}]),
        (F("price") < Decimal("1.5"), "#n0 < :v0", "price", [{"N": "1.5"}]),
        (F("flag") == True, "#n0 = :v0", "flag", [{"BOOL": True}]),  # noqa: E712 - builds a condition
        (F("seen") > MOMENT, "#n0 > :v0", "seen", [{"S": "2024-02-29T12:00:00Z"}]),
        (F("seen_ms") > MOMENT, "#n0 > :v0", "seen_ms", [{"N": "1709208000000"}]),
        (F("born") <= date(2024, 1, 1), "#n0 <= :v0", "born", [{"S": "2024-01-01"}]),
        (F("data_hex") < b"\xff", "#n0 < :v0", "data_hex", [{"S": "ff"}]),
        (F("name").is_null(), "attribute_not_exists(#n0)", "name", []),
        (F("name").is_not_null(), "attribute_exists(#n0)", "name", []),
        (~F("name").is_null(), "attribute_exists(#n0)", "name", []),
        (~(F("small") == 1), "NOT (#n0 = :v0)", "small", [{"N": "1"}]),
        (~(F("small") != 1), "NOT (attribute_exists(#n0) AND #n0 <> :v0)", "small", [{"N": "1"}]),
        (F("name").starts_with("a"), "begins_with(#n0, :v0)", "name", [{"S": "a"}]),
        (F("name").starts_with(""), "attribute_exists(#n0)", "name", []),
        (F("name").contains("a"), "contains(#n0, :v0)", "name", [{"S": "a"}]),
        (F("name").contains(""), "attribute_exists(#n0)", "name", []),
        (F("marks").contains("x"), "contains(#n0, :v0)", "marks", [{"S": "x"}]),
        (F("name").one_of(["a", "b"]), "#n0 IN (:v0, :v1)", "name", [{"S": "a"}, {"S": "b"}]),
        (F("name").one_of(["a"]), "#n0 = :v0", "name", [{"S": "a"}]),
        (F("small").between(1, 3), "#n0 >= :v0 AND #n0 <= :v1", "small", [{"N": "1"}, {"N": "3"}]),
        (F("marks") == {"y", "x"}, "#n0 = :v0", "marks", [{"SS": ["x", "y"]}]),
        # The empty set is no attribute: the value of `tags`, which is never null.
        (F("tags") == frozenset(), "attribute_not_exists(#n0)", "tags", []),
        (F("tags") != frozenset(), "attribute_exists(#n0)", "tags", []),
        (F("tags") != {"x"}, "attribute_not_exists(#n0) OR #n0 <> :v0", "tags", [{"SS": ["x"]}]),
        (F("tags").one_of([frozenset(), {"x"}]), "attribute_not_exists(#n0) OR #n0 = :v0", "tags", [{"SS": ["x"]}]),
        (F("doc") == {"a": 1}, "#n0 = :v0", "doc", [{"M": {"a": {"N": "1"}}}]),
        (F("doc_s") == {"b": 1, "a": 2}, "#n0 = :v0", "doc_s", [{"S": '{"a":2,"b":1}'}]),
    ],
)
def test_a_condition_has_its_expression(wanted: Condition, text: str, name: str, values: list[Any]) -> None:
    assert compiled(wanted) == (text, {"#n0": name}, {f":v{i}": v for i, v in enumerate(values)})


def test_parts_are_joined_with_the_fewest_parentheses() -> None:
    wanted = ((F("small") > 1) & (F("small") < 9) & F("name").is_null()) | ~(F("flag_n") == True)  # noqa: E712 - as above
    assert compiled(wanted) == (
        "((#n0 > :v0 AND #n0 < :v1) AND attribute_not_exists(#n1)) OR NOT (#n2 = :v0)",
        {"#n0": "small", "#n1": "name", "#n2": "flag_n"},
        {":v0": {"N": "1"}, ":v1": {"N": "9"}},
    )


def test_a_field_in_an_envelope_is_reached_through_it() -> None:
    wanted = (F("name") == "a") & (F("small") == 1) & (F("big") == 2)
    assert compiled(wanted, ENVELOPE) == (
        "(#n0.#n1 = :v0 AND #n0.#n2 = :v1) AND #n3 = :v2",
        {"#n0": "Data", "#n1": "name", "#n2": "small", "#n3": "big"},
        {":v0": {"S": "a"}, ":v1": {"N": "1"}, ":v2": {"N": "2"}},
    )


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (F("tags").is_null(), "attribute_not_exists(#n0)"),
        (F("tags").is_not_null(), "attribute_exists(#n0)"),
        (F("marks") == frozenset(), "attribute_not_exists(#n0)"),
        (AllOf(()), "attribute_exists(#n0)"),
        (AnyOf(()), "attribute_not_exists(#n0)"),
        (F("tags").is_null() & (F("small") == 1), "attribute_not_exists(#n0)"),
        (F("tags").is_not_null() | (F("small") == 1), "attribute_exists(#n0)"),
    ],
)
def test_what_is_always_or_never_true_asks_for_the_item(wanted: Condition, text: str) -> None:
    assert compiled(wanted) == (text, {"#n0": "PK"}, {})


def test_constants_leave_the_rest() -> None:
    assert compiled(F("tags").is_not_null() & (F("small") == 1))[0] == "#n0 = :v0"
    assert compiled(F("tags").is_null() | (F("small") == 1))[0] == "#n0 = :v0"


def test_long_lists_are_split() -> None:
    text, _, values = compiled(F("big").one_of(range(150)))
    assert text.count(" IN (") == 2
    assert text.count(" OR ") == 1
    assert len(values) == 150


@pytest.mark.parametrize(
    ("wanted", "text", "values"),
    [
        (
            F("span") < timedelta(hours=9),
            "attribute_exists(#n0) AND (begins_with(#n0, :v0) OR (size(#n0) < :v1 OR (size(#n0) = :v1 AND #n0 < :v2)))",
            [{"S": "-"}, {"N": "12"}, {"S": "09:00:00.000"}],
        ),
        (
            F("span") >= timedelta(hours=9),
            "attribute_exists(#n0) AND "
            "(NOT (begins_with(#n0, :v0)) AND (size(#n0) > :v1 OR (size(#n0) = :v1 AND #n0 >= :v2)))",
            [{"S": "-"}, {"N": "12"}, {"S": "09:00:00.000"}],
        ),
        (
            F("int_s") < -5,
            "attribute_exists(#n0) AND "
            "(begins_with(#n0, :v0) AND (size(#n0) > :v1 OR (size(#n0) = :v1 AND #n0 > :v2)))",
            [{"S": "-"}, {"N": "2"}, {"S": "-5"}],
        ),
        (
            F("price_s") >= Decimal(-5),
            "attribute_exists(#n0) AND "
            "(NOT (begins_with(#n0, :v0)) OR (size(#n0) < :v1 OR (size(#n0) = :v1 AND #n0 <= :v2)))",
            [{"S": "-"}, {"N": "2"}, {"S": "-5"}],
        ),
    ],
)
def test_decimal_texts_are_ordered_by_sign_length_and_digits(wanted: Condition, text: str, values: list[Any]) -> None:
    made, _, found = compiled(wanted)
    assert (made, list(found.values())) == (text, values)


@pytest.mark.parametrize(
    "wanted",
    [
        F("data_64") < b"a",
        F("doc") < {"a": 1},
        F("flag") < True,
        F("seen").starts_with("2024"),
        F("doc").contains("a"),
        F("small").contains("1"),
        AllOf(tuple(F("small") == i for i in range(400))),
        AnyOf(tuple(F("name") == f"{i}" for i in range(301))),
    ],
)
def test_what_has_no_expression_is_told(wanted: Condition) -> None:
    with pytest.raises(NotExpressible) as caught:
        compiled(wanted)
    assert caught.value.entity == "THING"


def test_a_condition_may_have_300_operators() -> None:
    assert compiled(AnyOf(tuple(F("small") == i % 100 for i in range(150))))[0].count("=") == 150


# --------------------------------------------------------------------- filters


def test_a_filter_leaves_what_dynamodb_cannot_decide() -> None:
    names = Names()
    left = F("data_64") < b"a"
    made = filter_(names, FLAT, (F("small") == 1) & left & (F("name") == "a"))
    assert (made.text, made.never) == ("#n0 = :v0 AND #n1 = :v1", False)
    assert made.residual is left
    assert names.request()["ExpressionAttributeNames"] == {"#n0": "small", "#n1": "name"}


def test_a_part_is_left_whole() -> None:
    either = (F("data_64") < b"a") | (F("small") == 1)
    names = Names()
    assert filter_(names, FLAT, either) == Filter(None, either)
    assert names.request() == {}


def test_attributes_of_the_queried_key_are_left() -> None:
    wanted = (F("big") == 1) & (F("small") == 1)
    made = filter_(Names(), FLAT, wanted, without={"big", "data"})
    assert made.text == "#n0 = :v0"
    assert made.residual == (F("big") == 1)


def test_what_lies_in_an_envelope_that_the_index_lacks_is_left() -> None:
    made = filter_(Names(), ENVELOPE, F("small") == 1, without={"Data"})
    assert made == Filter(None, F("small") == 1)


def test_a_filter_that_nothing_passes_says_so() -> None:
    assert filter_(Names(), FLAT, F("tags").is_null() & (F("small") == 1)) == Filter(never=True)
    assert filter_(Names(), FLAT, F("tags").is_not_null()) == Filter()
    assert filter_(Names(), FLAT, None) == Filter()


def test_a_filter_that_is_too_long_is_left_and_leaves_no_alias() -> None:
    names = Names()
    names.name("PK")
    wanted = AnyOf(tuple(F("name") == f"{i}" for i in range(301)))
    assert filter_(names, FLAT, wanted) == Filter(None, wanted)
    assert names.request() == {"ExpressionAttributeNames": {"#n0": "PK"}}
