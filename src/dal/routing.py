"""Repositories that follow the stage: the one place that says which store is asked.

A write is planned with where the group stands, and made under a lock that a move waits for. Where the group has moved
meanwhile, nothing was written: the write is planned again, and the application does not notice.

A read is answered by the authority. Where the stage compares, the other store is asked the same beside it.

Where a share of the keys is one stage ahead, a call that names one key stands where that key does, and one that names
several is taken apart. Reads that name none, and units of work, stand where the group does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.answer import Operation
from crossfade.dal.condition import Condition
from crossfade.dal.entity import Binding
from crossfade.dal.key import Key, make_key
from crossfade.dal.planned import Board, replanned
from crossfade.dal.repository import BatchResult, Order, Page, Repository
from crossfade.dal.shadow_read import Read, ReadKind, ShadowReads
from crossfade.dal.share import route_of
from crossfade.dal.stage import Route, Standing, Standings
from crossfade.dal.telemetry import standing_at

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Beside(Generic[T]):
    """What reads are compared with.

    Attributes:
        reads: compares them.
        binding: of both repositories.
        at: the other store's repository, for a route.
    """

    reads: ShadowReads
    binding: Binding[Any]
    at: Callable[[Route], Repository[T]]

    def keys(self, given: Iterable[Any]) -> tuple[Key, ...]:
        """The keys for what a caller gave. Raises InvalidValue, as the repository would."""
        return tuple(make_key(self.binding.entity, key) for key in given)


class RoutedRepository(Generic[T]):
    """A `Repository` on the store that the stage names.

    Args:
        board: knows where the groups stand.
        group: the group of the entity.
        at: the repository for a standing and one of its routes; its writes raise StageMoved where the group stands
            elsewhere.
        beside: what reads are compared with, where the stage says so.
    """

    def __init__(
        self, board: Board, group: str, at: Callable[[Standing, Route], Repository[T]], beside: Beside[T]
    ) -> None:
        self._board, self._group, self._at, self._beside = board, group, at, beside
        self._entity = beside.binding.entity
        # What is asked where all keys are treated alike, found out once: most calls stand where the last one did.
        self._read_at: tuple[Standing, Repository[T] | None] | None = None
        self._written_at: tuple[Standing, Repository[T] | None] | None = None

    def get(self, key: Any) -> T | None:
        """See `Repository.get`."""
        standing = self._standing()
        here = self._for_reads(standing)
        if here is not None:
            standing_at(standing)
            return here.get(key)
        route = self._route(standing, lambda: key, _read_alike)
        return self._read(standing, route, "get", key, lambda repository: repository.get(key), [key])

    def get_many(self, keys: Iterable[Any]) -> dict[Key, T]:
        """See `Repository.get_many`."""
        standing, found, every = self._standing(), dict[Key, T](), list(keys)
        parts = self._parted(standing, every, lambda key: key, _read_alike)
        for route, those in parts:
            found |= self._get_many(standing, route, those)
        if len(parts) < 2:
            return found
        return {key: found[key] for key in self._beside.keys(every) if key in found}

    def _get_many(self, standing: Standing, route: Route, keys: list[Any]) -> dict[Key, T]:
        return self._read(standing, route, "get_many", keys, lambda repository: repository.get_many(keys), keys)

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
        options: dict[str, Any] = {"limit": limit, "cursor": cursor, "order": order, "where": where, **args}
        return self._ask("find", (pattern, options), lambda repository: repository.find(pattern, **options))

    def count(self, pattern: str, *, where: Condition | None = None, **args: Any) -> int:
        """See `Repository.count`."""
        options: dict[str, Any] = {"where": where, **args}
        return self._ask("count", (pattern, options), lambda repository: repository.count(pattern, **options))

    def create(self, entity: T) -> T:
        """See `Repository.create`."""
        return self._write(lambda: self._key(entity), lambda repository: repository.create(entity))

    def put(self, entity: T) -> T:
        """See `Repository.put`."""
        return self._write(lambda: self._key(entity), lambda repository: repository.put(entity))

    def update(
        self, key: Any, changes: Mapping[str, Any], *, where: Condition | None = None, version: int | None = None
    ) -> T:
        """See `Repository.update`."""
        return self._write(
            lambda: key, lambda repository: repository.update(key, changes, where=where, version=version)
        )

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> bool:
        """See `Repository.delete`."""
        return self._write(lambda: key, lambda repository: repository.delete(key, where=where, version=version))

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """See `Repository.put_many`."""
        return self._write_many(entities, self._key, lambda repository, those: repository.put_many(those))

    def delete_many(self, keys: Iterable[Any]) -> BatchResult:
        """See `Repository.delete_many`."""
        return self._write_many(keys, lambda key: key, lambda repository, those: repository.delete_many(those))

    # --------------------------------------------------------------------- helpers

    def _standing(self) -> Standing:
        return self._board.standings()[self._group]

    def _for_reads(self, standing: Standing) -> Repository[T] | None:
        """What answers every read; None where that depends on the key, or is compared."""
        known = self._read_at
        if known is None or known[0] is not standing:
            alike = _read_alike(standing) and not standing.route.compares
            known = self._read_at = standing, self._at(standing, standing.route) if alike else None
        return known[1]

    def _for_writes(self, standing: Standing) -> Repository[T] | None:
        """What takes every write; None where that depends on the key."""
        known = self._written_at
        if known is None or known[0] is not standing:
            alike = _written_alike(standing)
            known = self._written_at = standing, self._at(standing, standing.route) if alike else None
        return known[1]

    def _ask(self, operation: Operation, asked: Any, read: Callable[[Repository[T]], R]) -> R:
        """A read that names no key."""
        standing = self._standing()
        return self._read(standing, standing.route, operation, asked, read)

    def _read(
        self,
        standing: Standing,
        route: Route,
        operation: Operation,
        asked: Any,
        read: Callable[[Repository[T]], R],
        keys: Iterable[Any] = (),
    ) -> R:
        beside, here = self._beside, self._here(standing, route)
        if not route.compares:
            return read(here)

        def control() -> R:
            return read(here)

        def made() -> Read[R]:
            keyed, candidate = beside.keys(keys), lambda: read(beside.at(route))
            return Read(self._group, beside.binding, operation, asked, control, candidate, keyed)

        return beside.reads.answer(ReadKind(self._group, self._entity.name, operation), control, made)

    def _write(self, key: Callable[[], Any], write: Callable[[Repository[T]], R]) -> R:
        def act(standings: Standings) -> R:
            standing = standings[self._group]
            here = self._for_writes(standing)
            if here is not None:
                standing_at(standing)
                return write(here)
            return write(self._here(standing, self._route(standing, key, _written_alike)))

        return replanned(self._board, act)

    def _write_many(
        self, given: Iterable[Any], key: Callable[[Any], Any], write: Callable[[Repository[T], list[Any]], BatchResult]
    ) -> BatchResult:
        left, total = list(given), BatchResult()

        def act(standings: Standings) -> None:
            standing = standings[self._group]
            while left:  # what was written before a move was met is not written again
                (route, those), *others = self._parted(standing, left, key, _written_alike)
                done = write(self._here(standing, route), those)
                total.written.extend(done.written)
                total.failed.extend(done.failed)
                left[:] = [one for _, other in others for one in other]

        try:
            replanned(self._board, act)
        except CrossfadeError as error:
            if not total.written and not total.failed:
                raise
            total.failed.extend((make_key(self._entity, key(one)), error) for one in left)
        return total

    def _here(self, standing: Standing, route: Route) -> Repository[T]:
        standing_at(standing)
        return self._at(standing, route)

    def _key(self, entity: T) -> Any:
        record = self._beside.binding.to_record(entity)
        return {name: record.get(name) for name in self._entity.key}

    def _route(self, standing: Standing, key: Callable[[], Any], alike: Callable[[Standing], bool]) -> Route:
        """What is done with a key. Raises InvalidValue, as the repository would."""
        if alike(standing):
            return standing.route  # a key that the store will give is not known yet
        return route_of(standing, self._entity, make_key(self._entity, key()))

    def _parted(
        self, standing: Standing, given: list[Any], key: Callable[[Any], Any], alike: Callable[[Standing], bool]
    ) -> list[tuple[Route, list[Any]]]:
        """What a call names, by what is done with it."""
        if alike(standing):
            return [(standing.route, list(given))]
        found: dict[Route, list[Any]] = defaultdict(list)
        for one in given:
            found[self._route(standing, partial(key, one), alike)].append(one)
        return list(found.items())


def _read_alike(standing: Standing) -> bool:
    """Whether reads of keys that are ahead are made as those of others."""
    return len({(route.authority, route.compares) for route in standing.routes}) == 1


def _written_alike(standing: Standing) -> bool:
    """Whether writes are: what is carried over is decided further down, by key."""
    return len({route.authority for route in standing.routes}) == 1
