"""Measured facts about a source's rows, for the checks that column types alone cannot make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Partition:
    """The fullest partition of an entity under one key.

    Attributes:
        index: the index; None for the table's own key.
        value: the partition key's text, for the message.
        rows: the entity's rows in it.
        share: its part of all rows of the entity, from 0 to 1.
    """

    entity: str
    index: str | None
    value: str
    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was measured; whatever is missing is not checked.

    Attributes:
        largest: size in bytes of each entity's largest item, as DynamoDB counts it.
        partitions: the fullest partition of each entity and key.
        magnitudes: the least (but zero) and the greatest absolute value of FLOAT and DOUBLE fields, by
            `ENTITY.field`.
        unheld: by `ENTITY.field`, a value that its column holds and an item cannot, in words.
    """

    largest: Mapping[str, int] = field(default_factory=dict)
    partitions: tuple[Partition, ...] = ()
    magnitudes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unheld: Mapping[str, str] = field(default_factory=dict)
