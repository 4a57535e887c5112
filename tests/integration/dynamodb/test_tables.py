"""Tables made for a contract on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.dal.errors import ConfigurationError, SchemaMismatch, StoreUnavailable
from crossfade.dynamodb.batch import Write, batch_get, batch_write
from crossfade.dynamodb.calls import Calls, Requested
from crossfade.dynamodb.client import Connection, connect, create_client
from crossfade.dynamodb.expressions import Names, absent
from crossfade.dynamodb.table_apply import create_tables, delete_tables
from crossfade.dynamodb.tables import create_requests, table_names
from crossfade.dynamodb.wire import Item, key_id
from tests.integration.servers import DynamoServer
from tests.unit.dynamodb.samples import FLAT, contract, record

SHOP = Path(__file__).parents[3] / "contracts" / "migrationContract.json"


@pytest.mark.parametrize("made", [contract(), load(SHOP)], ids=["samples", "shop"])
def test_tables_are_what_the_contract_says(client: Any, table_prefix: str, made: Any) -> None:
    assert create_tables(client, made, table_prefix) == table_names(made, table_prefix)
    assert create_tables(client, made, table_prefix) == []
    for request in create_requests(made, table_prefix):
        found = client.describe_table(TableName=request["TableName"])["Table"]
        assert found["KeySchema"] == request["KeySchema"]
        assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert sorted(found["AttributeDefinitions"], key=str) == sorted(request["AttributeDefinitions"], key=str)
        indexes = {i["IndexName"]: (i["KeySchema"], i["Projection"]) for i in found.get("GlobalSecondaryIndexes", [])}
        assert indexes == {
            i["IndexName"]: (i["KeySchema"], i["Projection"]) for i in request.get("GlobalSecondaryIndexes", [])
        }
        assert found.get("StreamSpecification") == request.get("StreamSpecification")
    for table in made.tables.values():
        wanted = table.deployment.ttl_attribute
        found = client.describe_time_to_live(TableName=table_prefix + table.name)["TimeToLiveDescription"]
        assert found.get("AttributeName") == wanted


def test_tables_are_deleted(client: Any, dynamodb_server: DynamoServer, table_prefix: str) -> None:
    names = create_tables(client, contract(), table_prefix)
    delete_tables(client, [*names, f"{table_prefix}never"])
    assert dynamodb_server.tables(table_prefix) == []


# ------------------------------------------------------------ the way to a server


@pytest.mark.usefixtures("dynamodb_endpoint")
def test_the_environment_leads_to_the_server(table_prefix: str) -> None:
    create_tables(create_client(), contract(), table_prefix)
    clients = connect()
    seen: list[Requested] = []
    calls = Calls(clients, on_event=seen.append, capacity=True)
    item = FLAT.encode(record(name="a"))
    calls.write("PutItem", TableName=f"{table_prefix}Things", Item=item)
    key = FLAT.keys.key_of(item)
    found = calls.read("GetItem", TableName=f"{table_prefix}Things", Key=key, ConsistentRead=True)["Item"]
    clients.close()
    assert found == item
    assert [(e.operation, e.units, e.error) for e in seen] == [("PutItem", 1.0, None), ("GetItem", 1.0, None)]
    assert all(e.request_id for e in seen)


@pytest.mark.usefixtures("dynamodb_endpoint")
def test_a_missing_table_is_a_schema_mismatch(table_prefix: str) -> None:
    clients = connect()
    with pytest.raises(SchemaMismatch) as caught:
        Calls(clients).read("GetItem", TableName=f"{table_prefix}none", Key={"pk": {"S": "x"}})
    clients.close()
    assert caught.value.request_id


def test_an_endpoint_where_nobody_answers_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    settings: Any = {"region_name": "eu-west-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    clients = connect(Connection(settings, connect_timeout=1, read_attempts=1))
    with pytest.raises(StoreUnavailable):
        Calls(clients).read("GetItem", TableName="T", Key={"pk": {"S": "x"}})
    clients.close()


def test_no_credentials_are_made_up(monkeypatch: pytest.MonkeyPatch, dynamodb_endpoint: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(ConfigurationError):
        connect(Connection({"endpoint_url": dynamodb_endpoint}))


# ------------------------------------------------------------------ batches, tokens


def items(count: int) -> list[Item]:
    """Items with different keys."""
    return [FLAT.encode(record(name="x" * 40) | {"id": number}) for number in range(count)]


def test_batches_of_any_length(calls: Calls, table: str) -> None:
    made = items(130)
    keys = [FLAT.keys.key_of(item) for item in made]
    assert batch_write(calls, [Write(table, k, i) for k, i in zip(keys, made, strict=True)]) == []
    assert batch_get(calls, table, [*keys, *keys[:5]]) == dict(zip(map(key_id, keys), made, strict=True))
    assert batch_write(calls, [Write(table, k) for k in keys[:60]]) == []
    assert len(batch_get(calls, table, keys, consistent=False)) == 70


def test_a_transaction_sent_twice_is_made_once(calls: Calls, table: str) -> None:
    (item,) = items(1)
    names = Names()
    put = {"TableName": table, "Item": item, "ConditionExpression": absent(names, FLAT), **names.request()}
    calls.write("DeleteItem", TableName=table, Key=FLAT.keys.key_of(item))
    for _ in range(2):
        calls.write("TransactWriteItems", TransactItems=[{"Put": put}], ClientRequestToken=f"{table}-once"[:36])
