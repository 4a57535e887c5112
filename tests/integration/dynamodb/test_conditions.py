"""Compiled conditions mean what `dal.condition.holds` says, for random conditions and records."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfade.contract.types import canonical
from crossfade.dal.checks import checked_condition
from crossfade.dal.condition import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Contains,
    IsNull,
    Negation,
    OneOf,
    StartsWith,
    fields,
    holds,
)
from crossfade.dal.errors import InvalidValue
from crossfade.dynamodb.client import Calls
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.errors import ConditionRefused
from crossfade.dynamodb.expressions import Names, NotExpressible, condition, filter_, key_condition
from tests.unit.dynamodb.samples import ENVELOPE, FLAT, field_values, record

OPERATORS = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
FIELDS = tuple(FLAT.entity.fields)
RANDOM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def leaves(codec: Codec, name: str, value: Any) -> st.SearchStrategy[Condition]:
    """Conditions on one field, many of them close to the value that it has."""
    entity = codec.entity
    others = field_values(entity, name).filter(lambda v: v is not None)
    operands = others if value is None else st.just(value) | others
    pieces = st.sampled_from(["", _text(value)[:2], _text(value)[1:], "x"]) | st.text(max_size=2)
    made: st.SearchStrategy[Condition] = st.one_of(
        st.just(IsNull(name)),
        st.builds(Comparison, st.just(name), OPERATORS, operands),
        st.builds(lambda values: OneOf(name, tuple(values)), st.lists(operands, min_size=1, max_size=4)),
        st.builds(StartsWith, st.just(name), pieces),
        st.builds(Contains, st.just(name), pieces),
    )
    return made.filter(lambda c: _makes_sense(codec, c))


def _makes_sense(codec: Codec, wanted: Condition) -> bool:
    try:
        checked_condition(codec.entity, wanted)
    except InvalidValue:
        return False
    return True


@st.composite
def cases(draw: st.DrawFn, codec: Codec) -> tuple[dict[str, Any], Condition]:
    """A record, null but for a few fields, and a condition on these and others."""
    chosen = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True))
    held = {name: draw(field_values(codec.entity, name)) for name in chosen}
    made = record(codec.entity) | held
    base = st.sampled_from(chosen).flatmap(lambda name: leaves(codec, name, made[name]))
    combined = st.recursive(
        base,
        lambda inner: (
            st.builds(lambda parts: AllOf(tuple(parts)), st.lists(inner, max_size=3))
            | st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(inner, max_size=3))
            | st.builds(Negation, inner)
        ),
        max_leaves=5,
    )
    return made, draw(combined)


def decided(calls: Calls, table: str, codec: Codec, made: dict[str, Any], wanted: Condition) -> bool:
    """Whether the condition holds for the stored record, by a ConditionExpression."""
    item = codec.encode(made)
    calls.write("PutItem", TableName=table, Item=item)
    names = Names()
    text = condition(names, codec, wanted)
    try:
        calls.write("PutItem", TableName=table, Item=item, ConditionExpression=text, **names.request())
    except ConditionRefused:
        return False
    return True


def found(calls: Calls, table: str, codec: Codec, made: dict[str, Any], wanted: Condition) -> bool:
    """Whether a query finds the stored record, by a FilterExpression and what that leaves."""
    names = Names()
    partition = codec.keys.names[0]
    request = {"KeyConditionExpression": key_condition(names, (partition, codec.keys.item_key(made)[partition]))}
    made_filter = filter_(names, codec, wanted)
    if made_filter.never:
        return False
    if made_filter.text is not None:
        request["FilterExpression"] = made_filter.text
    items = calls.read("Query", TableName=table, **request, **names.request())["Items"]
    records = [codec.decode(item) for item in items]
    return any(made_filter.residual is None or holds(made_filter.residual, r) for r in records)


@RANDOM
@given(case=cases(FLAT))
def test_conditions_decide_as_holds_does(calls: Calls, table: str, case: tuple[dict[str, Any], Condition]) -> None:
    check(calls, table, FLAT, *case)


@RANDOM
@given(case=cases(ENVELOPE))
def test_conditions_reach_into_the_envelope(calls: Calls, table: str, case: tuple[dict[str, Any], Condition]) -> None:
    check(calls, table, ENVELOPE, *case)


def check(calls: Calls, table: str, codec: Codec, made: dict[str, Any], wanted: Condition) -> None:
    """Compare both expressions with `holds`; only what is said to have no expression may have none."""
    expected = holds(wanted, made)
    try:
        assert decided(calls, table, codec, made, wanted) is expected
    except NotExpressible:
        assert "data_64" in fields(wanted)
    assert found(calls, table, codec, made, wanted) is expected


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
