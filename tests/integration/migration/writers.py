"""Writers of categories: each is created, and changed once."""

from __future__ import annotations

from typing import Any

from crossfade.dal.errors import CrossfadeError, OutcomeUnknown
from crossfade.dal.repository import Repository
from tests.integration.migration.world import World
from tests.integration.migration.writing import Writing


class Writers(Writing):
    """Two who write, see `Writing`."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "CATEGORY", "name", threads=2)

    def write(self, number: int, repository: Repository[dict[str, Any]]) -> None:
        """See `Writing.write`."""
        count = 0
        while not self.end.is_set():
            try:
                made = repository.create({"name": f"{number} {count}"})
                made = repository.update(made["id"], {"name": f"{number} {count} again"})
            except OutcomeUnknown:
                count += 1  # a reply came too late, while a move was under way: that one may be there, or not
                continue
            except CrossfadeError as error:
                self.errors[f"{type(error).__name__}: {error}"] += 1
                continue
            self.made[made["id"]] = made["name"]
            self.written += 1
            count += 1
            self.end.wait(0.1)  # one relay keeps up with so much
