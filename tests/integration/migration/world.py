"""Both stores of a contract with made-up rows, and a look at whether the target holds exactly what it should."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossfade.app import open_stores
from crossfade.contract import load
from crossfade.dynamodb import create_client
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.expected import expected_items
from crossfade.dynamodb.scan import scan_segment
from crossfade.dynamodb.wire import Item, key_id
from crossfade.migration.stores import Stores
from crossfade.mysql import insert_rows
from crossfade.mysql.scan import Scan, Span
from crossfade.seed import plan_seed
from tests.integration.servers import load_schema
from tests.tables import streamless_tables


@dataclass
class World:
    """Where the stores of one test are."""

    contract: Path
    url: str
    prefix: str

    def open(self) -> Stores:
        """The stores."""
        return open_stores(self.contract, mysql_url=self.url, table_prefix=self.prefix)

    @property
    def arguments(self) -> list[str]:
        """The command line's options that name them."""
        return [
            "--contract", str(self.contract), "--mysql-url", self.url, "--table-prefix", self.prefix,
        ]  # fmt: skip

    def make(self, rows: int) -> None:
        """Make the tables of both sides, and rows."""
        load_schema(self.url, self.contract.with_name("schema.sql"))
        with self.open() as stores:
            streamless_tables(create_client(), stores.contract, self.prefix)
            schema = stores.mysql.schema
            plan = plan_seed(schema, load(self.contract, schema=schema), rows=rows, seed=1)
            for table in plan.tables:
                insert_rows(stores.mysql.engine, schema, table, plan.rows(table), statement=500)

    def stream(self) -> None:
        """Let every table have a stream, which the way back reads, also where there was none; see `tests.tables`."""
        client = create_client()
        with self.open() as stores:
            for name in (self.prefix + table for table in stores.contract.tables):
                if "StreamSpecification" not in client.describe_table(TableName=name)["Table"]:
                    client.update_table(
                        TableName=name,
                        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
                    )

    def wanted(self) -> dict[Any, Item]:
        """Every item that the source's rows have, but for `_rev`."""
        with self.open() as stores:
            return {
                (expected.table, key_id(expected.key)): expected.item
                for name in stores.contract.entities
                for record in Scan(stores.mysql, name).read(Span(), 10**7).records
                for expected in expected_items(stores.dynamodb.layout, name, record)
            }

    def found(self) -> dict[Any, Item]:
        """Every item in the target, but for `_rev`, which must be there."""
        with self.open() as stores:
            layout = stores.dynamodb.layout
            calls = Calls(stores.dynamodb.clients)
            tables = {layout.of(name).table for name in stores.contract.entities}
            keys = {layout.of(n).table: tuple(layout.of(n).codec.keys.names) for n in stores.contract.entities}
            found = {}
            for table in (*tables, layout.lookup_table):
                for page in scan_segment(calls, table, 0, 1):
                    for item in page.items:
                        assert item.pop(REV)["S"]
                        names = keys.get(table, ("pk",))
                        found[table, key_id({n: item[n] for n in names})] = item
            return found

    def assert_equal(self) -> None:
        """The target holds what it should, value for value, and nothing else."""
        wanted, found = self.wanted(), self.found()
        assert wanted.keys() - found.keys() == set()
        assert found.keys() - wanted.keys() == set()
        assert {k: (v, found[k]) for k, v in wanted.items() if not same(v, found[k])} == {}


def same(one: Item, other: Item) -> bool:
    """Whether two items are equal; sets come in any order."""
    return bool(_plain({"M": one}) == _plain({"M": other}))


def _plain(value: Any) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return {name: _plain(v) for name, v in content.items()}
        case "L":
            return [_plain(v) for v in content]
        case "SS" | "NS" | "BS":
            return kind, frozenset(content)
        case _:
            return kind, content
