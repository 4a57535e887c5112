"""What shadow reads saw of a group, as a report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from crossfade.dal.observation import Observation, Totals
from crossfade.mysql import MySQLStore
from crossfade.mysql.history import last_move
from crossfade.mysql.observations import MySQLObservations
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen.

    Attributes:
        group: the group's name.
        since: from when on.
        entities: the totals of each entity.
        mismatches: the most recent ones, the newest first; redacted.
    """

    group: str
    since: datetime
    entities: Mapping[str, Totals]
    mismatches: Sequence[Observation]

    @property
    def total(self) -> Totals:
        """The totals of all entities."""
        return sum(self.entities.values(), Totals())


def see(store: MySQLStore, group: str, since: datetime | None, examples: int) -> Seen:
    """Look what was seen.

    Args:
        store: where crossfade is installed.
        group: the group's name.
        since: from when on; by default from the group's last move on.
        examples: mismatches at most.

    Raises:
        SchemaMismatch: crossfade is not installed.
        StoreUnavailable: MySQL cannot be reached.
    """
    read(store.engine, StageRows([group]).look)
    begun = since or read(store.engine, lambda t: last_move(t, group)) or _EVER
    observations = MySQLObservations(store.engine)
    mismatches = [seen for seen in observations.mismatches(group, examples) if seen.at >= begun]
    return Seen(group, begun, observations.totals(group, begun), mismatches)


def seen_json(seen: Seen) -> str:
    """The report as JSON."""
    return json.dumps(
        {
            "group": seen.group,
            "since": seen.since.isoformat(),
            "total": _totals(seen.total),
            "entities": {name: _totals(totals) for name, totals in sorted(seen.entities.items())},
            "mismatches": [_mismatch(one) for one in seen.mismatches],
        },
        indent=2,
        ensure_ascii=False,
    )


def _totals(totals: Totals) -> dict[str, Any]:
    rate = totals.rate
    return {**asdict(totals), "compared": totals.compared, "rate": rate.seen, "rate_bound": rate.bound}


def _mismatch(seen: Observation) -> dict[str, Any]:
    return {
        "at": seen.at.isoformat(),
        "entity": seen.entity,
        "operation": seen.operation,
        "keys": [dict(key) for key in seen.keys],
        "differences": [difference._asdict() for difference in seen.differences],
    }
