"""`crossfade tables plan`, `apply` and `destroy` on a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crossfade.cli.main import main
from tests.integration.servers import DynamoServer

SHOP = Path(__file__).parents[3] / "contracts" / "migrationContract.json"

pytestmark = pytest.mark.usefixtures("dynamodb_endpoint")


class Tables:
    """The verbs on one contract file and one prefix."""

    def __init__(self, capsys: pytest.CaptureFixture[str], prefix: str, folder: Path) -> None:
        self._capsys, self._prefix = capsys, prefix
        self.path = folder / "contract.json"
        self.raw: dict[str, Any] = json.loads(SHOP.read_text(encoding="utf-8"))

    def simplify(self) -> list[dict[str, Any]]:
        """Have one table that no pattern queries; its three indexes, to change."""
        wire = {"id": "N", "a": "S", "b": "S", "c": "S"}
        sql = {"N": "int", "S": "varchar(9)"}
        attributes = [
            {"name": n, "type": t, "source_column": n, "source_type": sql[t], "nullable": False}
            for n, t in wire.items()
        ]
        indexes = [{"index_name": f"By{n}", "pk": n, "projection": "ALL"} for n in "abc"]
        table = {
            "table": "Users", "type": "single-entity", "entity_type": "USER", "source_table": "users",
            "pk": "id", "key": ["id"], "attributes": attributes, "gsis": indexes,
        }  # fmt: skip
        self.raw = {"version": "2", "tables": [table]}
        return indexes

    def run(self, verb: str, *options: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a verb; the contract is as `raw` has it now."""
        self.path.write_text(json.dumps(self.raw), encoding="utf-8")
        arguments = ["--contract", str(self.path), "--table-prefix", self._prefix]
        with pytest.raises(SystemExit) as ended:
            main(["tables", verb, *arguments, *options])
        assert isinstance(ended.value.code, int)
        told = self._capsys.readouterr()
        return ended.value.code, told.out, told.err

    def actions(self, *options: str) -> list[tuple[str, str]]:
        """The tables and the words of a plan's actions."""
        _, out, _ = self.run("plan", "--json", *options)
        return [(a["table"].removeprefix(self._prefix), a["says"]) for a in json.loads(out)["actions"]]


@pytest.fixture
def tables(capsys: pytest.CaptureFixture[str], table_prefix: str, tmp_path: Path) -> Tables:
    """The verbs on the shop."""
    return Tables(capsys, table_prefix, tmp_path)


def test_the_second_plan_is_empty(tables: Tables, dynamodb_server: DynamoServer, table_prefix: str) -> None:
    assert tables.run("plan", "--detailed-exitcode")[0] == 1
    assert tables.run("apply", "--dry-run")[0] == 0
    assert dynamodb_server.tables(table_prefix) == []
    code, out, err = tables.run("apply")
    assert code == 0
    assert out.endswith("done: the tables are as the contract has them\n")
    assert f"{table_prefix}Users: create it, on demand with GSI1, GSI2, GSI3\n" in err
    assert len(dynamodb_server.tables(table_prefix)) == 5
    code, out, _ = tables.run("plan", "--detailed-exitcode")
    assert code == 0
    assert "nothing to do" in out
    assert tables.run("apply") == (0, out, "")


