"""Totals and windows, and the store in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crossfade.dal.observation import OUTCOMES, MemoryObservations, Totals, window_start
from tests.conformance.observations import MakeStore, ObservationStoreRules
from tests.unit.dal.samples import NOW

START = window_start(NOW)


def test_totals_add_up() -> None:
    one = Totals(equal=5, tolerated=1, mismatch=2, unsettled=6, candidate_failed=3, skipped=4)
    assert one + Totals.of("skipped", 6) == Totals(5, 1, 2, 6, 3, 10)
    assert (one.compared, one.rate.trials, one.total) == (8, 11, 21)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_has_its_total(outcome: str) -> None:
    assert getattr(Totals.of(outcome), outcome) == Totals.of(outcome).total == 1  # type: ignore[arg-type] # parametrized


def test_a_window_begins_at_a_full_minute() -> None:
    assert (window_start(NOW), window_start(START)) == (START, START)
    assert NOW.replace(second=0, microsecond=0) == START
    assert window_start(START - timedelta(microseconds=1)) == START - timedelta(minutes=1)


@pytest.fixture
def make() -> MakeStore:
    """Stores in memory."""
    return MemoryObservations


class TestMemory(ObservationStoreRules):
    """The rules, in memory."""
