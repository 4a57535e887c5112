"""The peak memory of a backfill of 20,000 rows and of 200,000, on MySQL and DynamoDB Local in containers.

From the repository's root: `python -m benchmarks.backfill_memory [rows ...]`. Exit code 1 if the largest takes over
10 % more than the smallest.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.integration.containers import Servers
from tests.integration.migration.memory import Used, measure


def main(sizes: list[int]) -> int:
    """Measure, print, compare."""
    used: list[Used] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = Servers(folder / "servers", f"benchmark-{os.getpid()}", os.getpid())
        try:
            mysql, dynamodb = servers.sql("mysql"), servers.dynamodb()
            os.environ.update(dynamodb.environment())
            for rows in sizes:
                with dynamodb.prefix() as prefix:
                    found = measure(mysql, prefix, folder / str(rows), rows)
                used.append(found)
                print(
                    f"{rows:>9,} rows: peak {found.peak:6.1f} MB, {found.seconds:6.1f} s, "
                    f"{rows / found.seconds:,.0f} rows/s",
                    flush=True,
                )
        finally:
            servers.remove()
    return int(used[-1].peak > used[0].peak * 1.1)


if __name__ == "__main__":
    sys.exit(main([int(a) for a in sys.argv[1:]] or [20_000, 200_000]))
