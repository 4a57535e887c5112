"""The shared half of a unit of work: state, checks and the count of write actions.

A store implements the hooks; both sides of the interface are in `dal.repository`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from crossfade.contract.model import Entity
from crossfade.dal.condition import Condition
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import ConditionFailed, CrossfadeError, StoreError, TransactionTooLarge
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update

T = TypeVar("T")
P = TypeVar("P")

# "TransactWriteItems ... up to 100 write actions": Amazon DynamoDB API Reference.
MAX_ACTIONS = 100


class WorkClosed(CrossfadeError):
    """The unit of work has ended: begin a new one."""


class BaseUnitOfWork(ABC):
    """All or nothing over one store.

    Args:
        bind: gives the binding for a class or an entity name.
        prepare: gives the preparer of an entity.
        actions: how many write actions writing one entity takes on DynamoDB.
    """

    store: ClassVar[str]

    def __init__(
        self,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> None:
        self._bind = bind
        self._prepare = prepare
        self._actions = actions
        self._bindings: dict[str, Binding[Any]] = {}
        self._count = 0
        self._open = False
        self._failed = False

    # ------------------------------------------------------------------ hooks

    @abstractmethod
    def _begin(self) -> None: ...

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def _rollback(self) -> None: ...

    @abstractmethod
    def _get(self, entity: Entity, key: Key) -> Record | None: ...

    @abstractmethod
    def _create(self, entity: Entity, record: Record) -> Record: ...

    @abstractmethod
    def _put(self, entity: Entity, record: Record) -> None: ...

    @abstractmethod
    def _update(self, entity: Entity, update: Update) -> None: ...

    @abstractmethod
    def _delete(self, entity: Entity, delete: Delete) -> None: ...

    # -------------------------------------------------------------- interface

    def __enter__(self) -> Self:
        if self._open:
            raise WorkClosed("this unit of work is already open")
        self._begin()
        self._open, self._failed, self._count = True, False, 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            self._open = False
            self._rollback()

    def repository(self, entity: Any) -> BoundWork[Any]:
        """See `UnitOfWork.repository`."""
        self.check_open()
        binding = self._bind(entity)
        self._bindings[binding.entity.name] = binding
        return BoundWork(self, binding, self._prepare(binding.entity.name))

    def commit(self) -> None:
        """See `UnitOfWork.commit`."""
        self.check_open()
        if self._failed:
            raise WorkClosed("a write of this unit of work failed: nothing can be committed any more")
        self._open = False
        try:
            self._commit()
        except StoreError as error:
            self.complete(error, "commit")
            raise

    def complete(self, error: StoreError, operation: str) -> None:
        """Complete a store's error with what only the caller's side knows."""
        error.store = error.store or self.store
        error.operation = error.operation or operation
        binding = self._bindings.get(error.entity or "")
        if binding and isinstance(error, ConditionFailed) and isinstance(error.current, dict):
            error.current = binding.from_record(error.current)

    def check_open(self) -> None:
        """Raise WorkClosed unless the unit is open."""
        if not self._open:
            raise WorkClosed("this unit of work is not open: use it inside its with block, before commit()")

    def fail(self) -> None:
        """Note that a write was refused: half a unit must not be committed by a caller who goes on."""
        self._failed = True

    def count_write(self, entity: str) -> None:
        """Count one written entity.

        Raises:
            TransactionTooLarge: DynamoDB could not write this many in one transaction.
        """
        self._count += self._actions(entity)
        if self._count > MAX_ACTIONS:
            raise TransactionTooLarge(
                f"a unit of work takes {MAX_ACTIONS} write actions, lookup items included: split it",
                actions=self._count,
                store=self.store,
            )


class BoundWork(Generic[T]):
    """The `WorkRepository` of one entity inside a unit of work."""

    def __init__(self, work: BaseUnitOfWork, binding: Binding[T], prepare: Preparer) -> None:
        self._work = work
        self._binding = binding
        self._entity = binding.entity
        self._prepare = prepare

    def get(self, key: Any) -> T | None:
        """See `WorkRepository.get`."""
        wanted = self._prepare.key(key)
        record = self._guard("get", wanted, lambda: self._work._get(self._entity, wanted))
        return None if record is None else self._binding.from_record(record)

    def create(self, entity: T) -> T:
        """See `WorkRepository.create`."""
        record = self._write("create", lambda: self._new(entity), lambda r: self._work._create(self._entity, r))
        return self._binding.from_record(record)

    def put(self, entity: T) -> None:
        """See `WorkRepository.put`."""
        self._write("put", lambda: self._new(entity), lambda r: self._work._put(self._entity, r))

    def update(
        self,
        key: Any,
        changes: Mapping[str, Any],
        *,
        where: Condition | None = None,
        version: int | None = None,
    ) -> None:
        """See `WorkRepository.update`."""
        self._write(
            "update",
            lambda: self._prepare.update(key, changes, where, version),
            lambda update: self._work._update(self._entity, update),
        )

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> None:
        """See `WorkRepository.delete`."""
        self._write(
            "delete",
            lambda: self._prepare.delete(key, where, version),
            lambda delete: self._work._delete(self._entity, delete),
        )

    def _new(self, entity: T) -> Record:
        return self._prepare.new(self._binding.to_record(entity))

    def _write(self, operation: str, prepare: Callable[[], P], act: Callable[[P], Any]) -> Any:
        self._work.check_open()
        try:
            checked = prepare()
            self._work.count_write(self._entity.name)
            key = checked.key if isinstance(checked, (Update, Delete)) else None
            return self._guard(operation, key, lambda: act(checked))
        except BaseException:
            self._work.fail()
            raise

    def _guard(self, operation: str, key: Key | None, act: Callable[[], Any]) -> Any:
        self._work.check_open()
        try:
            return act()
        except StoreError as error:
            # An earlier write, of another entity, may be what cannot be made any more.
            if error.entity in {None, self._entity.name}:
                error.entity, error.key = self._entity.name, error.key or key
            self._work.complete(error, operation)
            raise
