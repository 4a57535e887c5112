"""A contract in the stage live, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.conformance.backend import schema_of
from tests.conformance.opening import Dynamo, Sql
from tests.integration.servers import DynamoServer, SqlServer, load_schema
from tests.returning import Returning


@contextmanager
def returning(contract: str, server: SqlServer, dynamodb: DynamoServer) -> Iterator[Returning]:
    """The stores of a contract, by its name, empty."""
    with ExitStack() as stack:
        url = stack.enter_context(server.database())
        load_schema(url, schema_of(contract))
        sql = Sql("mysql", contract, url)
        stack.callback(sql.close)
        prefix = stack.enter_context(dynamodb.prefix())
        dynamo = Dynamo("dynamodb", contract, prefix, dynamodb.settings, tombstones=True)
        stack.callback(dynamo.close)
        yield Returning(sql.fresh(), dynamo.fresh())
