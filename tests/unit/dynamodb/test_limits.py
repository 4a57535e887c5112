"""Sizes as AWS computes them, and what is refused before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal.errors import ItemTooLarge, TransactionTooLarge
from crossfade.dynamodb.limits import check_item, check_transaction, chunks, item_size, value_size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "aü€"}, 6),
        ({"B": b"\0\1"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-123"}, 4),
        ({"N": "1200.00"}, 2),
        ({"N": "0.0012"}, 2),
        ({"N": "0.00012"}, 3),
        ({"N": "0.012"}, 3),
        ({"N": "1" * 38}, 20),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "-2"]}, 5),
        ({"BS": [b"abc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"NULL": True}]}, 8),
        ({"M": {}}, 3),
        ({"M": {"key": {"S": "ab"}}}, 9),
    ],
)
def test_the_size_of_a_value(value: Any, size: int) -> None:
    assert value_size(value) == size


def test_the_size_of_an_item_counts_names() -> None:
    assert item_size({"id": {"N": "7"}, "ü": {"S": "x"}}) == 2 + 2 + 2 + 1


def test_an_item_may_have_400_kb() -> None:
    item = {"a": {"S": "x" * (400 * 1024 - 1)}}
    assert check_item(item) is item
    with pytest.raises(ItemTooLarge, match="the item has 409601 bytes") as caught:
        check_item({"a": {"S": "x" * (400 * 1024)}}, entity="E", key={"id": 1})
    assert (caught.value.size, caught.value.entity, caught.value.key) == (409601, "E", {"id": 1})


def test_a_transaction_may_have_100_actions() -> None:
    check = {"ConditionCheck": {"Key": {"pk": {"S": "a"}}}}
    check_transaction([check] * 100)
    with pytest.raises(TransactionTooLarge) as caught:
        check_transaction([check] * 101)
    assert caught.value.actions == 101


def test_a_transaction_may_have_4_mb() -> None:
    put = {"Put": {"Item": {"a": {"S": "x" * 400_000}}}}
    update = {"Update": {"Key": {"a": {"S": "k"}}, "ExpressionAttributeValues": {":v0": {"S": "x" * 200_000}}}}
    check_transaction([put] * 10)
    with pytest.raises(TransactionTooLarge, match="4194304 bytes, this has 4200012"):
        check_transaction([put] * 10 + [update])
    with pytest.raises(ItemTooLarge):
        check_transaction([{"Put": {"Item": {"a": {"S": "x" * 500_000}}}}])


def test_chunks_are_full_but_the_last() -> None:
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert list(chunks([], 2)) == []
