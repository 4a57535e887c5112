"""Writers of notes, each of its own: what was acknowledged is read at once, and looked for at the end."""

from __future__ import annotations

import random
from typing import Any

from crossfade.dal.errors import CrossfadeError, OutcomeUnknown
from crossfade.dal.key import Key
from crossfade.dal.repository import Repository
from tests.integration.migration.world import World
from tests.integration.migration.writing import Writing

_SCRIBES, _NOTES = 3, 40
Titles = dict[int, str | None]


class Scribes(Writing):
    """Those who write, see `Writing`; each has notes of its own."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "NOTE", "title", _SCRIBES)

    def write(self, number: int, repository: Repository[dict[str, Any]]) -> None:
        """See `Writing.write`."""
        draw, count = random.Random(number), 0
        while not self.end.is_set():
            count += 1
            keys = draw.sample(range(1000 * number + 1000, 1000 * number + 1000 + _NOTES), 3)
            wanted = self._wanted(draw.choice(["put", "delete", "update", "put_many"]), keys, f"{number}.{count}")
            try:
                _made(repository, wanted)
            except OutcomeUnknown:
                for key in wanted:  # that one may be there, or not
                    self.made.pop(key, None)
            except CrossfadeError as error:
                self.errors[f"{type(error).__name__}: {error}"] += 1
            else:
                self.made |= wanted
                self.written += 1
                self._check(repository, wanted)
            self.end.wait(0.02)

    def _wanted(self, kind: str, keys: list[int], title: str) -> Titles:
        if kind == "put_many":
            return {key: f"{title}.{key}" for key in keys}
        return {keys[0]: None if kind == "delete" else title}

    def _check(self, notes: Any, wanted: Titles) -> None:
        found = notes.get_many(list(wanted))
        read = {key: found[Key({"id": key})]["title"] if Key({"id": key}) in found else None for key in wanted}
        if read != wanted:
            self.errors[f"wrote {wanted}, and read {read}"] += 1


def _made(notes: Any, wanted: Titles) -> None:
    """Make a write, whichever fits."""
    made = [{"id": key, "title": title} for key, title in wanted.items() if title is not None]
    if len(made) > 1:
        result = notes.put_many(made)
        for _, error in result.failed:
            raise error
    elif not made:
        notes.delete(next(iter(wanted)))
    elif notes.get(made[0]["id"]) is None:
        notes.create(made[0])
    else:
        notes.update(made[0]["id"], {"title": made[0]["title"]})
