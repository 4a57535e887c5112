"""Threads that write under a move; what was acknowledged is looked for at the end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from typing import Any

import crossfade
from crossfade.dal.repository import Repository
from tests.integration.migration.world import World


class Writing(ABC):
    """Threads that write one entity until they are told to end, each through an application of its own.

    Args:
        world: where the stores are.
        entity: what they write.
        field: the field that tells their writes apart.
        threads: how many.

    Attributes:
        made: what was acknowledged last, by id; None where it was deleted.
        errors: what went wrong.
        written: how many writes were acknowledged.
    """

    def __init__(self, world: World, entity: str, field: str, threads: int) -> None:
        self._contract, self._entity, self._field = world.contract, entity, field
        self._settings: dict[str, Any] = {"mysql_url": world.url, "table_prefix": world.prefix}
        self.end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(threads)]
        self.made: dict[int, str | None] = {}
        self.errors: Counter[str] = Counter()
        self.written = 0

    def __enter__(self) -> Writing:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.set()
        for thread in self._threads:
            thread.join()

    @abstractmethod
    def write(self, number: int, repository: Repository[dict[str, Any]]) -> None:
        """What the thread of this number does until `end` is set."""

    def wait(self, count: int) -> None:
        """Wait until so many more writes were acknowledged."""
        wanted = self.written + count
        while self.written < wanted:
            assert not self.errors, self.errors
            self.end.wait(0.01)

    def assert_kept(self, *stages: str) -> None:
        """Nothing went wrong, and the stores that answer at these stages have what was acknowledged last."""
        assert self.errors == {}
        wanted = {key: value for key, value in self.made.items() if value is not None}
        for stage in stages:
            with crossfade.open(self._contract, **self._settings, stage=stage) as app:
                stored = app.repository(self._entity).get_many(list(self.made))
            assert {key["id"]: of[self._field] for key, of in stored.items()} == wanted

    def _run(self, number: int) -> None:
        with crossfade.open(self._contract, **self._settings, stage="installed") as app:
            self.write(number, app.repository(self._entity))
