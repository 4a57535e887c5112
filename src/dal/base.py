"""What every repository does before and after its store: checks, bindings, pages, error details.

A store implements the hooks below, on records and checked arguments; `Repository` follows from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.model import Entity
from crossfade.dal.arguments import Arguments
from crossfade.dal.condition import Condition
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import ConditionFailed, StoreError
from crossfade.dal.key import Key, key_of
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.query import Query
from crossfade.dal.repository import BatchResult, Order, Page

if TYPE_CHECKING:
    from crossfade.contract.plan import QueryPlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a repository needs besides its store.

    Attributes:
        prepare: checks and defaults.
        plans: the plan of each access pattern of the entity.
        signer: for cursors.
    """

    prepare: Preparer
    plans: Mapping[str, QueryPlan]
    signer: CursorSigner


class BaseRepository(ABC, Generic[T]):
    """A `Repository` over the hooks of one store."""

    store: ClassVar[str]

    def __init__(self, binding: Binding[T], tools: Tools) -> None:
        self.binding = binding
        self.entity: Entity = binding.entity
        self.tools = tools
        self.prepare = tools.prepare
        self._arguments = Arguments(binding.entity, tools.prepare, tools.plans, tools.signer)

    # ------------------------------------------------------------------ hooks

    @abstractmethod
    def _get_many(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        """The records of distinct keys, expired ones left out."""

    @abstractmethod
    def _find(self, query: Query) -> Sequence[Record]:
        """The first `query.limit + 1` records in order, fewer if there are no more."""

    @abstractmethod
    def _count(self, query: Query) -> int:
        """How many records the query finds; limit and cursor do not count."""

    @abstractmethod
    def _create(self, record: Record) -> Record: ...

    @abstractmethod
    def _put(self, record: Record) -> Record: ...

    @abstractmethod
    def _update(self, update: Update) -> Record: ...

    @abstractmethod
    def _delete(self, delete: Delete) -> bool: ...

    def _put_many(self, records: Sequence[Record]) -> BatchResult:
        return self._each(records, lambda r: key_of(self.entity, r), self._put)

    def _delete_many(self, keys: Sequence[Key]) -> BatchResult:
        return self._each(keys, lambda k: k, lambda k: self._delete(Delete(k)))

    def _consistent(self, plan: QueryPlan) -> bool:
        """Whether this store answers the plan from current data."""
        return True

    # ------------------------------------------------------------- operations

    def get(self, key: Any) -> T | None:
        """See `Repository.get`."""
        wanted = self.prepare.key(key)
        with self._details("get", wanted):
            record = self._get_many((wanted,)).get(wanted)
        return None if record is None else self.binding.from_record(record)

    def get_many(self, keys: Iterable[Any]) -> dict[Key, T]:
        """See `Repository.get_many`."""
        wanted = tuple(dict.fromkeys(map(self.prepare.key, keys)))
        if not wanted:
            return {}
        with self._details("get_many"):
            found = self._get_many(wanted)
        return {k: self.binding.from_record(found[k]) for k in wanted if k in found}

    def find(
        self,
        pattern: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        order: Order | None = None,
        where: Condition | None = None,
        **args: Any,
    ) -> Page[T]:
        """See `Repository.find`."""
        query = self._arguments.query(pattern, args, limit=limit, cursor=cursor, order=order, where=where)
        with self._details("find"):
            records = self._find(query)
        page = records[: query.limit]
        more = len(records) > query.limit
        return Page(
            items=list(map(self.binding.from_record, page)),
            cursor=self.tools.signer.write(query, page[-1]) if more else None,
            consistent=self._consistent(query.plan),
        )

    def count(self, pattern: str, *, where: Condition | None = None, **args: Any) -> int:
        """See `Repository.count`."""
        query = self._arguments.query(pattern, args, where=where)
        with self._details("count"):
            return self._count(query)

    def create(self, entity: T) -> T:
        """See `Repository.create`."""
        record = self.prepare.new(self.binding.to_record(entity))
        with self._details("create", self._own_key(record)):
            return self.binding.from_record(self._create(record))

    def put(self, entity: T) -> T:
        """See `Repository.put`."""
        record = self.prepare.new(self.binding.to_record(entity))
        with self._details("put", self._own_key(record)):
            return self.binding.from_record(self._put(record))

    def update(
        self,
        key: Any,
        changes: Mapping[str, Any],
        *,
        where: Condition | None = None,
        version: int | None = None,
    ) -> T:
        """See `Repository.update`."""
        update = self.prepare.update(key, changes, where, version)
        with self._details("update", update.key):
            return self.binding.from_record(self._update(update))

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> bool:
        """See `Repository.delete`."""
        delete = self.prepare.delete(key, where, version)
        with self._details("delete", delete.key):
            return self._delete(delete)

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """See `Repository.put_many`."""
        prepared = [self.prepare.new(self.binding.to_record(e)) for e in entities]
        keyed = {self._identity(r, i): r for i, r in enumerate(prepared)}
        with self._details("put_many"):
            return self._put_many(tuple(keyed.values())) if keyed else BatchResult()

    def delete_many(self, keys: Iterable[Any]) -> BatchResult:
        """See `Repository.delete_many`."""
        wanted = tuple(dict.fromkeys(map(self.prepare.key, keys)))
        with self._details("delete_many"):
            return self._delete_many(wanted) if wanted else BatchResult()

    # ---------------------------------------------------------------- helpers

    def _identity(self, record: Record, number: int) -> tuple[Any, ...]:
        """What is the same of records with the same key; of a record whose key is still to be made, its number."""
        found = tuple([record[f] for f in self.entity.key])
        return ("new", number, None) if None in found else found

    def _own_key(self, record: Record) -> Key | None:
        key = key_of(self.entity, record)
        return None if None in key.values() else key

    def _each(self, things: Iterable[Any], key: Any, act: Any) -> BatchResult:
        result = BatchResult()
        for thing in things:
            try:
                stored = act(thing)
            except CrossfadeError as error:
                result.failed.append((key(thing), error))
            else:
                result.written.append(key(stored) if isinstance(stored, dict) else key(thing))
        return result

    @contextmanager
    def _details(self, operation: str, key: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Complete a store's errors with what only the caller's side knows."""
        try:
            yield
        except StoreError as error:
            error.entity = error.entity or self.entity.name
            error.key = error.key or key
            error.store = error.store or self.store
            error.operation = error.operation or operation
            if isinstance(error, ConditionFailed) and isinstance(error.current, dict):
                error.current = self.binding.from_record(error.current)
            raise
