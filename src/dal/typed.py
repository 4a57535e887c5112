"""The base of repositories that pass on what they are asked, as generated ones do, which add typed methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar

from crossfade.dal.condition import Condition
from crossfade.dal.key import Key
from crossfade.dal.repository import BatchResult, Order, Page, Repository

T = TypeVar("T")
_NOTHING = nullcontext()


class TypedRepository(Generic[T]):
    """Passes every operation on to the repository it is made of; see `Repository` for their meaning.

    Args:
        inner: what is asked.
    """

    def __init__(self, inner: Repository[T]) -> None:
        self._inner = inner

    def get(self, key: Any) -> T | None:
        """See `Repository.get`."""
        with self._passing("get"):
            return self._inner.get(key)

    def get_many(self, keys: Iterable[Any]) -> dict[Key, T]:
        """See `Repository.get_many`."""
        with self._passing("get_many"):
            return self._inner.get_many(keys)

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
        with self._passing("find"):
            return self._inner.find(pattern, limit=limit, cursor=cursor, order=order, where=where, **args)

    def count(self, pattern: str, *, where: Condition | None = None, **args: Any) -> int:
        """See `Repository.count`."""
        with self._passing("count"):
            return self._inner.count(pattern, where=where, **args)

    def create(self, entity: T) -> T:
        """See `Repository.create`."""
        with self._passing("create"):
            return self._inner.create(entity)

    def put(self, entity: T) -> T:
        """See `Repository.put`."""
        with self._passing("put"):
            return self._inner.put(entity)

    def update(
        self, key: Any, changes: Mapping[str, Any], *, where: Condition | None = None, version: int | None = None
    ) -> T:
        """See `Repository.update`."""
        with self._passing("update"):
            return self._inner.update(key, changes, where=where, version=version)

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> bool:
        """See `Repository.delete`."""
        with self._passing("delete"):
            return self._inner.delete(key, where=where, version=version)

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """See `Repository.put_many`."""
        with self._passing("put_many"):
            return self._inner.put_many(entities)

    def delete_many(self, keys: Iterable[Any]) -> BatchResult:
        """See `Repository.delete_many`."""
        with self._passing("delete_many"):
            return self._inner.delete_many(keys)

    def _passing(self, name: str) -> AbstractContextManager[object]:
        """The block in which an operation is passed on."""
        del name
        return _NOTHING
