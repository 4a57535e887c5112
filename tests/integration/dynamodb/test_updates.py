"""Compiled changes do what `dal.change.apply` says, bounds included."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfade.contract.types import canonical
from crossfade.dal import change as changes_
from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union
from crossfade.dal.checks import checked_change
from crossfade.dal.errors import InvalidValue
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import Codec
from crossfade.dynamodb.errors import ConditionRefused
from crossfade.dynamodb.expressions import Names, NotExpressible, update
from tests.unit.dynamodb.samples import ENVELOPE, EXPIRES, FLAT, field_values, record

FIELDS = tuple(name for name in FLAT.entity.fields if name in FLAT.entity.writable and name not in FLAT.entity.key)
REV = {"_rev": {"S": "new"}}
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def changes(draw: st.DrawFn, codec: Codec, name: str) -> Change:
    """A checked change of a field."""
    entity = codec.entity
    type_ = entity.fields[name].value_type
    others = field_values(entity, name)
    made: st.SearchStrategy[Change] = st.builds(Set, others)
    if entity.fields[name].nullable:
        made |= st.just(Remove())
    if type_.kind == "int":
        span = (type_.maximum or 0) - (type_.minimum or 0)
        made |= st.builds(Add, st.integers(-span, span) | st.integers(-3, 3))
    if type_.kind == "decimal":
        made |= st.builds(Add, st.integers(-(10**5), 10**5).map(lambda n: Decimal(n).scaleb(-2)))
    if type_.kind == "set":
        members = st.lists(st.sampled_from(type_.values), min_size=1)
        made |= st.builds(lambda m: Union(*m), members) | st.builds(lambda m: Difference(*m), members)
    if type_.kind in {"rows", "json"}:
        rows = others.filter(lambda v: isinstance(v, list)) if type_.kind == "rows" else st.lists(st.integers(0, 9))
        made |= st.builds(lambda r: Append(*r), rows)
    chosen = draw(made)
    try:
        return checked_change(entity, name, chosen)
    except InvalidValue:
        return Set(record(entity)[name])


@st.composite
def cases(draw: st.DrawFn, codec: Codec) -> tuple[dict[str, Any], dict[str, Change]]:
    """A record and changes to some of its fields."""
    chosen = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True))
    made = record(codec.entity) | {name: draw(field_values(codec.entity, name)) for name in chosen}
    return made, {name: draw(changes(codec, name)) for name in chosen}


def expected(codec: Codec, made: dict[str, Any], wanted: dict[str, Change]) -> dict[str, Any] | None:
    """The record after the changes; None where a result does not fit its field."""
    after = changes_.apply(wanted, made)
    try:
        return {n: canonical(v, codec.entity.fields[n].value_type, n) if n in wanted else v for n, v in after.items()}
    except InvalidValue:
        return None


def updated(calls: Calls, table: str, codec: Codec, made: dict[str, Any], wanted: dict[str, Change]) -> Any:
    """The item after the changes; None where the guard refused them."""
    item = codec.encode(made)
    calls.write("PutItem", TableName=table, Item=item)
    names = Names()
    request = update(names, codec, wanted, dict(REV))
    condition = {} if request.guard is None else {"ConditionExpression": request.guard}
    try:
        return calls.write(
            "UpdateItem",
            TableName=table,
            Key=codec.keys.key_of(item),
            UpdateExpression=request.text,
            ReturnValues="ALL_NEW",
            **condition,
            **names.request(),
        )["Attributes"]
    except ConditionRefused:
        return None


@SETTINGS
@given(case=cases(FLAT))
def test_changes_give_what_apply_gives(
    calls: Calls, table: str, case: tuple[dict[str, Any], dict[str, Change]]
) -> None:
    check(calls, table, FLAT, *case)


@SETTINGS
@given(case=cases(ENVELOPE))
def test_changes_reach_into_the_envelope(
    calls: Calls, table: str, case: tuple[dict[str, Any], dict[str, Change]]
) -> None:
    check(calls, table, ENVELOPE, *case)


def check(calls: Calls, table: str, codec: Codec, made: dict[str, Any], wanted: dict[str, Change]) -> None:
    """Compare the updated item with the record that `apply` makes."""
    try:
        found = updated(calls, table, codec, made, wanted)
    except NotExpressible:
        return
    if any(isinstance(c, Append) and made[n] is not None and type(made[n]) is not list for n, c in wanted.items()):
        assert found is None
        return
    after = expected(codec, made, wanted)
    assert (found is None) is (after is None)
    if after is not None:
        assert codec.decode(found) == after
        assert found["_rev"] == REV["_rev"]
        assert found.get("ttl") == codec.encode_ttl({EXPIRES: after[EXPIRES]})


@pytest.mark.parametrize(
    ("field", "old", "amount", "after"),
    [
        ("small", 120, 7, 127),
        ("small", 120, 8, None),
        ("small", -120, -9, None),
        ("small", None, 5, 5),
        ("big", 5, -5, 0),
        ("big", 5, -6, None),
        ("big", None, -1, None),
        ("big", 2**64 - 2, 1, 2**64 - 1),
        ("big", 2**64 - 2, 2, None),
        ("debt", Decimal("0.05"), Decimal("-0.05"), Decimal("0.00")),
        ("debt", Decimal("0.05"), Decimal("-0.06"), None),
        ("debt", Decimal("9999.98"), Decimal("0.01"), Decimal("9999.99")),
        ("debt", Decimal("9999.98"), Decimal("0.02"), None),
        (
            "exact",
            Decimal("9999999999999999999999999999.9999999998"),
            Decimal("0.0000000001"),
            Decimal("9999999999999999999999999999.9999999999"),
        ),
        ("exact", Decimal("9999999999999999999999999999.9999999999"), Decimal("0.0000000001"), None),
    ],
)
def test_sums_end_at_the_bounds(calls: Calls, table: str, field: str, old: Any, amount: Any, after: Any) -> None:
    found = updated(calls, table, FLAT, record() | {field: old}, {field: Add(amount)})
    assert (None if found is None else FLAT.decode(found)[field]) == after


def test_a_set_may_become_empty(calls: Calls, table: str) -> None:
    made = record(tags={"x", "y"})
    found = updated(calls, table, FLAT, made, {"tags": Difference("x", "y")})
    assert FLAT.decode(found)["tags"] == frozenset()
    assert "tags" not in found
