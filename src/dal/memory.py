"""The in-memory store: every operation's meaning without a server, for an application's own tests.

It passes the same conformance tests as the real stores. What it cannot show is load, latency and the
network; `Faults` stands in for those.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from crossfade.contract.model import Contract, Entity
from crossfade.dal.base import BaseRepository, Tools
from crossfade.dal.condition import holds
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import CapacityExceeded
from crossfade.dal.faults import Faults
from crossfade.dal.key import Key, key_of
from crossfade.dal.memory_derived import Derivations
from crossfade.dal.memory_state import MemoryState, fold
from crossfade.dal.memory_work import MemoryUnitOfWork
from crossfade.dal.prepare import Clock, Delete, Preparer, Update
from crossfade.dal.query import Query
from crossfade.dal.repository import BatchResult

T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryStore:
    """A store whose records live in this object. Safe to share between threads.

    Args:
        contract: the contract.
        clock: gives the current time as an aware datetime.
        faults: failures to inject.
    """

    name = "memory"

    def __init__(self, contract: Contract, *, clock: Clock = _now, faults: Faults | None = None) -> None:
        self.contract = contract
        self.faults = faults or Faults()
        self._lock = threading.RLock()
        self._counters: dict[str, int] = {}
        preparers = {name: Preparer(entity, clock) for name, entity in contract.entities.items()}
        derivations = {name: Derivations(contract, entity) for name, entity in contract.entities.items()}
        self.state = MemoryState(contract, preparers, derivations)

    def repository(self, binding: Binding[Any], tools: Tools) -> MemoryRepository[Any]:
        """See `Store.repository`."""
        return MemoryRepository(self, binding, tools)

    def unit_of_work(
        self,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> MemoryUnitOfWork:
        """See `Store.unit_of_work`."""
        return MemoryUnitOfWork(self, bind, prepare, actions)

    def check(self) -> None:
        """See `Store.check`; only an injected fault can fail it."""
        with self.faults.around("check", None, writes=False):
            pass

    def close(self) -> None:
        """See `Store.close`; the records stay."""

    @contextmanager
    def access(self, operation: str, entity: str | None, *, writes: bool) -> Iterator[MemoryState]:
        """The state, for one operation: alone, and subject to the injected faults."""
        with self.faults.around(operation, entity, writes=writes), self._lock:
            yield self.state

    def numbered(self, entity: Entity, record: Record) -> Record:
        """The record with the next id, if the store gives it and it has none; given ids move the counter."""
        rule = entity.id
        if rule is None or rule.strategy not in {"auto_increment", "sequence"}:
            return record
        with self._lock:
            last = self._counters.get(entity.name, 0)
            given = record[rule.field]
            made = last + 1 if given is None else given
            self._counters[entity.name] = max(last, made)
        return {**record, rule.field: made}


class MemoryRepository(BaseRepository[T]):
    """The entities of one kind in a `MemoryStore`."""

    store: ClassVar[str] = MemoryStore.name

    def __init__(self, memory: MemoryStore, binding: Binding[T], tools: Tools) -> None:
        super().__init__(binding, tools)
        self._memory = memory

    @contextmanager
    def _access(self, operation: str, *, writes: bool = True) -> Iterator[MemoryState]:
        with self._memory.access(operation, self.entity.name, writes=writes) as state:
            yield state

    def _get_many(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        with self._access("get" if len(keys) == 1 else "get_many", writes=False) as state:
            found = {key: state.get(self.entity, key) for key in keys}
        return {key: record for key, record in found.items() if record is not None}

    def _find(self, query: Query) -> Sequence[Record]:
        with self._access("find", writes=False) as state:
            found = sorted(self._matching(query, state), key=_sort_key(query), reverse=query.descending)
        if query.after is not None:
            found = [r for r in found if _is_behind(query, _sort_key(query)(r))]
        return found[: query.limit + 1]

    def _count(self, query: Query) -> int:
        with self._access("count", writes=False) as state:
            return sum(1 for _ in self._matching(query, state))

    def _matching(self, query: Query, state: MemoryState) -> Iterator[Record]:
        """The records that a query finds. Its equalities compare as the columns do, like any key."""
        rest = replace(query, by={}).condition
        wanted = {f: fold(self.entity, f, v) for f, v in query.by.items()}
        for record in state.all(self.entity):
            if all(fold(self.entity, f, record[f]) == v for f, v in wanted.items()) and holds(rest, record):
                yield record

    def _create(self, record: Record) -> Record:
        with self._access("create") as state:
            return state.create(self.entity, self._memory.numbered(self.entity, record))

    def _put(self, record: Record) -> Record:
        with self._access("put") as state:
            return state.put(self.entity, self._memory.numbered(self.entity, record))

    def _update(self, update: Update) -> Record:
        with self._access("update") as state:
            return state.update(self.entity, update)

    def _delete(self, delete: Delete) -> bool:
        with self._access("delete") as state:
            return state.delete(self.entity, delete)

    def _put_many(self, records: Sequence[Record]) -> BatchResult:
        done, left = self._divided("put_many", records)
        with self._access("put_many"):
            result = self._each(done, lambda r: key_of(self.entity, r), self._put_one)
        result.failed.extend((key_of(self.entity, r), _unprocessed()) for r in left)
        return result

    def _put_one(self, record: Record) -> Record:
        return self._memory.state.put(self.entity, self._memory.numbered(self.entity, record))

    def _delete_many(self, keys: Sequence[Key]) -> BatchResult:
        done, left = self._divided("delete_many", keys)
        with self._access("delete_many") as state:
            result = self._each(done, lambda k: k, lambda k: state.delete(self.entity, Delete(k)))
        result.failed.extend((key, _unprocessed()) for key in left)
        return result

    def _divided(self, operation: str, things: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        left = self._memory.faults.leftover(operation, self.entity.name)
        return things[: max(0, len(things) - left)], things[max(0, len(things) - left) :]


def _unprocessed() -> CapacityExceeded:
    return CapacityExceeded("the store left this key of the batch undone (injected)")


def _sort_key(query: Query) -> Callable[[Record], tuple[Any, ...]]:
    return lambda record: tuple(record[f] for f in query.plan.sort_fields)


def _is_behind(query: Query, place: tuple[Any, ...]) -> bool:
    return query.after is not None and (place < query.after if query.descending else place > query.after)
