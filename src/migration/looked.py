"""What looks at rows and items found, and what two looks at the same found. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from crossfade.dal.key import Key
from crossfade.dynamodb.wire import Item
from crossfade.migration.report import Counts, Difference


@dataclass
class Looked:
    """What one look found.

    Attributes:
        counts: by entity.
        differences: with every field.
        keys: of the records whose items differ.
        items: the item keys of the items that no row explains.
    """

    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    differences: list[Difference] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def counted(differences: Iterable[Difference]) -> Counts:
    """How many items differ, by kind; rows without an item are counted as unreadable instead."""
    found: dict[str, int] = defaultdict(int)
    for difference in differences:
        if not difference.unreadable:
            found[difference.kind] += 1
    return Counts(**found)


def settled(first: Looked, second: Looked) -> Looked:
    """What two looks at the same found: what differed in the first alone was lag.

    Args:
        first: the first look.
        second: the second, at what differed in the first.
    """
    merged = Looked(differences=[d for d in first.differences if d.unreadable] + second.differences)
    merged.keys, merged.items = second.keys, second.items
    still = {d.place for d in second.differences}
    for entity, counts in first.counts.items():
        later = second.counts.get(entity, Counts())
        lag = sum(d.entity == (entity or None) and d.place not in still for d in first.differences if not d.unreadable)
        looked_at = counts.rows - counts.equal - counts.unreadable
        merged.counts[entity] = Counts(
            rows=counts.rows - looked_at + later.rows,
            equal=counts.equal + later.equal,
            lag=counts.lag + lag,
            unreadable=counts.unreadable + later.unreadable,
            expired=counts.expired + later.expired,
            tombstones=counts.tombstones + later.tombstones,
            mismatch=later.mismatch,
            missing=later.missing,
            extra=later.extra,
            undecodable=later.undecodable,
        )
    for entity in second.counts.keys() - first.counts.keys():
        merged.counts[entity] = second.counts[entity]
    return merged
