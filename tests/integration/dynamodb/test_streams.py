"""The stream of a real table: everything that writes do to it comes by, in order, and once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from crossfade.dal.key import Key
from crossfade.dynamodb import DynamoDBStore, create_tables
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients, connect_streams
from crossfade.dynamodb.expected import Owner, owner, tombstone
from crossfade.dynamodb.stream_calls import Change, StreamCalls, stream_of
from crossfade.dynamodb.stream_item import StreamItem
from crossfade.dynamodb.streams import Quiet, StreamReader
from tests.conformance.backend import Backend, Clock, load_contract
from tests.images.polling import wait_until
from tests.integration.servers import DynamoServer


@dataclass
class World:
    """The shop on DynamoDB Local, with streams, and readers of the users' stream.

    Attributes:
        client: a client of the server.
        prefix: before every table's name.
        shop: a store whose deletes leave tombstones.
        time: the readers' clock.
    """

    client: Any
    prefix: str
    shop: Backend
    time: float = 0.0
    readers: list[StreamReader] = field(default_factory=list)

    @property
    def table(self) -> str:
        """The users' table."""
        return f"{self.prefix}Users"

    def reader(self, table: str | None = None, *, limit: int = 1_000) -> StreamReader:
        """A new reader of a table (None: the users'), with batches of `limit` at most."""
        stream = stream_of(self.client, table or self.table)
        calls = StreamCalls(connect_streams(), stream, limit=limit)
        control = f"{self.prefix}crossfade_control"
        keeper = StreamItem(Calls(Clients(self.client, self.client)), control, stream.table, clock=self.clock)
        self.readers.append(StreamReader(calls, keeper, quiet=Quiet(2, 1.0), clock=self.clock))
        return self.readers[-1]

    def clock(self) -> float:
        """The readers' time."""
        return self.time

    def user(self, n: int, **fields: Any) -> Any:
        """A user, created."""
        return self.shop.of("USER").create(
            {"id": n, "username": f"u{n}", "email": f"{n}@x", "password_hash": "h", **fields}
        )


def taken(world: World, reader: StreamReader, count: int, *, seconds: float = 60) -> list[Change]:
    """The next changes, acknowledged; the stream may be a moment behind."""
    found: list[Change] = []

    def enough() -> bool:
        while len(found) < count and (batch := reader.read()) is not None:
            found.extend(batch.changes)
            reader.acknowledge(batch)
        return len(found) >= count

    wait_until(enough, seconds=seconds)
    return found


@pytest.fixture
def world(dynamodb_server: DynamoServer, dynamodb_endpoint: str, table_prefix: str) -> Iterator[World]:
    """An empty shop."""
    del dynamodb_endpoint
    contract, clock = load_contract("shop"), Clock()
    with closing(dynamodb_server.client()) as client:
        create_tables(client, contract, table_prefix)
        store = DynamoDBStore(contract, client, prefix=table_prefix, clock=clock, tombstones=True)
        yield World(client, table_prefix, Backend("dynamodb_tombstones", store, clock))


def test_everything_that_happens_to_an_item_comes_by_in_order(world: World) -> None:
    reader = world.reader()
    world.user(1)
    world.shop.of("USER").update(1, {"first_name": "Ann"})
    world.shop.of("USER").update(1, {"email": "new@x"})
    world.shop.of("USER").delete(1)
    found = taken(world, reader, 5)
    layout = world.shop.store.layout  # type: ignore[attr-defined]  # the store is one on DynamoDB
    assert {owner(layout, world.table, c.new) for c in found if c.new} == {Owner("USER", Key(id=1))}
    at_old = [c for c in found if c.item_key["PK"] == {"S": "1@x"}]
    assert [(c.old is None, c.new is None or tombstone(c.new)) for c in at_old] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert at_old[-1].new is not None
    assert at_old[-1].new["_moved"]["M"]["PK"] == {"S": "new@x"}
    made, deleted = (c for c in found if c.item_key["PK"] == {"S": "new@x"})
    assert (made.old, made.new and made.new["first_name"]) == (None, {"S": "Ann"})
    assert deleted.old == made.new
    assert deleted.new is not None
    assert (tombstone(deleted.new), "_moved" in deleted.new) == (True, False)
    assert not any(c.swept for c in found)


def test_what_is_really_removed_has_no_new_image(world: World) -> None:
    reader = world.reader()
    world.user(1)
    key = {"PK": {"S": "1@x"}, "SK": {"S": "#META"}}
    world.client.delete_item(TableName=world.table, Key=key)
    _, removed = taken(world, reader, 2)
    assert (removed.item_key, removed.new, removed.swept) == (key, None, False)
    assert removed.old is not None


def test_what_dynamodb_sweeps_is_told_from_what_somebody_deletes(world: World) -> None:
    table = f"{world.prefix}Brief"
    world.client.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    world.client.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    world.client.put_item(TableName=table, Item={"pk": {"S": "a"}, "ttl": {"N": str(int(time.time()) - 60)}})
    reader = world.reader(table)
    made, swept = taken(world, reader, 2, seconds=400)  # whenever it comes round to sweeping
    assert (made.swept, swept.swept) == (False, True)
    assert (swept.old, swept.new) == (made.new, None)


def test_another_reader_goes_on_behind_what_was_acknowledged(world: World) -> None:
    first = world.reader(limit=2)
    for n in range(1, 6):
        world.user(n)
    acknowledged = [c.sequence for c in taken(world, first, 2)]
    wait_until(lambda: first.read() is not None)
    lost = first.read()
    assert lost is not None
    first.close()
    second = world.reader(limit=2)
    rest = taken(world, second, 3)
    assert [c.sequence for c in rest[: len(lost.changes)]] == [c.sequence for c in lost.changes]
    assert len({*acknowledged, *(c.sequence for c in rest)}) == len(acknowledged) + len(rest) == 5
    world.user(6)
    assert len(taken(world, second, 1)) == 1


def test_drained_is_said_once_nothing_comes_any_more(world: World) -> None:
    reader = world.reader()
    world.user(1)
    world.shop.of("USER").update(1, {"super_admin": True})
    taken(world, reader, 2)
    for world.time in (0.5, 1.0, 1.5):
        assert not reader.drained(0.5)
        assert reader.read() is None
    assert reader.drained(0.5)
    world.shop.of("USER").update(1, {"super_admin": False})
    taken(world, reader, 1)
    assert not reader.drained(1.5)
