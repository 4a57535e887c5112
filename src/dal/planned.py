"""Plans with where the groups stand, made again where one has moved meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from crossfade.dal.errors import Conflict, StoreUnavailable
from crossfade.dal.metrics import HELD
from crossfade.dal.stage import StageHeld, StageMoved, Standings
from crossfade.dal.telemetry import measured

R = TypeVar("R")


class Pacing(Protocol):
    """Waits between tries."""

    def tries(self) -> Iterator[int]:
        """The numbers of the tries, waiting before each but the first."""


_MOVES = 10  # that one write meets; more is no bad luck any more


class Board(Protocol):
    """Knows where the groups stand.

    Attributes:
        pacer: how often, and for how long, a write is tried again that meets a move.
    """

    @property
    def pacer(self) -> Pacing: ...

    def standings(self) -> Standings:
        """Where they stand; what is told may be as old as the board's refresh."""

    def moved(self, standings: Standings) -> None:
        """A write met other standings: from now on, those count."""


def replanned(board: Board, act: Callable[[Standings], R]) -> R:
    """What `act` gives, which is planned with where the groups stand, and planned again where one has moved.

    Raises:
        Conflict: they kept moving.
        StoreUnavailable: a move took longer than a write waits for it.
    """
    began = time.monotonic()
    try:
        return act(board.standings())
    except (StageMoved, StageHeld) as met:
        return _replanned(board, act, began, met)


def _replanned(board: Board, act: Callable[[Standings], R], began: float, met: StageMoved | StageHeld) -> R:
    """The same after a first try, which met a move."""
    moves, held, waited = 0, None, 0.0
    tries = board.pacer.tries()
    next(tries)
    try:
        while True:
            if isinstance(met, StageMoved):
                board.moved(met.standings)
                moves += 1
            else:
                held = met
            waited = time.monotonic() - began
            if moves == _MOVES:
                raise Conflict("the stage kept moving while this was written")
            if next(tries, None) is None:
                break
            try:
                return act(board.standings())
            except (StageMoved, StageHeld) as again:
                met = again
    finally:
        measured(HELD, waited)
    raise StoreUnavailable(f"{held or 'a group is being moved'}, for longer than a write waits: nothing was written")
