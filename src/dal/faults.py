"""Failures on request: what a store can do to an application, at the moment that a test wants it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from crossfade.dal.errors import CapacityExceeded, Conflict, OutcomeUnknown, StoreError, StoreUnavailable

FaultKind = Literal["throttled", "unavailable", "conflict", "lost_request", "lost_reply", "leftover"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure.

    Attributes:
        kind: `throttled` (CapacityExceeded), `unavailable` (StoreUnavailable) and `conflict` (Conflict): nothing
            is done. `lost_request` and `lost_reply`: the connection breaks before, or after, a write was made;
            the caller cannot tell which (OutcomeUnknown; a read has StoreUnavailable). `leftover`: a batch
            leaves its last `count` keys undone.
        operation: the operation it hits (`get`, `find`, `create`, `put_many`, `commit` ...); None for any.
        entity: the entity it hits; None for any.
        skip: how many matching calls are spared before.
        times: how many matching calls it hits then.
        count: for `leftover`.
    """

    kind: FaultKind
    operation: str | None = None
    entity: str | None = None
    skip: int = 0
    times: int = 1
    count: int = 1

    def matches(self, operation: str, entity: str | None) -> bool:
        """Whether it hits this call, but for `skip`."""
        return self.operation in {None, operation} and self.entity in {None, entity}


class Faults:
    """A schedule of failures, used up from its beginning. Safe to share between threads.

    A call takes the first fault that matches it; each fault counts on its own.

    Args:
        *faults: the schedule.
    """

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._faults = list(faults)

    def add(self, *faults: Fault) -> None:
        """Add to the end of the schedule."""
        with self._lock:
            self._faults += faults

    @property
    def pending(self) -> tuple[Fault, ...]:
        """What has not happened yet."""
        with self._lock:
            return tuple(self._faults)

    @contextmanager
    def around(self, operation: str, entity: str | None, *, writes: bool) -> Iterator[None]:
        """Run a call, failing it if it is its turn.

        Raises:
            StoreError: what the fault's kind says.
        """
        fault = self._take(operation, entity, leftover=False)
        if fault is None:
            yield
            return
        if fault.kind == "lost_reply":
            yield
        raise _error(fault.kind, writes=writes)

    def leftover(self, operation: str, entity: str) -> int:
        """How many keys this batch leaves undone."""
        fault = self._take(operation, entity, leftover=True)
        return fault.count if fault else 0

    def _take(self, operation: str, entity: str | None, *, leftover: bool) -> Fault | None:
        with self._lock:
            for i, fault in enumerate(self._faults):
                if (fault.kind == "leftover") is not leftover or not fault.matches(operation, entity):
                    continue
                if fault.skip:
                    self._faults[i] = replace(fault, skip=fault.skip - 1)
                    continue
                self._faults[i : i + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                return fault
        return None


def _error(kind: FaultKind, *, writes: bool) -> StoreError:
    match kind:
        case "throttled":
            return CapacityExceeded("the store is over its capacity (injected)")
        case "conflict":
            return Conflict("others changed the same entities (injected)")
        case "lost_request" | "lost_reply" if writes:
            return OutcomeUnknown("the connection broke before the reply came (injected)")
        case _:
            return StoreUnavailable("the store cannot be reached (injected)")
