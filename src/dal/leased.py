"""Writes under a lease: looked at before the request, and again when the reply is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from crossfade.dal.condition import Condition
from crossfade.dal.errors import Conflict
from crossfade.dal.repository import BatchResult, Repository, UnitOfWork, WorkRepository
from crossfade.dal.stage import StageHeld, StageMoved
from crossfade.dal.typed import TypedRepository

T = TypeVar("T")
S = TypeVar("S")

Leased = Callable[[], AbstractContextManager[None]]
"""Makes the block of one write: raises at its beginning where it may not be made, at its end where that is unclear."""


class LeasedRepository(TypedRepository[T]):
    """A repository whose writes are made under a lease.

    Args:
        inner: what is asked.
        leased: makes the block of each write.
    """

    def __init__(self, inner: Repository[T], leased: Leased) -> None:
        super().__init__(inner)
        self._leased = leased

    def create(self, entity: T) -> T:
        """See `Repository.create`."""
        with self._leased():
            return self._inner.create(entity)

    def put(self, entity: T) -> T:
        """See `Repository.put`."""
        with self._leased():
            return self._inner.put(entity)

    def update(
        self, key: Any, changes: Mapping[str, Any], *, where: Condition | None = None, version: int | None = None
    ) -> T:
        """See `Repository.update`."""
        with self._leased():
            return self._inner.update(key, changes, where=where, version=version)

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> bool:
        """See `Repository.delete`."""
        with self._leased():
            return self._inner.delete(key, where=where, version=version)

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """See `Repository.put_many`."""
        with self._leased():
            return self._inner.put_many(entities)

    def delete_many(self, keys: Iterable[Any]) -> BatchResult:
        """See `Repository.delete_many`."""
        with self._leased():
            return self._inner.delete_many(keys)


class LeasedUnitOfWork:
    """A `UnitOfWork` whose commit is made under a lease.

    Args:
        inner: what is asked.
        leased: makes the block of the commit.
    """

    def __init__(self, inner: UnitOfWork, leased: Leased) -> None:
        self._inner, self._leased = inner, leased

    def repository(self, entity: Any) -> WorkRepository[Any]:
        """See `UnitOfWork.repository`."""
        return self._inner.repository(entity)

    def commit(self) -> None:
        """See `UnitOfWork.commit`. What was read belongs to the stage that it was read in: Conflict after a move."""
        try:
            with self._leased():
                self._inner.commit()
        except (StageMoved, StageHeld) as moved:
            raise Conflict(f"{moved}: nothing was written; try the whole unit again") from None

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, error, trace)


class Under(Generic[S]):
    """The block of one write: `begin` tells until when, `end` looks again unless the write itself failed."""

    __slots__ = ("_begin", "_end", "_until")

    def __init__(self, begin: Callable[[], S], end: Callable[[S], None]) -> None:
        self._begin, self._end = begin, end

    def __enter__(self) -> None:
        self._until = self._begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._end(self._until)
