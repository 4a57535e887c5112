"""What a server that freezes or goes away makes of requests."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from botocore.config import Config

from crossfade.dal.errors import StoreUnavailable
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.errors import Unclear
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.table_apply import create_tables
from tests.integration.containers import FaultServer
from tests.integration.servers import DynamoServer
from tests.unit.dynamodb.samples import FLAT, contract, record

IMPATIENT = Config(connect_timeout=1, read_timeout=1)
PACER = Pacer(Retry(base=0.01, cap=0.01, attempts=2))


def test_a_write_to_a_frozen_server_is_unclear_and_to_none_is_not_made(
    fault_dynamodb: FaultServer[DynamoServer],
) -> None:
    item = FLAT.encode(record(name="a"))
    put: dict[str, Any] = {"TableName": "Things", "Item": item}
    get: dict[str, Any] = {"TableName": "Things", "Key": FLAT.keys.key_of(item), "ConsistentRead": True}
    with closing(fault_dynamodb.server.client(IMPATIENT)) as client:
        create_tables(client, contract(), "")
        calls = Calls(Clients(client, client), pacer=PACER)
        with fault_dynamodb.paused():
            with pytest.raises(Unclear) as caught:
                calls.write("PutItem", **put)
            with pytest.raises(Unclear):
                calls.write("TransactWriteItems", TransactItems=[{"Put": put}])
            with pytest.raises(StoreUnavailable):
                calls.read("GetItem", **get)
        assert not caught.value.finished
        fault_dynamodb.kill()
        with pytest.raises(StoreUnavailable):
            calls.write("PutItem", **put)
        with pytest.raises(StoreUnavailable):
            calls.read("GetItem", **get)
        fault_dynamodb.start()
        calls.write("PutItem", **put)
        assert calls.read("GetItem", **get)["Item"] == item
