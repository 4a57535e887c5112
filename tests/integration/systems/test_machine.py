"""The state machine, derived from each system's contract, on real servers: memory, MySQL and DynamoDB Local."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.conformance.backend import schema_of
from tests.conformance.opening import Dynamo, Memory, Opener, Sql
from tests.conformance.state_machine import run_machine
from tests.integration.servers import DynamoServer, SqlServer, load_schema
from tests.systems.system import SYSTEMS


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "shop"])  # tests/integration/test_machine has it
def test_memory_mysql_and_dynamodb_are_the_same(
    name: str, mysql_server: SqlServer, dynamodb_server: DynamoServer
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(mysql_server.database())
        load_schema(url, schema_of(name))
        prefix = stack.enter_context(dynamodb_server.prefix())
        openers: list[Opener] = [
            Memory(name),
            Sql("mysql", name, url),
            Dynamo("dynamodb", name, prefix, dynamodb_server.settings, tombstones=True),
        ]
        for opener in openers:
            stack.callback(opener.close)
        run_machine(name, lambda: [opener.fresh() for opener in openers], runs=15, shard=31)
