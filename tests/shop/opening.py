"""An application on any store that needs no server: `crossfade.open`, and what it does for stores it does not know."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import crossfade
from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.contract.plan import plan_contract, write_actions
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.memory import MemoryStore
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository, UnitOfWork
from crossfade.dal.store import Store

KINDS = ("memory", "sqlite", "moto")
T = TypeVar("T")


class StoreApp:
    """Repositories and units of work over one store."""

    def __init__(self, contract: Contract, store: Store, clock: Callable[[], datetime]) -> None:
        self._contract = contract
        self._store = store
        self._plans = plan_contract(contract)
        self._preparers = {name: Preparer(of, clock) for name, of in contract.entities.items()}

    def repository(self, entity: type[T]) -> Repository[T]:
        """See `App.repository`."""
        binding = bind(self._contract, entity)
        name = binding.entity.name
        tools = Tools(self._preparers[name], self._plans[name], CursorSigner(b"test"))
        return self._store.repository(binding, tools)

    def unit_of_work(self) -> UnitOfWork:
        """See `App.unit_of_work`."""
        return self._store.unit_of_work(self._bind, self._preparers.__getitem__, self._actions)

    def _bind(self, entity: Any) -> Any:
        return bind(self._contract, entity)

    def _actions(self, entity: str) -> int:
        return write_actions(self._contract, entity)


@contextmanager
def opened(contract: Path, kind: str, folder: Path, clock: Callable[[], datetime]) -> Iterator[Any]:
    """An application on an empty store.

    Args:
        contract: where the contract is.
        kind: the store, one of `KINDS`.
        folder: where SQLite has its file.
        clock: gives the current time as an aware datetime.
    """
    if kind == "memory":
        loaded = load(contract)
        yield StoreApp(loaded, MemoryStore(loaded, clock=clock), clock)
        return
    with crossfade.open(
        contract,
        stage="mysql" if kind == "sqlite" else "dynamodb",
        embedded=True,
        embedded_path=str(folder),
        table_prefix=f"t{uuid.uuid4().hex[:10]}_",
        clock=clock,
    ) as app:
        yield app
