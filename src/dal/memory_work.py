"""Units of work on a memory store: optimistic, checked as a whole at commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from crossfade.contract.model import Entity
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import Conflict, StoreError
from crossfade.dal.key import Key
from crossfade.dal.memory_state import MemoryState
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.unit_of_work import BaseUnitOfWork

if TYPE_CHECKING:
    from crossfade.dal.memory import MemoryStore

Write = Callable[[MemoryState], Any]


class MemoryUnitOfWork(BaseUnitOfWork):
    """All or nothing in a `MemoryStore`.

    Writes are tried at once, on a copy of what is committed, and made again at commit on what is committed
    then. What was read must be unchanged by then.
    """

    store: ClassVar[str] = "memory"

    def __init__(
        self,
        memory: MemoryStore,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> None:
        super().__init__(bind, prepare, actions)
        self._memory = memory
        self._writes: list[tuple[str, Write]] = []
        self._read: dict[tuple[str, Key], tuple[Entity, int]] = {}

    def _begin(self) -> None:
        self._writes, self._read = [], {}

    def _commit(self) -> None:
        with self._memory.access("commit", None, writes=True) as state:
            for (_, key), (entity, revision) in self._read.items():
                if state.revision(entity, key) != revision:
                    raise Conflict("it was changed after this unit had read it", entity=entity.name, key=key)
            self._memory.state = self._replayed(state)

    def _rollback(self) -> None:
        self._writes, self._read = [], {}

    def _get(self, entity: Entity, key: Key) -> Record | None:
        with self._memory.access("get", entity.name, writes=False) as state:
            self._read.setdefault((entity.name, key), (entity, state.revision(entity, key)))
            return self._replayed(state).get(entity, key)

    def _create(self, entity: Entity, record: Record) -> Record:
        numbered = self._memory.numbered(entity, record)
        created: Record = self._write("create", entity, lambda state: state.create(entity, numbered))
        return created

    def _put(self, entity: Entity, record: Record) -> None:
        numbered = self._memory.numbered(entity, record)
        self._write("put", entity, lambda state: state.put(entity, numbered))

    def _update(self, entity: Entity, update: Update) -> None:
        self._write("update", entity, lambda state: state.update(entity, update))

    def _delete(self, entity: Entity, delete: Delete) -> None:
        self._write("delete", entity, lambda state: state.delete(entity, delete))

    def _write(self, operation: str, entity: Entity, write: Write) -> Any:
        with self._memory.access(operation, entity.name, writes=True) as state:
            result = write(self._replayed(state))
        self._writes.append((entity.name, write))
        return result

    def _replayed(self, state: MemoryState) -> MemoryState:
        """What is committed now, with this unit's writes."""
        own = state.copy()
        for name, write in self._writes:
            try:
                write(own)
            except StoreError as error:
                error.entity = error.entity or name
                raise
        return own
