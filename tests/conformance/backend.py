"""An open store on one contract, as the cases use it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.contract.plan import QueryPlan, plan_contract, write_actions
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import Binding, bind
from crossfade.dal.prepare import Preparer
from crossfade.dal.store import Store
from tests.systems.system import contract_path

ROOT = Path(__file__).parents[2]
# By name: a contract, with its schema beside it.
CONTRACTS = {
    "shop": ROOT / "contracts" / "migrationContract.json",
    "library": ROOT / "tests" / "contracts" / "library" / "contract.json",
}
# Later than any real clock that runs this: a server that sweeps expired items by its own clock must not
# take one that a test still expects.
START = datetime(2034, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SECRET = b"conformance"
_PLANS: dict[str, Mapping[str, Mapping[str, QueryPlan]]] = {}


def _path(contract: str) -> Path:
    """Where the contract of a name is: one of these, or a system's."""
    return CONTRACTS.get(contract) or contract_path(contract)


def schema_of(contract: str) -> Path:
    """The MySQL schema of a contract."""
    return _path(contract).with_name("schema.sql")


def load_contract(contract: str) -> Contract:
    """The contract of a name."""
    return load(_path(contract))


def _planned(contract: Contract) -> Mapping[str, Mapping[str, QueryPlan]]:
    """The plans of a contract; made once for each that a store was opened on."""
    if contract.fingerprint not in _PLANS:
        _PLANS[contract.fingerprint] = plan_contract(contract)
    return _PLANS[contract.fingerprint]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> datetime:
        """Move on by the parts of a timedelta, and tell the new time."""
        self.now += timedelta(**parts)
        return self.now


class Backend:
    """One implementation, on one contract, with nothing in it.

    Args:
        kind: the implementation: memory, sqlite, mysql, mariadb, moto or dynamodb; the last two also with
            `_tombstones`, where deletes leave them.
        store: the open store.
        clock: the clock that it was opened with.
    """

    def __init__(self, kind: str, store: Store, clock: Clock) -> None:
        self.kind = kind
        self.store = store
        self.clock = clock
        self.contract = store.contract
        self._signer = CursorSigner(SECRET)
        self._plans = _planned(store.contract)
        self._preparers: dict[str, Preparer] = {}

    def of(self, entity: Any) -> Any:
        """The repository of a bound class, or by entity name for dictionaries.

        Typed loosely: a case that reads what it has just written need not prove that it is there.
        """
        binding = self._bind(entity)
        name = binding.entity.name
        return self.store.repository(binding, Tools(self._prepare(name), self._plans[name], self._signer))

    def work(self) -> Any:
        """A new unit of work; typed loosely, as `of` is."""
        return self.store.unit_of_work(self._bind, self._prepare, self.actions)

    def plan(self, entity: str, pattern: str) -> QueryPlan:
        """How DynamoDB answers a pattern."""
        return self._plans[entity][pattern]

    def actions(self, entity: str) -> int:
        """The write actions that writing one entity takes."""
        return write_actions(self.contract, entity)

    def _bind(self, entity: Any) -> Binding[Any]:
        return bind(self.contract, entity)

    def _prepare(self, entity: str) -> Preparer:
        # Made once, as an application does: its checks are compiled.
        if entity not in self._preparers:
            self._preparers[entity] = Preparer(self.contract.entities[entity], self.clock)
        return self._preparers[entity]
