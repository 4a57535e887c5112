"""When to try again: what may pass, after longer and longer pauses with jitter."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from crossfade.dal.errors import CrossfadeError

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Retry:
    """A policy: how often, and after which pauses.

    Before the nth retry lies a random pause of up to `base * factor ** (n - 1)` seconds, `longest` at most (AWS
    Architecture Blog, "Exponential Backoff and Jitter": full jitter).

    Attributes:
        attempts: tries at most, the first included.
        base: the longest first pause, in seconds.
        factor: by which the next pause is longer.
        longest: seconds that no pause exceeds.
        pause: waits for seconds.
        draw: draws a number between two.
    """

    attempts: int = 3
    base: float = 0.1
    factor: float = 2.0
    longest: float = 5.0
    pause: Callable[[float], object] = time.sleep
    draw: Callable[[float, float], float] = random.uniform

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.base < 0 or self.factor < 1 or self.longest < 0:
            raise ValueError(f"at least one try, no pause below 0, a factor of 1 or more: {self}")

    def tries(self) -> Iterator[int]:
        """The numbers of the tries, from 1, with a pause before each but the first."""
        yield 1
        high = min(self.longest, self.base)
        for n in range(1, self.attempts):
            self.pause(self.draw(0, high))
            yield n + 1
            high = min(self.longest, high * self.factor)

    def __call__(self, act: Callable[[], R]) -> R:
        """What `act` returns, tried again where its error is `retryable`: nothing was done then.

        Raises:
            CrossfadeError: another error at once, or the last try's.
        """
        for n in self.tries():
            try:
                return act()
            except CrossfadeError as error:
                if n == self.attempts or not error.retryable:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")
