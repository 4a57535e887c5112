"""What a verification has found so far: counts, and as many differences as a report keeps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from crossfade.migration.looked import Looked
from crossfade.migration.report import Counts, Difference, encode_bytes
from crossfade.migration.report_json import count, each, flag, named
from crossfade.migration.report_read import counts_from, difference_from
from crossfade.migration.resumed import whole

_WHERE = "$.state.tally"


class Tally:
    """Adds up looks.

    Args:
        examples: how many differences of each entity and kind are kept with their fields.
        most: how many differences are kept at all.
        state: what `state` gave, to go on with it; None to begin.

    Attributes:
        counts: by entity.
        differences: what is kept.
        truncated: whether there were more.
        items: items scanned.

    Raises:
        ReportError: the state is none; the message says where.
    """

    def __init__(self, examples: int, most: int, state: Mapping[str, Any] | None = None) -> None:
        self._examples, self._most = examples, most
        raw = {"items": 0, "truncated": False, "counts": {}, "differences": []} if state is None else state
        found, where = whole(raw, {"items", "truncated", "counts", "differences"}, _WHERE), f"{_WHERE}."
        self.items = count(found["items"], where + "items")
        self.truncated = flag(found["truncated"], where + "truncated")
        self.counts: dict[str, Counts] = named(counts_from, found["counts"], where + "counts")
        self.differences = list(each(difference_from, found["differences"], where + "differences"))
        self._places = {d.place for d in self.differences}
        self._detailed: dict[tuple[str | None, str], int] = defaultdict(int)
        for difference in self.differences:
            self._detailed[difference.entity, difference.kind] += bool(difference.fields)

    def add(self, looked: Looked, items: int) -> None:
        """Add a look that read so many items."""
        self.items += items
        for name, counts in looked.counts.items():
            self.counts[name] = self.counts.get(name, Counts()) + counts
        for difference in looked.differences:
            if not difference.unreadable and difference.place in self._places:
                # An item that was different from its row's may also be one that no row explains: it counts once.
                name = difference.entity or ""
                self.counts[name] += Counts(**{difference.kind: -1})
                continue
            self._places.add(difference.place)
            self._keep(difference)

    def _keep(self, difference: Difference) -> None:
        if len(self.differences) >= self._most:
            self.truncated = True
            return
        if difference.fields:
            of = difference.entity, difference.kind
            self._detailed[of] += 1
            difference = difference if self._detailed[of] <= self._examples else replace(difference, fields=())
        self.differences.append(difference)

    def state(self) -> dict[str, Any]:
        """As JSON holds it."""
        raw = {
            "items": self.items,
            "truncated": self.truncated,
            "counts": {name: asdict(counts) for name, counts in self.counts.items()},
            "differences": [asdict(d) for d in self.differences],
        }
        found: dict[str, Any] = json.loads(json.dumps(raw, default=encode_bytes))
        return found

    @property
    def rows(self) -> int:
        """Rows looked at, expired and unreadable ones too."""
        return sum(c.rows + c.expired for c in self.counts.values())

    @property
    def different(self) -> int:
        """What keeps the stores from being equal."""
        return sum(c.different for c in self.counts.values())
