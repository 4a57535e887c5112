"""Whether shadow reads add waiting: the median latency of a read by key whose candidate is dead, against one without.

From the repository's root: `python -m benchmarks.shadow_waiting [pairs]`. Three applications in one process, of which
one compares all its reads and two none, read by turns from MySQL in a container, while DynamoDB refuses connections,
and while it takes them and does not answer. What the two differ in is the machine's noise. Prints the median of rounds
of so many pairs of reads, their spread, and the same for the time of the processor alone, which a busy machine disturbs
less; exit code 1 if the median latency is more than 1.05 times as long.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, chdir
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, cast
from urllib.parse import urlsplit

from crossfade.migration.routed import RoutedStore
from examples.shop.shop import CONTRACT
from tests.integration.containers import Servers
from tests.integration.migration.latency import Latencies, alternating, shadowed
from tests.integration.migration.live import dual_writing
from tests.integration.migration.passage import Fault, passage
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World

MOST, ROUNDS = 1.05, 9
FAULTS: tuple[Fault, ...] = ("closed", "stalled")


@dataclass(frozen=True)
class Rounds:
    """How many times as long one takes as another, round by round."""

    ratios: list[float]

    @classmethod
    def of(cls, one: Any, other: Any, key: Any, pairs: int, clock: Callable[[], float] = time.perf_counter) -> Rounds:
        """Those of two repositories."""
        return cls([measure(one, other, key, pairs, clock).ratio for _ in range(ROUNDS)])

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    def __str__(self) -> str:
        return f"{self.median:.3f} times ({min(self.ratios):.3f} to {max(self.ratios):.3f})"


def measure(one: Any, other: Any, key: Any, pairs: int, clock: Callable[[], float] = time.perf_counter) -> Latencies:
    """One round."""
    return alternating(lambda: one.get(key), lambda: other.get(key), pairs, clock)


def compared(world: World, endpoint: str, pairs: int) -> list[Rounds]:
    """Measure and print, for each way of being dead."""
    at, found = urlsplit(endpoint), []
    for how in FAULTS:
        with passage(at.hostname or "", at.port or 80) as way, shadowed(world, way, (0, 0, 1)) as apps:
            one, same, other = (app.repository("PRODUCT") for app in apps)
            key = one.find("listing", limit=1).items[0]["id"]
            with way.broken(how):
                measure(one, other, key, pairs)  # until the breaker is open
                latency, noise = Rounds.of(one, other, key, pairs), Rounds.of(one, same, key, pairs)
                work = Rounds.of(one, other, key, pairs, time.thread_time)
                state = cast(RoutedStore, apps[-1].store).shadowing.reads.breaker.state
            found.append(latency)
            print(f"DynamoDB {how:<7} {latency}; without against itself {noise}; processor {work}; {state}", flush=True)
    return found


def main(pairs: int) -> int:
    """Measure, print, compare."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        servers = Servers(Path(name) / "servers", f"benchmark-{os.getpid()}", os.getpid())
        stack.callback(servers.remove)
        dynamodb = servers.dynamodb()
        os.environ.update(dynamodb.environment())
        stack.enter_context(chdir(name))
        url = stack.enter_context(servers.sql("mysql").database())
        world = World(CONTRACT, url, stack.enter_context(dynamodb.prefix()))
        world.make(50)
        stack.enter_context(dual_writing(world))
        code, out = run("stage", "advance", *world.arguments, "--force", "--why", "a benchmark")
        if code:
            raise RuntimeError(out)
        found = compared(world, dynamodb.endpoint_url, pairs)
    return int(max(of.median for of in found) > MOST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
