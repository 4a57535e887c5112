"""What is done in steps: a request pauses once it is on its way, so that others go out before its reply is read."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, TypeVar

R = TypeVar("R")

Steps = Generator[None, None, R]
"""Pauses wherever there is something to wait for; where it is closed instead, what it waited for is given up."""


class Flight(Generic[R]):
    """Steps that have been begun, up to their first pause.

    Args:
        steps: which.
    """

    __slots__ = ("_landed", "_steps")

    def __init__(self, steps: Steps[R]) -> None:
        self._steps = steps
        self._landed: tuple[R] | None = None
        self._go_on()

    @property
    def landed(self) -> bool:
        """Whether they are at their end."""
        return self._landed is not None

    def land(self) -> R:
        """Go on to the end, and give what the steps return. Raises what they raise."""
        while self._landed is None:
            self._go_on()
        return self._landed[0]

    def give_up(self) -> None:
        """Go on no further."""
        self._steps.close()

    def _go_on(self) -> None:
        try:
            next(self._steps)
        except StopIteration as end:
            self._landed = (end.value,)


def finished(steps: Steps[R]) -> R:
    """What steps return, if nothing is done in between."""
    return Flight(steps).land()
