"""The calendars' own commands on DynamoDB Local: their table made, added to, filled and deleted."""

from __future__ import annotations

import os
from typing import Any

import pytest
from click.testing import CliRunner

import crossfade
from examples.calendsync import deploy, seed
from examples.calendsync.entities import Entry
from examples.calendsync.service import CONTRACT
from tests.integration.servers import DynamoServer

pytestmark = pytest.mark.usefixtures("dynamodb_endpoint")


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, table_prefix: str) -> None:
    """The environment of the commands; the region is left to them."""
    monkeypatch.setenv("CROSSFADE_TABLE_PREFIX", table_prefix)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.setenv(name, "")  # put back afterwards, also where it is set by the command
        monkeypatch.delenv(name)


def told(command: Any, *options: str) -> tuple[int, str]:
    """A command's exit code, and what it says."""
    result = CliRunner().invoke(command, list(options))
    return result.exit_code, result.output


def indexes(server: DynamoServer, table: str) -> dict[str, str]:
    """The indexes of a table, with their states."""
    found = server.client().describe_table(TableName=table)["Table"]
    return {index["IndexName"]: index["IndexStatus"] for index in found.get("GlobalSecondaryIndexes", ())}


def test_the_table_is_made_filled_and_deleted(
    dynamodb_server: DynamoServer, table_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, says = told(deploy.main, "--table-name", "team", "--dry-run")
    assert code == 0
    assert "(us-east-1):\n" in says
    assert f"{table_prefix}team: create it, on demand with GSI1, GSI2, GSI3" in says
    assert dynamodb_server.tables(table_prefix) == []
    assert told(deploy.main, "--table-name", "team")[0] == 0
    made = {f"{table_prefix}{name}" for name in ("team", "crossfade_lookup", "crossfade_control")}
    assert set(dynamodb_server.tables(table_prefix)) == made
    assert indexes(dynamodb_server, f"{table_prefix}team") == dict.fromkeys(("GSI1", "GSI2", "GSI3"), "ACTIVE")
    code, says = told(deploy.main, "--table-name", "team")
    assert (code, says.splitlines()[-1].strip()) == (0, "nothing to do")

    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("CROSSFADE_TABLE_NAMES", "team")
    monkeypatch.setenv("CROSSFADE_STAGE", "dynamodb")
    code, says = told(seed.main, "--highlighted-day", "2026-03-02", "--count", "20")
    assert (code, says.split()[:4]) == (0, ["20", "entries", "around", "2026-03-02"])
    with crossfade.open(CONTRACT) as app:
        found = app.repository(Entry).find("of_calendar", calendar_id=says.split()[-1])
        assert len(found.items) == 20
    items = dynamodb_server.client().scan(TableName=f"{table_prefix}team")["Items"]
    assert {item["entityType"]["S"] for item in items} == {"USER", "CALENDAR", "MEMBERSHIP", "ENTRY"}
    assert all("M" in item["kind"] for item in items if item["entityType"]["S"] == "ENTRY")
    assert not any("GSI3PK" in item for item in items)  # nobody of the demonstration has a provider

    assert told(deploy.main, "--destroy")[0] == 2  # nobody is there to be asked
    assert told(deploy.main, "--destroy", "--force")[0] == 0
    assert dynamodb_server.tables(table_prefix) == []


def test_missing_indexes_are_added(dynamodb_server: DynamoServer, table_prefix: str) -> None:
    keys = {name: {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "GSI2PK", "GSI2SK")}

    def schema(pk: str, sk: str) -> list[dict[str, str]]:
        return [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]

    second = {"IndexName": "GSI2", "KeySchema": schema("GSI2PK", "GSI2SK"), "Projection": {"ProjectionType": "ALL"}}
    client: Any = dynamodb_server.client()
    table = f"{table_prefix}calendsync"
    client.create_table(
        TableName=table, KeySchema=schema("PK", "SK"), AttributeDefinitions=list(keys.values()),
        GlobalSecondaryIndexes=[second], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    code, says = told(deploy.main, "--dry-run")
    assert code == 0
    assert [line.rpartition(": ")[2] for line in says.splitlines() if "add index" in line] == [
        "add index GSI1",
        "add index GSI3",
    ]
    assert told(deploy.main)[0] == 0
    assert indexes(dynamodb_server, table) == dict.fromkeys(("GSI1", "GSI2", "GSI3"), "ACTIVE")


def test_a_region_that_is_said_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert "(eu-central-1):\n" in told(deploy.main, "--dry-run")[1]
    assert os.environ["AWS_REGION"] == "eu-central-1"
