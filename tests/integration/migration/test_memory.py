"""Memory does not grow with the number of rows; `benchmarks/backfill_memory.py` shows it for more of them."""

from __future__ import annotations

from pathlib import Path

from tests.integration.migration.memory import measure
from tests.integration.servers import DynamoServer, SqlServer


def test_ten_times_the_rows_take_the_same_memory(
    mysql_server: SqlServer, dynamodb_server: DynamoServer, dynamodb_endpoint: str, tmp_path: Path
) -> None:
    del dynamodb_endpoint
    used = []
    for rows in (1_500, 15_000):
        with dynamodb_server.prefix() as prefix:
            used.append(measure(mysql_server, prefix, tmp_path / str(rows), rows, "--chunk-rows", "300"))
    assert used[1].peak < used[0].peak * 1.1, used
