"""Compiled conditions mean what `dal.condition.holds` says, on DynamoDB Local."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from crossfade.contract.types import canonical
from crossfade.dal.condition import AllOf, AnyOf, Comparison, Condition, Negation, OneOf, holds
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.expressions import NotExpressible
from tests.unit.dynamodb.deciding import cases, check, decided, found
from tests.unit.dynamodb.samples import ENVELOPE, FLAT, record

RANDOM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RANDOM
@given(case=cases(FLAT))
def test_conditions_decide_as_holds_does(calls: Calls, table: str, case: tuple[dict[str, Any], Condition]) -> None:
    check(calls, table, FLAT, *case)


@RANDOM
@given(case=cases(ENVELOPE))
def test_conditions_reach_into_the_envelope(calls: Calls, table: str, case: tuple[dict[str, Any], Condition]) -> None:
    check(calls, table, ENVELOPE, *case)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "!="])
@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("span", [timedelta(hours=h, milliseconds=m) for h in (-838, -100, -99, 0, 99, 100, 838) for m in (0, 5)]),
        ("int_s", [-100, -99, -10, -9, -1, 0, 1, 9, 10, 99, 100]),
        ("price_s", [Decimal(n) / 4 for n in (-400, -399, -41, -2, -1, 0, 1, 2, 41, 399, 400)]),
    ],
)
def test_texts_of_numbers_are_ordered_as_numbers(
    calls: Calls, table: str, field: str, values: list[Any], operator: Any
) -> None:
    type_ = FLAT.entity.fields[field].value_type
    for value in [None, *(canonical(v, type_, field) for v in values)]:
        made = record() | {field: value}
        calls.write("PutItem", TableName=table, Item=FLAT.encode(made))
        for operand in values:
            wanted = Comparison(field, operator, canonical(operand, type_, field))
            for tried in (wanted, Negation(wanted)):
                assert found(calls, table, FLAT, made, tried) is holds(tried, made), (value, operand, operator)


def test_many_values_and_many_operators_pass(calls: Calls, table: str) -> None:
    made = record() | {"small": 7, "name": "n149"}
    one_of = OneOf("name", tuple(f"n{i}" for i in range(150)))
    alternatives = AnyOf(tuple(Comparison("small", "=", i) for i in range(-100, 50)))
    for wanted in (one_of, alternatives, AllOf((one_of, alternatives))):
        try:
            assert decided(calls, table, FLAT, made, wanted)
        except NotExpressible:
            assert isinstance(wanted, AllOf)
        assert found(calls, table, FLAT, made, wanted)
