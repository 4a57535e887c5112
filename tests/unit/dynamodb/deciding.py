"""Random conditions on random records, and what a server makes of them when they are compiled."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.errors import ConditionRefused
from crossfade.dynamodb.expressions import Names, NotExpressible, condition, filter_, key_condition
from tests.unit.dynamodb.samples import FLAT, field_values, record

OPERATORS = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
FIELDS = tuple(FLAT.entity.fields)


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


def check(calls: Calls, table: str, codec: Codec, made: dict[str, Any], wanted: Condition) -> None:
    """Compare both expressions with `holds`; only what is said to have no expression may have none."""
    expected = holds(wanted, made)
    try:
        assert decided(calls, table, codec, made, wanted) is expected
    except NotExpressible:
        assert "data_64" in fields(wanted)
    assert found(calls, table, codec, made, wanted) is expected
