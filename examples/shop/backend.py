"""What the services need of crossfade: repositories, units of work, and two ways to use them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from crossfade.dal import Page, Repository, UnitOfWork
from crossfade.dal.errors import ConditionFailed, Conflict

T = TypeVar("T")
ATTEMPTS = 12
_LONGEST_PAUSE = 0.5  # seconds


class Backend(Protocol):
    """The part of `crossfade.App` that the services use."""

    def repository(self, entity: type[T]) -> Repository[T]:
        """The repository of an entity's class."""

    def unit_of_work(self) -> UnitOfWork:
        """A new unit of work."""


def every(repository: Repository[T], pattern: str, **args: Any) -> Iterator[T]:
    """Every entity of a pattern's answer, page after page; arguments as for `Repository.find`."""
    cursor: str | None = None
    while True:
        page = repository.find(pattern, cursor=cursor, **args)
        yield from page.items
        if page.cursor is None:
            return
        cursor = page.cursor


def only(page: Page[T]) -> T | None:
    """The entity of a unique pattern's answer, or None."""
    return page.items[0] if page.items else None


def retried(unit: Callable[[], T], pause: Callable[[float], object] = time.sleep) -> T:
    """Do a whole unit of work, and do it again where others got in between.

    Args:
        unit: reads afresh at every call; its conditions guard against what changes behind its reads.
        pause: waits for the given seconds before the next try: random, and longer each time.

    Raises:
        Conflict, ConditionFailed: others got in between `ATTEMPTS` times.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return unit()
        except (Conflict, ConditionFailed):
            longest = min(_LONGEST_PAUSE, 0.005 * 2**attempt)
            pause(random.uniform(0, longest))  # noqa: S311 - spreads tries out, keeps no secret
    return unit()
