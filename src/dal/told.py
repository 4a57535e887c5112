"""Repositories and units of work whose every operation is told."""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import Event
from types import TracebackType
from typing import Any, Self, TypeVar

from crossfade.dal.metrics import ENTITY, GROUP, OPERATION
from crossfade.dal.repository import Repository, UnitOfWork, WorkRepository
from crossfade.dal.stage import Standing
from crossfade.dal.telemetry import Attributes, operation, whereabouts
from crossfade.dal.typed import TypedRepository

T = TypeVar("T")
_CLOSED = "the application is closed: open another one by crossfade.open, and close it when nothing uses it any more"


class ToldRepository(TypedRepository[T]):
    """A `Repository` whose operations are told.

    Args:
        inner: what is asked.
        entity, group: the entity's name, and its group's.
        standing: where the group stands; None where the one that is asked says so itself.
        closed: set when nothing is passed on any more.
    """

    def __init__(self, inner: Repository[T], entity: str, group: str, standing: Standing | None, closed: Event) -> None:
        super().__init__(inner)
        self._entity, self._closed = entity, closed
        self._about: Attributes = {ENTITY: entity, GROUP: group, **_known(standing)}

    def _passing(self, name: str) -> AbstractContextManager[object]:
        """See `TypedRepository._passing`. Raises RuntimeError where the application is closed."""
        if self._closed.is_set():
            raise RuntimeError(_CLOSED)
        return operation(self._entity, name, self._about)


class ToldUnitOfWork:
    """A `UnitOfWork` whose beginning and commit are told.

    Args:
        inner: what is asked.
        standing, closed: as for `ToldRepository`; one that has begun may end.
    """

    def __init__(self, inner: UnitOfWork, standing: Standing | None, closed: Event) -> None:
        self._inner, self._about, self._closed = inner, _known(standing), closed

    def repository(self, entity: Any) -> WorkRepository[Any]:
        """See `UnitOfWork.repository`."""
        return self._inner.repository(entity)

    def commit(self) -> None:
        """See `UnitOfWork.commit`."""
        with operation("unit_of_work", "commit", self._about):
            self._inner.commit()

    def __enter__(self) -> Self:
        if self._closed.is_set():
            raise RuntimeError(_CLOSED)
        with operation("unit_of_work", "begin", self._about) as about:
            self._inner.__enter__()
        self._about = {name: value for name, value in about.items() if name != OPERATION}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, error, trace)


def _known(standing: Standing | None) -> Attributes:
    return {} if standing is None else whereabouts(standing)
