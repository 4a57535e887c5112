"""Failures on request: each kind, its schedule, and what the memory store then has and has not done."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal import Add
from crossfade.dal.errors import CapacityExceeded, Conflict, CrossfadeError, OutcomeUnknown, StoreUnavailable
from crossfade.dal.faults import Fault, Faults
from crossfade.dal.memory import MemoryStore
from tests.conformance.backend import Backend, Clock, load_contract
from tests.conformance.samples import specimen


def library(*faults: Fault) -> Backend:
    """The library in memory, with failures to come."""
    clock = Clock()
    return Backend("memory", MemoryStore(load_contract("library"), clock=clock, faults=Faults(*faults)), clock)


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [
        ("throttled", CapacityExceeded, False),
        ("unavailable", StoreUnavailable, False),
        ("conflict", Conflict, False),
        ("lost_request", OutcomeUnknown, False),
        ("lost_reply", OutcomeUnknown, True),
    ],
)
def test_a_write_that_fails(kind: Any, error: type[CrossfadeError], done: bool) -> None:
    specimens = library(Fault(kind, "create")).of("SPECIMEN")
    with pytest.raises(error) as caught:
        specimens.create(specimen())
    assert caught.value.retryable is (error is not OutcomeUnknown)
    assert (specimens.get("s1") is not None) is done


@pytest.mark.parametrize("kind", ["lost_request", "lost_reply"])
def test_a_read_whose_reply_is_lost_can_be_tried_again(kind: Any) -> None:
    specimens = library(Fault(kind, "get")).of("SPECIMEN")
    with pytest.raises(StoreUnavailable):
        specimens.get("s1")
    assert specimens.get("s1") is None


def test_a_schedule_skips_counts_and_chooses() -> None:
    backend = library(Fault("throttled", "update", "SPECIMEN", skip=1, times=2))
    specimens = backend.of("SPECIMEN")
    specimens.create(specimen())
    outcomes = []
    for _ in range(4):
        try:
            outcomes.append(specimens.update("s1", {"whole": Add(1)})["whole"])
        except CapacityExceeded:
            outcomes.append("throttled")
    assert outcomes == [1, "throttled", "throttled", 2]


def test_a_batch_leaves_some_undone() -> None:
    specimens = library(Fault("leftover", "put_many", count=2)).of("SPECIMEN")
    result = specimens.put_many([specimen(f"s{n}") for n in range(5)])
    assert [key["code"] for key in result.written] == ["s0", "s1", "s2"]
    assert [(key["code"], type(e)) for key, e in result.failed] == [("s3", CapacityExceeded), ("s4", CapacityExceeded)]
    assert specimens.count("all") == 3


@pytest.mark.parametrize(("kind", "done"), [("lost_request", False), ("lost_reply", True)])
def test_a_commit_whose_reply_is_lost(kind: Any, done: bool) -> None:
    backend = library(Fault(kind, "commit"))
    with backend.work() as work:
        work.repository("SPECIMEN").create(specimen())
        with pytest.raises(OutcomeUnknown):
            work.commit()
    assert (backend.of("SPECIMEN").get("s1") is not None) is done


def test_what_has_not_happened_yet_is_pending() -> None:
    faults = Faults(Fault("throttled", "find"))
    faults.add(Fault("conflict", "get"))
    assert [fault.kind for fault in faults.pending] == ["throttled", "conflict"]
    with pytest.raises(Conflict), faults.around("get", None, writes=False):
        pass
    assert [fault.kind for fault in faults.pending] == ["throttled"]