def test_two_indexes_are_added_one_at_a_time(
    tables: Tables, client: Any, table_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = tables.simplify()
    table = tables.raw["tables"][0]
    table["gsis"] = every[:1]
    name = f"{table_prefix}Users"
    assert tables.run("apply")[0] == 0
    client.put_item(TableName=name, Item={"id": {"N": "1"}} | {n: {"S": "x"} for n in "abc"})

    table["gsis"] = every
    assert tables.actions() == [("Users", "add index Byb"), ("Users", "add index Byc")]
    busy: list[list[str]] = []
    updated = type(client).update_table

    def watched(self: Any, **request: Any) -> Any:
        found = described(client, name)
        busy.append([i["IndexName"] for i in found["GlobalSecondaryIndexes"] if i["IndexStatus"] != "ACTIVE"])
        return updated(self, **request)

    monkeypatch.setattr("crossfade.dynamodb.create_client", lambda: client)
    monkeypatch.setattr(type(client), "update_table", watched)
    assert tables.run("apply")[0] == 0
    assert busy == [[], []]  # each began when nothing else was being made
    assert [client.scan(TableName=name, IndexName=f"By{n}")["Count"] for n in "abc"] == [1, 1, 1]
    assert tables.actions() == []


def test_another_key_schema_is_refused_and_nothing_is_done(
    tables: Tables, dynamodb_server: DynamoServer, client: Any, table_prefix: str
) -> None:
    dynamodb_server.client().create_table(
        TableName=f"{table_prefix}Users",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    code, out, _ = tables.run("apply")
    assert code == 2
    assert "a key cannot be changed: give the table another name in the contract" in out
    assert dynamodb_server.tables(table_prefix) == [f"{table_prefix}Users"]
    assert tables.run("destroy", "--removal", "destroy", "--force")[0] == 2
    assert described(client, f"{table_prefix}Users")["TableStatus"] == "ACTIVE"


def test_an_index_is_replaced_only_when_asked(tables: Tables, client: Any, table_prefix: str) -> None:
    index = tables.simplify()[0]
    index["projection"] = "KEYS_ONLY"
    assert tables.run("apply")[0] == 0
    index["projection"] = "ALL"
    code, out, _ = tables.run("apply")
    assert code == 2
    assert "--replace-indexes" in out
    assert tables.run("apply", "--replace-indexes")[0] == 0
    found = described(client, f"{table_prefix}Users")["GlobalSecondaryIndexes"]
    assert [i["Projection"]["ProjectionType"] for i in found if i["IndexName"] == "Bya"] == ["ALL"]


def test_protection_stands_before_destruction(tables: Tables, client: Any, table_prefix: str) -> None:
    for table in tables.raw["tables"]:
        table["deletion_protection"] = True
    assert tables.run("apply")[0] == 0
    code, out, _ = tables.run("destroy", "--removal", "destroy", "--force")
    assert code == 2
    assert "--unprotect" in out
    for table in tables.raw["tables"]:
        table["deletion_protection"] = False
    code, out, _ = tables.run("plan", "--detailed-exitcode")
    assert code == 0
    assert "is protected against deletion" in out
    assert tables.run("apply", "--unprotect")[0] == 0
    assert not described(client, f"{table_prefix}Users")["DeletionProtectionEnabled"]
    assert tables.run("destroy", "--removal", "destroy", "--force")[0] == 0


def test_destroy_asks(
    tables: Tables, dynamodb_server: DynamoServer, table_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tables.run("apply")[0] == 0
    code, out, _ = tables.run("destroy", "--force")
    assert code == 2
    assert "the contract wants it retained" in out
    code, _, err = tables.run("destroy", "--removal", "destroy")
    assert code == 2
    assert "--force" in err
    answers = iter(["yes", "delete 5 tables"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    assert tables.run("destroy", "--removal", "destroy")[0] == 2
    assert len(dynamodb_server.tables(table_prefix)) == 5
    assert tables.run("destroy", "--removal", "destroy", "--table", "nobody")[0] == 2
    assert tables.run("destroy", "--removal", "destroy")[0] == 0
    assert dynamodb_server.tables(table_prefix) == []
    assert "nothing to do" in tables.run("destroy", "--removal", "destroy")[1]


def test_nobody_answers(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    code, _, err = tables.run("apply")
    assert code == 2
    assert err.startswith("crossfade: DynamoDB cannot be reached")
    monkeypatch.setenv("CROSSFADE_EMBEDDED", "1")
    assert "embedded" in tables.run("plan")[2]


def described(client: Any, name: str) -> Any:
    """DescribeTable's answer."""
    return client.describe_table(TableName=name)["Table"]
