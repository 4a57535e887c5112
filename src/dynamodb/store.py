"""DynamoDB as a `Store`: one endpoint, opened for one contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crossfade.contract.model import Contract
from crossfade.dal.base import Tools
from crossfade.dal.entity import Binding
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.prepare import Clock, Preparer
from crossfade.dynamodb.calls import Calls, Requested
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.paging import pages
from crossfade.dynamodb.pending import PREFIX
from crossfade.dynamodb.repository import DynamoDBRepository
from crossfade.dynamodb.retry import DEFAULT, Pacer
from crossfade.dynamodb.schema import differences
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.unit_of_work import DynamoDBUnitOfWork
from crossfade.dynamodb.writer import Writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _now() -> datetime:
    return datetime.now(UTC)


class DynamoDBStore:
    """A store on DynamoDB. Safe to share between threads.

    Args:
        contract: the contract.
        client: the clients to send with; or one client for everything, which should not retry writes by itself:
            a retry of its own cannot tell whether the first try was made.
        prefix: before every table's name.
        clock: gives the current time as an aware datetime.
        pacer: the retries of writes, and of what a batch left over.
        on_event: told of every request; must not raise.
        capacity: ask for the consumed capacity of every request.
        tombstones: deletes leave tombstones, as they must while the other store has a copy.

    Raises:
        ConfigurationError: an attribute of the contract cannot store its field's type.
    """

    name = STORE

    def __init__(
        self,
        contract: Contract,
        client: Clients | DynamoDBClient,
        *,
        prefix: str = "",
        clock: Clock = _now,
        pacer: Pacer = DEFAULT,
        on_event: Callable[[Requested], None] | None = None,
        capacity: bool = False,
        tombstones: bool = False,
    ) -> None:
        self.contract = contract
        self.clients = client if isinstance(client, Clients) else Clients(client, client)
        self.prefix = prefix
        calls = Calls(self.clients, pacer=pacer, on_event=on_event, capacity=capacity)
        self._writer = Writer(Layout(contract, prefix, clock, tombstones=tombstones), calls)

    @property
    def layout(self) -> Layout:
        """Where and how every entity is stored."""
        return self._writer.layout

    def repository(self, binding: Binding[Any], tools: Tools) -> DynamoDBRepository[Any]:
        """See `Store.repository`."""
        return DynamoDBRepository(self._writer, binding, tools)

    def unit_of_work(
        self,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> DynamoDBUnitOfWork:
        """See `Store.unit_of_work`."""
        return DynamoDBUnitOfWork(self._writer, bind, prepare, actions)

    def check(self) -> None:
        """See `Store.check`."""
        found = differences(self.clients.reads, self.contract, self.prefix)
        if found:
            raise SchemaMismatch("; ".join(found), store=STORE)

    def finish(self) -> int:
        """Do what processes that died left undone after a change (`dynamodb.pending`).

        Safe at any time, beside any traffic. Reads the control table.

        Returns:
            How many changes were finished.
        """
        layout, calls = self._writer.layout, self._writer.calls
        request = {
            "TableName": layout.control_table,
            "ConsistentRead": True,
            "FilterExpression": "begins_with(#k, :p)",
            "ExpressionAttributeNames": {"#k": OWN_KEY},
            "ExpressionAttributeValues": {":p": {"S": PREFIX}},
        }
        found = [item for page in pages(calls, "Scan", request, None) for item in page["Items"]]
        for item in found:
            self._writer.followers.finish_noted(item)
        return len(found)

    def close(self) -> None:
        """See `Store.close`."""
        self.clients.close()
