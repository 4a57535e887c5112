"""`crossfade relay`, in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from crossfade.migration.dual_write import Groups
from crossfade.migration.relaying import Relaying, Turn
from tests.integration.migration.world import World


def in_time(turn: Turn) -> list[str]:
    """A turn's errors, but for this: by the minute, to which DynamoDB Local rounds, much changed while it decided."""
    return [error for error in turn.every_error if "came too late" not in error]


@contextmanager
def relaying(world: World, errors: Callable[[Turn], Iterable[str]] = in_time) -> Iterator[None]:
    """The block in which every group of a contract is relayed.

    Args:
        world: where the stores are.
        errors: those of a turn's errors that there may not be.
    """
    end, found = threading.Event(), dict[str, None]()

    def now() -> datetime:
        return datetime.now(UTC)

    def relay() -> None:
        with world.open() as stores:
            groups = Groups.open(stores, now)
            with Relaying(groups, list(stores.contract.groups), now) as both:
                while not end.is_set():
                    found.update(dict.fromkeys(errors(both.turn())))
                    end.wait(0.05)

    thread = threading.Thread(target=relay)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
    assert list(found) == []
