"""The locks that MySQL would give, over SQLite, which has only one for all that is written.

Three are told apart: the stage row, shared by writes and syncs and held alone by a move; the rows of the outbox, held
by a relay; and SQLite's own, from the first statement that writes to the commit. A transaction of the application takes
that one when it begins: two such on one key would wait for each other in MySQL, too, for the row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

STAGE, WRITE = "stage", "write"


class Locks:
    """Who holds what. Only one thread at a time asks."""

    def __init__(self) -> None:
        self._shared: dict[Hashable, set[object]] = defaultdict(set)
        self._alone: dict[Hashable, object] = {}

    def free(self, name: Hashable, owner: object, *, alone: bool) -> bool:
        """Whether `owner` could have a lock now."""
        holder = self._alone.get(name)
        if holder is not None and holder is not owner:
            return False
        return not (alone and self._shared[name] - {owner})

    def take(self, name: Hashable, owner: object, *, alone: bool) -> None:
        """Give a lock that is free."""
        assert self.free(name, owner, alone=alone), f"{name} is taken"
        if alone:
            self._alone[name] = owner
        else:
            self._shared[name].add(owner)

    def holds(self, name: Hashable, owner: object) -> bool:
        """Whether `owner` holds a lock alone."""
        return self._alone.get(name) is owner

    def others(self, kind: str, owner: object) -> list[int]:
        """The numbers of the rows of a kind that others hold."""
        return [n[1] for n, of in self._alone.items() if isinstance(n, tuple) and n[0] == kind and of is not owner]

    def release(self, owner: object) -> None:
        """Take back everything that `owner` has."""
        for holders in self._shared.values():
            holders.discard(owner)
        self._alone = {name: of for name, of in self._alone.items() if of is not owner}
