"""The values that shadow reads are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from crossfade.contract.model import Entity
from crossfade.dal.answer import Answer, Operation, answer_of
from crossfade.dal.entity import Binding
from crossfade.dal.key import Key
from crossfade.dal.observation import Outcome, ReadDifference

R = TypeVar("R")


class Settled(Protocol):
    """Tells when nothing is on its way from the authority to the secondary."""

    def __call__(self, entity: Entity, keys: tuple[Key, ...], timeout: float) -> bool:
        """Wait until what was committed before the call has arrived.

        Args:
            entity: the entity.
            keys: for these; for every key of the entity where there are none.
            timeout: seconds to wait at most.

        Returns:
            Whether it has.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What shadow reads may take.

    Attributes:
        threads: reads of the candidate at a time. Each may hold a connection of either store.
        queue: sampled reads that wait for a thread; further ones are skipped.
        deadline: seconds that a read may wait for a thread, and again that the candidate may take.
        failures: failed or late reads in a row after which the candidate is left alone; no more than there are threads,
            which all hang where it stalls.
        pause: seconds for which it is, before one read tries it.
        settle: seconds to wait for what is on its way before a read that differs is looked at again.
        index_lag: seconds to wait, beside that, where an index answered that may lag.
        looks: how often a read that differs is looked at again while its records keep changing.
    """

    threads: int = 4
    queue: int = 100
    deadline: float = 2.0
    failures: int = 3
    pause: float = 30.0
    settle: float = 10.0
    index_lag: float = 0.5
    looks: int = 3


class ReadKind(NamedTuple):
    """What is read, and how: what reads that are not compared are counted by.

    Attributes:
        group: the group of the entity.
        entity: the entity's name.
        operation: which one it is.
    """

    group: str
    entity: str
    operation: Operation


@dataclass(frozen=True, slots=True)
class Read(Generic[R]):
    """One read of a repository, as both stores can make it.

    Attributes:
        group: the group of the entity.
        binding: of the repository: both sides return instances of its class.
        operation: which one it is.
        asked: keys or pattern and arguments, in any form whose text tells them apart; only a digest is kept.
        control: makes it where the answer comes from.
        candidate: makes it where the answer is compared.
        keys: the keys that were asked for; those of the answers are added.
    """

    group: str
    binding: Binding[Any]
    operation: Operation
    asked: Any
    control: Callable[[], R]
    candidate: Callable[[], R]
    keys: tuple[Key, ...] = ()

    @property
    def kind(self) -> ReadKind:
        """What it is."""
        return ReadKind(self.group, self.binding.entity.name, self.operation)

    def answer(self, result: R) -> Answer:
        """The answer that a result is."""
        return answer_of(self.binding, self.operation, result)


@dataclass(slots=True)
class Job:
    """A sampled read on its way.

    Attributes:
        read: the read.
        control: what the application was answered, and in how many seconds where that was measured.
        ticket: of the breaker.
        offered: when it was, by the monotonic clock.
        candidate_seconds: how long the candidate took when it was asked last.
    """

    read: Read[Any]
    control: Answer
    control_seconds: float | None
    ticket: int
    offered: float
    candidate_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a read, as `Observation` has it."""

    outcome: Outcome
    reason: str = ""
    differences: tuple[ReadDifference, ...] = ()
    keys: tuple[Mapping[str, str], ...] = ()
