"""The peak memory of a backfill of a slim table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crossfade.contract import load
from crossfade.dynamodb import create_client, create_tables
from tests.integration.servers import SqlServer

CONTRACT = {
    "version": "2",
    "tables": [
        {
            "table": "Notes", "type": "single-entity", "source_table": "notes", "entity_type": "NOTE", "pk": "PK",
            "key": ["id"],
            "attributes": [
                {"name": "id", "type": "N", "source_column": "id", "source_type": "int"},
                {"name": "text", "type": "S", "source_column": "text", "source_type": "varchar(200)"},
                {"name": "PK", "type": "S", "plumbing": True,
                 "transformation": {"type": "string-format", "format": "NOTE#{id}"}},
            ],
        }
    ],
}  # fmt: skip

_ROWS = """
INSERT INTO notes WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
SELECT i, REPEAT(SHA2(i, 256), 3) FROM n
"""


@dataclass(frozen=True)
class Used:
    """What a backfill took: seconds, and MB of memory at its peak."""

    rows: int
    seconds: float
    peak: float


def measure(server: SqlServer, prefix: str, folder: Path, rows: int, *more: str) -> Used:
    """Copy a table of so many rows by the command line, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    contract = folder / "contract.json"
    contract.write_text(json.dumps(CONTRACT), encoding="utf-8")
    create_tables(create_client(), load(contract), prefix)
    with server.database() as url:
        name = url.rsplit("/", 1)[1].split("?")[0]
        with closing(server.connect(name, timeout=120)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(200) NOT NULL)")
            cursor.execute(f"SET SESSION cte_max_recursion_depth = {rows + 1}")
            cursor.execute(_ROWS.format(rows=rows))
        arguments = ["--contract", str(contract), "--mysql-url", url, "--table-prefix", prefix, *more]
        return _run(folder, rows, arguments)


def _run(folder: Path, rows: int, arguments: list[str]) -> Used:
    code = "from crossfade.cli.main import main; main()"
    before = time.monotonic()
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-c", code, "backfill", *arguments], cwd=folder, stdout=output, stderr=output
        )
        # The child's own peak, which nothing but waiting for it tells.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    said = (folder / "output").read_text()
    assert process.returncode == 0, said
    assert f"{rows:,} rows: {rows:,} written" in said
    return Used(rows, time.monotonic() - before, usage.ru_maxrss / 1024)
