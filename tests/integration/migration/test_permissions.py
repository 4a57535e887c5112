"""What the exported policies allow is what the verbs ask for: no call is refused, and no permission is idle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from crossfade.contract import load
from crossfade.dynamodb.export_iam import Place, policies
from crossfade.dynamodb.transport import Transport
from examples.shop.shop import CONTRACT
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World

PLACE = Place("aws", "eu-west-1", "1")
_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}

Asked = set[tuple[str, str]]
"""IAM actions and the tables that they were asked of."""


def actions(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions that a call needs, by the Service Authorization Reference."""
    match operation:
        case "BatchExecuteStatement":
            for statement in request["Statements"]:
                verb, _, table = statement["Statement"].partition('"')
                assert verb == "INSERT INTO "
                yield "PartiQLInsert", table.partition('"')[0]
        case "TransactWriteItems":
            for action in request["TransactItems"]:
                for kind, of in action.items():
                    yield _TRANSACTED[kind], of["TableName"]
        case "BatchGetItem" | "BatchWriteItem":
            for table in request["RequestItems"]:
                yield operation, table
        case _:
            yield operation, request.get("TableName", "")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is asked of DynamoDB from now on."""
    found: Asked = set()
    call = BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore's one door, which its types leave out
    steps = Transport.steps

    def watched(self: Any, operation: str, request: dict[str, Any]) -> Any:
        found.update(actions(operation, request))
        return call(self, operation, request)

    def sent(self: Transport, operation: str, request: dict[str, Any], *, again: bool, **more: Any) -> Any:
        found.update(actions(operation, request))
        return steps(self, operation, request, again=again, **more)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    monkeypatch.setattr(Transport, "steps", sent)
    return found


def allowed(contract: Path, prefix: str, role: str) -> Asked:
    """What a role may do."""
    statements = policies(load(contract), prefix, PLACE)[role]["Statement"]
    return {
        (action.removeprefix("dynamodb:"), arn.rpartition("table/")[2])
        for statement in statements
        for action in statement["Action"]
        for arn in statement["Resource"]
        if "/stream/" not in arn
    }


def test_migration(shop: World, asked: Asked) -> None:
    may = allowed(shop.contract, shop.prefix, "migration")
    assert run("backfill", *shop.arguments, "--checkpoint", "dynamodb:here")[0] == 0
    assert run("backfill", *shop.arguments, "--restart")[0] == 0
    with shop.open() as stores:
        users = stores.dynamodb.layout.of("USER").table
        client = stores.dynamodb.clients.writes
        for item in client.scan(TableName=users)["Items"][:3]:
            client.delete_item(TableName=users, Key={name: item[name] for name in ("PK", "SK")})
        client.put_item(TableName=users, Item={**item, "PK": {"S": "USER#nobody@example.com"}})
    assert run("verify", *shop.arguments, "--pause", "0", "--report", "r.json")[0] == 1
    assert run("repair", *shop.arguments, "r.json")[0] == 0
    assert asked <= may
    idle = {action for action, _ in may} - {action for action, _ in asked}
    # With --offline; the counters of a table without a new id; where an item has no lookup item to go with.
    assert idle <= {"BatchWriteItem", "DeleteItem", "ConditionCheckItem", "UpdateItem", "PutItem"}


def test_reading(shop: World, asked: Asked) -> None:
    assert run("backfill", *shop.arguments)[0] == 0
    asked.clear()
    assert run("verify", *shop.arguments, "--pause", "0")[0] == 0
    may = allowed(shop.contract, shop.prefix, "reading")
    assert asked <= may
    assert {action for action, _ in may} - {action for action, _ in asked} <= {"GetItem"}


@pytest.mark.usefixtures("dynamodb_endpoint")
def test_deployment(table_prefix: str, asked: Asked) -> None:
    place = ["--contract", str(CONTRACT), "--table-prefix", table_prefix]
    assert run("tables", "apply", *place)[0] == 0
    assert run("tables", "plan", *place)[0] == 0
    assert run("tables", "destroy", *place, "--force", "--removal", "destroy")[0] == 0
    may = allowed(CONTRACT, table_prefix, "deployment")
    tags = {"ListTagsOfResource", "TagResource"}  # asked of an ARN
    assert {a for a, _ in asked} <= {a for a, _ in may}
    assert {a for a, _ in may} - {a for a, _ in asked} <= tags | {"UpdateContinuousBackups", "UpdateTable"}
