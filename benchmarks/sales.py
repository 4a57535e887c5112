"""What the benchmarks of moving data move: rows of 14 columns, and items of 14 attributes and three keys of texts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from crossfade.contract import Contract, load
from tests.integration.containers import Servers
from tests.integration.servers import SqlServer

TABLE = "Sales"
COLUMNS = {
    "id": ("N", "bigint"), "shop": ("S", "varchar(20)"), "customer": ("S", "varchar(60)"),
    "email": ("S", "varchar(80)"), "status": ("S", "enum('open','paid','sent')"), "gift": ("BOOL", "tinyint(1)"),
    "amount": ("N", "decimal(12,2)"), "tax": ("N", "decimal(6,4)"), "quantity": ("N", "int"),
    "weight": ("N", "int"), "note": ("S", "varchar(200)"), "sold_on": ("S", "date"),
    "created_at": ("S", "datetime(6)"), "updated_at": ("S", "datetime(6)"),
}  # fmt: skip
KEYS = {"PK": "SHOP#{shop}", "SK": "SALE#{id:012d}", "GSI1PK": "STATUS#{status}"}
DOCUMENT = {
    "version": "2",
    "tables": [
        {
            "table": TABLE, "type": "single-entity", "source_table": "sales", "entity_type": "SALE",
            "pk": "PK", "sk": "SK", "key": ["shop", "id"],
            "gsis": [{"index_name": "GSI1", "pk": "GSI1PK", "sk": "SK", "projection": "ALL"}],
            "attributes": [
                *({"name": n, "type": t, "source_column": n, "source_type": s} for n, (t, s) in COLUMNS.items()),
                *({"name": n, "type": "S", "plumbing": True,
                   "transformation": {"type": "string-format", "format": t}} for n, t in KEYS.items()),
            ],
        }
    ],
}  # fmt: skip
KEY = ("PK", "SK")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-central-1"}  # no one's

_MAKE = "CREATE TABLE sales ({columns}, PRIMARY KEY (id), UNIQUE KEY (shop, id)) CHARACTER SET utf8mb4"
# A hundred sales in a shop, a thousand to a statement's recursion: as many rows as are asked for, none twice.
_FILL = """
INSERT INTO sales WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
SELECT i, CONCAT('S', (i - 1) DIV 100), CONCAT('Customer ', i), CONCAT('customer', i, '@example.com'),
  ELT(1 + i % 3, 'open', 'paid', 'sent'), i % 2, i * 0.37, (i % 99) / 100, i % 7 + 1, i % 5000,
  REPEAT(SHA2(i, 256), 2), DATE '2024-01-01' + INTERVAL (i % 700) DAY,
  TIMESTAMP '2024-01-01 00:00:00.123456' + INTERVAL i SECOND, TIMESTAMP '2025-01-01 00:00:00' + INTERVAL i SECOND
FROM n
"""
_STEP = 100_000


def contract() -> Contract:
    """The contract."""
    return load(DOCUMENT)


@contextmanager
def server() -> Iterator[SqlServer]:
    """A MySQL of this process, in a container."""
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name) / "servers", f"benchmark-{os.getpid()}", os.getpid())
        try:
            yield servers.sql("mysql")
        finally:
            servers.remove()


@contextmanager
def sales(mysql: SqlServer, rows: int) -> Iterator[str]:
    """The URL of a database of so many sales."""
    with mysql.database() as url:
        name = url.rsplit("/", 1)[1].split("?")[0]
        with closing(mysql.connect(name, timeout=600)) as connection, connection.cursor() as cursor:
            columns = ", ".join(f"{column} {of} NOT NULL" for column, (_, of) in COLUMNS.items())
            cursor.execute(_MAKE.format(columns=columns))
            cursor.execute(f"SET SESSION cte_max_recursion_depth = {_STEP + 1}")
            for first in range(1, rows + 1, _STEP):
                cursor.execute(_FILL.format(first=first, last=min(first + _STEP - 1, rows)))
            connection.commit()
        yield url
