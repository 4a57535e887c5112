"""Both stores as one, which follows the stage that is recorded in MySQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, partial
from types import TracebackType
from typing import Any, Self

from crossfade.contract.model import Contract
from crossfade.dal.base import Tools
from crossfade.dal.entity import Binding
from crossfade.dal.errors import ConfigurationError
from crossfade.dal.instruments import Watching
from crossfade.dal.leased import Leased, LeasedRepository, LeasedUnitOfWork, Under
from crossfade.dal.planned import replanned
from crossfade.dal.prepare import Clock, Preparer
from crossfade.dal.repository import Repository, UnitOfWork, WorkRepository
from crossfade.dal.routing import Beside, RoutedRepository
from crossfade.dal.shadow_read import Limits
from crossfade.dal.stage import Route, Standing, Standings
from crossfade.dal.telemetry import standing_at
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stage_item import StageItems
from crossfade.migration.board import LiveBoard
from crossfade.migration.dual_write import Groups
from crossfade.migration.lease import Leases
from crossfade.migration.shadowing import Shadowing
from crossfade.migration.stores import Stores
from crossfade.migration.watched import WatchedGroups


class RoutedStore:
    """A `Store` of both stores of a contract. Safe to share between threads.

    Attributes:
        board: knows where the groups stand.
        shadowing: compares reads.

    Args:
        stores: both stores; closed with this one.
        clock: gives the current time as an aware datetime.
        share: of the reads that are compared where a stage compares them, from 0 to 1.
        limits: what they may take.
        refreshed: see `LiveBoard`.

    Raises:
        SchemaMismatch: nothing says where a group stands: `crossfade install` was not run.
        StoreUnavailable: MySQL cannot be reached.
    """

    name = "routed"

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        *,
        share: float = 1.0,
        limits: Limits | None = None,
        refreshed: Callable[[Standings], None] | None = None,
    ) -> None:
        self._stores = stores
        self._groups = Groups.open(stores, clock)
        self._leases = Leases(StageItems(stores.dynamodb.layout, Calls(stores.dynamodb.clients)))
        self.board = LiveBoard(stores, self._groups.rows, self._leases, refreshed=refreshed)
        self.shadowing = Shadowing(self._groups, share, limits or Limits())
        self.board.standings()
        self._watching = ExitStack()

    def watch(self) -> Self:
        """Let the gauges tell of its groups, until it is closed."""
        self._watching.enter_context(Watching(WatchedGroups(self._groups, self.board.standings)))
        return self

    @property
    def contract(self) -> Contract:
        """See `Store.contract`."""
        return self._stores.contract

    def repository(self, binding: Binding[Any], tools: Tools) -> Repository[Any]:
        """See `Store.repository`."""
        group = self._groups.of[binding.entity.name]

        @cache
        def at(standing: Standing, route: Route) -> Repository[Any]:
            self._check_undivided({group: standing})
            if route.authority == "mysql":
                return self._stores.mysql.repository(binding, tools, self._groups.hooks({group: standing}))
            return LeasedRepository(self._stores.dynamodb.repository(binding, tools), self._leased({group: standing}))

        @cache
        def beside(route: Route) -> Repository[Any]:
            follows = self._stores.mysql if route.follows == "mysql" else self._stores.dynamodb
            return follows.repository(binding, tools)

        return RoutedRepository(self.board, group, at, Beside(self.shadowing.reads, binding, beside))

    def unit_of_work(
        self,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> UnitOfWork:
        """See `Store.unit_of_work`."""

        def at(standings: Standings) -> UnitOfWork:
            standing_at(*standings.values())
            self._check_undivided(standings)
            authorities = {standing.route.authority for standing in standings.values()}
            if authorities == {"mysql"}:
                return self._stores.mysql.unit_of_work(bind, prepare, actions, self._groups.hooks(standings))
            if authorities == {"dynamodb"}:
                for group, standing in standings.items():
                    self._leases.begin(group, standing)  # where it has moved, the unit is planned again
                unit = self._stores.dynamodb.unit_of_work(bind, prepare, actions)
                return LeasedUnitOfWork(unit, self._leased(standings))
            raise ConfigurationError(
                "a unit of work takes groups on both sides of the move at once: move them together, or write them apart"
            )

        return RoutedUnitOfWork(self.board, at)

    def _check_undivided(self, standings: Standings) -> None:
        """Raise ConfigurationError where a share was moved with another contract, by which its keys could be alone."""
        for group, standing in standings.items():
            if found := self._groups.undivided(group, standing):
                raise ConfigurationError(
                    f"the group {group} stands at {standing}, and by this contract its keys depend on each other: "
                    f"{'; '.join(found)}"
                )

    def _leased(self, standings: Standings) -> Leased:
        """The block of a write of groups that stand there."""
        if len(standings) == 1:
            ((group, standing),) = standings.items()
            begun, ended = partial(self._leases.begin, group, standing), partial(self._leases.end, group, standing)
            return lambda: Under(begun, ended)

        def begin() -> Mapping[str, float]:
            return {group: self._leases.begin(group, standing) for group, standing in standings.items()}

        def end(until: Mapping[str, float]) -> None:
            for group, standing in standings.items():
                self._leases.end(group, standing, until[group])

        return lambda: Under(begin, end)

    def check(self) -> None:
        """See `Store.check`: the stores that decide. One that follows may be gone, and the application goes on."""
        asked = {route.authority for standing in self.board.standings().values() for route in standing.routes}
        if "mysql" in asked:
            self._stores.mysql.check()
        if "dynamodb" in asked:
            self._stores.dynamodb.check()

    def close(self) -> None:
        """See `Store.close`."""
        self._watching.close()
        self.shadowing.close()
        self._stores.close()


class RoutedUnitOfWork:
    """A `UnitOfWork` on the store that the stages name when its block begins; no move is made until it ends.

    Args:
        board: knows where the groups stand.
        at: a new unit for standings; it raises StageMoved when it begins where a group stands elsewhere.
    """

    def __init__(self, board: LiveBoard, at: Callable[[Standings], UnitOfWork]) -> None:
        self._board, self._at = board, at
        self._unit: UnitOfWork | None = None

    def repository(self, entity: Any) -> WorkRepository[Any]:
        """See `UnitOfWork.repository`."""
        return self._begun.repository(entity)

    def commit(self) -> None:
        """See `UnitOfWork.commit`."""
        self._begun.commit()

    def __enter__(self) -> Self:
        self._unit = replanned(self._board, lambda standings: self._at(standings).__enter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._begun.__exit__(kind, error, trace)

    @property
    def _begun(self) -> UnitOfWork:
        if self._unit is None:
            raise RuntimeError("a unit of work begins with its block: `with app.unit_of_work() as work:`")
        return self._unit
