"""Changes as UpdateExpressions, compared literally."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract.types import canonical
from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union
from crossfade.dal.errors import InvalidKey
from crossfade.dynamodb.expressions import Names, NotExpressible, update
from tests.unit.dynamodb.samples import ENVELOPE, FLAT, raw_contract, things


def compiled(changes: dict[str, Change], codec: Any = FLAT, **attributes: Any) -> tuple[str, str | None, Any, Any]:
    """The text, the guard, the names and the values."""
    names = Names()
    made = update(names, codec, changes, attributes)
    request = names.request()
    return (
        made.text,
        made.guard,
        list(request.get("ExpressionAttributeNames", {}).values()),
        list(request.get("ExpressionAttributeValues", {}).values()),
    )


@pytest.mark.parametrize(
    ("field", "change", "expected"),
    [
        ("name", Set("a"), ("SET #n0 = :v0", None, ["name"], [{"S": "a"}])),
        ("name", Set(None), ("REMOVE #n0", None, ["name"], [])),
        ("name", Remove(), ("REMOVE #n0", None, ["name"], [])),
        ("tags", Set(frozenset()), ("REMOVE #n0", None, ["tags"], [])),
        (
            "small",
            Add(5),
            (
                "SET #n0 = if_not_exists(#n0, :v0) + :v1",
                "#n0 <= :v2 OR attribute_not_exists(#n0)",
                ["small"],
                [{"N": "0"}, {"N": "5"}, {"N": "122"}],
            ),
        ),
        (
            "small",
            Add(-5),
            (
                "SET #n0 = if_not_exists(#n0, :v0) + :v1",
                "#n0 >= :v2 OR attribute_not_exists(#n0)",
                ["small"],
                [{"N": "0"}, {"N": "-5"}, {"N": "-123"}],
            ),
        ),
        # Nothing below zero, and null counts as zero: what is subtracted from must be there.
        (
            "big",
            Add(-5),
            (
                "SET #n0 = if_not_exists(#n0, :v0) + :v1",
                "#n0 >= :v2",
                ["big"],
                [{"N": "0"}, {"N": "-5"}, {"N": "5"}],
            ),
        ),
        (
            "debt",
            Add(Decimal("-0.05")),
            (
                "SET #n0 = if_not_exists(#n0, :v0) + :v1",
                "#n0 >= :v2",
                ["debt"],
                [{"N": "0"}, {"N": "-0.05"}, {"N": "0.05"}],
            ),
        ),
        (
            "exact",
            Add(Decimal("0.0000000001")),
            (
                "SET #n0 = if_not_exists(#n0, :v0) + :v1",
                "#n0 <= :v2 OR attribute_not_exists(#n0)",
                ["exact"],
                [{"N": "0"}, {"N": "0.0000000001"}, {"N": "9999999999999999999999999999.9999999998"}],
            ),
        ),
        (
            "tags",
            Union("z", "x"),
            ("ADD #n0 :v0", None, ["tags"], [{"SS": ["x", "z"]}]),
        ),
        ("marks", Union("z"), ("ADD #n0 :v0", None, ["marks"], [{"SS": ["z"]}])),
        ("tags", Difference("z"), ("DELETE #n0 :v0", None, ["tags"], [{"SS": ["z"]}])),
        (
            "doc",
            Append(1, "a"),
            (
                "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)",
                "attribute_not_exists(#n0) OR attribute_type(#n0, :v2)",
                ["doc"],
                [{"L": []}, {"L": [{"N": "1"}, {"S": "a"}]}, {"S": "L"}],
            ),
        ),
    ],
)
def test_a_change_has_its_expression(field: str, change: Change, expected: Any) -> None:
    assert compiled({field: change}) == expected


def test_rows_are_appended() -> None:
    rows = canonical([{"product": 1}], FLAT.entity.fields["items"].value_type, "items")
    text, guard, _, values = compiled({"items": Append(*rows)})
    assert (text, guard) == ("SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)", None)
    assert values[1]["L"][0]["M"]["product"] == {"N": "1"}


def test_adding_nothing_needs_no_guard() -> None:
    assert compiled({"small": Add(0)})[1] is None


def test_clauses_come_together() -> None:
    changes: dict[str, Change] = {
        "name": Set("a"),
        "status": Remove(),
        "tags": Union("x"),
        "small": Add(1),
        "big": Add(1),
    }
    text, guard, names, values = compiled(changes, _rev={"S": "r"}, GSI1PK=None, GSI1SK={"S": "k"})
    assert text == (
        "SET #n0 = :v0, #n3 = if_not_exists(#n3, :v2) + :v3, #n4 = if_not_exists(#n4, :v2) + :v3, "
        "#n5 = :v4, #n7 = :v5 REMOVE #n1, #n6 ADD #n2 :v1"
    )
    assert guard == "(#n3 <= :v6 OR attribute_not_exists(#n3)) AND (#n4 <= :v7 OR attribute_not_exists(#n4))"
    assert names == ["name", "status", "tags", "small", "big", "_rev", "GSI1PK", "GSI1SK"]
    assert values[:6] == [{"S": "a"}, {"SS": ["x"]}, {"N": "0"}, {"N": "1"}, {"S": "r"}, {"S": "k"}]


def test_a_field_in_an_envelope_is_changed_there() -> None:
    text, guard, names, _ = compiled({"name": Set("a"), "small": Add(1)}, ENVELOPE)
    assert text == "SET #n0.#n1 = :v0, #n0.#n2 = if_not_exists(#n0.#n2, :v1) + :v2"
    assert guard == "#n0.#n2 <= :v3 OR attribute_not_exists(#n0.#n2)"
    assert names == ["Data", "name", "small"]


def test_the_ttl_attribute_follows_its_field() -> None:
    end = datetime(2024, 2, 29, 12, 0, 0, 1000, tzinfo=UTC)
    text, _, names, values = compiled({"expires": Set(end)})
    assert (text, names) == ("SET #n0 = :v0, #n1 = :v1", ["expires", "ttl"])
    assert values[1] == {"N": "1709208001"}
    assert compiled({"expires": Remove()})[0] == "REMOVE #n0, #n1"


def _numeric_ttl() -> Any:
    attributes = raw_contract()["tables"][0]["entities"][0]["attributes"]
    attributes.append({"name": "ends", "type": "N", "source_column": "ends", "source_type": "bigint"})
    return things(attributes=attributes, ttl={"field": "ends", "unit": "ms"})


@pytest.mark.parametrize(
    ("codec", "field", "change"),
    [
        (FLAT, "ratio", Add(1.5)),
        (FLAT, "year", Add(1)),
        (FLAT, "int_s", Add(1)),
        (FLAT, "price", Add(Decimal("0.005"))),
        (FLAT, "marks", Difference("x")),
        (FLAT, "tags", Union()),
        (ENVELOPE, "tags", Union("x")),
        (ENVELOPE, "tags", Difference("x")),
        (FLAT, "doc_s", Append(1)),
        (_numeric_ttl(), "ends", Add(1)),
    ],
)
def test_what_has_no_expression_is_told(codec: Any, field: str, change: Change) -> None:
    with pytest.raises(NotExpressible) as caught:
        compiled({field: change}, codec)
    assert caught.value.field == field


def test_too_many_changes_are_told() -> None:
    with pytest.raises(NotExpressible, match="longer than an expression"):
        compiled({"name": Set("a")}, **{f"attribute{i}": {"N": str(i)} for i in range(301)})


def test_a_field_that_is_an_index_key_must_not_become_empty() -> None:
    with pytest.raises(InvalidKey):
        compiled({"data": Set(b"")})
