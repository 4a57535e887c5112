"""What backfills and verifications leave behind for the gates, where crossfade is installed in MySQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from crossfade.dal.stage import Standings
from crossfade.migration.checkpoint import EPOCHS
from crossfade.migration.chunk import Counts
from crossfade.migration.report import Report
from crossfade.migration.stores import Stores
from crossfade.mysql.history import Evidence, Kind, note_evidence
from crossfade.mysql.install import missing
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import read, run


def standings(stores: Stores) -> Standings:
    """Where the groups stand; nothing where crossfade is not installed. Raises StoreUnavailable."""
    if missing(stores.mysql.engine):
        return {}
    return read(stores.mysql.engine, StageRows(list(stores.contract.groups), stores.target).look)


def epochs(begun: Standings) -> dict[str, Any]:
    """What a checkpoint is tied to besides: a run that goes on after a move is evidence of neither stage."""
    return {EPOCHS: {group: of.epoch for group, of in begun.items()}} if begun else {}


def followed(stores: Stores, begun: Standings) -> frozenset[str]:
    """The entities that DynamoDB follows: what new ids come from is set when it gets the authority, and not before."""
    groups = [group for group, of in begun.items() if of.route.follows == "dynamodb"]
    return frozenset(name for group in groups for name in stores.contract.groups[group])


def note_backfill(stores: Stores, begun: Standings, entities: Collection[str], counts: Counts) -> None:
    """Note a backfill that came to its end. Raises StoreError."""
    _note(stores, begun, entities, "backfill", {"rows": counts.rows, "written": counts.written, "dead": counts.dead})


def note_verify(
    stores: Stores, begun: Standings, entities: Collection[str], report: Report, *, reverse: bool = False
) -> None:
    """Note a verification that came to its end. Raises StoreError."""
    found = {"rows": report.total.rows, "different": report.total.different}
    kind: Kind = "verify_reverse" if reverse else "verify"
    _note(stores, begun, entities, kind, {**found, "sample": report.sample, "extras": report.extras})


def _note(stores: Stores, begun: Standings, entities: Collection[str], kind: Kind, detail: Mapping[str, Any]) -> None:
    for group, of in begun.items():
        if set(stores.contract.groups[group]) <= set(entities):
            evidence = Evidence(kind, of.epoch, datetime.now(UTC), detail)
            run(stores.mysql.engine, lambda t, g=group, e=evidence: note_evidence(t, g, e))  # type: ignore[misc]  # the defaults bind the loop's values
