"""Shadow reads between two stores in memory, from the read to the totals that a move is decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from crossfade.dal.confidence import upper_bound
from crossfade.dal.errors import CrossfadeError
from crossfade.dal.faults import Fault, Faults
from crossfade.dal.memory import MemoryStore
from crossfade.dal.observation import MemoryObservations, Totals
from crossfade.dal.observation_buffer import ObservationBuffer
from crossfade.dal.shadow_read import Read, ShadowReads
from tests.conformance.backend import Backend, Clock, load_contract
from tests.conformance.samples import specimen
from tests.unit.dal.stepped import Stepped

CLOCK = Clock()


class Sides:
    """The same specimens on two stores, of which one answers and the other is compared."""

    def __init__(self, *faults: Fault) -> None:
        contract = load_contract("library")
        stores = (MemoryStore(contract, clock=CLOCK), MemoryStore(contract, clock=CLOCK, faults=Faults(*faults)))
        self.control, self.candidate = (Backend("memory", store, CLOCK).of("SPECIMEN") for store in stores)
        for n in range(5):
            for side in (self.control, self.candidate):
                side.create(specimen(f"s{n}", whole=n))
        self.store = MemoryObservations()
        self.buffer = ObservationBuffer(self.store, every=3600)
        self.background = Stepped()
        self.reads = ShadowReads(self.buffer.observe, background=self.background, now=CLOCK)

    def ask(self, operation: Any, act: Callable[[Any], Any]) -> Any:
        read: Read[Any] = Read(
            "all",
            self.control.binding,
            operation,
            operation,
            lambda: act(self.control),
            lambda: act(self.candidate),
        )
        answer = self.reads.answer(read.kind, read.control, lambda: read)
        self.background.step()
        return answer

    def ask_everything(self) -> None:
        self.ask("get", lambda side: side.get("s1"))
        self.ask("get", lambda side: side.get("none"))
        self.ask("get_many", lambda side: side.get_many(["s1", "none", "s3"]))
        self.ask("find", lambda side: side.find("all", limit=3))
        self.ask("count", lambda side: side.count("all"))

    @property
    def totals(self) -> Totals:
        self.buffer.flush()
        return self.store.totals("all", CLOCK() - timedelta(minutes=1)).get("SPECIMEN", Totals())


@pytest.fixture
def sides(request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Two equal sides."""
    made = Sides(*getattr(request, "param", ()))
    yield made
    made.buffer.close(60)


def test_equal_stores(sides: Sides) -> None:
    sides.ask_everything()
    assert sides.totals == Totals(equal=5)
    assert upper_bound(sides.totals.mismatch, sides.totals.compared) == pytest.approx(1 - 0.05**0.2)


def test_a_changed_record_is_found_by_every_operation_that_sees_it_and_named_for_repair(sides: Sides) -> None:
    sides.candidate.update("s1", {"whole": 77})
    sides.ask_everything()
    assert sides.totals == Totals(equal=2, mismatch=3)
    for seen in sides.store.mismatches("all"):
        assert ("whole", "1", "77", "code=s1") in seen.differences
        assert seen.keys == ({"code": "s1"},)


def test_a_missing_record_is_found_too(sides: Sides) -> None:
    sides.candidate.delete("s1")
    sides.ask_everything()
    assert sides.totals == Totals(equal=1, mismatch=4)


@pytest.mark.parametrize("sides", [[Fault("unavailable", "get", times=100)]], indirect=True)
def test_a_candidate_that_is_down_costs_the_application_nothing(sides: Sides) -> None:
    with pytest.raises(CrossfadeError):
        sides.candidate.get("s1")
    for _ in range(3):
        assert sides.ask("get", lambda side: side.get("s1"))["whole"] == 1
    assert sides.reads.breaker.state == "open"
    assert sides.totals == Totals(candidate_failed=3)
