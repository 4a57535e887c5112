"""Sensitive values, of keys and item keys too, are shown nowhere; the report's file has what repair needs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crossfade.cli.main import cli
from crossfade.migration.report_read import read_report
from examples.shop.shop import CONTRACT
from tests.integration.migration.test_corruptions import everything
from tests.integration.migration.world import World

SENSITIVE = {"USER": ["password_hash", "email"], "CART": ["user_email"], "ORDER": ["user_email"]}


@pytest.fixture
def discreet(
    mysql_database: str, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """The shop, copied, whose users' email addresses are sensitive; item keys are made of them."""
    monkeypatch.chdir(tmp_path)
    raw = json.loads(CONTRACT.read_text(encoding="utf-8"))
    for entity in (e for table in raw["tables"] for e in table.get("entities", ())):
        entity["sensitive"] = SENSITIVE.get(entity["entity_type"], [])
    contract = tmp_path / "contract.json"
    contract.write_text(json.dumps(raw), encoding="utf-8")
    shutil.copy(CONTRACT.with_name("schema.sql"), tmp_path)
    world = World(contract, mysql_database, table_prefix)
    world.make(30)
    assert invoked("backfill", *world.arguments).return_value == 0
    return world


def invoked(*arguments: str) -> Result:
    """A command's result, with what it wrote."""
    return CliRunner().invoke(cli, [*arguments], standalone_mode=False, catch_exceptions=False)


def damage(world: World) -> set[str]:
    """Damage items of every kind; the email addresses of all users."""
    with world.open() as stores:
        client, users = stores.dynamodb.clients.writes, f"{world.prefix}Users"
        items = list(everything(stores))
        emails = {item["email"]["S"] for _, item, _ in items if "email" in item}
        own = [(item, key) for table, item, key in items if table == users]
        lookups = [key for table, _, key in items if table == stores.dynamodb.layout.lookup_table]
        profiles = [(i, k) for i, k in own if "email" in i]
        client.delete_item(TableName=users, Key=profiles[0][1])
        client.put_item(TableName=users, Item=profiles[1][0] | {"email": {"S": profiles[0][0]["email"]["S"]}})
        client.put_item(TableName=users, Item=profiles[2][0] | {"id": {"S": "none"}})
        client.put_item(TableName=users, Item=profiles[3][0] | {"SK": {"S": "#ELSE"}})
        client.put_item(TableName=users, Item=profiles[4][0] | {"SK": {"S": "#ELSE"}, "id": {"S": "none"}})
        client.put_item(TableName=users, Item=profiles[5][0] | {"SK": {"S": "#ELSE"}, "_type": {"S": "STRANGER"}})
        for key in (k for k in lookups if any(e in k["pk"]["S"] for e in emails)):
            client.delete_item(TableName=stores.dynamodb.layout.lookup_table, Key=key)
    return emails


def test_no_sensitive_value_is_shown(discreet: World) -> None:
    emails = damage(discreet)
    assert len(emails) > 10
    files = ["--report", "report.json", "--html", "report.html"]
    found = invoked("verify", *discreet.arguments, "--pause", "0", *files)
    assert found.return_value == 1
    kinds = {d.kind for d in read_report(Path("report.json")).differences}
    assert kinds == {"mismatch", "missing", "extra", "undecodable"}
    told = [found, invoked("repair", "report.json", *discreet.arguments, "--dry-run")]
    told.append(invoked("repair", "report.json", *discreet.arguments))
    for result in told:
        assert [e for e in emails if e in result.output] == []
    page = Path("report.html").read_text(encoding="utf-8")
    assert [e for e in emails if e in page] == []
    assert "sha256:" in page
    assert "sha256:" in told[0].output
    # The item keys that repair needs are in the file all the same.
    assert any(e in Path("report.json").read_text(encoding="utf-8") for e in emails)
    left = json.loads(invoked("verify", *discreet.arguments, "--pause", "0", "--json").stdout)["differences"]
    assert sorted((d["kind"], d["item_key"]["SK"]["S"]) for d in left) == [("extra", "#ELSE"), ("undecodable", "#ELSE")]
