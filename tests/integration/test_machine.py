"""The state machine on real servers: memory, MySQL and DynamoDB Local, with tombstones and without, answer the same.

`CROSSFADE_MACHINE_RUNS=2000 pytest tests/integration/test_machine.py` searches for longer, at random.
"""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.conformance.backend import schema_of
from tests.conformance.opening import Dynamo, Memory, Opener, Sql
from tests.conformance.state_machine import run_machine
from tests.integration.servers import DynamoServer, SqlServer, load_schema


@pytest.mark.parametrize("contract", ["shop", "library"])
@pytest.mark.parametrize("shard", [11, 12, 13, 14])
def test_memory_mysql_and_dynamodb_are_the_same(
    contract: str, shard: int, mysql_server: SqlServer, dynamodb_server: DynamoServer
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(mysql_server.database())
        load_schema(url, schema_of(contract))
        prefix, buried = (stack.enter_context(dynamodb_server.prefix()) for _ in range(2))
        openers: list[Opener] = [
            Memory(contract),
            Sql("mysql", contract, url),
            Dynamo("dynamodb", contract, prefix, dynamodb_server.settings),
            Dynamo("dynamodb_tombstones", contract, buried, dynamodb_server.settings, tombstones=True),
        ]
        for opener in openers:
            stack.callback(opener.close)
        run_machine(contract, lambda: [o.fresh() for o in openers], runs=15, shard=shard)
