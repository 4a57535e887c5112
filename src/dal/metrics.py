"""What crossfade measures: every metric by its name, unit and attributes.

Attributes hold names that the contract, the servers and this package give, and nothing else: no key, no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STORE, STAGE, GROUP = "crossfade.store", "crossfade.stage", "crossfade.group"
ENTITY, OPERATION, OUTCOME = "crossfade.entity", "crossfade.operation", "crossfade.outcome"
STAGE_FROM = "crossfade.stage.from"
ROWS, WRITTEN, TAKEN = "crossfade.rows", "crossfade.written", "crossfade.taken"

# OpenTelemetry semantic conventions, "Database client spans" and "Error attributes".
SYSTEM, DB_OPERATION, COLLECTION, ERROR = "db.system.name", "db.operation.name", "db.collection.name", "error.type"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: its name.
        kind: what it is; a gauge is asked for when it is exported.
        unit: in UCUM, as OpenTelemetry wants it: `s` for seconds, what is counted in braces.
        says: what it tells.
        attributes: what it is told by; each is left out where it does not apply.
    """

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    says: str
    attributes: tuple[str, ...] = ()


OPERATIONS = Metric(
    "crossfade.operation.duration", "histogram", "s",
    "What the application asked for, with everything that it waited for.",
    (ENTITY, OPERATION, GROUP, STAGE, STORE, ERROR),
)  # fmt: skip
REQUESTS = Metric(
    "db.client.operation.duration", "histogram", "s",
    "One transaction of MySQL, or one request to DynamoDB.",
    (SYSTEM, DB_OPERATION, COLLECTION, ERROR),
)  # fmt: skip
THROTTLES = Metric(
    "crossfade.dynamodb.throttles", "counter", "{throttle}",
    "What DynamoDB turned away for throughput: requests, or parts of one; each try counts.",
    (DB_OPERATION, COLLECTION),
)  # fmt: skip
SYNCS = Metric(
    "crossfade.sync.duration", "histogram", "s",
    "Making one key's copy in the other store, which is told as the store, equal to the authority's.",
    (STORE, OUTCOME, ERROR),
)  # fmt: skip
CONFLICTS = Metric(
    "crossfade.sync.conflicts", "counter", "{conflict}",
    "Tries of a sync that met another write of the same item, and were made again.",
    (COLLECTION,),
)  # fmt: skip
COMPARISONS = Metric(
    "crossfade.shadow.comparisons", "counter", "{comparison}",
    "Reads that were compared with the other store's, or were to be.",
    (ENTITY, OPERATION, GROUP, OUTCOME),
)  # fmt: skip
MOVES = Metric(
    "crossfade.stage.move.duration", "histogram", "s",
    "Moves of a group to another stage, told by whoever makes them.",
    (GROUP, STAGE_FROM, STAGE, ERROR),
)  # fmt: skip
MOVED = Metric(
    "crossfade.stage.moves", "counter", "{move}",
    "The same moves, by what became of them.",
    (GROUP, STAGE_FROM, STAGE, OUTCOME),
)  # fmt: skip
HELD = Metric("crossfade.stage.held.duration", "histogram", "s", "How long a write waited for a move that it met.")
DEPTH = Metric("crossfade.outbox.depth", "gauge", "{change}", "Changes that wait to be carried over.", (GROUP,))
AGE = Metric("crossfade.outbox.age", "gauge", "s", "How long the oldest of them has waited.", (GROUP,))
PARKED = Metric(
    "crossfade.parked.depth", "gauge", "{entity}",
    "Entities that wait to be synced back to MySQL, which could not take them as things were.",
    (GROUP,),
)  # fmt: skip
LAG = Metric(
    "crossfade.stream.lag", "gauge", "s",
    "How long ago everything that had changed in a table by then was synced back, as its stream's checkpoint says.",
    (GROUP, COLLECTION),
)  # fmt: skip
EPOCH = Metric(
    "crossfade.stage.epoch", "gauge", "{move}", "How often a group has moved; it stands at the stage.", (GROUP, STAGE)
)

METRICS = (
    OPERATIONS, REQUESTS, THROTTLES, SYNCS, CONFLICTS, COMPARISONS, MOVES, MOVED, HELD, DEPTH, AGE, PARKED, LAG, EPOCH,
)  # fmt: skip
