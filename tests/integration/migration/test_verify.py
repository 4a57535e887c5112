"""Verify on MySQL and DynamoDB Local: equal where it is, and exactly what differs where it is not."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crossfade.cli.main import cli
from crossfade.dynamodb import delete_tables
from crossfade.migration.checkpoint import CheckpointForeign, open_checkpoint
from crossfade.migration.checks import places
from crossfade.migration.errors import Stopped
from crossfade.migration.report import Report
from crossfade.migration.report_read import read_report
from crossfade.migration.stop import Stop
from crossfade.migration.verify import Progress, Verification, VerifyOptions
from tests.integration.migration.world import World
from tests.tables import streamless_tables


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and the answer of a command."""
    result = CliRunner().invoke(cli, [*arguments], standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return int(result.return_value or 0), result.stdout


def verified(world: World, *arguments: str) -> tuple[int, Report]:
    """The exit code and the report of a verification."""
    code, _ = run("verify", *world.arguments, "--pause", "0", "--report", "report.json", *arguments)
    return code, read_report(Path("report.json"))


def test_what_was_copied_is_equal_row_by_row(copied: World) -> None:
    code, report = verified(copied)
    assert (code, report.differences, report.equal) == (0, (), True)
    with copied.open() as stores:
        counted = {
            name: stores.mysql.engine.connect().exec_driver_sql(f"SELECT COUNT(*) FROM {e.source_table}").scalar_one()  # noqa: S608 - the contract's own
            for name, e in stores.contract.entities.items()
        }
    assert {name: counts.rows for name, counts in report.entities.items()} == counted
    assert report.total.equal == report.total.rows


def test_json_is_the_report(copied: World) -> None:
    code, out = run("verify", *copied.arguments, "--json", "--pause", "0")
    assert code == 0
    assert json.loads(out)["entities"]["USER"]["mismatch"] == 0


def test_ended_after_every_turn_it_still_looks_at_everything_once(copied: World) -> None:
    options = VerifyOptions(workers=2, chunk=20, pause=0)
    with copied.open() as stores:
        client, table = stores.dynamodb.clients.writes, f"{copied.prefix}Products"
        client.delete_item(TableName=table, Key={"id": client.scan(TableName=table, Limit=1)["Items"][0]["id"]})

        def run_once(*, end: bool) -> Report:
            stop = Stop(threading.Event())

            def turn(progress: Progress) -> None:
                if end:
                    stop.event.set()

            about = options.about()
            with open_checkpoint("v.json", kind="verify", fingerprint="f", about=about, stores=stores) as held:
                return Verification(stores, options, held, stop=stop).run(turn)

        ended = 0
        report = None
        while report is None:
            try:
                report = run_once(end=True)
            except Stopped:
                ended += 1
        whole = run_once(end=False)
    assert ended > 10
    assert report.total.missing == 1
    assert (report.entities, report.differences) == (whole.entities, whole.differences)


def test_what_was_begun_on_other_tables_is_not_gone_on_with(copied: World) -> None:
    with copied.open() as stores:
        options = VerifyOptions()
        about = options.about() | places(stores, list(stores.contract.entities))
        where: dict[str, Any] = {"kind": "verify", "fingerprint": stores.contract.fingerprint, "stores": stores}
        path = ".crossfade/verify.json"
        with open_checkpoint(path, about=about, **where) as held:
            held.save({"tasks": [], "tally": {}, "started": "2026-01-01T00:00:00+00:00"})
        client, name = stores.dynamodb.clients.writes, f"{copied.prefix}Products"
        delete_tables(client, [name])
        streamless_tables(client, stores.contract, copied.prefix)
    with pytest.raises(CheckpointForeign, match=f"its target tables have changed: {name}"):
        run("verify", *copied.arguments)
    assert verified(copied, "--restart")[1].total.missing > 0
