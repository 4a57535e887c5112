"""Tolerances, as shadow reads find them in a contract."""

from __future__ import annotations

from dataclasses import replace

from crossfade.contract.model import Contract
from crossfade.dal.tolerance import tolerances
from tests.unit.dal.samples import thing


def test_they_are_found_by_entity_and_field() -> None:
    declared = {"name": "folded", "(keys)": "unordered"}
    contract = Contract(2, {}, {"THING": replace(thing(), tolerate=declared), "OTHER": thing()}, {})
    assert tolerances(contract) == {"THING": declared}
