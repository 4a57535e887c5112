"""An application on any store: what `crossfade.open` does, for stores that it does not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from crossfade.contract.model import Contract
from crossfade.contract.plan import plan_contract, write_actions
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository, UnitOfWork
from crossfade.dal.store import Store

T = TypeVar("T")


class StoreApp:
    """Repositories and units of work over one store."""

    def __init__(self, contract: Contract, store: Store, clock: Callable[[], datetime]) -> None:
        self._contract = contract
        self._store = store
        self._clock = clock
        self._plans = plan_contract(contract)

    def repository(self, entity: type[T]) -> Repository[T]:
        """See `App.repository`."""
        binding = bind(self._contract, entity)
        name = binding.entity.name
        tools = Tools(self._prepare(name), self._plans[name], CursorSigner(b"test"))
        return self._store.repository(binding, tools)

    def unit_of_work(self) -> UnitOfWork:
        """See `App.unit_of_work`."""
        return self._store.unit_of_work(self._bind, self._prepare, self._actions)

    def _bind(self, entity: Any) -> Any:
        return bind(self._contract, entity)

    def _prepare(self, entity: str) -> Preparer:
        return Preparer(self._contract.entities[entity], self._clock)

    def _actions(self, entity: str) -> int:
        return write_actions(self._contract, entity)
