"""What a contract says it expects: `estimate` of an entity, `items` of an access pattern."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract import ContractError, load
from crossfade.contract.docs import data_model
from crossfade.contract.model_rules import Estimate
from tests.unit.contract.examples import bookshop


def estimating(given: Any) -> dict[str, Any]:
    raw = bookshop()
    raw["tables"][0]["entities"][0]["estimate"] = given
    return raw


def test_estimates_are_read() -> None:
    raw = estimating({"items": 5, "item_size_bytes": 100, "get_rps": 1.5, "create_rps": 2, "updates": ["name"]})
    raw["tables"][0]["entities"][0]["access_patterns"][0]["items"] = 2.5
    author = load(raw).entities["AUTHOR"]
    assert author.estimate == Estimate(5, 100, 1.5, 2.0, updates=("name",))
    assert isinstance(author.estimate.create_rps, float)
    assert author.access_patterns["by_email"].items == 2.5
    assert load(bookshop()).entities["AUTHOR"].estimate == Estimate()
    assert "Expected, at the peak: 5 items, 100 bytes each, 1.5 get a second, 2 create a second." in data_model(
        load(raw)
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"items": -1}, "-1 is too small"),
        ({"items": 1.5}, "wants a whole number"),
        ({"item_size_bytes": 0}, "0 is too small"),
        ({"item_size_bytes": 409_601}, "409601 is too large"),
        ({"items": 10**400}, "is too large"),
        ({"get_rps": Decimal("1e400")}, "is too large"),
        ({"get_rps": float("nan")}, "wants a number"),
        ({"get_rps": "many"}, "wants a number"),
        ({"reads": 1}, "reads"),
        ({"updates": ["nmae"]}, 'there is no field "nmae"'),
        ({"updates": ["name", "name"]}, '"name" is there twice'),
        ({"updates": ["id"]}, '"id" is no field that an update can change'),
        ({"updates": ["book_count"]}, '"book_count" is no field that an update can change'),
        ([], "wants an object"),
    ],
)
def test_wrong_estimates_are_told_with_their_place(given: Any, said: str) -> None:
    with pytest.raises(ContractError) as caught:
        load(estimating(given))
    (problem,) = caught.value.problems
    assert problem.path.startswith("$.tables[0].entities[0].estimate")
    assert said in str(problem)


def test_a_pattern_reads_no_negative_number_of_items() -> None:
    raw = bookshop()
    raw["tables"][0]["entities"][0]["access_patterns"][0]["items"] = -1
    with pytest.raises(ContractError, match="too small"):
        load(raw)


def test_version_1_has_no_estimates() -> None:
    raw = estimating({})
    raw["version"] = "1"
    with pytest.raises(ContractError, match="estimate"):
        load(raw)
