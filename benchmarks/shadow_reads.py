"""What shadow reads cost the application: a read by key, compared and not, with DynamoDB there, frozen and gone.

From the repository's root: `python -m benchmarks.shadow_reads [reads]`. Prints, for each, the median latency of a read
and the processor time that the application's own thread spends on it, which other load on the machine does not change;
exit code 1 if that, with DynamoDB frozen or gone, is more than twice that of a read that nothing is compared with.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, cast

import crossfade
from crossfade.migration.routed import RoutedStore
from examples.shop.shop import CONTRACT
from tests.integration.containers import FaultServer, Servers
from tests.integration.migration.live import dual_writing
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import DynamoServer

MOST = 2.0
ROUNDS = 5  # with and without in turn, so that both meet the same machine


@dataclass(frozen=True)
class Cost:
    """What a read takes, in microseconds: by the clock, and of the application's thread."""

    latency: float
    work: float


def measure(read: Callable[[], object], reads: int) -> Cost:
    """The medians of many reads."""
    latencies, works = [], []
    for _ in range(reads):
        began, worked = time.perf_counter(), time.thread_time()
        read()
        works.append(time.thread_time() - worked)
        latencies.append(time.perf_counter() - began)
    return Cost(median(latencies) * 1e6, median(works) * 1e6)


def compare(app: crossfade.App, read: Callable[[], object], reads: int, name: str) -> float:
    """Measure with and without in turns, print, and give the ratio of the work."""
    shadow = cast(RoutedStore, app.store).shadowing.reads
    costs: dict[float, list[Cost]] = {0.0: [], 1.0: []}
    for _ in range(ROUNDS):
        for share, found in costs.items():
            shadow.share = share
            found.append(measure(read, reads))
    without, with_ = (Cost(median(c.latency for c in found), median(c.work for c in found)) for found in costs.values())
    ratio = with_.work / without.work
    print(
        f"DynamoDB {name:<7} latency {without.latency:6.0f} -> {with_.latency:6.0f} µs, "
        f"work {without.work:6.0f} -> {with_.work:6.0f} µs, {ratio:.2f} times",
        flush=True,
    )
    return ratio


@contextmanager
def shop(servers: Servers, folder: Path, fault: FaultServer[DynamoServer]) -> Iterator[tuple[crossfade.App, Any]]:
    """The shop in shadow, and the key of a user."""
    os.environ.update(fault.server.environment())
    with ExitStack() as stack:
        stack.enter_context(chdir(folder))
        url = stack.enter_context(servers.sql("mysql").database())
        world = World(CONTRACT, url, stack.enter_context(fault.server.prefix()))
        world.make(50)
        stack.enter_context(dual_writing(world))
        code, out = run("stage", "advance", *world.arguments, "--force", "--why", "a benchmark")
        if code:
            raise RuntimeError(out)
        settings: dict[str, Any] = {"mysql_url": url, "table_prefix": world.prefix, "stage": "installed"}
        app = stack.enter_context(crossfade.open(CONTRACT, **settings))
        yield app, app.repository("PRODUCT").find("listing", limit=1).items[0]["id"]


def main(reads: int) -> int:
    """Measure, print, compare."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        servers = Servers(Path(name) / "servers", f"benchmark-{os.getpid()}", os.getpid())
        stack.callback(servers.remove)
        fault = stack.enter_context(servers.fault_dynamodb())
        app, key = stack.enter_context(shop(servers, Path(name), fault))
        products = app.repository("PRODUCT")
        compare(app, lambda: products.get(key), reads, "there")
        with fault.paused():
            ratios = [compare(app, lambda: products.get(key), reads, "frozen")]
        fault.kill()
        ratios.append(compare(app, lambda: products.get(key), reads, "gone"))
        fault.start()
    return int(max(ratios) > MOST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
