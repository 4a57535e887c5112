"""A store on moto in this process, its client in the way of every request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.contract.plan import plan_contract, write_actions
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository, UnitOfWork
from crossfade.dynamodb import DynamoDBStore, create_tables
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.tables import table_names
from crossfade.dynamodb.wire import Item
from tests.unit.direct import directly
from tests.unit.dynamodb.audit import scan
from tests.unit.dynamodb.faulty import FaultyClient, Kind
from tests.unit.imitation import imitation

ROOT = Path(__file__).parents[3]
CONTRACTS = {
    "shop": ROOT / "contracts" / "migrationContract.json",
    "library": ROOT / "tests" / "contracts" / "library" / "contract.json",
}
START = datetime(2034, 5, 1, 12, tzinfo=UTC)
_PREFIX = "t_"


@cache
def contract_of(name: str) -> Contract:
    """One of the contracts."""
    return load(CONTRACTS[name])


@cache
def _plans(name: str) -> Mapping[str, Any]:
    return plan_contract(contract_of(name))


def impatient() -> Pacer:
    """A pacer that tries often and never waits."""
    return Pacer(Retry(attempts=6), sleep=lambda seconds: None, clock=lambda: 0.0, draw=lambda low, high: low)


@dataclass
class Opened:
    """One process: a store, and the client that it sends with.

    Attributes:
        name: the contract's.
        client: the client, which may fail.
        store: the store.
        now: its time.
        prefix: before its tables' names.
        tombstones: whether its deletes leave tombstones.
    """

    name: str
    client: FaultyClient
    now: datetime = START
    prefix: str = _PREFIX
    tombstones: bool = False

    def __post_init__(self) -> None:
        clients = Clients(self.client, self.client)  # type: ignore[arg-type]  # it passes everything on to a client
        self.store = DynamoDBStore(
            contract_of(self.name),
            clients,
            prefix=self.prefix,
            clock=self.clock,
            pacer=impatient(),
            tombstones=self.tombstones,
        )
        self.layout = Layout(contract_of(self.name), self.prefix, self.clock)
        self._preparers = {name: Preparer(of, self.clock) for name, of in contract_of(self.name).entities.items()}

    def clock(self) -> datetime:
        """The time."""
        return self.now

    def later(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)

    def of(self, entity: str) -> Repository[Any]:
        """The repository of an entity."""
        contract = contract_of(self.name)
        tools = Tools(self._preparers[entity], _plans(self.name)[entity], CursorSigner(b"test"))
        return self.store.repository(bind(contract, entity), tools)

    def work(self) -> UnitOfWork:
        """A unit of work."""
        contract = contract_of(self.name)
        return self.store.unit_of_work(
            lambda entity: bind(contract, entity),
            self._preparers.__getitem__,
            lambda entity: write_actions(contract, entity),
        )

    def again(self, faults: Mapping[int, Kind] | None = None, *, writes_only: bool = True) -> Opened:
        """Another process on the same tables."""
        client = FaultyClient(self.client.client, faults or {}, writes_only)
        return Opened(self.name, client, self.now, self.prefix, self.tombstones)


Items = Mapping[str, list[Item]]


def kept(process: Opened) -> Items:
    """Every item of every table, to begin other tests with."""
    tables = table_names(contract_of(process.name), process.prefix)
    return {table: scan(process.client.client, table) for table in tables}


@contextmanager
def opened(name: str, items: Items | None = None, *, tombstones: bool = False) -> Iterator[Opened]:
    """A process on the tables of a contract, which hold `items`."""
    with imitation() as client, directly():
        create_tables(client, contract_of(name), _PREFIX)
        for table, held in (items or {}).items():
            for item in held:
                client.put_item(TableName=table, Item=item)
        yield Opened(name, FaultyClient(client), tombstones=tombstones)
