"""Compiled conditions mean what `dal.condition.holds` says, on the embedded default: moto in the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from crossfade.dal.condition import Comparison, Condition, Negation, holds
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.table_apply import create_tables
from tests.unit.dynamodb.deciding import cases, check, found
from tests.unit.dynamodb.samples import ENVELOPE, FLAT, contract, record
from tests.unit.imitation import imitation

RANDOM = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def calls() -> Iterator[Calls]:
    """Calls on moto, with the samples' tables."""
    with imitation() as client:
        create_tables(client, contract(), "")
        yield Calls(Clients(client, client))


@RANDOM
@given(case=cases(FLAT))
def test_conditions_decide_as_holds_does(calls: Calls, case: tuple[dict[str, Any], Condition]) -> None:
    check(calls, "Things", FLAT, *case)


@RANDOM
@given(case=cases(ENVELOPE))
def test_conditions_reach_into_the_envelope(calls: Calls, case: tuple[dict[str, Any], Condition]) -> None:
    check(calls, "Things", ENVELOPE, *case)


@pytest.mark.parametrize("hours", [None, -100, -99, 0, 99, 100])
def test_times_are_ordered(calls: Calls, hours: int | None) -> None:
    made = record() | {"span": None if hours is None else timedelta(hours=hours)}
    calls.write("PutItem", TableName="Things", Item=FLAT.encode(made))
    for operator in ("<", "<=", ">", ">="):
        for operand in (-100, -99, 0, 99, 100):
            wanted = Comparison("span", operator, timedelta(hours=operand))
            for tried in (wanted, Negation(wanted)):
                assert found(calls, "Things", FLAT, made, tried) is holds(tried, made)
