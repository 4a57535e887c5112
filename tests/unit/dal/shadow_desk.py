"""Shadow reads with everything around them in a test's hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crossfade.contract.model import Entity
from crossfade.dal import Key
from crossfade.dal.answer import Operation
from crossfade.dal.entity import Binding
from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.observation import Observation
from crossfade.dal.shadow_read import Limits, Read, ShadowReads
from tests.unit.dal.samples import Clock, thing
from tests.unit.dal.stepped import Seconds, Stepped

THING = thing()
BINDING: Binding[Any] = Binding(THING, dict)
DOWN = StoreUnavailable("cannot be reached")


class Side:
    """One store's answers, in turn; the last one for ever. Errors are raised, functions called."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


class Desk:
    """Shadow reads with everything around them in the test's hands."""

    def __init__(self, **options: Any) -> None:
        self.seconds, self.background = Seconds(), Stepped()
        self.seen: list[Observation] = []
        self.waits: list[tuple[str, tuple[Key, ...], float]] = []
        self.sleeps: list[float] = []
        self.settled = True
        given: dict[str, Any] = {
            "limits": Limits(failures=2),
            "settled": self.settle,
            "background": self.background,
            "clock": self.seconds,
            "now": Clock(),
            "chance": lambda: 0.5,
            "sleep": self.sleeps.append,
        }
        self.reads = ShadowReads(self.seen.append, **{**given, **options})

    def settle(self, entity: Entity, keys: tuple[Key, ...], timeout: float) -> bool:
        self.waits.append((entity.name, keys, timeout))
        return self.settled

    def read(self, control: Side, candidate: Side, operation: Operation = "get", **more: Any) -> Any:
        read: Read[Any] = Read("shop", BINDING, operation, {"id": 1}, control, candidate, **more)
        return self.reads.answer(read.kind, control, lambda: read)

    def done(self, control: Side, candidate: Side, operation: Operation = "get", **more: Any) -> Observation:
        """Make a read and everything that follows from it."""
        self.read(control, candidate, operation, **more)
        self.background.step()
        self.reads.tell_skipped()
        return self.seen[-1]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        self.reads.tell_skipped()
        return [(seen.outcome, seen.reason) for seen in self.seen]


def record(name: str = "a", number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": name, **fields}


def after(clock: Seconds, seconds: float, answer: Any) -> Callable[[], Any]:
    """An answer that takes its time."""

    def wait() -> Any:
        clock.now += seconds
        return answer

    return wait
