"""`crossfade rehearse` on real servers: a short one passes, and one on which something is broken does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from crossfade.app import open_stores
from crossfade.migration.stores import Stores
from crossfade.rehearsal.conductor import Rehearsal
from examples.shop.shop import CONTRACT
from tests.integration.migration.test_verify import run
from tests.integration.servers import load_schema

SHORT = ("--writers", "4", "--processes", "2", "--pace", "3", "--rows", "10", "--patience", "30", "--json")
FAULTS = ("--kill-every", "6", "--stall", "2", "--stall-every", "5")
QUIET = ("--kill-every", "0", "--stall-every", "0")

NO_OUTBOX = """
from crossfade.migration.dual_write import DualWrite
DualWrite.committing = lambda self, transaction: setattr(transaction, "watch", None)
"""


@pytest.fixture
def stores(
    mysql_database: str, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The options that name the shop's stores: tables without rows in MySQL, nothing in DynamoDB."""
    monkeypatch.chdir(tmp_path)
    load_schema(mysql_database, CONTRACT.with_name("schema.sql"))
    return ["--contract", str(CONTRACT), "--mysql-url", mysql_database, "--table-prefix", table_prefix]


def opened(stores: list[str]) -> Stores:
    """The stores that the options name."""
    _, contract, _, url, _, prefix = stores
    return open_stores(contract, mysql_url=url, table_prefix=prefix)


def rehearse(stores: list[str], *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the answer of a rehearsal."""
    code, out = run("rehearse", *stores, *SHORT, *options)
    return code, json.loads(out)


def test_a_short_rehearsal_passes(stores: list[str], tmp_path: Path) -> None:
    course = ("--seconds", "14", "--moves", "4", "--top", "shadow", "--report", "page.html")
    code, found = rehearse(stores, *course, *FAULTS, "--keep", "kept")
    assert code == 0, json.dumps(found, indent=2)
    assert [move["to"] for move in found["moves"]] == ["dual_write", "shadow", "dual_write", "shadow"]
    assert {fault["kind"] for fault in found["faults"]} == {"kill", "stall"}
    assert (found["lost"], found["resurrected"], found["findings"], found["verify"]["equal"]) == (0, 0, [], True)
    assert found["operations"] > 10  # where others need the processors
    assert found["copied"]["backfills"] >= 1
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(list((tmp_path / "kept" / "writers").glob("*.jsonl"))) > 1
    # What is there now is not to be written to unasked.
    with pytest.raises(click.ClickException, match="--yes"):
        run("rehearse", *stores, *SHORT)


def test_an_item_that_is_lost_behind_its_back_fails_it(stores: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    drained = Rehearsal._drained

    def lossy(rehearsal: Rehearsal) -> bool:
        done = drained(rehearsal)
        with opened(stores) as both:
            shelf, client = both.dynamodb.layout.of("CART"), both.dynamodb.clients.writes
            items = client.scan(TableName=shelf.table)["Items"]
            item = next(item for item in items if "product_id" in item and "_deleted" not in item)
            client.delete_item(TableName=shelf.table, Key={name: item[name] for name in shelf.codec.keys.names})
        return done

    monkeypatch.setattr(Rehearsal, "_drained", lossy)
    code, found = rehearse(stores, "--seconds", "5", "--moves", "2", "--top", "shadow", *QUIET)
    assert code == 1
    assert not found["verify"]["equal"]
    assert any("stores differ" in one and one.startswith("CART") for one in found["findings"])


def test_writers_that_leave_the_outbox_out_fail_it(
    stores: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_OUTBOX, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code, found = rehearse(stores, "--seconds", "10", "--moves", "1", *QUIET)
    assert code == 1
    assert not found["verify"]["equal"]
    assert any("stores differ" in one for one in found["findings"])
