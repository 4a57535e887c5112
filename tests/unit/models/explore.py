"""An explorer of models: it visits every state that can be reached, the nearest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)

LIMIT = 2_000_000


class Model(Protocol[S]):
    """What the explorer must know."""

    @property
    def start(self) -> S:
        """The first state."""

    def steps(self, state: S) -> Iterable[tuple[str, S]]:
        """What can happen next: what to call it, and the state after it."""

    def wrong(self, state: S, terminal: bool) -> str | None:
        """What is wrong with a state, if anything; `terminal`: nothing can follow it."""


@dataclass(frozen=True, slots=True)
class Fault(Generic[S]):
    """A state that is wrong, and a shortest way to it."""

    what: str
    trace: tuple[str, ...]
    state: S

    def __str__(self) -> str:
        lines = (f"{number:3}. {label}" for number, label in enumerate(self.trace, 1))
        return "\n".join([self.what, *lines, f"     then: {self.state}"])


@dataclass(frozen=True, slots=True)
class Explored(Generic[S]):
    """What was found: how many states, how many of them ends, and the first fault."""

    states: int
    ends: int
    fault: Fault[S] | None


def explore(model: Model[S]) -> Explored[S]:
    """Visit every state, breadth first, up to the first that is wrong.

    Raises:
        RuntimeError: there are more states than `LIMIT`: the model does not end.
    """
    came: dict[S, tuple[S, str] | None] = {model.start: None}
    queue, ends = deque([model.start]), 0
    while queue:
        state = queue.popleft()
        terminal = True
        for label, following in model.steps(state):
            terminal = False
            if following not in came:
                came[following] = (state, label)
                queue.append(following)
        ends += terminal
        if what := model.wrong(state, terminal):
            return Explored(len(came), ends, Fault(what, tuple(reversed([*_back(came, state)])), state))
        if len(came) > LIMIT:
            raise RuntimeError(f"more than {LIMIT:,} states")
    return Explored(len(came), ends, None)


def _back(came: dict[S, tuple[S, str] | None], state: S) -> Iterator[str]:
    while (before := came[state]) is not None:
        state, label = before
        yield label
