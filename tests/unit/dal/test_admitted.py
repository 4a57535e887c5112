"""What the compiled checks let through at once is what the long way makes of it, and they refuse what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.contract.model import Entity
from crossfade.dal.admitted import admitter
from crossfade.dal.checks import stored_value
from crossfade.dal.errors import InvalidKey, InvalidValue
from tests.conformance.backend import load_contract
from tests.conformance.strategies import values

ENTITIES = [
    pytest.param(entity, id=f"{name}.{entity.name}")
    for name in ("shop", "library")
    for entity in load_contract(name).entities.values()
]
MAY = datetime(2034, 5, 1, tzinfo=UTC)
EDGES = [
    None, True, False, 0, 1, -1, 2**63, 2**64, 0.5, "", " ", "a", "a ", "é", "\ud800", "x" * 300, b"", b"a",
    Decimal("0.00"), Decimal("-0.00"), Decimal("1.5"), Decimal("1.50"), Decimal("-1.50"), Decimal("NaN"),
    Decimal("Infinity"), Decimal("12345678901234567890.00"), Decimal("99999999.99"), Decimal("100000000.00"),
    MAY.replace(tzinfo=None), MAY, datetime(2034, 5, 1, 0, 0, 0, 123456, tzinfo=UTC),
    datetime(2034, 5, 1, fold=1, tzinfo=UTC), datetime(2034, 5, 1, tzinfo=timezone(timedelta(hours=2))),
    datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), [], {}, set(), object(),
]  # fmt: skip


def the_long_way(entity: Entity, given: dict[str, Any]) -> dict[str, Any]:
    """Field by field."""
    return {f: stored_value(entity, f, given.get(f)) if f in entity.writable else None for f in entity.fields}


def outcome(act: Any) -> Any:
    """What comes of it, told apart as equal values are not: 1 from True, 1.5 from 1.50."""
    try:
        return {f: (type(v), repr(v)) for f, v in act().items()}
    except (InvalidKey, InvalidValue) as error:
        return type(error), str(error)


@pytest.mark.parametrize("entity", ENTITIES)
def test_values_of_every_kind_in_every_field(entity: Entity) -> None:
    admit = admitter(entity).function()
    for field in entity.fields:
        for value in EDGES:
            asked = {field: value}
            assert outcome(lambda a=asked: admit(a)) == outcome(lambda a=asked: the_long_way(entity, a))


@pytest.mark.parametrize("entity", ENTITIES)
def test_whatever_its_type_holds(entity: Entity) -> None:
    admit = admitter(entity).function()
    fields = {
        f: st.none() | values(a.value_type)
        for f, a in entity.fields.items()
        if f in entity.writable and a.value_type.kind != "rows"
    }

    @settings(deadline=None)
    @given(st.fixed_dictionaries({}, optional=fields))
    def check(asked: dict[str, Any]) -> None:
        assert outcome(lambda: admit(asked)) == outcome(lambda: the_long_way(entity, asked))

    check()
