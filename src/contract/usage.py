"""Request units by table and index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """Units that one call takes of a table, or of one of its indexes."""

    table: str
    index: str | None = None
    read: float = 0.0
    write: float = 0.0


Uses = tuple[Use, ...]


def summed(uses: Iterable[Use]) -> Uses:
    """One use for each table and index."""
    found: dict[tuple[str, str | None], Use] = {}
    for use in uses:
        place = (use.table, use.index)
        had = found.get(place, Use(*place))
        found[place] = Use(*place, had.read + use.read, had.write + use.write)
    return tuple(found.values())


def total(uses: Iterable[Use]) -> tuple[float, float]:
    """Read and write units together."""
    made = tuple(uses)
    return sum(u.read for u in made), sum(u.write for u in made)
