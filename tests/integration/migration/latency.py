"""Compares what a read takes in two applications, one that compares its reads and one that does not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import crossfade
from tests.integration.migration.passage import Passage
from tests.integration.migration.world import World


@dataclass(frozen=True)
class Latencies:
    """The median latencies, in seconds.

    Attributes:
        without, with_: of the one and of the other.
    """

    without: float
    with_: float

    @property
    def ratio(self) -> float:
        """How many times as long the other takes."""
        return self.with_ / self.without

    def __str__(self) -> str:
        return f"{self.without * 1e6:.0f} -> {self.with_ * 1e6:.0f} µs, {self.ratio:.3f} times"


def alternating(
    without: Callable[[], object],
    with_: Callable[[], object],
    pairs: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Latencies:
    """Read by turns, each first as often as the other, so that both meet the same machine; `clock` is in seconds."""
    taken: dict[bool, list[float]] = {False: [], True: []}
    for number in range(pairs):
        for compared in (number % 2 == 0, number % 2 == 1):
            began = clock()
            (with_ if compared else without)()
            taken[compared].append(clock() - began)
    return Latencies(median(taken[False]), median(taken[True]))


@contextmanager
def shadowed(world: World, way: Passage, shares: Sequence[float] = (0, 1)) -> Iterator[list[crossfade.App]]:
    """Applications of a world that go to DynamoDB that way, each with its share of compared reads."""
    settings: dict[str, Any] = {"mysql_url": world.url, "table_prefix": world.prefix, "stage": "installed"}
    name = "AWS_ENDPOINT_URL_DYNAMODB"
    before = os.environ[name]
    with ExitStack() as stack:
        os.environ[name] = f"http://127.0.0.1:{way.port}"
        try:
            apps = [
                stack.enter_context(crossfade.open(world.contract, shadow_share=share, **settings)) for share in shares
            ]
        finally:
            os.environ[name] = before
        yield apps
