"""Participants: each in a thread of its own, of which one at a time runs, from one step to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

Fate = Literal["goes", "loses", "dies"]
_LONGEST = 60.0  # seconds for which a step may take before the harness itself is taken to hang


class Died(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class Point:
    """Where a participant waits, and what it does next.

    Attributes:
        label: what it does next.
        ready: whether it can: whether a lock is free that it needs.
        losable: whether the reply to it can be lost.
    """

    label: str
    ready: Callable[[], bool]
    losable: bool = False


class Actor:
    """One participant.

    Attributes:
        name: its name.
        at: where it waits; None where it has ended.
        dead: whether it died.
        memory: what it does next depends on this alone: what it has seen, as far as it has not forgotten it.
        tokens: how many it has drawn.
        silent: how deep it is in what is part of one step.
        syncing: where the memory of the sync begins that it is in.
        leased: whether it is making a write under a lease.
        result: what it returned, or raised.
    """

    def __init__(self, name: str, body: Callable[[], Any]) -> None:
        self.name, self._body = name, body
        self.at: Point | None = None
        self.dead = self.leased = False
        self.memory: list[str] = []
        self.syncing: list[int] = []
        self.tokens = self.steps = self.silent = 0
        self.result: Any = None
        self._fate: Fate = "goes"
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=f"actor {name}", daemon=True)

    def start(self) -> None:
        """Run up to the first step."""
        self._thread.start()
        self._wait()

    def step(self, fate: Fate = "goes") -> None:
        """Make the step, and run up to the next one."""
        self._fate, self.dead = fate, self.dead or fate == "dies"
        self.steps += 1
        self._go.release()
        self._wait()

    def pause(self, point: Point) -> Fate:
        """Wait, in the actor's own thread, until it is to make a step; tells how it goes.

        Raises:
            Died: it is to make none any more.
        """
        self.at = point
        self._back.release()
        self._go.acquire()
        if self._fate == "dies":
            raise Died
        return self._fate

    def saw(self, what: object) -> None:
        """Remember."""
        self.memory.append(str(what))

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """A block that makes no step but where it must wait, and of which nothing is remembered."""
        mark = len(self.memory)
        self.silent += 1
        try:
            yield
        finally:
            self.silent -= 1
            del self.memory[mark:]

    @property
    def local(self) -> str:
        """What it does next depends on."""
        if self.dead:
            return "dead"
        if self.at is not None:
            return f"{self.at.label} after {self.memory}"
        failed = isinstance(self.result, BaseException)
        return f"ended: {type(self.result) if failed else bool(self.result)}"

    def _wait(self) -> None:
        if not self._back.acquire(timeout=_LONGEST):
            raise RuntimeError(f"{self.name} came to no step: {self.at}")
        if self.at is None:
            self._thread.join()

    def _run(self) -> None:
        _running.actor = self
        try:
            self.result = self._body()
        except Died:
            pass
        except BaseException as error:  # noqa: BLE001 - whoever steps it judges it
            self.result = error
        finally:
            self.at = None
            self._back.release()


_running = threading.local()


def actor() -> Actor | None:
    """The actor that runs in this thread; None where nobody steps it, or it is dying."""
    found: Actor | None = getattr(_running, "actor", None)
    return None if found is None or found.dead else found
