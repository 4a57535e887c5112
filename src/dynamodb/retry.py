"""How often and when to try again: an iterator of delays, apart from the loop that sleeps."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry policy with decorrelated jitter.

    Each delay is drawn from `base` to three times the one before, `cap` at most (AWS Architecture Blog,
    "Exponential Backoff and Jitter").

    Attributes:
        base: the least delay, in seconds.
        cap: the longest delay, in seconds.
        deadline: seconds after the first try at which the last one may begin.
        attempts: tries at most, the first included.
    """

    base: float = 0.05
    cap: float = 2.0
    deadline: float = 15.0
    attempts: int = 12

    def delays(self, draw: Callable[[float, float], float] = random.uniform) -> Iterator[float]:
        """Delays in seconds, without end; `draw(low, high)` chooses one."""
        delay = self.base
        while True:
            delay = min(self.cap, draw(self.base, 3 * delay))
            yield delay


@dataclass(frozen=True, slots=True)
class Pacer:
    """Waits between tries by a policy; sleep, clock and chance can be replaced.

    Attributes:
        policy: the policy.
        sleep: takes seconds.
        clock: a monotonic clock, in seconds.
        draw: draws a number between two.
    """

    policy: Retry = Retry()
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[float, float], float] = random.uniform

    def tries(self) -> Iterator[int]:
        """The numbers of the tries, from 1, waiting before each but the first; ends at the policy's limits."""
        end = self.clock() + self.policy.deadline
        yield 1
        delays = islice(self.policy.delays(self.draw), self.policy.attempts - 1)
        for number, delay in enumerate(delays, start=2):
            if self.clock() + delay > end:
                return
            self.sleep(delay)
            yield number


DEFAULT = Pacer()
"""The pacer of everything that is given no other."""
